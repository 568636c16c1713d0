/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Timeout notices (RFC 6109 3.1.6): 12 and 24 hours without an answer.
 */
#include "fixture.h"

#include <string.h>

#include "mime/part.h"
#include "pec/daticert.h"
#include "pec/notice.h"

static struct plan decide(struct arena *arena, bool is_second)
{
    struct transaction about = fixture_transaction(arena);
    struct plan plan;

    assert_int_equal(notice_decide(&fixture_provider, &about, "anna@beta.example", is_second, FIXTURE_SUMMER, FIXTURE_SEED, arena, &plan), 0);
    return plan;
}

/* One receipt, for one recipient, to the sender of the original: "informs its user". */
static void check(const struct plan *plan, enum message_kind kind)
{
    const struct step *step = &plan->steps[0];

    assert_int_equal(plan->point, POINT_NOTICE);
    assert_int_equal(plan->verdict, VERDICT_TIMEOUT);
    assert_int_equal(plan->time, FIXTURE_SUMMER);
    assert_int_equal(plan->step_count, 1);
    assert_int_equal(plan->release_count, 0);
    assert_false(plan->is_tracked);
    assert_int_equal(step->role, ROLE_HOME);
    assert_int_equal(step->message.kind, kind);
    assert_int_equal(step->message.error, CERTIFIED_OTHER);
    assert_string_equal(step->message.to, "mario@alfa.example");
    assert_string_equal(step->message.recipient, "anna@beta.example");
    assert_int_equal(step->recipient_count, 1);
    assert_string_equal(step->recipients[0], "mario@alfa.example");
    assert_string_equal(step->sender, fixture_provider.address);
    assert_int_equal(step->message.time, FIXTURE_SUMMER);
    assert_string_equal(step->message.id, "opec3.20260715123000." FIXTURE_SEED ".1@pec.alfa.example");
    /* The id that the text names is that of the transaction, not one of the notice's own plan. */
    assert_string_equal(plan->about.pec_id, "opec3.20260115113000." FIXTURE_SEED ".0@pec.alfa.example");
}

/* Readers take a detail that begins with 5.4.1 for the final notice, so only the second one may have it. */
static void test_the_first_notice(void **state)
{
    struct plan plan = decide(*state, false);

    check(&plan, KIND_FIRST_NOTICE);
    assert_true(slice_starts_nocase(slice_of(plan.steps[0].message.detail), "4.4.1 - Alfa Certificata S.p.A. - "));
    fixture_has("twelve hours", slice_of(plan.steps[0].message.detail), "nelle prime dodici ore");
}

static void test_the_second_notice(void **state)
{
    struct plan plan = decide(*state, true);

    check(&plan, KIND_SECOND_NOTICE);
    assert_true(slice_starts_nocase(slice_of(plan.steps[0].message.detail), "5.4.1 - Alfa Certificata S.p.A. - "));
    fixture_has("twenty-four hours", slice_of(plan.steps[0].message.detail), "nelle ventiquattro ore successive al suo invio");
}

static void test_the_messages(void **state)
{
    for (int second = 0; second <= 1; second++) {
        struct plan plan = decide(*state, second);
        struct slice made = fixture_seal(*state, &fixture_provider, &plan.about, &plan.steps[0].message, NULL), text, xml;
        struct certification c;
        struct part p;

        assert_int_equal(part_read(made, &part_limits_default, *state, &p), 0);
        assert_int_equal(p.children[0].child_count, 2); /* the original is not included */
        fixture_has("header", p.header.raw, "X-Ricevuta: preavviso-errore-consegna\r\n");
        fixture_has("header", p.header.raw, "Subject: AVVISO DI MANCATA CONSEGNA PER SUP. TEMPO MASSIMO: ");
        assert_int_equal(part_decode(part_find_type(&p, "text/plain"), *state, &text), 0);
        fixture_has("text", text, second ? "nelle ventiquattro ore successive" : "nelle prime dodici ore");
        fixture_has("text", text, "\"anna@beta.example\"");
        assert_int_equal(part_decode(part_find_type(&p, "application/xml"), *state, &xml), 0);
        assert_int_equal(daticert_read(xml, *state, &c, NULL), 0);
        assert_int_equal(c.type, TYPE_TIMEOUT);
        assert_string_equal(c.delivered, "anna@beta.example");
        assert_non_null(c.detail);
    }
}

static void test_without_budget(void **state)
{
    struct transaction about = fixture_transaction(*state);
    bool is_done = false;

    for (size_t budget = 16; !is_done; budget += 37) {
        struct arena *small = arena_new(budget);
        struct plan plan;
        int result = notice_decide(&fixture_provider, &about, "anna@beta.example", true, 0, FIXTURE_SEED, small, &plan);

        assert_true((result == 0 && plan.steps[0].message.detail) || result == ERROR_BUDGET);
        is_done = result == 0;
        arena_free(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_first_notice, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_second_notice, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_messages, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec notice", tests, NULL, NULL);
}

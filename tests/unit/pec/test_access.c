/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The access point (RFC 6109 2.2.1, 3.1): what a submission states, and what is done about it.
 */
#include "fixture.h"

#include <string.h>

#define ID(n) "opec3.20260115113000." FIXTURE_SEED "." n "@pec.alfa.example"

static const char message[] = "Received: from x by y; Thu, 15 Jan 2026 11:29:59 +0100\r\n"
                              "From: Mario <Mario@alfa.example>\r\nTo: anna@beta.example\r\nCc: ugo@posta.example\r\n"
                              "Reply-To: Studio <studio@alfa.example>\r\nSubject: =?utf-8?Q?Citt=C3=A0?=\r\n"
                              "Message-ID: <client-1@studio.example>\r\nX-TipoRicevuta: breve\r\n\r\nciao\r\n";

static struct submission read_message(struct arena *arena, const char *text)
{
    struct submission s;

    assert_int_equal(access_read(fixture_arrival(arena, "mario@alfa.example", "anna@beta.example ugo@posta.example", slice_of(text)), arena,
                                 &s), 0);
    return s;
}

static void test_what_a_submission_states(void **state)
{
    struct submission s = read_message(*state, message);

    assert_int_equal(s.from.count, 1);
    assert_string_equal(s.from.items[0].address, "Mario@alfa.example");
    assert_string_equal(s.to.items[0].address, "anna@beta.example");
    assert_string_equal(s.cc.items[0].address, "ugo@posta.example");
    /* 2.1: certified are the reverse and forward paths, not what the header says. */
    assert_string_equal(s.about.sender, "mario@alfa.example");
    assert_int_equal(s.about.recipient_count, 2);
    assert_string_equal(s.about.recipients[1].address, "ugo@posta.example");
    assert_string_equal(s.about.reply_to, "studio@alfa.example");
    assert_string_equal(s.about.subject, "Citt\xC3\xA0");
    assert_string_equal(s.about.msgid, "<client-1@studio.example>");
    assert_int_equal(s.about.form, RECEIPT_BRIEF);
    fixture_same("body", s.original.body, SLICE("ciao\r\n"));
    fixture_same("whole", s.original.whole, slice_of(message));
}

/* 2.1, 3.3.2.1: Reply-To from the sender, the complete receipt by default. */
static void test_what_a_submission_may_lack(void **state)
{
    struct submission s = read_message(*state, "\r\n");

    assert_null(s.about.subject);
    assert_null(s.about.msgid);
    assert_string_equal(s.about.reply_to, "mario@alfa.example");
    assert_int_equal(s.about.form, RECEIPT_COMPLETE);
    assert_int_equal(s.from.count, 0);
    s = read_message(*state, "");
    assert_int_equal(s.original.header.count, 0);
}

static struct plan decide(struct arena *arena, const struct submission *s, const struct formal_fault *fault, const char *virus)
{
    static const bool certified[] = { true, false };
    const struct access_facts facts = { .fault = fault, .virus = virus, .certified = certified, .now = FIXTURE_WINTER, .seed = FIXTURE_SEED,
                                        .number = 77 };
    struct plan plan;

    assert_int_equal(access_decide(&fixture_provider, s, &facts, arena, &plan), 0);
    return plan;
}

/* 2.1: to the mailbox of the sender, by the reverse path, whatever Reply-To says; from us. */
static void check_notification(const struct step *step, enum message_kind kind, const char *id)
{
    assert_int_equal(step->role, ROLE_HOME);
    assert_int_equal(step->message.kind, kind);
    assert_string_equal(step->message.to, "mario@alfa.example");
    assert_int_equal(step->recipient_count, 1);
    assert_string_equal(step->recipients[0], "mario@alfa.example");
    assert_string_equal(step->sender, fixture_provider.address);
    assert_string_equal(step->message.id, id);
    assert_int_equal(step->message.time, FIXTURE_WINTER);
    assert_null(step->message.recipient);
}

/* 3.1.4, 3.1.5, and the decided order: envelope, acceptance. */
static void test_an_accepted_message(void **state)
{
    struct submission s = read_message(*state, message);
    struct plan plan = decide(*state, &s, NULL, NULL);

    assert_int_equal(plan.point, POINT_ACCESS);
    assert_int_equal(plan.verdict, VERDICT_ACCEPTED);
    assert_int_equal(plan.step_count, 2);
    assert_int_equal(plan.steps[0].role, ROLE_ENVELOPE);
    assert_int_equal(plan.steps[0].message.kind, KIND_TRANSPORT_ENVELOPE);
    /* 3.1.5: the routing data are unaltered. */
    assert_string_equal(plan.steps[0].sender, "mario@alfa.example");
    assert_int_equal(plan.steps[0].recipient_count, 2);
    assert_string_equal(plan.steps[0].recipients[0], "anna@beta.example");
    assert_string_equal(plan.steps[0].recipients[1], "ugo@posta.example");
    /* 2.2.1: the envelope's id is the PEC id; the acceptance has one of its own. */
    assert_string_equal(plan.about.pec_id, ID("0"));
    assert_string_equal(plan.steps[0].message.id, ID("0"));
    check_notification(&plan.steps[1], KIND_ACCEPTANCE, ID("2"));
    assert_int_equal(plan.steps[1].message.error, CERTIFIED_NO_ERROR);
    assert_null(plan.steps[1].message.detail);
}

/* 2.2.1: the typology of each recipient; 4.1: one time. */
static void test_the_facts_of_an_accepted_message(void **state)
{
    struct submission s = read_message(*state, message);
    struct plan plan = decide(*state, &s, NULL, NULL);

    assert_int_equal(plan.time, FIXTURE_WINTER);
    assert_string_equal(plan.seed, FIXTURE_SEED);
    assert_string_equal(plan.about.provider, fixture_provider.name);
    assert_true(plan.about.recipients[0].certified);
    assert_false(plan.about.recipients[1].certified);
    assert_string_equal(plan.reverse_path, "mario@alfa.example");
    assert_int_equal(plan.size, sizeof message - 1);
    assert_true(plan.sender_is_home);
    assert_true(plan.is_tracked);
    assert_int_equal(plan.number, 77);
    assert_null(plan.reason);
    assert_null(plan.refusal);
    assert_int_equal(plan.release_count, 0);
}

/* 3.1.2: nothing leaves but the notification; the original is not in it. */
static void test_a_refused_message(void **state)
{
    const struct formal_fault fault = { "5.7.1", "mancata corrispondenza" };
    struct submission s = read_message(*state, message);
    struct plan plan = decide(*state, &s, &fault, NULL);

    assert_int_equal(plan.verdict, VERDICT_NOT_ACCEPTED);
    assert_int_equal(plan.step_count, 1);
    check_notification(&plan.steps[0], KIND_NON_ACCEPTANCE, ID("1"));
    assert_int_equal(plan.steps[0].message.error, CERTIFIED_OTHER);
    assert_string_equal(plan.steps[0].message.reason, "mancata corrispondenza");
    assert_string_equal(plan.steps[0].message.detail, "5.7.1 - Alfa Certificata S.p.A. - mancata corrispondenza");
    assert_string_equal(plan.about.pec_id, ID("0"));
    assert_string_equal(plan.reason, "mancata corrispondenza");
    assert_false(plan.is_tracked);
}

/* 2.2.1, 2.2.4, 3.1.3: kept first, then told; the virus is named. */
static void test_an_infected_message(void **state)
{
    struct submission s = read_message(*state, message);
    struct plan plan = decide(*state, &s, NULL, "Eicar-Test");

    assert_int_equal(plan.verdict, VERDICT_NOT_ACCEPTED_VIRUS);
    assert_int_equal(plan.step_count, 2);
    assert_int_equal(plan.steps[0].role, ROLE_QUARANTINE);
    check_notification(&plan.steps[1], KIND_NON_ACCEPTANCE_VIRUS, ID("2"));
    assert_int_equal(plan.steps[1].message.error, CERTIFIED_VIRUS);
    assert_string_equal(plan.steps[1].message.reason, "Eicar-Test");
    assert_string_equal(plan.steps[1].message.detail, "5.5.1 - Alfa Certificata S.p.A. - presenza di un virus nel messaggio (Eicar-Test)");
    assert_string_equal(plan.reason, "Eicar-Test");
    assert_false(plan.is_tracked);
}

static void test_a_fault_goes_before_a_virus(void **state)
{
    const struct formal_fault fault = { "5.6.0", "x" };
    struct submission s = read_message(*state, message);

    assert_int_equal(decide(*state, &s, &fault, "Eicar-Test").verdict, VERDICT_NOT_ACCEPTED);
}

/* 2.2.1: string@domain, unambiguous; time is that of the transaction. */
static void test_ids_come_from_time_and_seed(void **state)
{
    static const bool certified[] = { true, false };
    struct access_facts facts = { .certified = certified, .now = FIXTURE_SUMMER, .seed = "fedcba9876543210", .number = 1 };
    struct submission s = read_message(*state, message);
    struct plan plan;

    assert_int_equal(access_decide(&fixture_provider, &s, &facts, *state, &plan), 0);
    assert_string_equal(plan.about.pec_id, "opec3.20260715123000.fedcba9876543210.0@pec.alfa.example");
}

/* Same facts, same plan, to the byte of its record. */
static void test_a_decision_is_pure(void **state)
{
    struct submission s = read_message(*state, message);
    char *first = NULL;

    for (int i = 0; i < 2; i++) {
        struct plan plan = decide(*state, &s, NULL, NULL);
        struct record r = record_writer();
        char *json;

        plan_visit(&r, &plan);
        json = record_finish(&r, *state);
        if (first)
            assert_string_equal(json, first);
        first = json;
    }
}

static void test_without_budget(void **state)
{
    struct arrival *a = fixture_arrival(*state, "mario@alfa.example", "anna@beta.example", slice_of(message));
    bool is_done = false;

    for (size_t budget = 64; !is_done; budget += 64) {
        struct arena *small = arena_new(budget);
        static const bool certified[] = { true };
        const struct access_facts facts = { .certified = certified, .virus = "x", .now = FIXTURE_WINTER, .seed = FIXTURE_SEED };
        struct submission s;
        struct plan plan;
        int result = access_read(a, small, &s);

        if (result == 0)
            result = access_decide(&fixture_provider, &s, &facts, small, &plan);
        assert_true(result == 0 || result == ERROR_BUDGET);
        is_done = result == 0;
        arena_free(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_what_a_submission_states, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_a_submission_may_lack, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_accepted_message, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_facts_of_an_accepted_message, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_refused_message, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_infected_message, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_fault_goes_before_a_virus, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_ids_come_from_time_and_seed, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_decision_is_pure, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec access", tests, NULL, NULL);
}

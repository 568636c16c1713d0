/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plans (RFC 6109 2.2, 2.3): steps, ids, what follows from a beginning, and the records from which a plan is resumed.
 */
#include "foreign.h"

#include <string.h>

static void test_ids(void **state)
{
    const struct plan plan = plan_new(POINT_ACCESS, VERDICT_ACCEPTED, FIXTURE_WINTER, FIXTURE_SEED);

    /* 2.2.1: a string that is unambiguous, at the provider's domain. */
    assert_string_equal(plan_id(&fixture_provider, &plan, 0, *state), "opec3.20260115113000." FIXTURE_SEED ".0@pec.alfa.example");
    assert_string_equal(plan_id(&fixture_provider, &plan, 12, *state), "opec3.20260115113000." FIXTURE_SEED ".12@pec.alfa.example");
}

static void test_steps_are_kept_while_the_plan_grows(void **state)
{
    struct plan plan = plan_new(POINT_INCOMING, VERDICT_ENVELOPE, FIXTURE_WINTER, FIXTURE_SEED);

    for (size_t i = 0; i < 100; i++) {
        struct step *step;

        assert_int_equal(plan_add_message(&fixture_provider, &plan, ROLE_ABROAD, KIND_TAKE_CHARGE, *state, &step), 0);
        step->message.to = arena_printf(*state, "%zu", i);
    }
    assert_int_equal(plan.step_count, 100);
    for (size_t i = 0; i < 100; i++) {
        assert_string_equal(plan.steps[i].message.to, arena_printf(*state, "%zu", i));
        assert_string_equal(plan.steps[i].message.id, plan_id(&fixture_provider, &plan, i + 1, *state));
        assert_string_equal(plan.steps[i].sender, fixture_provider.address);
        assert_false(plan.steps[i].is_done);
    }
}

/* 2.2.1, 3.1.5. */
static void test_the_envelope_bears_the_pec_id(void **state)
{
    struct plan plan = plan_new(POINT_ACCESS, VERDICT_ACCEPTED, FIXTURE_WINTER, FIXTURE_SEED);
    struct step *step;

    plan.about.pec_id = "id@x";
    assert_int_equal(plan_add_message(&fixture_provider, &plan, ROLE_ENVELOPE, KIND_TRANSPORT_ENVELOPE, *state, &step), 0);
    assert_string_equal(step->message.id, "id@x");
}

/* 4.4: `errore` until the decision knows better; 4.1: the time of the plan. */
static void test_a_message_begins_with_the_error_of_its_kind(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct plan plan = plan_new(POINT_ACCESS, VERDICT_ACCEPTED, FIXTURE_WINTER, FIXTURE_SEED);
        struct step *step;

        plan.about.pec_id = "id@x";
        assert_int_equal(plan_add_message(&fixture_provider, &plan, ROLE_HOME, (enum message_kind)kind, *state, &step), 0);
        assert_int_equal(step->message.error, kind_rows[kind].error);
        assert_int_equal(step->message.time, FIXTURE_WINTER);
    }
}

static void test_when_a_plan_is_done(void **state)
{
    struct plan plan = plan_new(POINT_INCOMING, VERDICT_RECEIPT, FIXTURE_WINTER, FIXTURE_SEED);
    struct step *step;

    assert_true(plan_is_done(&plan));
    assert_int_equal(plan_add_step(&plan, ROLE_PASS, *state, &step), 0);
    assert_int_equal(plan_add_step(&plan, ROLE_PASS, *state, &step), 0);
    assert_false(plan_is_done(&plan));
    plan.steps[0].is_done = true;
    assert_false(plan_is_done(&plan));
    plan.steps[1].is_done = true;
    assert_true(plan_is_done(&plan));
}

/* 2.3: the reception is an event of its own; for a receipt it names whom the receipt is about. */
static void test_the_beginning(void **state)
{
    struct incoming_facts facts = foreign_facts();
    struct plan plan = foreign_decide(*state, "mario@alfa.example", foreign_receipt(*state, "avvenuta-consegna", "<consegna>anna@beta.example</consegna>"),
                                      &facts);
    struct effects effects;

    assert_int_equal(plan_begin(&plan, *state, &effects), 0);
    assert_int_equal(effects.event_count, 1);
    assert_string_equal(effects.events[0].what, "received");
    assert_int_equal(effects.events[0].time, FIXTURE_WINTER);
    assert_int_equal(effects.events[0].number, 0);
    assert_null(effects.events[0].message);
    assert_int_equal(effects.events[0].recipient_count, 1);
    assert_string_equal(effects.events[0].recipients[0], "anna@beta.example");
    assert_int_equal(effects.release_count, 1);
    assert_string_equal(effects.releases[0].address, "anna@beta.example");
}

/* 2.3. */
static void test_the_beginning_of_a_refusal_has_its_reason(void **state)
{
    struct plan plan = plan_new(POINT_ACCESS, VERDICT_NOT_ACCEPTED, FIXTURE_WINTER, FIXTURE_SEED);
    struct effects effects;

    plan.reason = "mancanza del campo To";
    assert_int_equal(plan_begin(&plan, *state, &effects), 0);
    assert_string_equal(effects.events[0].reason, "mancanza del campo To");
    assert_int_equal(effects.events[0].recipient_count, 0);
    assert_int_equal(effects.release_count, 0);
}

/* 2.3: nobody sent it; that it went out is its only event. */
static void test_a_notice_begins_without_a_reception(void **state)
{
    struct plan plan = plan_new(POINT_NOTICE, VERDICT_TIMEOUT, FIXTURE_WINTER, FIXTURE_SEED);
    struct effects effects;

    assert_int_equal(plan_begin(&plan, *state, &effects), 0);
    assert_int_equal(effects.event_count, 0);
}

static char *json_of(struct plan *plan, struct arena *arena)
{
    struct record r = record_writer();
    char *json;

    plan_visit(&r, plan);
    json = record_finish(&r, arena);
    assert_non_null(json);
    return json;
}

/* Read and written again, it is the same text. */
static void check_round_trip(struct plan *plan, struct arena *arena)
{
    char *json = json_of(plan, arena);
    struct record r = record_reader(slice_of(json), arena);
    struct plan back = { 0 };

    plan_visit(&r, &back);
    assert_true(record_drop(&r));
    assert_string_equal(json_of(&back, arena), json);
    assert_int_equal(back.step_count, plan->step_count);
    assert_int_equal(back.release_count, plan->release_count);
    assert_int_equal(back.verdict, plan->verdict);
    assert_false(plan->step_count && plan_is_done(&back));
}

static void test_plans_survive_their_records(void **state)
{
    const struct foreign good = { 0 }, anomaly = { .mark = "" };
    struct incoming_facts facts = foreign_facts(), infected = foreign_facts();
    const char *both = "mario@alfa.example gina@alfa.example";
    struct plan plan;

    infected.virus = "Eicar";
    plan = foreign_decide(*state, both, foreign_message(*state, &good), &facts);
    check_round_trip(&plan, *state);
    plan = foreign_decide(*state, both, foreign_message(*state, &good), &infected);
    check_round_trip(&plan, *state);
    plan = foreign_decide(*state, both, foreign_message(*state, &anomaly), &facts);
    check_round_trip(&plan, *state);
    plan = foreign_decide(*state, both, foreign_receipt(*state, "presa-in-carico", "<ricezione>a@beta.example</ricezione><ricezione>b@beta.example</ricezione>"),
                          &facts);
    check_round_trip(&plan, *state);
    plan = foreign_decide(*state, both, foreign_receipt(*state, "rilevazione-virus", "<consegna>a@beta.example</consegna>"), &facts);
    check_round_trip(&plan, *state);
}

/* Every field that is recorded, with a value that is not its default. */
static void test_every_field_is_recorded(void **state)
{
    const char *concerned[] = { "c@d" }, *recipients[] = { "e@f" }, *taken[] = { "g@h", "i@j" };
    struct step steps[] = { { .role = ROLE_ABROAD, .sender = "s@t", .recipients = recipients, .recipient_count = 1,
                              .message = { .kind = KIND_TAKE_CHARGE, .time = 7, .id = "id@x", .to = "to@x", .recipient = "r@x", .taken = taken,
                                           .taken_count = 2, .error = CERTIFIED_NO_DOMAIN, .reason = "re", .detail = "de" } },
                            { .role = ROLE_DELIVERY, .sender = "", .recipients = recipients, .recipient_count = 1,
                              .message.kind = KIND_DELIVERY_BRIEF } };
    struct release releases[] = { { "p@x", "q@x", true } };
    struct plan plan = { .point = POINT_NOTICE, .verdict = VERDICT_TIMEOUT, .time = 5, .seed = "ab", .about = fixture_transaction(*state),
                         .reverse_path = "v@w", .reason = "perch\xC3\xA9", .size = 9, .sender_is_home = true, .is_tracked = true, .number = 11,
                         .steps = steps, .step_count = 2, .releases = releases, .release_count = 1, .refusal = "550 no", .receipt_id = "<x>",
                         .receipt_type = "accettazione", .concerned = concerned, .concerned_count = 1 };
    struct record r = record_reader(slice_of(json_of(&plan, *state)), *state);
    struct plan back = { 0 };

    plan_visit(&r, &back);
    assert_true(record_drop(&r));
    assert_int_equal(back.point, POINT_NOTICE);
    assert_int_equal(back.verdict, VERDICT_TIMEOUT);
    assert_int_equal(back.time, 5);
    assert_string_equal(back.seed, "ab");
    assert_string_equal(back.about.pec_id, plan.about.pec_id);
    assert_string_equal(back.reverse_path, "v@w");
    assert_string_equal(back.reason, "perch\xC3\xA9");
    assert_int_equal(back.size, 9);
    assert_true(back.sender_is_home);
    assert_true(back.is_tracked);
    assert_int_equal(back.number, 11);
    assert_string_equal(back.refusal, "550 no");
    assert_string_equal(back.receipt_id, "<x>");
    assert_string_equal(back.receipt_type, "accettazione");
    assert_string_equal(back.concerned[0], "c@d");
    assert_string_equal(back.releases[0].pec_id, "p@x");
    assert_string_equal(back.releases[0].address, "q@x");
    assert_true(back.releases[0].is_final);
    assert_int_equal(back.steps[0].role, ROLE_ABROAD);
    assert_string_equal(back.steps[0].sender, "s@t");
    assert_string_equal(back.steps[0].recipients[0], "e@f");
    assert_int_equal(back.steps[0].message.kind, KIND_TAKE_CHARGE);
    assert_string_equal(back.steps[0].message.taken[1], "i@j");
    assert_int_equal(back.steps[0].message.error, CERTIFIED_NO_DOMAIN);
    /* A delivery records which receipt it will yield. */
    assert_int_equal(back.steps[1].message.kind, KIND_DELIVERY_BRIEF);
    assert_string_equal(back.steps[1].sender, "");
}

static void test_outcomes_survive_their_records(void **state)
{
    struct answer answers[] = {
        { .address = "a@b", .fate = FATE_TAKEN, .code = 250, .enhanced = "2.0.0", .text = "Ok" },
        { .address = "c@d", .fate = FATE_REFUSED, .code = 550 },
    };
    struct outcome o = { .step = 3, .time = FIXTURE_WINTER, .answers = answers, .answer_count = 2 }, back = { 0 };
    struct record r = record_writer();
    char *json;

    outcome_visit(&r, &o);
    json = record_finish(&r, *state);
    r = record_reader(slice_of(json), *state);
    outcome_visit(&r, &back);
    assert_true(record_drop(&r));
    assert_int_equal(back.step, 3);
    assert_int_equal(back.time, FIXTURE_WINTER);
    assert_int_equal(back.answer_count, 2);
    assert_string_equal(back.answers[0].enhanced, "2.0.0");
    assert_string_equal(back.answers[0].text, "Ok");
    assert_int_equal(back.answers[1].fate, FATE_REFUSED);
    assert_int_equal(back.answers[1].code, 550);
    assert_null(back.answers[1].enhanced);
}

static void test_damaged_records_are_refused(void **state)
{
    static const char *const damaged[] = {
        "{\"point\":\"elsewhere\"}", "{\"verdict\":\"maybe\"}", "{\"time\":\"now\"}", "{\"steps\":{}}", "{\"steps\":[{\"role\":\"cook\"}]}",
        "{\"steps\":[{\"role\":\"abroad\",\"kind\":\"letter\"}]}", "{\"steps\":[7]}", "{\"releases\":[{\"final\":1}]}", "{\"about\":[]}", "[]", "",
    };

    for (size_t i = 0; i < COUNT(damaged); i++) {
        struct record r = record_reader(slice_of(damaged[i]), *state);
        struct plan back = { 0 };

        plan_visit(&r, &back);
        if (record_drop(&r))
            fail_msg("%s", damaged[i]);
    }
}

/* 2.2.3, 3.3.2: what is delivered is "delivered unmodified to the recipient's mailbox", a take-charge to the provider's own (3.5) as well.
 * 2.2.4: what is kept is the message itself. */
static void test_what_is_passed_on_is_what_came(void **state)
{
    static const enum step_role as_came[] = { ROLE_QUARANTINE, ROLE_DELIVERY, ROLE_PASS };

    (void)state;
    for (size_t i = 0; i < COUNT(as_came); i++)
        assert_int_equal(role_rows[as_came[i]].matter, MATTER_AS_CAME);
    assert_int_equal(role_rows[ROLE_DELIVERY].way, WAY_MAILBOX);
    assert_int_equal(role_rows[ROLE_PASS].way, WAY_MAILBOX);
    /* 3.2.2: ordinary mail comes in a message of ours. */
    assert_int_equal(role_rows[ROLE_WRAPPED].matter, MATTER_MADE);
}

/* Names are the store's and the log's: each has one, and no two are alike. */
static void check_names(const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_non_null(names[i]);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
    }
}

static void test_names(void **state)
{
    const char *roles[ROLE_COUNT];

    (void)state;
    for (int i = 0; i < ROLE_COUNT; i++)
        roles[i] = role_rows[i].name;
    check_names(roles, ROLE_COUNT);
    check_names(verdict_names, VERDICT_COUNT);
    check_names(point_names, POINT_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ids, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_steps_are_kept_while_the_plan_grows, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_envelope_bears_the_pec_id, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_message_begins_with_the_error_of_its_kind, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_when_a_plan_is_done, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_beginning, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_beginning_of_a_refusal_has_its_reason, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_notice_begins_without_a_reception, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_plans_survive_their_records, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_every_field_is_recorded, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_outcomes_survive_their_records, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_records_are_refused, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_is_passed_on_is_what_came, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_names, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec plan", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What follows from what happened: every role with every fate (RFC 6109 2.2.3, 3.3).
 */
#include "answers.h"

#include <string.h>

/* A plan of one step, for one recipient or two. */
static struct plan plan_of(struct arena *arena, enum verdict verdict, enum step_role role, enum message_kind kind, const char *second)
{
    struct plan plan = plan_new(verdict == VERDICT_ACCEPTED ? POINT_ACCESS : POINT_INCOMING, verdict, FIXTURE_WINTER, FIXTURE_SEED);
    const char **recipients = arena_array(arena, 2, sizeof *recipients);
    struct step *step;

    plan.about = fixture_transaction(arena);
    assert_int_equal(plan_add_message(&fixture_provider, &plan, role, kind, arena, &step), 0);
    recipients[0] = "anna@beta.example";
    recipients[1] = second;
    step->recipients = recipients;
    step->recipient_count = second ? 2 : 1;
    return plan;
}

static struct effects apply_one(struct plan *plan, struct answer a, struct arena *arena)
{
    struct answer *answer = arena_alloc(arena, sizeof *answer);

    *answer = a;
    return answers_apply(plan, 0, answer, 1, arena);
}

static void check_event(const struct event *e, const char *what, const char *recipient, const char *reason)
{
    assert_string_equal(e->what, what);
    assert_int_equal(e->done ? e->done : e->time, ANSWERS_LATER);
    assert_int_equal(e->number, 1);
    assert_int_equal(e->recipient_count, 1);
    assert_string_equal(e->recipients[0], recipient);
    fixture_same_text("reason", e->reason, reason);
}

/* 4.1: "a sole temporal value" for the messages of a transaction and for its log. When it took place is noted beside it. */
static void test_the_log_has_the_time_of_the_transaction(void **state)
{
    static const struct {
        enum step_role role;
        enum message_kind kind;
        bool is_of_the_mailbox; /* the delivery point's own transaction: the second in which the mailbox took it */
    } rows[] = {
        { ROLE_ENVELOPE, KIND_TRANSPORT_ENVELOPE, false }, { ROLE_HOME, KIND_ACCEPTANCE, false }, { ROLE_ABROAD, KIND_TAKE_CHARGE, false },
        { ROLE_WRAPPED, KIND_ANOMALY_ENVELOPE, false },    { ROLE_QUARANTINE, KIND_COUNT, false },
        { ROLE_DELIVERY, KIND_DELIVERY_COMPLETE, true },   { ROLE_PASS, KIND_COUNT, true },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct plan plan = plan_of(*state, VERDICT_ENVELOPE, rows[i].role, rows[i].kind == KIND_COUNT ? 0 : rows[i].kind, NULL);
        struct effects effects;

        plan.steps[0].message.time = plan.time;
        effects = apply_one(&plan, answer_taken("anna@beta.example"), *state);
        assert_int_equal(effects.event_count, 1);
        assert_int_equal(effects.events[0].time, rows[i].is_of_the_mailbox ? ANSWERS_LATER : FIXTURE_WINTER);
        assert_int_equal(effects.events[0].done, rows[i].is_of_the_mailbox ? 0 : ANSWERS_LATER);
    }
}

/* --- the delivery point (3.3) ----------------------------------------------------------------------------------------------- */

/* 3.3.2: a mailbox that took it yields the receipt decided for it, of the second in which that happened. */
static void test_a_delivery_yields_its_receipt(void **state)
{
    static const enum message_kind kinds[] = { KIND_DELIVERY_COMPLETE, KIND_DELIVERY_BRIEF, KIND_DELIVERY_CONCISE };

    for (size_t i = 0; i < COUNT(kinds); i++) {
        struct plan plan = plan_of(*state, VERDICT_ENVELOPE, ROLE_DELIVERY, kinds[i], NULL);
        struct effects effects = apply_one(&plan, answer_taken("anna@beta.example"), *state);
        const struct step *receipt = &plan.steps[1];

        assert_int_equal(plan.step_count, 2);
        assert_int_equal(receipt->role, ROLE_ABROAD);
        assert_int_equal(receipt->message.kind, kinds[i]);
        assert_int_equal(receipt->message.time, ANSWERS_LATER);
        assert_int_equal(receipt->message.error, CERTIFIED_NO_ERROR);
        assert_string_equal(receipt->message.to, "mario@alfa.example");
        assert_string_equal(receipt->message.recipient, "anna@beta.example");
        assert_string_equal(receipt->sender, fixture_provider.address);
        assert_string_equal(receipt->recipients[0], "mario@alfa.example");
        assert_false(receipt->is_done);
        assert_int_equal(effects.event_count, 1);
        check_event(&effects.events[0], "delivered", "anna@beta.example", NULL);
        assert_null(effects.events[0].message);
        assert_int_equal(effects.release_count, 0);
    }
}

/* 3.3.3, 4.4: one that refused it, a non-delivery with the error. */
static void test_a_refusal_yields_a_non_delivery(void **state)
{
    struct plan plan = plan_of(*state, VERDICT_ENVELOPE, ROLE_DELIVERY, KIND_DELIVERY_COMPLETE, NULL);
    struct effects effects = apply_one(&plan, answer_refused("anna@beta.example", 552, "5.2.2", "Mailbox full"), *state);
    const struct step *receipt = &plan.steps[1];

    assert_int_equal(plan.step_count, 2);
    assert_int_equal(receipt->role, ROLE_ABROAD);
    assert_int_equal(receipt->message.kind, KIND_NON_DELIVERY);
    assert_int_equal(receipt->message.error, CERTIFIED_OTHER);
    assert_int_equal(receipt->message.time, ANSWERS_LATER);
    assert_string_equal(receipt->message.detail, "5.2.2 - Alfa Certificata S.p.A. - casella piena");
    assert_string_equal(receipt->message.reason, receipt->message.detail);
    assert_string_equal(receipt->message.recipient, "anna@beta.example");
    assert_int_equal(effects.event_count, 1);
    check_event(&effects.events[0], "refused", "anna@beta.example", "552 5.2.2 Mailbox full");
}

/* 3.4: for a user of ours the receipt goes straight home and calls off the waiting. */
static void test_the_receipt_of_our_own_user(void **state)
{
    struct answer answers[] = { answer_taken("anna@beta.example"), answer_refused("anna@beta.example", 550, "5.1.1", "no") };

    for (size_t i = 0; i < COUNT(answers); i++) {
        struct plan plan = plan_of(*state, VERDICT_ENVELOPE, ROLE_DELIVERY, KIND_DELIVERY_COMPLETE, NULL);
        struct effects effects;

        plan.sender_is_home = true;
        effects = apply_one(&plan, answers[i], *state);
        assert_int_equal(plan.steps[1].role, ROLE_HOME);
        assert_int_equal(effects.release_count, 1);
        assert_string_equal(effects.releases[0].pec_id, plan.about.pec_id);
        assert_string_equal(effects.releases[0].address, "anna@beta.example");
        assert_true(effects.releases[0].is_final);
    }
}

/* --- the relay -------------------------------------------------------------------------------------------------------------- */

/* 2.3: one event, with all recipients; nothing else follows. */
static void test_an_envelope_that_was_sent(void **state)
{
    struct plan plan = plan_of(*state, VERDICT_ACCEPTED, ROLE_ENVELOPE, KIND_TRANSPORT_ENVELOPE, "ugo@posta.example");
    struct answer answers[] = { answer_taken("anna@beta.example"), answer_taken("ugo@posta.example") };
    struct effects effects = answers_apply(&plan, 0, answers, 2, *state);

    assert_int_equal(plan.step_count, 1);
    assert_int_equal(effects.event_count, 1);
    assert_string_equal(effects.events[0].what, "sent");
    assert_int_equal(effects.events[0].recipient_count, 2);
    assert_int_equal(effects.events[0].message->kind, KIND_TRANSPORT_ENVELOPE);
    assert_int_equal(effects.release_count, 0);
}

/* 3.3.3: who is refused there is not delivered: a non-delivery in the sender's mailbox, and no more waiting for that one. */
static void test_an_envelope_that_was_refused_for_one(void **state)
{
    struct plan plan = plan_of(*state, VERDICT_ACCEPTED, ROLE_ENVELOPE, KIND_TRANSPORT_ENVELOPE, "ugo@posta.example");
    struct answer answers[] = { answer_taken("anna@beta.example"), answer_refused("ugo@posta.example", 550, "5.1.2", "no such domain") };
    struct effects effects;

    plan.sender_is_home = true;
    effects = answers_apply(&plan, 0, answers, 2, *state);
    assert_int_equal(effects.event_count, 2);
    assert_string_equal(effects.events[0].what, "sent");
    assert_int_equal(effects.events[0].recipient_count, 1);
    assert_string_equal(effects.events[0].recipients[0], "anna@beta.example");
    check_event(&effects.events[1], "refused", "ugo@posta.example", "550 5.1.2 no such domain");
    assert_int_equal(plan.step_count, 2);
    assert_int_equal(plan.steps[1].role, ROLE_HOME);
    assert_int_equal(plan.steps[1].message.kind, KIND_NON_DELIVERY);
    assert_int_equal(plan.steps[1].message.error, CERTIFIED_NO_DOMAIN);
    assert_string_equal(plan.steps[1].message.recipient, "ugo@posta.example");
    assert_int_equal(effects.release_count, 1);
    assert_string_equal(effects.releases[0].address, "ugo@posta.example");
}

/* An event without recipients would speak of all of them: if nobody took it, nothing was sent. */
static void test_an_envelope_that_was_refused_for_all(void **state)
{
    struct plan plan = plan_of(*state, VERDICT_ACCEPTED, ROLE_ENVELOPE, KIND_TRANSPORT_ENVELOPE, "ugo@posta.example");
    struct answer answers[] = { answer_refused("anna@beta.example", 554, NULL, "no"),
                                answer_refused("ugo@posta.example", 554, NULL, "no") };
    struct effects effects = answers_apply(&plan, 0, answers, 2, *state);

    assert_int_equal(effects.event_count, 2);
    check_event(&effects.events[0], "refused", "anna@beta.example", "554 no");
    assert_string_equal(effects.events[1].what, "refused");
    assert_int_equal(plan.step_count, 3);
}

/* --- receipts of ours, and other providers' --------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    enum step_role role;
    enum fate fate;
    const char *what; /* NULL: no event */
    bool has_message;
    size_t steps;
} simple[] = {
    { "a receipt for our user, delivered", ROLE_HOME, FATE_TAKEN, "delivered", true, 1 },
    { "a receipt for our user, refused: logged and done", ROLE_HOME, FATE_REFUSED, "refused", true, 1 },
    { "a receipt for our user, deferred: by the queue", ROLE_HOME, FATE_DEFERRED, NULL, false, 2 },
    { "a receipt by the queue, sent", ROLE_HOME_LATE, FATE_TAKEN, "sent", true, 1 },
    { "a receipt by the queue, refused", ROLE_HOME_LATE, FATE_REFUSED, "refused", true, 1 },
    { "a receipt for somebody else, sent", ROLE_ABROAD, FATE_TAKEN, "sent", true, 1 },
    { "a receipt for somebody else, refused", ROLE_ABROAD, FATE_REFUSED, "refused", true, 1 },
    { "another's receipt, delivered", ROLE_PASS, FATE_TAKEN, "delivered", false, 1 },
    { "another's receipt, refused: logged and done", ROLE_PASS, FATE_REFUSED, "refused", false, 1 },
    { "a status report, sent", ROLE_REPORT, FATE_TAKEN, "sent", false, 1 },
    { "a status report, refused", ROLE_REPORT, FATE_REFUSED, "refused", false, 1 },
};

/* 2.2.3, 3.3.2: no delivery receipt of a notification, of ours or another's. */
static void test_what_follows_from_simple_steps(void **state)
{
    for (size_t i = 0; i < COUNT(simple); i++) {
        struct plan plan = plan_of(*state, VERDICT_RECEIPT, simple[i].role, KIND_DELIVERY_CONCISE, NULL);
        struct answer a = answer_taken("anna@beta.example");
        struct effects effects;

        a.fate = simple[i].fate;
        effects = apply_one(&plan, a, *state);
        if (plan.step_count != simple[i].steps || effects.event_count != (simple[i].what ? 1 : 0) || effects.release_count != 0)
            fail_msg("%s: %zu steps, %zu events", simple[i].name, plan.step_count, effects.event_count);
        if (!simple[i].what)
            continue;
        fixture_same_text(simple[i].name, effects.events[0].what, simple[i].what);
        assert_int_equal(effects.events[0].message != NULL, simple[i].has_message);
        assert_null(plan.refusal);
    }
}

/* 4.1: the same message, to the same user, with the same id and time: a retry in another way, not another receipt. */
static void test_a_deferred_receipt_goes_by_the_queue(void **state)
{
    struct plan plan = plan_of(*state, VERDICT_ACCEPTED, ROLE_HOME, KIND_ACCEPTANCE, NULL);
    struct answer a = { .address = "anna@beta.example", .fate = FATE_DEFERRED, .code = 452 };

    plan.steps[0].is_deferred = true;
    apply_one(&plan, a, *state);
    assert_int_equal(plan.steps[1].role, ROLE_HOME_LATE);
    assert_string_equal(plan.steps[1].message.id, plan.steps[0].message.id);
    assert_int_equal(plan.steps[1].message.time, FIXTURE_WINTER);
    assert_string_equal(plan.steps[1].recipients[0], "anna@beta.example");
    assert_false(plan.steps[1].is_done);
    assert_false(plan.steps[1].is_deferred);
    assert_false(plan_is_done(&plan));
}

/* 2.2.4, 2.3: where it is kept stands in the log. */
static void test_a_quarantine(void **state)
{
    struct plan plan = plan_new(POINT_INCOMING, VERDICT_DISCARDED, FIXTURE_WINTER, FIXTURE_SEED);
    struct answer a = { .address = "", .fate = FATE_TAKEN, .text = "Eicar: 20260115-1" };
    struct effects effects;
    struct step *step;

    assert_int_equal(plan_add_step(&plan, ROLE_QUARANTINE, *state, &step), 0);
    effects = apply_one(&plan, a, *state);
    assert_int_equal(effects.event_count, 1);
    assert_string_equal(effects.events[0].what, "quarantined");
    assert_string_equal(effects.events[0].reason, "Eicar: 20260115-1");
    assert_int_equal(effects.events[0].recipient_count, 0); /* all of them */
    assert_true(plan_is_done(&plan));
}

/* --- outcomes that do not fit ----------------------------------------------------------------------------------------------- */

static int try(struct plan *plan, size_t step, struct answer *answers, size_t count, struct arena *arena)
{
    const struct outcome o = { .step = step, .time = ANSWERS_LATER, .answers = answers, .answer_count = count };
    struct effects effects;

    return plan_apply(&fixture_provider, plan, &o, arena, &effects);
}

/* Nothing is certified of what has not happened: deferred and untried are no outcomes, save of a receipt that may go by the queue. */
static void test_what_settles_nothing_is_refused(void **state)
{
    for (int role = 0; role < ROLE_COUNT; role++) {
        for (int fate = FATE_UNTRIED; fate <= FATE_DEFERRED; fate += FATE_DEFERRED) {
            struct plan plan = plan_of(*state, VERDICT_ENVELOPE, (enum step_role)role, KIND_DELIVERY_COMPLETE, NULL);
            struct answer a = { .address = "anna@beta.example", .fate = (enum fate)fate };
            bool is_way_out = role == ROLE_HOME && fate == FATE_DEFERRED;

            assert_int_equal(try(&plan, 0, &a, 1, *state), is_way_out ? 0 : ERROR_CORRUPT);
            assert_int_equal(plan.steps[0].is_done, is_way_out);
            assert_int_equal(plan.step_count, is_way_out ? 2 : 1);
        }
    }
}

static void test_outcomes_of_other_plans(void **state)
{
    struct plan plan = plan_of(*state, VERDICT_ENVELOPE, ROLE_DELIVERY, KIND_DELIVERY_COMPLETE, NULL);
    struct answer answers[] = { answer_taken("anna@beta.example"), answer_taken("anna@beta.example") };
    struct answer other = answer_taken("bruno@beta.example"), nobody = answer_taken(NULL);

    assert_int_equal(try(&plan, 1, answers, 1, *state), ERROR_CORRUPT);
    assert_int_equal(try(&plan, SIZE_MAX, answers, 1, *state), ERROR_CORRUPT);
    assert_int_equal(try(&plan, 0, answers, 0, *state), ERROR_CORRUPT);
    assert_int_equal(try(&plan, 0, answers, 2, *state), ERROR_CORRUPT);
    assert_int_equal(try(&plan, 0, &other, 1, *state), ERROR_CORRUPT);
    assert_int_equal(try(&plan, 0, &nobody, 1, *state), ERROR_CORRUPT);
    assert_int_equal(try(&plan, 0, answers, 1, *state), 0);
    assert_int_equal(try(&plan, 0, answers, 1, *state), ERROR_CORRUPT); /* done already */
    assert_int_equal(plan.step_count, 2);
}

static void test_without_budget(void **state)
{
    for (size_t budget = 8; budget < 2000; budget += 23) {
        struct plan plan = plan_of(*state, VERDICT_ENVELOPE, ROLE_DELIVERY, KIND_DELIVERY_COMPLETE, NULL);
        struct answer a = answer_refused("anna@beta.example", 550, "5.7.1", "no");
        struct arena *small = arena_new(budget);
        const struct outcome o = { .time = ANSWERS_LATER, .answers = &a, .answer_count = 1 };
        struct effects effects;
        int result = plan_apply(&fixture_provider, &plan, &o, small, &effects);

        assert_true(result == ERROR_BUDGET || (result == 0 && plan.steps[1].message.detail));
        arena_free(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_log_has_the_time_of_the_transaction, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_delivery_yields_its_receipt, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_refusal_yields_a_non_delivery, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_receipt_of_our_own_user, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_envelope_that_was_sent, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_envelope_that_was_refused_for_one, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_envelope_that_was_refused_for_all, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_follows_from_simple_steps, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_deferred_receipt_goes_by_the_queue, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_quarantine, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_settles_nothing_is_refused, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_outcomes_of_other_plans, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec outcome", tests, NULL, NULL);
}

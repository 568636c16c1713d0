/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Anomaly envelopes and their mailboxes (RFC 6109 2.2.3, 3.3.2): whatever these answer, nothing is certified. An error has SMTP's own
 * ways (2.2.2).
 */
#include "answers.h"

static struct plan wrapped(struct arena *arena, const char *reverse_path)
{
    static const char *const mailboxes[] = { "mario@alfa.example", "gina@alfa.example", "nino@alfa.example" };
    struct plan plan = plan_new(POINT_INCOMING, VERDICT_ORDINARY, FIXTURE_WINTER, FIXTURE_SEED);

    plan.reverse_path = reverse_path;
    for (size_t i = 0; i < COUNT(mailboxes); i++) {
        const char **recipients = arena_array(arena, 1, sizeof *recipients);
        struct step *step;

        assert_int_equal(plan_add_message(&fixture_provider, &plan, ROLE_WRAPPED, KIND_ANOMALY_ENVELOPE, arena, &step), 0);
        recipients[0] = mailboxes[i];
        step->recipients = recipients;
        step->recipient_count = 1;
    }
    return plan;
}

/* `fates` has a letter for each mailbox: taken or refused. */
static void answer_wrapped(struct plan *plan, const char *fates, struct arena *arena)
{
    for (size_t i = 0; fates[i]; i++) {
        const char *address = plan->steps[i].recipients[0];
        struct answer *a = arena_alloc(arena, sizeof *a);

        *a = fates[i] == 't' ? answer_taken(address) : answer_refused(address, 550 + (int)i, "5.1.1", "no\r\n such user");
        answers_apply(plan, i, a, 1, arena);
    }
}

/* 3.3.2: "In all other cases (e.g., PEC anomaly envelopes ...), the delivery PEC notification is not issued." */
static void test_all_mailboxes_take_it(void **state)
{
    struct plan plan = wrapped(*state, "x@altrove.example");

    answer_wrapped(&plan, "ttt", *state);
    assert_int_equal(plan.step_count, 3);
    assert_null(plan.refusal);
}

/* Their answer is ours, on one line; no non-delivery notification follows (2.2.3). */
static void test_all_mailboxes_refuse_it(void **state)
{
    struct answer last = answer_refused("nino@alfa.example", 552, "5.2.2", "full");
    struct plan plan = wrapped(*state, "x@altrove.example");

    answer_wrapped(&plan, "rr", *state);
    assert_null(plan.refusal);
    answers_apply(&plan, 2, &last, 1, *state);
    assert_string_equal(plan.refusal, "552 5.2.2 full");
    assert_int_equal(plan.step_count, 3);
}

static void test_a_refusal_is_always_a_whole_reply(void **state)
{
    struct plan plan = wrapped(*state, "");

    plan.step_count = 1;
    answers_apply(&plan, 0, &(struct answer){ .address = "mario@alfa.example", .fate = FATE_REFUSED, .text = "a\r\n250 b" }, 1, *state);
    assert_string_equal(plan.refusal, "550 5.0.0 a 250 b");
}

/* Some refuse: the sender is told by a status report, in which the refusals are found, and not by a non-delivery (2.2.2, 2.2.3). */
static void test_some_mailboxes_refuse_it(void **state)
{
    static const char *const fates[] = { "rtt", "trt", "ttr", "rrt" };

    for (size_t i = 0; i < COUNT(fates); i++) {
        struct plan plan = wrapped(*state, "x@altrove.example");

        answer_wrapped(&plan, fates[i], *state);
        assert_null(plan.refusal);
        assert_int_equal(plan.step_count, 4);
        assert_int_equal(plan.steps[3].role, ROLE_REPORT);
        assert_string_equal(plan.steps[3].sender, ""); /* a report has no reverse path (RFC 3464 2) */
        assert_string_equal(plan.steps[3].recipients[0], "x@altrove.example");
        for (size_t j = 0; j < 3; j++)
            assert_int_equal(plan.steps[j].refused != NULL, fates[i][j] == 'r');
    }
}

static void test_nobody_is_told_of_a_message_from_nobody(void **state)
{
    struct plan plan = wrapped(*state, "");

    answer_wrapped(&plan, "rtt", *state);
    assert_int_equal(plan.step_count, 3);
    assert_null(plan.refusal);
    assert_true(plan_is_done(&plan));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_all_mailboxes_take_it, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_all_mailboxes_refuse_it, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_refusal_is_always_a_whole_reply, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_some_mailboxes_refuse_it, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_nobody_is_told_of_a_message_from_nobody, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec outcome wrapped", tests, NULL, NULL);
}

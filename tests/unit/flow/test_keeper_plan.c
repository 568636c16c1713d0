/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What workers ask about the plan of a message (design 3): one hand at a time, everything idempotent, every line once, nothing half.
 */
#include <string.h>

#include "keeper_kit.h"

/* --- claims ----------------------------------------------------------------------------------------------------------------- */

/* A second delivery of a key that is in hand is told so. */
static void a_message_is_in_one_hand(void **state)
{
    struct kit *k = *state;
    const struct journal_request claim = kit_about(JOURNAL_CLAIM, 1), other = kit_about(JOURNAL_CLAIM, 2), release = kit_about(JOURNAL_RELEASE, 1);

    kit_expect_state(k, KIT_ALICE, &claim, JOURNAL_FRESH);
    kit_expect_state(k, KIT_BOB, &claim, JOURNAL_BUSY);
    kit_expect_state(k, KIT_BOB, &other, JOURNAL_FRESH);
    kit_expect_state(k, KIT_BOB, &release, JOURNAL_DONE); /* it is not his to give */
    kit_expect_state(k, KIT_BOB, &claim, JOURNAL_BUSY);
    kit_expect_state(k, KIT_ALICE, &release, JOURNAL_DONE);
    kit_expect_state(k, KIT_BOB, &claim, JOURNAL_FRESH);
}

/* A worker that dies leaves its message to the next one. */
static void a_dead_client_holds_nothing(void **state)
{
    struct kit *k = *state;
    const struct journal_request claim = kit_about(JOURNAL_CLAIM, 1);
    struct journal_response found;

    kit_begin(k, 1);
    kit_expect_state(k, KIT_BOB, &claim, JOURNAL_BUSY);
    keeper_client_gone(k->keeper, KIT_ALICE);
    found = kit_ask(k, KIT_BOB, &claim);
    assert_int_equal(found.state, JOURNAL_FOUND);
    assert_int_equal(found.record.size, 4);
    assert_memory_equal(found.record.data, "plan", 4);
    assert_int_equal(found.outcome_count, 0);
}

/* A worker whose message has been taken by another goes no further: two would do the same effects. */
static void who_has_it_not_in_hand_changes_nothing(void **state)
{
    struct kit *k = *state;
    const struct journal_request claim = kit_about(JOURNAL_CLAIM, 1), outcome = kit_outcome(1, 0, "a"), end = kit_end(1, "250 ok", "b");
    struct journal_request begin = kit_about(JOURNAL_BEGIN, 1);

    begin.record = SLICE("another plan");
    kit_begin(k, 1);
    kit_expect_error(k, KIT_BOB, &begin, ERROR_BUSY);
    kit_expect_error(k, KIT_BOB, &outcome, ERROR_BUSY);
    kit_expect_error(k, KIT_BOB, &end, ERROR_BUSY);
    assert_string_equal(kit_log(k, NULL), "");
    keeper_client_gone(k->keeper, KIT_ALICE);
    assert_int_equal(kit_ask(k, KIT_BOB, &claim).state, JOURNAL_FOUND);
    assert_int_equal(kit_ask(k, KIT_BOB, &claim).outcome_count, 0);
}

/* --- a plan's life ---------------------------------------------------------------------------------------------------------- */

static void a_plan_is_found_with_its_outcomes(void **state)
{
    struct kit *k = *state;
    const struct journal_request claim = kit_about(JOURNAL_CLAIM, 1);
    struct journal_request outcome;
    struct journal_response found;

    kit_begin(k, 1);
    outcome = kit_outcome(1, 0, "s.0");
    outcome.record = SLICE("first");
    kit_expect_state(k, KIT_ALICE, &outcome, JOURNAL_DONE);
    outcome = kit_outcome(1, 1, "s.1");
    outcome.record = SLICE("second");
    kit_expect_state(k, KIT_ALICE, &outcome, JOURNAL_DONE);
    kit_open_again(k);
    found = kit_ask(k, KIT_BOB, &claim);
    assert_int_equal(found.state, JOURNAL_FOUND);
    assert_int_equal(found.outcome_count, 2);
    assert_memory_equal(found.outcomes[0].data, "first", 5);
    assert_memory_equal(found.outcomes[1].data, "second", 6);
    assert_string_equal(kit_log(k, NULL), "s.0 s.1");
}

/* The answer of a lost 250 is 250 again. A message that is done is in nobody's hand. */
static void a_finished_plan_has_its_answer(void **state)
{
    struct kit *k = *state;
    const struct journal_request claim = kit_about(JOURNAL_CLAIM, 1), end = kit_end(1, "250 2.0.0 Ok: id", "s.0");
    bool is_all_known;

    kit_begin(k, 1);
    kit_expect_state(k, KIT_ALICE, &end, JOURNAL_DONE);
    for (int i = 0; i < 2; i++) {
        kit_expect_state(k, KIT_BOB, &claim, JOURNAL_FINISHED);
        assert_string_equal(kit_ask(k, KIT_ALICE, &claim).text, "250 2.0.0 Ok: id");
        kit_open_again(k);
    }
    assert_string_equal(kit_log(k, &is_all_known), "s.0");
    assert_true(is_all_known);
}

/* A worker asks again after a keeper's death: what was done stays as it was. */
static void asked_twice_it_is_done_once(void **state)
{
    struct kit *k = *state;
    const struct journal_request claim = kit_about(JOURNAL_CLAIM, 1);
    struct journal_request begin = kit_about(JOURNAL_BEGIN, 1), outcome = kit_outcome(1, 0, "s.0"), end = kit_end(1, "250 first", "s.1");
    struct journal_response found;

    kit_begin(k, 1);
    begin.record = SLICE("changed");
    kit_expect_state(k, KIT_ALICE, &begin, JOURNAL_DONE);
    kit_expect_state(k, KIT_ALICE, &outcome, JOURNAL_DONE);
    kit_open_again(k);
    outcome.record = SLICE("changed");
    kit_expect_state(k, KIT_ALICE, &outcome, JOURNAL_DONE);
    found = kit_ask(k, KIT_ALICE, &claim);
    assert_int_equal(found.outcome_count, 1);
    assert_int_equal(found.record.size, 4);
    assert_int_equal(found.outcomes[0].size, strlen("outcome"));
    kit_expect_state(k, KIT_ALICE, &end, JOURNAL_DONE);
    end.text = "250 changed";
    kit_expect_state(k, KIT_ALICE, &end, JOURNAL_DONE);
    kit_open_again(k);
    kit_expect_state(k, KIT_ALICE, &end, JOURNAL_DONE);
    assert_string_equal(kit_ask(k, KIT_ALICE, &claim).text, "250 first");
    assert_string_equal(kit_log(k, NULL), "s.0 s.1");
}

/* After some crashes by one message it is given to no worker any more. */
static void a_message_that_kills_is_poisoned(void **state)
{
    struct kit *k = *state;
    const struct journal_request claim = kit_about(JOURNAL_CLAIM, 1), crashed = kit_about(JOURNAL_CRASHED, 1), other = kit_about(JOURNAL_CLAIM, 2);

    for (uint32_t i = 1; i <= KIT_CRASHES_MAX; i++) {
        kit_expect_state(k, KIT_ALICE, &claim, JOURNAL_FRESH);
        keeper_client_gone(k->keeper, KIT_ALICE);
        assert_int_equal(kit_ask(k, KIT_BOB, &crashed).number, i);
        kit_open_again(k);
    }
    kit_expect_state(k, KIT_ALICE, &claim, JOURNAL_POISONED);
    kit_expect_state(k, KIT_ALICE, &other, JOURNAL_FRESH);
}

/* --- batches ---------------------------------------------------------------------------------------------------------------- */

static struct journal_response answers[8];

/* Several requests of alice in one batch. */
static int batch(struct kit *k, const struct journal_request *requests, size_t count, struct error *e)
{
    assert_int_equal(keeper_batch_begin(k->keeper, e), 0);
    for (size_t i = 0; i < count; i++)
        keeper_apply(k->keeper, KIT_ALICE, &requests[i], k->arena, &answers[i]);
    return keeper_batch_end(k->keeper, e);
}

/* One sync serves many messages, and what one of them may not do is no harm to the others. */
static void a_refused_request_leaves_the_batch_whole(void **state)
{
    struct kit *k = *state;
    const struct journal_request claim = kit_about(JOURNAL_CLAIM, 3);
    struct journal_line nameless = { "", SLICE("{}") }, empty = { "x", { "", 0 } };
    struct journal_request requests[4];
    char long_id[400];
    struct journal_line long_line = { long_id, SLICE("{}") };
    struct error e = { 0 };

    memset(long_id, 'x', sizeof long_id);
    long_id[sizeof long_id - 1] = '\0';
    for (unsigned char i = 1; i <= 4; i++) {
        kit_begin(k, i);
        requests[i - 1] = kit_end(i, "250 ok", i == 1 ? "one" : "four");
    }
    requests[1].lines = &nameless;
    requests[2].lines = &empty;
    assert_int_equal(batch(k, requests, 4, &e), 0);
    assert_int_equal(answers[0].error, 0);
    assert_int_equal(answers[1].error, ERROR_LIMIT);
    assert_int_equal(answers[2].error, ERROR_LIMIT);
    assert_int_equal(answers[3].error, 0);
    assert_string_equal(kit_log(k, NULL), "one four");
    assert_int_equal(kit_ask(k, KIT_ALICE, &claim).state, JOURNAL_FOUND);
    requests[2].lines = &long_line;
    kit_expect_error(k, KIT_ALICE, &requests[2], ERROR_LIMIT);
}

/* Nothing of a batch that failed has happened: its claims are free, its plans are not there, and its clients are told. */
static void a_batch_that_fails_has_not_happened(void **state)
{
    struct kit *k = *state;
    struct journal_request requests[3] = { kit_about(JOURNAL_CLAIM, 1), kit_about(JOURNAL_BEGIN, 1), kit_end(2, "250 ok", "two") };
    const struct journal_request claim = kit_about(JOURNAL_CLAIM, 2);
    struct error e = { 0 };

    requests[1].record = SLICE("plan");
    kit_begin(k, 2);
    kit_commits_to_fail = 1;
    assert_int_equal(batch(k, requests, 3, &e), ERROR_FULL);
    kit_expect_state(k, KIT_BOB, &requests[0], JOURNAL_FRESH);
    assert_int_equal(kit_ask(k, KIT_ALICE, &claim).state, JOURNAL_FOUND);
    /* Said again, the line that was written before the commit is not written again. */
    kit_expect_state(k, KIT_ALICE, &requests[2], JOURNAL_DONE);
    assert_string_equal(kit_log(k, NULL), "two");
}

/* A plan alone tells the log nothing: it may be lost with the batch. */
static void a_beginning_leaves_no_line(void **state)
{
    struct kit *k = *state;
    struct journal_request requests[2] = { kit_about(JOURNAL_CLAIM, 1), kit_about(JOURNAL_BEGIN, 1) };
    struct journal_line line = { "s.0", SLICE("{}") };
    struct error e = { 0 };

    requests[1].record = SLICE("plan");
    requests[1].lines = &line;
    requests[1].line_count = 1;
    kit_commits_to_fail = 1;
    assert_int_equal(batch(k, requests, 2, &e), ERROR_FULL);
    assert_string_equal(kit_log(k, NULL), "");
}

/* --- waiting (3.1.6) -------------------------------------------------------------------------------------------------------- */

static void track(struct kit *k, unsigned char byte)
{
    static struct stored_recipient recipients[] = { { .address = "anna@beta.example", .certified = true },
                                                    { .address = "bruno@beta.example", .certified = true } };
    const struct journal_request claim = kit_about(JOURNAL_CLAIM, byte);
    struct journal_request begin = kit_about(JOURNAL_BEGIN, byte);

    begin.record = SLICE("plan");
    begin.is_tracked = true;
    begin.transaction = (struct stored_transaction){ .number = 42, .pec_id = "id@alfa.example", .created = KIT_START, .record = SLICE("t"),
                                                     .recipients = recipients, .recipient_count = 2 };
    begin.first_due = KIT_START + 10;
    begin.second_due = KIT_START + 20;
    kit_expect_state(k, KIT_ALICE, &claim, JOURNAL_FRESH);
    kit_expect_state(k, KIT_ALICE, &begin, JOURNAL_DONE);
}

static struct journal_response due_at(struct kit *k, int64_t time)
{
    struct journal_request due = kit_about(JOURNAL_DUE, 0);

    due.time = time;
    due.number = 10;
    return kit_ask(k, KIT_ALICE, &due);
}

/* RFC 6109 3.1.6. */
static void notices_come_due(void **state)
{
    struct kit *k = *state;
    struct journal_request transaction = kit_about(JOURNAL_TRANSACTION, 0);
    struct journal_response due;

    track(k, 1);
    due = due_at(k, KIT_START + 9);
    assert_int_equal(due.task_count, 0);
    assert_int_equal(due.time, KIT_START + 10);
    due = due_at(k, KIT_START + 10);
    assert_int_equal(due.task_count, 2);
    assert_int_equal(due.tasks[0].kind, TASK_FIRST_NOTICE);
    transaction.transaction.number = due.tasks[0].transaction;
    due = kit_ask(k, KIT_ALICE, &transaction);
    assert_int_equal(due.state, JOURNAL_FOUND);
    assert_string_equal(due.transaction.pec_id, "id@alfa.example");
    transaction.transaction.number = 43;
    kit_expect_state(k, KIT_ALICE, &transaction, JOURNAL_UNKNOWN);
}

/* RFC 6109 3.1.6: a take-charge calls off the first notice, a delivery or non-delivery both. Committed with the plan or the outcome that
 * says so. */
static void receipts_call_notices_off(void **state)
{
    struct kit *k = *state;
    struct journal_release first = { "id@alfa.example", "Anna@beta.example", false }, all = { "id@alfa.example", "bruno@beta.example", true };
    struct journal_request begin = kit_about(JOURNAL_BEGIN, 2), outcome = kit_outcome(1, 0, "s");
    const struct journal_request claim = kit_about(JOURNAL_CLAIM, 2);
    struct journal_response due;

    track(k, 1);
    kit_expect_state(k, KIT_ALICE, &claim, JOURNAL_FRESH);
    begin.record = SLICE("plan of the take-charge");
    begin.releases = &first;
    begin.release_count = 1;
    kit_expect_state(k, KIT_ALICE, &begin, JOURNAL_DONE);
    outcome.releases = &all;
    outcome.release_count = 1;
    kit_expect_state(k, KIT_ALICE, &outcome, JOURNAL_DONE);
    assert_int_equal(due_at(k, KIT_START + 10).task_count, 0);
    due = due_at(k, KIT_START + 20);
    assert_int_equal(due.task_count, 1);
    assert_int_equal(due.tasks[0].kind, TASK_SECOND_NOTICE);
    assert_string_equal(due.tasks[0].address, "anna@beta.example");
}

/* A notice's task is done together with its plan: no notice is sent twice. */
static void a_task_ends_with_its_plan(void **state)
{
    struct kit *k = *state;
    struct journal_request end, done = kit_about(JOURNAL_TASK_DONE, 0);
    struct journal_response due;

    track(k, 1);
    due = due_at(k, KIT_START + 10);
    kit_begin(k, 2);
    end = kit_end(2, "", "s");
    end.task = due.tasks[0].id;
    kit_commits_to_fail = 1;
    kit_expect_error(k, KIT_ALICE, &end, ERROR_FULL);
    assert_int_equal(due_at(k, KIT_START + 10).task_count, 2);
    kit_expect_state(k, KIT_ALICE, &end, JOURNAL_DONE);
    due = due_at(k, KIT_START + 10);
    assert_int_equal(due.task_count, 1);
    done.task = due.tasks[0].id;
    kit_expect_state(k, KIT_ALICE, &done, JOURNAL_DONE);
    assert_int_equal(due_at(k, KIT_START + 10).task_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_is_in_one_hand, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(a_dead_client_holds_nothing, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(who_has_it_not_in_hand_changes_nothing, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(a_plan_is_found_with_its_outcomes, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(a_finished_plan_has_its_answer, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(asked_twice_it_is_done_once, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(a_message_that_kills_is_poisoned, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(a_refused_request_leaves_the_batch_whole, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(a_batch_that_fails_has_not_happened, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(a_beginning_leaves_no_line, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(notices_come_due, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(receipts_call_notices_off, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(a_task_ends_with_its_plan, kit_set_up, kit_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

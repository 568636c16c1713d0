/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two keepers, each of a node of its own, on one store: no message is in two hands, whatever becomes of a node or of its connection. Run
 * with OPEC_TEST_STORE, the URL of an empty database on a PostgreSQL server.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keeper_kit.h"
#include "store/database.h"

enum { TRIES = 20 };

struct nodes {
    struct kit a, b;
};

static int set_up(void **state)
{
    struct nodes *n = calloc(1, sizeof *n);
    const char *url = getenv("OPEC_TEST_STORE");

    if (!n || !url)
        return -1;
    kit_make(&n->a, url, "primo");
    kit_make(&n->b, url, "secondo");
    *state = n;
    return 0;
}

static int tear_down(void **state)
{
    struct nodes *n = *state;

    kit_unmake(&n->a);
    kit_unmake(&n->b);
    free(n);
    return 0;
}

static struct journal_request begin(unsigned char byte, struct slice record)
{
    struct journal_request r = kit_about(JOURNAL_BEGIN, byte);

    r.record = record;
    return r;
}

static void claim(struct kit *k, unsigned char byte, enum journal_state state)
{
    const struct journal_request r = kit_about(JOURNAL_CLAIM, byte);

    kit_expect_state(k, KIT_ALICE, &r, state);
}

/* The server ends the node's session, as when it is started anew; the node connects again, as its process does. */
static void lose_connection(struct kit *k, const char *label)
{
    const struct query query = { "SELECT COUNT(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = $1",
                                 { value_text(label) } };
    struct database *d = NULL;
    struct error e = { 0 };

    assert_int_equal(0, database_postgresql_open(k->url, "test", DATABASE_WRITE, &d, &e));
    assert_int_equal(0, database_run(d, &query, NULL, &e));
    database_close(&d);
}

static void connect_again(struct kit *k)
{
    struct error e = { 0 };

    for (int i = 0; i < TRIES; i++)
        if (keeper_batch_begin(k->keeper, &e) == 0) {
            assert_int_equal(0, keeper_batch_end(k->keeper, &e));
            return;
        }
    fail_msg("%s", e.text);
}

/* --- tests ------------------------------------------------------------------------------------------------------------------ */

static void a_message_is_in_one_hand_of_all(void **state)
{
    struct nodes *n = *state;
    const struct journal_request release = kit_about(JOURNAL_RELEASE, 1);

    claim(&n->a, 1, JOURNAL_FRESH);
    claim(&n->b, 1, JOURNAL_BUSY);
    kit_ask(&n->a, KIT_ALICE, &release);
    claim(&n->b, 1, JOURNAL_FRESH);
    claim(&n->a, 1, JOURNAL_BUSY);
}

static void what_a_dead_node_began_another_goes_on_with(void **state)
{
    struct nodes *n = *state;
    const struct journal_request outcome = kit_outcome(2, 0, "s2.0"), end = kit_end(2, "250", "s2.1");
    struct journal_request again = kit_about(JOURNAL_CLAIM, 2);
    struct journal_response found;

    kit_begin(&n->a, 2);
    kit_ask(&n->a, KIT_ALICE, &outcome);
    claim(&n->b, 2, JOURNAL_BUSY);
    keeper_close(&n->a.keeper);
    found = kit_ask(&n->b, KIT_BOB, &again);
    assert_int_equal(JOURNAL_FOUND, found.state);
    assert_true(slice_is(found.record, "plan"));
    assert_int_equal(1, found.outcome_count);
    kit_expect_state(&n->b, KIT_BOB, &end, JOURNAL_DONE);
    kit_open(&n->a);
    claim(&n->a, 2, JOURNAL_FINISHED);
}

/* The message was in hand here, the connection broke, and another node has it now. */
static void who_lost_a_message_to_another_node_is_told(void **state)
{
    struct nodes *n = *state;
    const struct journal_request mine = begin(3, SLICE("plan")), others = begin(3, SLICE("another plan"));

    claim(&n->a, 3, JOURNAL_FRESH);
    lose_connection(&n->a, "opec primo");
    claim(&n->b, 3, JOURNAL_FRESH);
    kit_expect_state(&n->b, KIT_ALICE, &others, JOURNAL_DONE);
    connect_again(&n->a);
    kit_expect_error(&n->a, KIT_ALICE, &mine, ERROR_BUSY);
}

/* The other node is done with it by then: the lock is free, and yet the plan must not begin. */
static void a_plan_that_another_node_ended_does_not_begin(void **state)
{
    struct nodes *n = *state;
    const struct journal_request mine = begin(4, SLICE("plan")), others = begin(4, SLICE("another plan"));
    const struct journal_request end = kit_end(4, "250", "s4.0");

    claim(&n->a, 4, JOURNAL_FRESH);
    lose_connection(&n->a, "opec primo");
    claim(&n->b, 4, JOURNAL_FRESH);
    kit_expect_state(&n->b, KIT_ALICE, &others, JOURNAL_DONE);
    kit_expect_state(&n->b, KIT_ALICE, &end, JOURNAL_DONE);
    connect_again(&n->a);
    kit_expect_error(&n->a, KIT_ALICE, &mine, ERROR_BUSY);
}

static void who_lost_nothing_goes_on(void **state)
{
    struct nodes *n = *state;
    const struct journal_request mine = begin(5, SLICE("plan")), end = kit_end(5, "250", "s5.0");

    claim(&n->a, 5, JOURNAL_FRESH);
    lose_connection(&n->a, "opec primo");
    connect_again(&n->a);
    claim(&n->b, 5, JOURNAL_BUSY);
    kit_expect_state(&n->a, KIT_ALICE, &mine, JOURNAL_DONE);
    kit_expect_state(&n->a, KIT_ALICE, &end, JOURNAL_DONE);
    claim(&n->b, 5, JOURNAL_FINISHED);
}

/* The server was out when the message was given back: it must not stay in a hand that has let it go. */
static void a_message_given_back_while_the_store_is_out_is_free(void **state)
{
    struct nodes *n = *state;
    const struct journal_request release = kit_about(JOURNAL_RELEASE, 7), other = kit_about(JOURNAL_STATUS, 8);

    claim(&n->a, 7, JOURNAL_FRESH);
    claim(&n->a, 8, JOURNAL_FRESH);
    lose_connection(&n->a, "opec primo");
    keeper_apply_without_store(n->a.keeper, KIT_BOB, &release);
    keeper_apply_without_store(n->a.keeper, KIT_ALICE, &other);
    connect_again(&n->a);
    claim(&n->b, 7, JOURNAL_BUSY); /* bob has nothing to give back */
    keeper_apply_without_store(n->a.keeper, KIT_ALICE, &release);
    connect_again(&n->a);
    claim(&n->b, 7, JOURNAL_FRESH);
    claim(&n->b, 8, JOURNAL_BUSY);
}

static void each_node_knows_how_far_the_others_logs_go(void **state)
{
    struct nodes *n = *state;
    const struct journal_request outcome = kit_outcome(6, 0, "s6.0"), end = kit_end(6, "250", "s6.1");
    struct journal_request ask = { .verb = JOURNAL_LOG_HEAD, .time = KIT_START };
    struct journal_response ours, others;

    kit_begin(&n->a, 6);
    kit_ask(&n->a, KIT_ALICE, &outcome);
    kit_expect_state(&n->a, KIT_ALICE, &end, JOURNAL_DONE);
    ours = kit_ask(&n->a, KIT_ALICE, &ask);
    others = kit_ask(&n->b, KIT_ALICE, &ask);
    assert_int_equal(1, others.node_count);
    assert_string_equal("primo", others.nodes[0].name);
    assert_int_equal(ours.status.log_lines, others.nodes[0].head.count);
    assert_string_equal("secondo", ours.nodes[0].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_is_in_one_hand_of_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_dead_node_began_another_goes_on_with, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_lost_a_message_to_another_node_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_plan_that_another_node_ended_does_not_begin, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_lost_nothing_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_given_back_while_the_store_is_out_is_free, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_node_knows_how_far_the_others_logs_go, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

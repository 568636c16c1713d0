/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The keeper's life, what is on the disk when, and what it is asked besides plans.
 */
#include <stdio.h>
#include <string.h>

#include "keeper_kit.h"

/* --- what is synced (design 3) ---------------------------------------------------------------------------------------------- */

/* The plan before its first effect; the last step and the log before the 250; other step records not at all. */
static void what_is_synced_when(void **state)
{
    struct kit *k = *state;
    const struct journal_request claim = kit_about(JOURNAL_CLAIM, 1), outcome = kit_outcome(1, 0, "s.0"), end = kit_end(1, "250", "s.1");
    struct journal_request begin = kit_about(JOURNAL_BEGIN, 1);
    bool is_all_known;

    begin.record = SLICE("plan");
    kit_ask(k, KIT_ALICE, &claim);
    assert_string_equal(kit_trace, "c");
    kit_ask(k, KIT_ALICE, &begin);
    assert_string_equal(strrchr(kit_trace, 'C'), "C");
    kit_trace[0] = '\0';
    kit_ask(k, KIT_ALICE, &outcome);
    assert_string_equal(kit_trace, "c");
    kit_ask(k, KIT_ALICE, &end);
    assert_string_equal(kit_trace, "clC");
    kit_log(k, &is_all_known);
    assert_true(is_all_known);
}

/* A durable commit takes to the disk what others have recorded; their lines must be there before. */
static void no_record_is_on_the_disk_before_its_line(void **state)
{
    struct kit *k = *state;
    const struct journal_request outcome = kit_outcome(1, 0, "s.0");
    bool is_all_known;

    kit_begin(k, 1);
    kit_ask(k, KIT_ALICE, &outcome);
    kit_log(k, &is_all_known);
    assert_false(is_all_known);
    kit_trace[0] = '\0';
    kit_begin(k, 2);
    assert_string_equal(kit_trace, "clC");
    kit_log(k, &is_all_known);
    assert_true(is_all_known);
}

/* Many messages to one sync. */
static void a_batch_is_synced_once(void **state)
{
    struct kit *k = *state;
    struct journal_response response;

    for (unsigned char i = 1; i <= 20; i++)
        kit_begin(k, i);
    kit_trace[0] = '\0';
    assert_int_equal(keeper_batch_begin(k->keeper, NULL), 0);
    for (unsigned char i = 1; i <= 20; i++) {
        const struct journal_request end = kit_end(i, "250", arena_printf(k->arena, "s.%d", i));

        keeper_apply(k->keeper, KIT_ALICE, &end, k->arena, &response);
        assert_int_equal(response.error, 0);
    }
    assert_int_equal(keeper_batch_end(k->keeper, NULL), 0);
    assert_string_equal(kit_trace, "lC");
}

/* What a verb is about to do is in the log, and on the disk, before it does it; asked again it is the same line. */
static void a_note_is_on_the_disk_and_stands_once(void **state)
{
    struct kit *k = *state;
    struct journal_line line = { .id = "quarantine-released x", .text = SLICE("{\"event\":\"quarantine-released\"}") };
    struct journal_request note = kit_about(JOURNAL_NOTE, 0);
    bool is_all_known;

    note.lines = &line;
    note.line_count = 1;
    kit_ask(k, KIT_ALICE, &note);
    assert_string_equal(kit_trace, "lC");
    kit_ask(k, KIT_ALICE, &note);
    assert_string_equal(kit_log(k, &is_all_known), "quarantine-released x");
    assert_true(is_all_known);
    line.id = "";
    kit_expect_error(k, KIT_ALICE, &note, ERROR_LIMIT);
}

/* --- opening ---------------------------------------------------------------------------------------------------------------- */

static void there_is_one_writer(void **state)
{
    struct kit *k = *state;
    struct keeper *second = NULL;

    assert_int_equal(keeper_open(&k->settings, &second, NULL), ERROR_BUSY);
    assert_null(second);
    keeper_close(&second);
}

/* The keeper dies between log and store: the line is taken in, and not written again. */
static void a_line_that_the_store_does_not_know_is_not_lost(void **state)
{
    struct kit *k = *state;
    const struct journal_request claim = kit_about(JOURNAL_CLAIM, 1), end = kit_end(1, "250", "s.0"), status = kit_about(JOURNAL_STATUS, 0);
    bool is_all_known;

    kit_begin(k, 1);
    kit_commits_to_fail = 1;
    kit_expect_error(k, KIT_ALICE, &end, ERROR_FULL);
    kit_open_again(k);
    assert_string_equal(kit_ask(k, KIT_ALICE, &status).status.log_damage, "");
    assert_int_equal(kit_ask(k, KIT_BOB, &claim).state, JOURNAL_FOUND);
    kit_expect_state(k, KIT_BOB, &end, JOURNAL_DONE);
    assert_string_equal(kit_log(k, &is_all_known), "s.0");
    assert_true(is_all_known);
}

/* Mail must go on; whoever looks at `status` is told. */
static void a_damaged_log_is_told_and_no_obstacle(void **state)
{
    struct kit *k = *state;
    const struct journal_request status = kit_about(JOURNAL_STATUS, 0);
    struct journal_request end;

    kit_begin(k, 1);
    end = kit_end(1, "250", "s.0");
    kit_ask(k, KIT_ALICE, &end);
    keeper_close(&k->keeper);
    kit_change_log(k, "sent", "lost");
    kit_open(k);
    assert_string_not_equal(kit_ask(k, KIT_ALICE, &status).status.log_damage, "");
    kit_begin(k, 2);
    end = kit_end(2, "250", "s.1");
    kit_expect_state(k, KIT_ALICE, &end, JOURNAL_DONE);
}

static void the_head_is_known_without_a_keeper(void **state)
{
    struct kit *k = *state;
    const struct journal_request head = kit_about(JOURNAL_LOG_HEAD, 0);
    struct journal_request end;
    struct journal_response response;
    struct ledger_head known;
    char url[300];

    kit_begin(k, 1);
    end = kit_end(1, "250", "s.0");
    kit_ask(k, KIT_ALICE, &end);
    response = kit_ask(k, KIT_ALICE, &head);
    assert_int_equal(response.status.log_lines, 1);
    assert_int_equal(keeper_known_head(k->url, "nodo", &known, NULL), 0);
    assert_int_equal(known.count, 1);
    snprintf(url, sizeof url, "sqlite:%s/no-such.db", k->folder);
    assert_int_equal(keeper_known_head(url, "nodo", &known, NULL), ERROR_FILE);
}

/* --- besides plans ---------------------------------------------------------------------------------------------------------- */

/* Decided points: the key of tags is made once, in the store. */
static void the_key_of_tags_is_made_once(void **state)
{
    struct kit *k = *state;
    const struct journal_request welcome = kit_about(JOURNAL_WELCOME, 0);
    static const unsigned char nothing[TAG_KEY_SIZE];
    struct journal_response first = kit_ask(k, KIT_ALICE, &welcome), second;

    assert_string_equal(strchr(kit_trace, 'C'), "C"); /* before a tag goes out */
    assert_memory_not_equal(first.tag_key, nothing, TAG_KEY_SIZE);
    kit_open_again(k);
    second = kit_ask(k, KIT_BOB, &welcome);
    assert_memory_equal(first.tag_key, second.tag_key, TAG_KEY_SIZE);
}

static void workers_learn_the_domains(void **state)
{
    struct kit *k = *state;
    struct journal_request add = kit_about(JOURNAL_DOMAIN_ADD, 0), drop = kit_about(JOURNAL_DOMAIN_REMOVE, 0);
    const struct journal_request welcome = kit_about(JOURNAL_WELCOME, 0);
    struct journal_response response;

    add.text = "Zeta.example";
    kit_expect_state(k, KIT_ALICE, &add, JOURNAL_DONE);
    kit_expect_error(k, KIT_ALICE, &add, ERROR_EXISTS);
    add.text = "eta.example";
    kit_expect_state(k, KIT_ALICE, &add, JOURNAL_DONE);
    response = kit_ask(k, KIT_BOB, &welcome);
    assert_int_equal(response.name_count, 2);
    assert_string_equal(response.names[0], "eta.example");
    assert_string_equal(response.names[1], "zeta.example");
    drop.text = "eta.example";
    kit_expect_state(k, KIT_ALICE, &drop, JOURNAL_DONE);
    kit_expect_error(k, KIT_ALICE, &drop, ERROR_NOT_FOUND);
    assert_int_equal(kit_ask(k, KIT_BOB, &welcome).name_count, 1);
}

static void accounts_are_kept(void **state)
{
    struct kit *k = *state;
    struct journal_request r = kit_about(JOURNAL_ACCOUNT_ADD, 0), list = kit_about(JOURNAL_ACCOUNT_LIST, 0);
    struct journal_response response;

    r.account = (struct stored_account){ .address = "Mario@alfa.example", .password = "$6$x", .quota = 5, .active = true, .created = 9 };
    kit_expect_state(k, KIT_ALICE, &r, JOURNAL_DONE);
    kit_expect_error(k, KIT_ALICE, &r, ERROR_EXISTS);
    r.verb = JOURNAL_ACCOUNT_SET;
    r.account = (struct stored_account){ .address = "mario@alfa.example", .quota = -1, .active = false };
    kit_expect_state(k, KIT_ALICE, &r, JOURNAL_DONE);
    list.text = "alfa.example";
    response = kit_ask(k, KIT_ALICE, &list);
    assert_int_equal(response.account_count, 1);
    assert_string_equal(response.accounts[0].address, "mario@alfa.example");
    assert_true(response.accounts[0].quota == 5 && !response.accounts[0].active);
    list.text = "beta.example";
    assert_int_equal(kit_ask(k, KIT_ALICE, &list).account_count, 0);
    r = kit_about(JOURNAL_ACCOUNT_REMOVE, 0);
    r.text = "mario@alfa.example";
    kit_expect_state(k, KIT_ALICE, &r, JOURNAL_DONE);
    kit_expect_error(k, KIT_ALICE, &r, ERROR_NOT_FOUND);
}

/* A finished plan stays for longer than Postfix's queue; then it is forgotten. An open one never is. */
static void old_plans_are_forgotten(void **state)
{
    struct kit *k = *state;
    const struct journal_request done = kit_about(JOURNAL_CLAIM, 1), open = kit_about(JOURNAL_CLAIM, 2), end = kit_end(1, "250", "s.0");
    struct journal_request housekeeping = kit_about(JOURNAL_HOUSEKEEPING, 0);

    kit_begin(k, 1);
    kit_ask(k, KIT_ALICE, &end);
    kit_begin(k, 2);
    keeper_client_gone(k->keeper, KIT_ALICE);
    housekeeping.time = KIT_START + KIT_KEPT;
    kit_expect_state(k, KIT_ALICE, &housekeeping, JOURNAL_DONE);
    kit_expect_state(k, KIT_ALICE, &done, JOURNAL_FINISHED);
    housekeeping.time = KIT_START + 100 * KIT_KEPT;
    kit_expect_state(k, KIT_ALICE, &housekeeping, JOURNAL_DONE);
    kit_expect_state(k, KIT_ALICE, &done, JOURNAL_FRESH);
    kit_expect_state(k, KIT_ALICE, &open, JOURNAL_FOUND);
}

/* An open plan that is old is an alarm in `status`. */
static void status_tells_what_is_open(void **state)
{
    struct kit *k = *state;
    const struct journal_request status = kit_about(JOURNAL_STATUS, 0);
    struct journal_request begin = kit_about(JOURNAL_BEGIN, 2), end;
    struct journal_status s = kit_ask(k, KIT_ALICE, &status).status;

    assert_true(s.open_plans == 0 && s.oldest_plan == 0 && s.next_task == INT64_MAX && s.log_lines == 0);
    kit_begin(k, 1);
    begin.time = KIT_START - 7;
    kit_ask(k, KIT_ALICE, &begin);
    s = kit_ask(k, KIT_ALICE, &status).status;
    assert_true(s.open_plans == 2 && s.oldest_plan == KIT_START - 7);
    end = kit_end(2, "250", "s.0");
    kit_ask(k, KIT_ALICE, &end);
    s = kit_ask(k, KIT_ALICE, &status).status;
    assert_true(s.open_plans == 1 && s.oldest_plan == KIT_START && s.log_lines == 1);
}

static void the_log_is_closed_on_demand(void **state)
{
    struct kit *k = *state;
    const struct journal_request close_now = kit_about(JOURNAL_LOG_CLOSE, 0);
    struct journal_request end;
    struct journal_response closed = kit_ask(k, KIT_ALICE, &close_now);

    assert_string_equal(closed.text, ""); /* there is nothing to close */
    kit_begin(k, 1);
    end = kit_end(1, "250", "s.0");
    kit_ask(k, KIT_ALICE, &end);
    closed = kit_ask(k, KIT_ALICE, &close_now);
    assert_int_equal(strncmp(closed.text, k->legal, strlen(k->legal)), 0);
    kit_begin(k, 2);
    end = kit_end(2, "250", "s.1");
    kit_ask(k, KIT_ALICE, &end);
    kit_open_again(k);
    assert_string_equal(kit_log(k, NULL), "s.0 s.1");
}

/* log.close: in its time the log is closed without being told. */
static void the_log_is_closed_in_time(void **state)
{
    struct kit *k = *state;
    struct journal_request housekeeping = kit_about(JOURNAL_HOUSEKEEPING, 0), end;
    int64_t now;

    kit_begin(k, 1);
    end = kit_end(1, "250", "s.0");
    kit_ask(k, KIT_ALICE, &end);
    now = kit_first_line_time(k);
    housekeeping.time = now + k->settings.ledger.close_age - 1;
    assert_string_equal(kit_ask(k, KIT_ALICE, &housekeeping).text, "");
    housekeeping.time++;
    assert_string_not_equal(kit_ask(k, KIT_ALICE, &housekeeping).text, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_synced_when, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(no_record_is_on_the_disk_before_its_line, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(a_batch_is_synced_once, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(a_note_is_on_the_disk_and_stands_once, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(there_is_one_writer, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(a_line_that_the_store_does_not_know_is_not_lost, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(a_damaged_log_is_told_and_no_obstacle, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(the_head_is_known_without_a_keeper, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(the_key_of_tags_is_made_once, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(workers_learn_the_domains, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(accounts_are_kept, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(old_plans_are_forgotten, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(status_tells_what_is_open, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(the_log_is_closed_on_demand, kit_set_up, kit_tear_down),
        cmocka_unit_test_setup_teardown(the_log_is_closed_in_time, kit_set_up, kit_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

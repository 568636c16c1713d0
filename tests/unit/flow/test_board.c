/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Design 3: no dependency may hold more than half of the workers; one that timed out is out, what needs it is answered at once, and it is
 * asked again after 5 s.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "flow/board.h"

/* The clock by way of the linker's --wrap: each look at it takes a millisecond. */
static int64_t now_ms = 1000000;

int64_t __wrap_clock_monotonic_ms(void);
int64_t __wrap_clock_monotonic_ms(void)
{
    return now_ms++;
}

int __wrap_clock_left_ms(int64_t deadline_ms);
int __wrap_clock_left_ms(int64_t deadline_ms)
{
    int64_t left = deadline_ms - now_ms++;

    return left < 0 ? 0 : (int)left;
}

static int set_up(void **state)
{
    struct board *b = board_new(4);

    *state = b;
    return b ? 0 : -1;
}

static int tear_down(void **state)
{
    struct board *b = *state;

    board_free(&b);
    return b ? -1 : 0;
}

static void half_of_the_workers_may_ask_at_a_time(void **state)
{
    struct board *b = *state;
    struct error e = { 0 };
    int64_t began;

    assert_int_equal(board_enter(b, DEP_ANTIVIRUS, 0, &e), 0);
    assert_int_equal(board_enter(b, DEP_ANTIVIRUS, 1, &e), 0);
    began = now_ms;
    assert_int_equal(board_enter(b, DEP_ANTIVIRUS, 2, &e), ERROR_OUT);
    assert_non_null(strstr(e.text, "antivirus"));
    assert_in_range(now_ms - began, 900, 1200);
    /* Others are not concerned. */
    assert_int_equal(board_enter(b, DEP_RELAY, 2, &e), 0);
    board_leave(b, DEP_ANTIVIRUS, 0, 0, "");
    assert_int_equal(board_enter(b, DEP_ANTIVIRUS, 2, &e), 0);
}

static void half_of_one_worker_is_one(void **state)
{
    struct board *b = board_new(1);

    (void)state;
    assert_int_equal(board_enter(b, DEP_RELAY, 0, NULL), 0);
    board_leave(b, DEP_RELAY, 0, 0, "");
    assert_int_equal(board_enter(b, DEP_RELAY, 0, NULL), 0);
    board_free(&b);
}

static void one_that_timed_out_is_not_asked_for_five_seconds(void **state)
{
    struct board *b = *state;
    struct error e = { 0 };
    int64_t began;

    assert_int_equal(board_enter(b, DEP_MAILBOXES, 0, &e), 0);
    board_leave(b, DEP_MAILBOXES, 0, ERROR_TIMEOUT, "no answer from 127.0.0.1:24");
    assert_true(board_is_out(b, DEP_MAILBOXES));
    began = now_ms;
    assert_int_equal(board_enter(b, DEP_MAILBOXES, 1, &e), ERROR_OUT);
    assert_non_null(strstr(e.text, "no answer from 127.0.0.1:24"));
    assert_true(now_ms - began < 10); /* at once */
    now_ms = began + 4900;
    assert_int_equal(board_enter(b, DEP_MAILBOXES, 1, &e), ERROR_OUT);
    now_ms = began + 5001;
    assert_int_equal(board_enter(b, DEP_MAILBOXES, 1, &e), 0);
    board_leave(b, DEP_MAILBOXES, 1, 0, "");
    assert_false(board_is_out(b, DEP_MAILBOXES));
    assert_int_equal(board_enter(b, DEP_MAILBOXES, 0, &e), 0);
}

/* A failure that came at once costs nobody time: it is asked again for the next message. */
static void one_that_failed_otherwise_is_asked_again(void **state)
{
    struct board *b = *state;
    int64_t since;

    assert_int_equal(board_enter(b, DEP_RELAY, 0, NULL), 0);
    board_leave(b, DEP_RELAY, 0, ERROR_UNREACHABLE, "refused");
    assert_true(board_is_out(b, DEP_RELAY));
    since = atomic_load(&b->dependencies[DEP_RELAY].out_since);
    assert_int_equal(board_enter(b, DEP_RELAY, 0, NULL), 0);
    board_leave(b, DEP_RELAY, 0, ERROR_UNREACHABLE, "refused");
    assert_int_equal(atomic_load(&b->dependencies[DEP_RELAY].out_since), since);
    assert_int_equal(atomic_load(&b->dependencies[DEP_RELAY].failures), 2);
}

/* Design 4, `suspend`: when the signer, the index, the antivirus or the store is out. */
static void suspending_looks_at_vital_dependencies(void **state)
{
    static const bool is_vital[DEP_COUNT] = { [DEP_SIGNER] = true, [DEP_INDEX] = true, [DEP_ANTIVIRUS] = true, [DEP_STORE] = true };
    struct board *b = *state;

    for (int d = 0; d < DEP_COUNT; d++) {
        board_report(b, (enum dependency)d, ERROR_OUT, "away");
        atomic_store(&b->suspends, false);
        assert_false(board_is_suspended(b));
        atomic_store(&b->suspends, true);
        assert_int_equal(board_is_suspended(b), is_vital[d]);
        board_report(b, (enum dependency)d, 0, "");
        assert_false(board_is_suspended(b));
    }
}

/* A worker that dies costs its message one retry, and is counted by that message's key. */
static void what_a_dead_worker_held_is_free(void **state)
{
    static const unsigned char key[STORE_KEY_SIZE] = { 7, 8, 9 };
    struct board *b = *state;

    board_busy(b, 1, POINT_INCOMING);
    board_key(b, 1, key);
    assert_int_equal(board_enter(b, DEP_SIGNER, 1, NULL), 0);
    assert_int_equal(board_enter(b, DEP_SIGNER, 0, NULL), 0);
    board_absent(b, 1, true);
    assert_int_equal(atomic_load(&b->slots[1].state), WORKER_ABSENT);
    assert_true(atomic_load(&b->slots[1].has_crashed));
    assert_memory_equal(b->slots[1].key, key, sizeof key);
    assert_int_equal(atomic_load(&b->crashes), 1);
    assert_int_equal(board_enter(b, DEP_SIGNER, 2, NULL), 0);
}

/* One that ends between two messages, or before its message has a key, accuses none. */
static void no_message_is_accused_without_reason(void **state)
{
    static const unsigned char key[STORE_KEY_SIZE] = { 7, 8, 9 };
    struct board *b = *state;

    board_busy(b, 0, POINT_ACCESS);
    board_key(b, 0, key);
    board_idle(b, 0);
    board_absent(b, 0, true);
    assert_false(atomic_load(&b->slots[0].has_crashed));
    board_busy(b, 1, POINT_ACCESS);
    board_key(b, 1, key);
    board_idle(b, 1);
    board_busy(b, 1, POINT_ACCESS);
    board_absent(b, 1, true);
    assert_false(atomic_load(&b->slots[1].has_crashed));
    board_busy(b, 2, POINT_ACCESS);
    board_key(b, 2, key);
    board_absent(b, 2, false);
    assert_false(atomic_load(&b->slots[2].has_crashed));
    assert_int_equal(atomic_load(&b->crashes), 2);
}

static void children_share_it(void **state)
{
    struct board *b = *state;
    pid_t child = fork();
    int status;

    if (child == 0) {
        board_report(b, DEP_INDEX, ERROR_OUT, "no snapshot");
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(board_is_out(b, DEP_INDEX));
    assert_string_equal(b->dependencies[DEP_INDEX].words, "no snapshot");
}

static void there_is_a_limit_to_workers(void **state)
{
    struct board *b = board_new(100000);

    (void)state;
    assert_int_equal(b->workers, BOARD_WORKERS_MAX);
    board_free(&b);
    board_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(half_of_the_workers_may_ask_at_a_time, set_up, tear_down),
        cmocka_unit_test(half_of_one_worker_is_one),
        cmocka_unit_test_setup_teardown(one_that_timed_out_is_not_asked_for_five_seconds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_that_failed_otherwise_is_asked_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(suspending_looks_at_vital_dependencies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_dead_worker_held_is_free, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_message_is_accused_without_reason, set_up, tear_down),
        cmocka_unit_test_setup_teardown(children_share_it, set_up, tear_down),
        cmocka_unit_test(there_is_a_limit_to_workers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

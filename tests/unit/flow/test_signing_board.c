/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is known of tokens and signers at a glance, and who may ask a token that is out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#include "flow/board.h"

static struct board *board;

static int fresh(void **state)
{
    static const char *const names[] = { "uno", "due" };

    (void)state;
    board = board_new(1);
    assert_non_null(board);
    board_name_tokens(board, names, 2);
    return 0;
}

static int gone(void **state)
{
    (void)state;
    board_free(&board);
    return 0;
}

static void nap(int milliseconds)
{
    const struct timespec pause = { .tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1000000L };

    nanosleep(&pause, NULL);
}

static void the_signer_is_out_when_no_process_has_a_token(void **state)
{
    (void)state;
    board_signer_has(board, 0, 0);
    board_signer_has(board, 1, 1);
    assert_false(board_is_out(board, DEP_SIGNER));
    assert_true(board_token_failed(board, 0, "token uno: not there"));
    board_signer_has(board, 0, -1);
    assert_int_equal(board_signers_with_token(board), 1);
    assert_false(board_is_out(board, DEP_SIGNER));
    board_signer_has(board, 1, -1);
    assert_true(board_is_out(board, DEP_SIGNER));
    assert_string_equal(board->dependencies[DEP_SIGNER].words, "token uno: not there");
    board_signer_has(board, 1, 1);
    assert_false(board_is_out(board, DEP_SIGNER));
}

static void in_suspending_mode_no_mail_is_taken_then(void **state)
{
    (void)state;
    atomic_store(&board->suspends, true);
    board_signer_has(board, 0, 0);
    assert_false(board_is_suspended(board));
    board_signer_has(board, 0, -1);
    assert_true(board_is_suspended(board));
}

static void one_process_at_a_time_asks_a_token_that_is_out(void **state)
{
    (void)state;
    assert_true(board_token_claim(board, 0));
    assert_true(board_token_claim(board, 0));
    board_token_failed(board, 0, "gone");
    assert_false(board_token_claim(board, 0));
    nap(1100);
    assert_true(board_token_claim(board, 0));
    assert_false(board_token_claim(board, 0));
    assert_true(board_token_claim(board, 1));
}

/* One line in the log for each end of an outage, however many processes see it. */
static void the_news_are_told_once(void **state)
{
    (void)state;
    assert_false(board_token_signed(board, 0, 100));
    assert_true(board_token_failed(board, 0, "gone"));
    assert_false(board_token_failed(board, 0, "gone"));
    assert_true(board_token_signed(board, 0, 100));
    assert_false(board_token_signed(board, 0, 100));
    assert_int_equal(board->signing.token[0].failures, 2);
    assert_int_equal(board->signing.token[0].signatures, 3);
}

static void a_signature_for_nobody_is_not_counted(void **state)
{
    (void)state;
    board_token_signed(board, 0, 0);
    assert_true(board->signing.token[0].has_answered);
    assert_int_equal(board->signing.token[0].signatures, 0);
    assert_int_equal(histogram_count(&board->signing.token[0].latency), 0);
}

static void a_call_that_is_not_back_in_time_hangs(void **state)
{
    const char *token = NULL;

    (void)state;
    assert_false(board_signer_hangs(board, 0, &token));
    board_call_begin(board, 0, 1, 50);
    assert_false(board_signer_hangs(board, 0, &token));
    nap(80);
    assert_true(board_signer_hangs(board, 0, &token));
    assert_string_equal(token, "due");
    board_call_end(board, 0);
    assert_false(board_signer_hangs(board, 0, &token));
}

static void who_is_killed_over_a_token_leaves_it_out_for_longer_each_time(void **state)
{
    (void)state;
    board_signer_has(board, 0, 1);
    board_call_begin(board, 0, 1, 50);
    board_signer_gone(board, 0, true, false);
    assert_int_not_equal(board->signing.token[1].out_since, 0);
    assert_true(board_is_out(board, DEP_SIGNER));
    nap(1100);
    assert_true(board_token_claim(board, 1));
    board_call_begin(board, 0, 1, 50);
    board_signer_gone(board, 0, true, false);
    nap(1100);
    assert_false(board_token_claim(board, 1));
    nap(1100);
    assert_true(board_token_claim(board, 1));
}

static void who_ends_as_he_should_is_no_outage(void **state)
{
    (void)state;
    board_signer_has(board, 0, 0);
    board_signer_gone(board, 0, false, false);
    assert_int_equal(board_signers_with_token(board), 0);
    assert_false(board_is_out(board, DEP_SIGNER));
    assert_int_equal(board->signing.token[0].failures, 0);
}

static void what_was_counted_stays_with_the_name(void **state)
{
    static const char *const names[] = { "uno", "tre" };

    (void)state;
    board_token_signed(board, 0, 100);
    board_token_signed(board, 1, 100);
    board_name_tokens(board, names, 2);
    assert_int_equal(board->signing.token[0].signatures, 1);
    assert_int_equal(board->signing.token[1].signatures, 0);
    assert_string_equal(board->signing.token[1].name, "tre");
}

#define ON_A_BOARD(test) cmocka_unit_test_setup_teardown(test, fresh, gone)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_BOARD(the_signer_is_out_when_no_process_has_a_token),
        ON_A_BOARD(in_suspending_mode_no_mail_is_taken_then),
        ON_A_BOARD(one_process_at_a_time_asks_a_token_that_is_out),
        ON_A_BOARD(the_news_are_told_once),
        ON_A_BOARD(a_signature_for_nobody_is_not_counted),
        ON_A_BOARD(a_call_that_is_not_back_in_time_hangs),
        ON_A_BOARD(who_is_killed_over_a_token_leaves_it_out_for_longer_each_time),
        ON_A_BOARD(who_ends_as_he_should_is_no_outage),
        ON_A_BOARD(what_was_counted_stays_with_the_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

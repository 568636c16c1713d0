/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/slice.h"

/* Design 4, "SMTP answers": 4xx with an enhanced code for whatever may pass, 5xx only for what can never pass. */
static void every_code_has_a_whole_row(void **state)
{
    (void)state;
    for (int code = ERROR_NONE; code >= ERROR_LAST; code--) {
        const struct error_row *row = error_row(code);

        if (!row->name || strncmp(row->name, "ERROR_", 6) != 0 || !row->text || !*row->text || !row->smtp_text || !*row->smtp_text)
            fail_msg("code %d has no whole row", code);
        for (int other = code + 1; other <= ERROR_NONE; other++)
            assert_string_not_equal(row->name, error_row(other)->name);
        if (code == ERROR_NONE) {
            assert_int_equal(row->smtp_code, 250);
            continue;
        }
        if (row->smtp_code / 100 != (row->disposition == ERROR_RETRY ? 4 : 5) || row->smtp_enhanced[0] != '0' + row->smtp_code / 100)
            fail_msg("%s: %d %s", row->name, row->smtp_code, row->smtp_enhanced);
    }
}

/* RFC 3463 2: class "." subject "." detail; RFC 5321 4.2: a line of printable ASCII. */
static void what_a_client_is_told_is_well_formed(void **state)
{
    (void)state;
    for (int code = ERROR_NONE; code >= ERROR_LAST; code--) {
        const struct error_row *row = error_row(code);
        unsigned class, subject, detail;
        char end;

        assert_int_equal(sscanf(row->smtp_enhanced, "%1u.%3u.%3u%c", &class, &subject, &detail, &end), 3);
        for (const char *at = row->smtp_text; *at; at++)
            assert_in_range(*at, ' ', '~');
        assert_true(strlen(row->smtp_text) < 100);
    }
}

/* Only what is wrong with the message itself may refuse it: a folder of ours that has gone may come back. */
static void what_is_ours_is_never_a_refusal(void **state)
{
    static const int ours[] = { ERROR_MEMORY,    ERROR_TIMEOUT, ERROR_CLOSED, ERROR_UNREACHABLE, ERROR_OUT,    ERROR_DEFERRED, ERROR_PROTOCOL,
                                ERROR_FILE,      ERROR_FULL,    ERROR_BUSY,   ERROR_NOT_FOUND,   ERROR_EXISTS, ERROR_CONFIG,   ERROR_CORRUPT,
                                ERROR_STOPPED,   ERROR_BUG };

    (void)state;
    for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
        assert_int_equal(error_row(ours[i])->disposition, ERROR_RETRY);
}

static void what_is_no_code_is_our_own_fault(void **state)
{
    static const int none[] = { 1, INT_MAX, INT_MIN, ERROR_LAST - 1 };

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_string_equal(error_row(none[i])->name, "ERROR_BUG");
}

static void words_are_written_and_the_code_returned(void **state)
{
    struct error e = { 0 };

    (void)state;
    assert_int_equal(error_set(&e, ERROR_TIMEOUT, "%s after %d ms", "clamd", 42), ERROR_TIMEOUT);
    assert_int_equal(e.code, ERROR_TIMEOUT);
    assert_string_equal(e.text, "clamd after 42 ms");
    assert_int_equal(error_prefix(&e, ERROR_TIMEOUT, "scan %d", 7), ERROR_TIMEOUT);
    assert_string_equal(e.text, "scan 7: clamd after 42 ms");
    assert_int_equal(error_set(NULL, ERROR_FULL, "x"), ERROR_FULL);
    assert_int_equal(error_prefix(NULL, ERROR_FULL, "x"), ERROR_FULL);
}

/* A caller returns what error_prefix returns: it must never turn a failure into success. */
static void a_prefix_keeps_the_failure_whatever_the_object_said(void **state)
{
    struct error e = { 0 };

    (void)state;
    assert_int_equal(error_prefix(&e, ERROR_CLOSED, "keeper"), ERROR_CLOSED);
    assert_int_equal(e.code, ERROR_CLOSED);
    assert_string_equal(e.text, "keeper: ");
}

static void long_words_are_cut(void **state)
{
    struct error e = { 0 };
    char before[sizeof e.text];

    (void)state;
    error_set(&e, ERROR_FILE, "%1000s", "x");
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    memcpy(before, e.text, sizeof before);
    error_prefix(&e, ERROR_FILE, "prefix");
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
    assert_memory_equal(e.text, "prefix: ", 8);
    error_prefix(&e, ERROR_FILE, "%1000s", "y");
    assert_int_equal(strlen(e.text), sizeof e.text - 1);
}

static void a_failed_call_has_its_code(void **state)
{
    (void)state;
    assert_int_equal(error_from_errno(ENOSPC), ERROR_FULL);
    assert_int_equal(error_from_errno(EDQUOT), ERROR_FULL);
    assert_int_equal(error_from_errno(ENOMEM), ERROR_MEMORY);
    assert_int_equal(error_from_errno(EIO), ERROR_FILE);
    assert_int_equal(error_from_errno(EMFILE), ERROR_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_whole_row),
        cmocka_unit_test(what_a_client_is_told_is_well_formed),
        cmocka_unit_test(what_is_ours_is_never_a_refusal),
        cmocka_unit_test(what_is_no_code_is_our_own_fault),
        cmocka_unit_test(words_are_written_and_the_code_returned),
        cmocka_unit_test(a_prefix_keeps_the_failure_whatever_the_object_said),
        cmocka_unit_test(long_words_are_cut),
        cmocka_unit_test(a_failed_call_has_its_code),
    };

    return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}

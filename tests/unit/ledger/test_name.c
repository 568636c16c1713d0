/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/name.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"

enum { START = 1795497701 /* 2026-11-24T05:21:41Z */ };

static void a_name_says_time_and_number_of_the_first_line(void **state)
{
    struct ledger_name log = { LEDGER_LOG, START, 1 }, manifest = { LEDGER_MANIFEST, START, 123456789012 };
    char out[LEDGER_NAME_SIZE];

    (void)state;
    ledger_name_write(&log, out);
    assert_string_equal("legal-20261124T052141Z-000000000001.log", out);
    ledger_name_write(&manifest, out);
    assert_string_equal("legal-20261124T052141Z-123456789012.manifest.json", out);
}

static void the_time_is_utc_in_any_zone(void **state)
{
    struct ledger_name log = { LEDGER_LOG, START, 1 };
    char out[LEDGER_NAME_SIZE];

    (void)state;
    assert_int_equal(0, clock_set_zone("Europe/Rome"));
    ledger_name_write(&log, out);
    assert_string_equal("legal-20261124T052141Z-000000000001.log", out);
    assert_true(ledger_name_read(out, &log));
    assert_int_equal(START, log.seconds);
    assert_int_equal(0, clock_set_zone("UTC"));
}

static void what_is_written_is_read(void **state)
{
    static const struct ledger_name names[] = {
        { LEDGER_LOG, 0, 1 }, { LEDGER_MANIFEST, START, 999999999999 }, { LEDGER_LOG, START + 31536000, 42 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char out[LEDGER_NAME_SIZE];
        struct ledger_name read = { 0 };

        ledger_name_write(&names[i], out);
        assert_true(ledger_name_read(out, &read));
        assert_int_equal(names[i].kind, read.kind);
        assert_int_equal(names[i].seconds, read.seconds);
        assert_int_equal(names[i].first, read.first);
    }
}

static void other_names_are_none_of_ours(void **state)
{
    static const char *const names[] = {
        "", ".", "legal-", "legal-20261124T052141Z-000000000001", "legal-20261124T052141Z-000000000001.log.gz",
        "legal-20261124T052141Z-000000000001.manifest.json.new", "legal-20261124T052141Z-000000000001.manifest.json.p7s",
        "legal-20261124T052141Z-000000000000.log", "legal-20261124T052141Z-00000000001.log",
        "legal-20261124T052141Z-0000000000001.log", "legal-20261124T052141Z-00000000000x.log",
        "legal-20260231T052141Z-000000000001.log", "legal-20261124T256141Z-000000000001.log",
        "legal-20261124 052141Z-000000000001.log", "legal-20261124T052141z-000000000001.log",
        "Legal-20261124T052141Z-000000000001.log", "legal-20261124T052141Z_000000000001.log", "opec.db",
    };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct ledger_name read;

        if (ledger_name_read(names[i], &read))
            fail_msg("%s was taken for a file of the ledger", names[i]);
    }
}

static void a_path_that_does_not_fit_is_refused(void **state)
{
    char dir[LEDGER_PATH_SIZE], path[LEDGER_PATH_SIZE] = "as it was";

    (void)state;
    assert_int_equal(0, ledger_path("a/b", "c", path, NULL));
    assert_string_equal("a/b/c", path);
    memset(dir, 'x', sizeof dir);
    dir[sizeof dir - 3] = '\0';
    assert_int_equal(ERROR_LIMIT, ledger_path(dir, "cd", path, NULL));
    assert_string_equal("a/b/c", path);
    assert_int_equal(0, ledger_path(dir, "c", path, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_says_time_and_number_of_the_first_line),
        cmocka_unit_test(the_time_is_utc_in_any_zone),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(other_names_are_none_of_ours),
        cmocka_unit_test(a_path_that_does_not_fit_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/folder.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

#include "fixture.h"

static void files_are_in_the_order_of_their_lines_whatever_the_clock_said(void **state)
{
    struct ledger_folder folder = { 0 };
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fixture_write(&f, "legal-20261124T052141Z-000000000010.log", SLICE(""));
    fixture_write(&f, "legal-20261125T052141Z-000000000001.log", SLICE(""));
    fixture_write(&f, "legal-20261125T052141Z-000000000001.manifest.json", SLICE(""));
    fixture_write(&f, "legal-20261123T052141Z-000000000010.log", SLICE(""));
    fixture_write(&f, "legal-20261126T052141Z-000000000007.manifest.json", SLICE(""));
    fixture_write(&f, "legal-20261125T052141Z-000000000001.manifest.json.p7s", SLICE(""));
    fixture_write(&f, "notes", SLICE(""));
    assert_int_equal(0, ledger_folder_read(f.dir, &folder, NULL));
    assert_int_equal(4, folder.count);
    assert_int_equal(1, folder.files[0].first);
    assert_true(folder.files[0].log && folder.files[0].manifest);
    assert_int_equal(7, folder.files[1].first);
    assert_true(!folder.files[1].log && folder.files[1].manifest);
    assert_int_equal(10, folder.files[2].first);
    assert_int_equal(10, folder.files[3].first);
    assert_true(folder.files[2].seconds < folder.files[3].seconds);
    ledger_folder_free(&folder);
    fixture_end(&f);
}

static void an_empty_folder_is_no_error(void **state)
{
    struct ledger_folder folder = { 0 };
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    assert_int_equal(0, ledger_folder_read(f.dir, &folder, NULL));
    assert_int_equal(0, folder.count);
    ledger_folder_free(&folder);
    fixture_end(&f);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    struct ledger_folder folder = { .count = 77 };
    struct fixture f;
    struct error e = { 0 };

    (void)state;
    fixture_begin(&f);
    fixture_end(&f);
    assert_int_equal(ERROR_NOT_FOUND, ledger_folder_read(f.dir, &folder, &e));
    assert_non_null(strstr(e.text, f.dir));
    assert_int_equal(77, folder.count);
}

static void many_files_are_read(void **state)
{
    struct ledger_folder folder = { 0 };
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    for (uint64_t i = 300; i > 0; i--) {
        struct ledger_name name = { LEDGER_LOG, FIXTURE_START, i };
        char text[LEDGER_NAME_SIZE];

        ledger_name_write(&name, text);
        fixture_write(&f, text, SLICE(""));
    }
    assert_int_equal(0, ledger_folder_read(f.dir, &folder, NULL));
    assert_int_equal(300, folder.count);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(i + 1, folder.files[i].first);
    ledger_folder_free(&folder);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_in_the_order_of_their_lines_whatever_the_clock_said),
        cmocka_unit_test(an_empty_folder_is_no_error),
        cmocka_unit_test(a_folder_that_is_not_there_is_named),
        cmocka_unit_test(many_files_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

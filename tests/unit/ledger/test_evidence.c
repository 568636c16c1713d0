/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/evidence.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

#include "fixture.h"
#include "ledger/verify.h"

enum { BUDGET = 1 << 20 };

/* Ten lines, three in a file: three manifests. */
static int set_up(void **state)
{
    static struct fixture f;

    fixture_begin(&f);
    fixture_fill(&f, 10, 3);
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_end(*state);
    return 0;
}

static void each_manifest_is_listed_with_what_stands_beside_it(void **state)
{
    const struct fixture *f = *state;
    struct ledger_closed_files closed;
    char name[LEDGER_NAME_SIZE];

    assert_true(fixture_name(f, LEDGER_MANIFEST, 4, name));
    assert_int_equal(ledger_evidence_store(f->dir, name, LEDGER_STAMP, SLICE("a stamp"), NULL), 0);
    assert_int_equal(ledger_closed_read(f->dir, &closed, NULL), 0);
    assert_int_equal(closed.count, 3);
    assert_string_equal(closed.files[1].manifest, name);
    for (size_t i = 0; i < 3; i++) {
        assert_false(closed.files[i].has[LEDGER_SIGNATURE]);
        assert_true(closed.files[i].has[LEDGER_STAMP] == (i == 1));
    }
    ledger_closed_free(&closed);
}

static void what_is_stored_is_loaded(void **state)
{
    const struct fixture *f = *state;
    struct arena *arena = arena_new(BUDGET);
    char name[LEDGER_NAME_SIZE];
    struct slice text;

    assert_true(fixture_name(f, LEDGER_MANIFEST, 1, name));
    assert_int_equal(ledger_evidence_load(f->dir, name, LEDGER_SIGNATURE, arena, &text, NULL), ERROR_NOT_FOUND);
    assert_int_equal(ledger_evidence_store(f->dir, name, LEDGER_SIGNATURE, SLICE("a signature"), NULL), 0);
    assert_int_equal(ledger_evidence_load(f->dir, name, LEDGER_SIGNATURE, arena, &text, NULL), 0);
    assert_true(slice_is(text, "a signature"));
    assert_int_equal(ledger_evidence_load(f->dir, name, LEDGER_STAMP, arena, &text, NULL), ERROR_NOT_FOUND);
    arena_free(&arena);
}

static void what_waits_is_counted_with_its_age(void **state)
{
    const struct fixture *f = *state;
    struct ledger_waiting w;
    char name[LEDGER_NAME_SIZE];
    int64_t first, second;

    assert_true(fixture_name(f, LEDGER_MANIFEST, 1, name));
    first = ledger_closed_at(f->dir, name);
    assert_in_range(first, FIXTURE_START, FIXTURE_START + 10);
    assert_int_equal(ledger_waiting_read(f->dir, &w, NULL), 0);
    assert_int_equal(w.closed, 3);
    assert_int_equal(w.of[LEDGER_STAMP].count, 3);
    assert_int_equal(w.of[LEDGER_STAMP].since, first);
    assert_int_equal(ledger_evidence_store(f->dir, name, LEDGER_STAMP, SLICE("a stamp"), NULL), 0);
    assert_true(fixture_name(f, LEDGER_MANIFEST, 4, name));
    second = ledger_closed_at(f->dir, name);
    assert_int_equal(ledger_waiting_read(f->dir, &w, NULL), 0);
    assert_int_equal(w.of[LEDGER_STAMP].count, 2);
    assert_int_equal(w.of[LEDGER_STAMP].since, second);
    assert_int_equal(w.of[LEDGER_SIGNATURE].count, 3);
    assert_int_equal(w.of[LEDGER_SIGNATURE].since, first);
}

static void a_manifest_that_cannot_be_read_has_the_age_of_its_first_line(void **state)
{
    const struct fixture *f = *state;
    char name[LEDGER_NAME_SIZE];

    assert_true(fixture_name(f, LEDGER_MANIFEST, 4, name));
    fixture_write(f, name, SLICE("{}\n"));
    assert_int_equal(ledger_closed_at(f->dir, name), FIXTURE_START + 4);
}

static void of_a_manifest_that_is_written_anew_nothing_is_left(void **state)
{
    const struct fixture *f = *state;
    struct ledger_closed_files closed;
    char name[LEDGER_NAME_SIZE];

    assert_true(fixture_name(f, LEDGER_MANIFEST, 1, name));
    assert_int_equal(ledger_evidence_store(f->dir, name, LEDGER_SIGNATURE, SLICE("a signature"), NULL), 0);
    assert_int_equal(ledger_evidence_store(f->dir, name, LEDGER_STAMP, SLICE("a stamp"), NULL), 0);
    ledger_evidence_forget(f->dir, name);
    ledger_evidence_forget(f->dir, name);
    assert_int_equal(ledger_closed_read(f->dir, &closed, NULL), 0);
    assert_false(closed.files[0].has[LEDGER_SIGNATURE] || closed.files[0].has[LEDGER_STAMP]);
    ledger_closed_free(&closed);
}

/* They are no part of the chain. */
static void the_log_holds_with_them(void **state)
{
    const struct fixture *f = *state;
    struct ledger_report report;
    char name[LEDGER_NAME_SIZE];

    assert_true(fixture_name(f, LEDGER_MANIFEST, 1, name));
    assert_int_equal(ledger_evidence_store(f->dir, name, LEDGER_SIGNATURE, SLICE("a signature"), NULL), 0);
    assert_int_equal(ledger_verify(f->dir, NULL, 0, &report, NULL), 0);
    assert_string_equal(report.fault, "");
    assert_int_equal(report.sealed, 3);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    struct ledger_waiting w;
    struct error e;

    (void)state;
    assert_int_equal(ledger_waiting_read("/nonexistent/legal", &w, &e), ERROR_NOT_FOUND);
    assert_non_null(strstr(e.text, "/nonexistent/legal"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_manifest_is_listed_with_what_stands_beside_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_stored_is_loaded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_is_counted_with_its_age, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_manifest_that_cannot_be_read_has_the_age_of_its_first_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(of_a_manifest_that_is_written_anew_nothing_is_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_log_holds_with_them, set_up, tear_down),
        cmocka_unit_test(a_folder_that_is_not_there_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

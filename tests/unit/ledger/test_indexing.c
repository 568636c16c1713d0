/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/indexing.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "ledger/pieces.h"

static size_t count_pieces(const struct fixture *f)
{
    struct ledger_pieces pieces;
    size_t count;

    assert_int_equal(0, ledger_pieces_read(f->dir, &pieces, NULL));
    count = pieces.count;
    ledger_pieces_free(&pieces);
    return count;
}

static uint64_t update(const struct fixture *f)
{
    struct ledger_indexed made;

    assert_int_equal(0, ledger_index_update(f->dir, &made, NULL));
    assert_false(ledger_index_is_due(f->dir));
    return made.pieces;
}

static void closed_logs_are_indexed_whole_and_once(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fixture_fill(&f, 10, 4);
    assert_true(ledger_index_is_due(f.dir));
    assert_int_equal(2, update(&f));
    assert_int_equal(2, count_pieces(&f));
    assert_int_equal(0, update(&f));
    fixture_end(&f);
}

static void what_is_lost_is_made_anew(void **state)
{
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fixture_fill(&f, 10, 4);
    update(&f);
    assert_int_equal(0, ledger_index_remove(f.dir, NULL));
    assert_int_equal(0, count_pieces(&f));
    assert_true(ledger_index_is_due(f.dir));
    assert_int_equal(2, update(&f));
    fixture_end(&f);
}

static void what_is_damaged_is_made_anew(void **state)
{
    struct ledger_pieces pieces;
    char path[LEDGER_PATH_SIZE];
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fixture_fill(&f, 10, 4);
    update(&f);
    assert_int_equal(0, ledger_pieces_read(f.dir, &pieces, NULL));
    assert_int_equal(0, ledger_piece_path(f.dir, &pieces.pieces[1], path, NULL));
    assert_int_equal(0, truncate(path, 100));
    ledger_pieces_free(&pieces);
    assert_int_equal(1, update(&f));
    assert_int_equal(0, update(&f));
    fixture_end(&f);
}

static void the_index_of_a_log_goes_with_it(void **state)
{
    char name[LEDGER_NAME_SIZE];
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fixture_fill(&f, 10, 4);
    update(&f);
    assert_true(fixture_name(&f, LEDGER_LOG, 1, name));
    fixture_remove(&f, name);
    assert_true(ledger_index_is_due(f.dir));
    assert_int_equal(0, update(&f));
    assert_int_equal(1, count_pieces(&f));
    fixture_end(&f);
}

/* Lines of a quarter of a piece each. */
static void append_large(struct ledger *ledger, unsigned from, unsigned count)
{
    static char event[LEDGER_PIECE_SIZE / 4];
    char id[32];

    for (unsigned i = from; i < from + count; i++) {
        memset(event, 'x', sizeof event - 1);
        memcpy(event, "{\"subject\":\"", 12);
        memcpy(event + sizeof event - 3, "\"}", 2);
        snprintf(id, sizeof id, "plan%u:0", i);
        assert_int_equal(0, ledger_append(ledger, id, slice_of(event), FIXTURE_START + i, NULL));
    }
}

static void the_log_in_use_is_indexed_in_pieces(void **state)
{
    char closed[LEDGER_PATH_SIZE];
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    f.settings.close_size = UINT64_C(1) << 30;
    ledger = fixture_open(&f, NULL, NULL);
    append_large(ledger, 0, 3);
    assert_false(ledger_index_is_due(f.dir));
    append_large(ledger, 3, 1);
    assert_true(ledger_index_is_due(f.dir));
    assert_int_equal(1, update(&f));
    append_large(ledger, 4, 10);
    assert_int_equal(2, update(&f));
    assert_int_equal(3, count_pieces(&f));
    /* Closed, it has one in place of the three. */
    assert_int_equal(0, ledger_rotate(ledger, FIXTURE_START + 20, true, closed, NULL));
    assert_true(ledger_index_is_due(f.dir));
    assert_int_equal(1, update(&f));
    assert_int_equal(1, count_pieces(&f));
    ledger_close(&ledger);
    fixture_end(&f);
}

static void names_of_others_are_passed_over(void **state)
{
    static const char *const names[] = { "index/notes", "index/legal-20261124T052141Z-000000000001.log.0-10.index.new",
                                         "index/legal-20261124T052141Z-000000000001.log.10-0.index",
                                         "index/legal-20261124T052141Z-000000000001.log.00-10.index",
                                         "index/legal-20261124T052141Z-000000000001.log.0-99999999999999999999.index" };
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fixture_fill(&f, 10, 4);
    update(&f);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        fixture_write(&f, names[i], SLICE("x"));
    assert_int_equal(2, count_pieces(&f));
    assert_false(ledger_index_is_due(f.dir));
    fixture_end(&f);
}

static void a_folder_that_is_not_there_is_said(void **state)
{
    struct ledger_indexed made;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fixture_end(&f);
    assert_false(ledger_index_is_due(f.dir));
    assert_int_equal(ERROR_NOT_FOUND, ledger_index_update(f.dir, &made, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_logs_are_indexed_whole_and_once),
        cmocka_unit_test(what_is_lost_is_made_anew),
        cmocka_unit_test(what_is_damaged_is_made_anew),
        cmocka_unit_test(the_index_of_a_log_goes_with_it),
        cmocka_unit_test(the_log_in_use_is_indexed_in_pieces),
        cmocka_unit_test(names_of_others_are_passed_over),
        cmocka_unit_test(a_folder_that_is_not_there_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

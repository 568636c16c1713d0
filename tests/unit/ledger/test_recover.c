/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a keeper finds when it starts: after a crash, after a power loss, and after somebody has touched the files.
 */
#include "ledger/recover.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "ledger/verify.h"

/* Heads at which the store may have stopped: after each line of a ledger of `count`. */
static struct ledger_head *fill_noting_heads(const struct fixture *f, unsigned count, unsigned per_file)
{
    struct ledger_head *heads = calloc(count + 1, sizeof *heads);
    struct ledger *ledger = fixture_open(f, NULL, NULL);
    char closed[LEDGER_PATH_SIZE];

    assert_non_null(heads);
    for (unsigned i = 1; i <= count; i++) {
        fixture_append(ledger, i, 1);
        heads[i] = ledger_head(ledger);
        if (i % per_file == 0 && i < count)
            assert_int_equal(0, ledger_rotate(ledger, FIXTURE_START + i, true, closed, NULL));
    }
    ledger_close(&ledger);
    return heads;
}

static void edit(const struct fixture *f, uint64_t first, long cut, const char *more)
{
    char name[LEDGER_NAME_SIZE], *joined;
    struct slice content;

    assert_true(fixture_name(f, LEDGER_LOG, first, name));
    content = fixture_read(f, name);
    joined = malloc(content.size + strlen(more) + 1);
    assert_non_null(joined);
    if (content.size)
        memcpy(joined, content.data, content.size);
    memcpy(joined + content.size - cut, more, strlen(more));
    fixture_write(f, name, (struct slice){ joined, content.size - (size_t)cut + strlen(more) });
    free((void *)(uintptr_t)content.data);
    free(joined);
}

/* A crash between log and store, with any number of lines and closed files behind the known head. */
static void lines_behind_the_known_head_are_taken_in(void **state)
{
    struct ledger_head *heads;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    heads = fill_noting_heads(&f, 10, 3);
    for (unsigned known = 0; known <= 10; known++) {
        struct ledger *ledger = fixture_open(&f, &heads[known], NULL);
        struct ledger_head head = ledger_head(ledger);

        assert_memory_equal(&heads[10], &head, sizeof head);
        fixture_append(ledger, known + 1, 10 - known); /* all of them are written already */
        assert_int_equal(10, ledger_head(ledger).count);
        ledger_close(&ledger);
    }
    free(heads);
    fixture_end(&f);
}

/* A power loss within a line: at any of its bytes. */
static void half_a_line_is_cut_off(void **state)
{
    struct ledger_head *heads;
    struct ledger_report report;
    struct fixture f;
    struct slice whole;
    char name[LEDGER_NAME_SIZE];
    size_t line;

    (void)state;
    fixture_begin(&f);
    heads = fill_noting_heads(&f, 3, 10);
    assert_true(fixture_name(&f, LEDGER_LOG, 1, name));
    whole = fixture_read(&f, name);
    line = whole.size / 3;
    for (size_t size = 2 * line + 1; size < whole.size; size++) {
        struct ledger *ledger;

        fixture_write(&f, name, (struct slice){ whole.data, size });
        ledger = fixture_open(&f, &heads[2], NULL);
        assert_int_equal(2, ledger_head(ledger).count);
        fixture_append(ledger, 3, 1);
        ledger_close(&ledger);
        assert_int_equal(0, ledger_verify(f.dir, &heads[3], 0, &report, NULL));
        assert_string_equal("", report.fault);
        assert_int_equal(1, report.files);
    }
    free((void *)(uintptr_t)whole.data);
    free(heads);
    fixture_end(&f);
}

static void a_new_file_with_half_a_line_is_removed(void **state)
{
    struct ledger_head *heads;
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    heads = fill_noting_heads(&f, 4, 3);
    edit(&f, 4, 50, "");
    ledger = fixture_open(&f, &heads[3], NULL);
    assert_int_equal(1, fixture_count(&f, LEDGER_LOG));
    fixture_append(ledger, 4, 1);
    assert_memory_equal(&heads[4], &(struct ledger_head[]){ ledger_head(ledger) }[0], sizeof *heads);
    ledger_close(&ledger);
    free(heads);
    fixture_end(&f);
}

static void a_lost_store_does_not_lose_the_ledger(void **state)
{
    struct ledger_head *heads, head;
    struct ledger *ledger;
    char name[LEDGER_NAME_SIZE];
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    heads = fill_noting_heads(&f, 8, 3);
    /* Even if the oldest file is gone for its age. */
    assert_true(fixture_name(&f, LEDGER_LOG, 1, name));
    fixture_remove(&f, name);
    ledger = fixture_open(&f, NULL, NULL);
    head = ledger_head(ledger);
    assert_memory_equal(&heads[8], &head, sizeof head);
    ledger_close(&ledger);
    free(heads);
    fixture_end(&f);
}

/* The known line is looked up from the end: it is found wherever it stands in a larger file. */
static void the_known_line_is_found_far_from_the_end(void **state)
{
    enum { COUNT = 3000 };
    struct ledger_head *heads;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    heads = fill_noting_heads(&f, COUNT, COUNT + 1);
    for (unsigned known = 1; known <= COUNT; known += known < COUNT - 400 && known > 3 ? 97 : 1) {
        struct ledger_standing standing = { 0 };
        struct error damage = { 0 };

        assert_int_equal(0, ledger_recover(f.dir, &heads[known], &standing, &damage, NULL));
        assert_int_equal(0, damage.code);
        assert_int_equal(COUNT, standing.head.count);
        assert_int_equal(COUNT - known, standing.behind.count);
        assert_true(standing.open);
        assert_int_equal(1, standing.first);
        ledger_ids_free(&standing.behind);
    }
    free(heads);
    fixture_end(&f);
}

/* --- damage ----------------------------------------------------------------------------------------------------------------- */

/* The ledger opens, says what is wrong, goes on from `head` in a file of its own, and the old bytes stay as they are. */
static void expect_damage(const struct fixture *f, const struct ledger_head *known, const struct ledger_head *head, const char *words)
{
    size_t files = fixture_count(f, LEDGER_LOG);
    struct error damage = { 0 };
    struct ledger *ledger = fixture_open(f, known, &damage);
    struct ledger_head opened = ledger_head(ledger);
    struct ledger_report report;

    assert_int_equal(ERROR_CORRUPT, damage.code);
    if (!strstr(damage.text, words))
        fail_msg("\"%s\" is not in: %s", words, damage.text);
    assert_memory_equal(head, &opened, sizeof opened);
    fixture_append(ledger, 100, 1);
    assert_int_equal(0, ledger_sync(ledger, NULL));
    assert_int_equal(head->count + 1, ledger_head(ledger).count);
    assert_int_equal(files + 1, fixture_count(f, LEDGER_LOG));
    opened = ledger_head(ledger);
    ledger_close(&ledger);
    assert_int_equal(0, ledger_verify(f->dir, known, 0, &report, NULL));
    assert_string_not_equal("", report.fault);
    /* The damage is behind: the next start finds the head where it is. */
    ledger = fixture_open(f, &opened, NULL);
    assert_int_equal(files + 1, fixture_count(f, LEDGER_LOG));
    ledger_close(&ledger);
}

static void fewer_lines_than_known_are_damage(void **state)
{
    struct ledger_head *heads;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    heads = fill_noting_heads(&f, 5, 10);
    edit(&f, 1, 300, ""); /* more than a line */
    expect_damage(&f, &heads[5], &heads[5], "line 5, which the store knows, is not there");
    free(heads);
    fixture_end(&f);
}

static void half_of_the_known_line_is_damage_and_stays(void **state)
{
    struct ledger_head *heads;
    struct slice before, after;
    char name[LEDGER_NAME_SIZE];
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    heads = fill_noting_heads(&f, 5, 10);
    edit(&f, 1, 3, "");
    assert_true(fixture_name(&f, LEDGER_LOG, 1, name));
    before = fixture_read(&f, name);
    expect_damage(&f, &heads[5], &heads[5], "line 5");
    after = fixture_read(&f, name);
    assert_true(slice_equal(before, after));
    free((void *)(uintptr_t)before.data);
    free((void *)(uintptr_t)after.data);
    free(heads);
    fixture_end(&f);
}

static void another_line_than_the_known_one_is_damage(void **state)
{
    struct ledger_head *heads, other;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    heads = fill_noting_heads(&f, 5, 10);
    other = heads[5];
    other.hash[31] ^= 1;
    expect_damage(&f, &other, &other, "line 5");
    free(heads);
    fixture_end(&f);
}

static void a_changed_text_under_the_known_hash_is_damage(void **state)
{
    struct ledger_head *heads;
    struct slice content;
    char name[LEDGER_NAME_SIZE];
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    heads = fill_noting_heads(&f, 1, 10);
    assert_true(fixture_name(&f, LEDGER_LOG, 1, name));
    content = fixture_read(&f, name);
    ((char *)(uintptr_t)content.data)[12] ^= 1;
    fixture_write(&f, name, content);
    free((void *)(uintptr_t)content.data);
    expect_damage(&f, &heads[1], &heads[1], "line 1");
    free(heads);
    fixture_end(&f);
}

static void half_a_line_before_another_file_is_damage(void **state)
{
    struct ledger_head *heads;
    struct error damage = { 0 };
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    heads = fill_noting_heads(&f, 6, 3);
    edit(&f, 1, 0, "half");
    ledger = fixture_open(&f, &heads[2], &damage);
    assert_int_equal(ERROR_CORRUPT, damage.code);
    assert_int_equal(3, ledger_head(ledger).count);
    ledger_close(&ledger);
    free(heads);
    fixture_end(&f);
}

static void a_missing_folder_of_files_is_damage(void **state)
{
    struct ledger_head known = { .count = 7, .hash = { 7 } };
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    expect_damage(&f, &known, &known, "line 7");
    fixture_end(&f);
}

static void a_missing_last_file_is_damage(void **state)
{
    struct ledger_head *heads;
    char name[LEDGER_NAME_SIZE];
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    heads = fill_noting_heads(&f, 7, 3);
    assert_true(fixture_name(&f, LEDGER_LOG, 7, name));
    fixture_remove(&f, name);
    expect_damage(&f, &heads[7], &heads[7], "line 7");
    free(heads);
    fixture_end(&f);
}

static void a_missing_file_behind_the_known_line_is_damage(void **state)
{
    struct ledger_head *heads;
    char name[LEDGER_NAME_SIZE];
    struct error damage = { 0 };
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    heads = fill_noting_heads(&f, 9, 3);
    assert_true(fixture_name(&f, LEDGER_LOG, 4, name));
    fixture_remove(&f, name);
    ledger = fixture_open(&f, &heads[2], &damage);
    assert_int_equal(ERROR_CORRUPT, damage.code);
    assert_int_equal(3, ledger_head(ledger).count);
    ledger_close(&ledger);
    free(heads);
    fixture_end(&f);
}

static void garbage_behind_good_lines_is_damage_behind_them(void **state)
{
    static const char *const garbage[] = { "\n", "{\"a\":1}\n", "half a line that is followed by a whole one\nand half\n" };

    (void)state;
    for (size_t i = 0; i < sizeof garbage / sizeof garbage[0]; i++) {
        struct ledger_head *heads;
        struct fixture f;

        fixture_begin(&f);
        heads = fill_noting_heads(&f, 5, 10);
        edit(&f, 1, 0, garbage[i]);
        expect_damage(&f, &heads[3], &heads[5], "behind line 5");
        free(heads);
        fixture_end(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_behind_the_known_head_are_taken_in),
        cmocka_unit_test(half_a_line_is_cut_off),
        cmocka_unit_test(a_new_file_with_half_a_line_is_removed),
        cmocka_unit_test(a_lost_store_does_not_lose_the_ledger),
        cmocka_unit_test(the_known_line_is_found_far_from_the_end),
        cmocka_unit_test(fewer_lines_than_known_are_damage),
        cmocka_unit_test(half_of_the_known_line_is_damage_and_stays),
        cmocka_unit_test(another_line_than_the_known_one_is_damage),
        cmocka_unit_test(a_changed_text_under_the_known_hash_is_damage),
        cmocka_unit_test(half_a_line_before_another_file_is_damage),
        cmocka_unit_test(a_missing_folder_of_files_is_damage),
        cmocka_unit_test(a_missing_last_file_is_damage),
        cmocka_unit_test(a_missing_file_behind_the_known_line_is_damage),
        cmocka_unit_test(garbage_behind_good_lines_is_damage_behind_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

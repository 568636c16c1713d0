/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/reader.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "ledger/line.h"

static struct ledger_reader open_reader(const struct fixture *f, const char *name)
{
    char path[LEDGER_PATH_SIZE];
    struct ledger_reader reader = { .fd = -1 };

    assert_int_equal(0, ledger_path(f->dir, name, path, NULL));
    assert_int_equal(0, ledger_reader_open(path, &reader, NULL));
    return reader;
}

static void expect(struct ledger_reader *reader, enum ledger_found found, const char *text)
{
    enum ledger_found got;
    struct slice line = SLICE_NONE;

    assert_int_equal(0, ledger_reader_next(reader, &got, &line, NULL));
    assert_int_equal(found, got);
    assert_true(slice_is(line, text));
}

static void lines_come_one_by_one_with_their_ends(void **state)
{
    struct ledger_reader reader;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fixture_write(&f, "a", SLICE("one\n\nthree\nhal"));
    reader = open_reader(&f, "a");
    expect(&reader, LEDGER_LINE, "one\n");
    assert_int_equal(4, reader.offset);
    expect(&reader, LEDGER_LINE, "\n");
    expect(&reader, LEDGER_LINE, "three\n");
    assert_int_equal(11, reader.offset);
    expect(&reader, LEDGER_HALF, "hal");
    expect(&reader, LEDGER_HALF, "hal");
    assert_int_equal(11, reader.offset);
    ledger_reader_seek(&reader, 5);
    expect(&reader, LEDGER_LINE, "three\n");
    ledger_reader_seek(&reader, 14);
    expect(&reader, LEDGER_END, "");
    ledger_reader_seek(&reader, 100);
    expect(&reader, LEDGER_END, "");
    ledger_reader_close(&reader);
    fixture_end(&f);
}

/* The keeper cuts half a line off and writes another one in its place. */
static void the_end_stays_where_it_was_met(void **state)
{
    struct ledger_reader reader;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    fixture_write(&f, "a", SLICE("one\nhal"));
    reader = open_reader(&f, "a");
    expect(&reader, LEDGER_LINE, "one\n");
    fixture_write(&f, "a", SLICE("one\nanother line\n"));
    expect(&reader, LEDGER_HALF, "hal");
    expect(&reader, LEDGER_HALF, "hal");
    ledger_reader_close(&reader);
    fixture_end(&f);
}

/* Lines of many sizes around those of the blocks in which a file is read. */
static void long_lines_come_whole(void **state)
{
    static const size_t sizes[] = { 1, 4096, 262143, 262144, 262145, 3, 1000000, 2, 262144 };
    size_t total = 0;
    struct ledger_reader reader;
    struct fixture f;
    char *all;

    (void)state;
    fixture_begin(&f);
    all = malloc(3000000);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        memset(all + total, 'a' + (int)i, sizes[i]);
        total += sizes[i];
        all[total - 1] = '\n';
    }
    fixture_write(&f, "a", (struct slice){ all, total });
    reader = open_reader(&f, "a");
    total = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        enum ledger_found found;
        struct slice line;

        assert_int_equal(0, ledger_reader_next(&reader, &found, &line, NULL));
        assert_int_equal(LEDGER_LINE, found);
        assert_true(slice_equal(line, (struct slice){ all + total, sizes[i] }));
        total += sizes[i];
    }
    expect(&reader, LEDGER_END, "");
    ledger_reader_close(&reader);
    free(all);
    fixture_end(&f);
}

static void a_line_without_end_takes_bounded_memory(void **state)
{
    size_t size = LEDGER_LINE_MAX + 1000;
    char *all = malloc(size);
    struct ledger_reader reader;
    enum ledger_found found;
    struct slice line;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    memset(all, 'x', size);
    fixture_write(&f, "a", (struct slice){ all, size });
    reader = open_reader(&f, "a");
    assert_int_equal(0, ledger_reader_next(&reader, &found, &line, NULL));
    assert_int_equal(LEDGER_ENDLESS, found);
    assert_true(reader.buffer.capacity <= 2 * LEDGER_LINE_MAX);
    ledger_reader_close(&reader);
    free(all);
    fixture_end(&f);
}

static void what_is_no_file_is_refused(void **state)
{
    struct ledger_reader reader = { .fd = -1 };
    char path[LEDGER_PATH_SIZE];
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    assert_int_equal(ERROR_FILE, ledger_reader_open(f.dir, &reader, NULL));
    assert_int_equal(0, ledger_path(f.dir, "a", path, NULL));
    assert_int_equal(ERROR_NOT_FOUND, ledger_reader_open(path, &reader, NULL));
    assert_int_equal(0, mkfifo(path, 0600));
    assert_int_equal(ERROR_FILE, ledger_reader_open(path, &reader, NULL));
    ledger_reader_close(&reader);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_come_one_by_one_with_their_ends),
        cmocka_unit_test(the_end_stays_where_it_was_met),
        cmocka_unit_test(long_lines_come_whole),
        cmocka_unit_test(a_line_without_end_takes_bounded_memory),
        cmocka_unit_test(what_is_no_file_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Design 6.7: a line of the legal log is never changed without `log verify` saying so. RFC 6109 2.3: preserved unmodified. Here what holds,
 * and bytes and lines that do not; whole files and manifests are in test_verify_files.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "ledger/line.h"
#include "nine.h"

static void drop_line(struct lines *lines, size_t at)
{
    memmove(&lines->line[at], &lines->line[at + 1], (lines->count - at - 1) * sizeof lines->line[0]);
    lines->count--;
}

static void insert_line(struct lines *lines, size_t at, struct slice line)
{
    memmove(&lines->line[at + 1], &lines->line[at], (lines->count - at) * sizeof lines->line[0]);
    lines->line[at] = line;
    lines->count++;
}

/* A line with the same fields and another event, and a hash that fits: by somebody who knows how it is done. */
static void forge_line(struct lines *lines, size_t at, struct buffer *out)
{
    struct ledger_line old;
    struct ledger_head head = { 0 };
    char id[64];

    assert_true(ledger_line_read(lines->line[at], &old));
    assert_true(text_copy(id, sizeof id, old.id));
    head.count = old.n - 1;
    assert_true(hex_read(old.previous, head.hash, sizeof head.hash));
    assert_int_equal(0, ledger_line_write(out, SLICE("{\"event\":\"forged\"}"), id, &head, NULL));
    lines->line[at] = buffer_data(out);
}

/* --- what holds ------------------------------------------------------------------------------------------------------------- */

static void a_ledger_as_it_was_written_holds(void **state)
{
    struct ledger_report report;
    struct nine n;

    (void)state;
    nine_begin(&n);
    report = nine_verify(&n, false);
    assert_string_equal("", report.fault);
    report = nine_verify(&n, true);
    assert_string_equal("", report.fault);
    assert_int_equal(9, report.lines);
    assert_int_equal(3, report.files);
    assert_int_equal(2, report.sealed);
    assert_int_equal(1, report.first);
    assert_memory_equal(&n.head, &report.head, sizeof n.head);
    fixture_end(&n.f);
}

static void an_empty_ledger_holds(void **state)
{
    struct ledger_head none = { 0 };
    struct ledger_report report;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    assert_int_equal(0, ledger_verify(f.dir, &none, 0, &report, NULL));
    assert_string_equal("", report.fault);
    assert_int_equal(0, report.first);
    fixture_end(&f);
    assert_int_equal(ERROR_NOT_FOUND, ledger_verify(f.dir, &none, 0, &report, NULL));
}

static void lines_behind_the_known_head_hold(void **state)
{
    struct ledger *ledger;
    struct nine n;

    (void)state;
    nine_begin(&n);
    ledger = fixture_open(&n.f, &n.head, NULL);
    fixture_append(ledger, 10, 3);
    ledger_close(&ledger);
    assert_string_equal("", nine_verify(&n, true).fault);
    fixture_end(&n.f);
}

/* The keeper is in the middle of a write. */
static void half_a_line_at_the_end_holds_unless_it_is_known(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = nine_read_lines(&n, n.log[2]);
    insert_line(&lines, 3, SLICE("{\"event\":\"half"));
    nine_write_lines(&n, n.log[2], &lines);
    assert_string_equal("", nine_verify(&n, true).fault);
    lines = nine_read_lines(&n, n.log[2]);
    lines.count = 3;
    lines.line[2].size -= 1;
    nine_write_lines(&n, n.log[2], &lines);
    assert_string_equal("", nine_verify(&n, false).fault);
    nine_expect(&n, true, n.log[2], 3, "cut short: lines 9 to 9, which the store knows, are missing");
    fixture_end(&n.f);
}

static void an_empty_new_file_holds(void **state)
{
    struct nine n;

    (void)state;
    nine_begin(&n);
    fixture_write(&n.f, n.log[2], SLICE(""));
    assert_string_equal("", nine_verify(&n, false).fault);
    nine_expect(&n, true, n.log[2], 1, "cut short: lines 7 to 9");
    fixture_end(&n.f);
}

/* Files are removed for their age from the oldest on; what their manifests say still links the rest. */
static void the_oldest_files_may_be_gone_if_their_manifests_stay(void **state)
{
    struct ledger_report report;
    struct nine n;

    (void)state;
    nine_begin(&n);
    fixture_remove(&n.f, n.log[0]);
    report = nine_verify_since(&n, true, FIXTURE_START + 1000);
    assert_string_equal("", report.fault);
    assert_int_equal(4, report.first);
    assert_int_equal(6, report.lines);
    fixture_remove(&n.f, n.log[1]);
    report = nine_verify_since(&n, true, FIXTURE_START + 1000);
    assert_string_equal("", report.fault);
    assert_int_equal(7, report.first);
    fixture_remove(&n.f, n.manifest[0]);
    report = nine_verify_since(&n, true, FIXTURE_START + 1000);
    assert_non_null(strstr(report.fault, "removed: the file with lines 1 to 3 is missing"));
    fixture_end(&n.f);
}

/* RFC 6109 2.3: they are kept for 30 months. The first file was closed at the third second, the second one at the sixth. */
static void a_file_that_is_gone_before_its_time_is_a_fault(void **state)
{
    struct ledger_report report;
    struct nine n;

    (void)state;
    nine_begin(&n);
    fixture_remove(&n.f, n.log[0]);
    nine_expect(&n, true, n.log[0], 1, "removed: the file is missing, and it is too young");
    nine_expect(&n, false, n.log[0], 1, "removed: the file is missing, and it is too young");
    report = nine_verify_since(&n, true, FIXTURE_START + 3);
    assert_non_null(strstr(report.fault, "too young"));
    report = nine_verify_since(&n, true, FIXTURE_START + 4);
    assert_string_equal("", report.fault);
    fixture_remove(&n.f, n.log[1]);
    report = nine_verify_since(&n, true, FIXTURE_START + 4);
    assert_non_null(strstr(report.fault, n.log[1]));
    fixture_end(&n.f);
}

/* --- bytes ------------------------------------------------------------------------------------------------------------------ */

static void flip_every_byte(const struct nine *n, const char *name, bool with_head)
{
    struct slice content = fixture_read(&n->f, name);
    char *bytes = (char *)(uintptr_t)content.data;

    for (size_t at = 0; at < content.size; at++) {
        struct ledger_report report;

        bytes[at] = (char)(bytes[at] ^ 1 << at % 8);
        fixture_write(&n->f, name, content);
        report = nine_verify(n, with_head);
        if (!report.fault[0] || strncmp(report.fault, name, strlen(name)) != 0)
            fail_msg("%s, byte %zu: \"%s\"", name, at, report.fault);
        bytes[at] = (char)(bytes[at] ^ 1 << at % 8);
    }
    fixture_write(&n->f, name, content);
    free(bytes);
}

static void every_flipped_byte_of_a_sealed_file_is_found(void **state)
{
    struct nine n;

    (void)state;
    nine_begin(&n);
    flip_every_byte(&n, n.log[0], false);
    flip_every_byte(&n, n.log[1], false);
    assert_string_equal("", nine_verify(&n, true).fault);
    fixture_end(&n.f);
}

static void every_flipped_byte_of_the_open_file_is_found_with_the_head(void **state)
{
    struct nine n;

    (void)state;
    nine_begin(&n);
    flip_every_byte(&n, n.log[2], true);
    fixture_end(&n.f);
}

static void every_flipped_byte_of_a_manifest_is_found(void **state)
{
    struct nine n;

    (void)state;
    nine_begin(&n);
    flip_every_byte(&n, n.manifest[0], false);
    flip_every_byte(&n, n.manifest[1], false);
    fixture_end(&n.f);
}

/* --- lines ------------------------------------------------------------------------------------------------------------------ */

static void a_changed_line_is_named(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = nine_read_lines(&n, n.log[1]);
    lines.data[lines.line[0].size + 12] ^= 1;
    nine_write_lines(&n, n.log[1], &lines);
    nine_expect(&n, false, n.log[1], 2, "changed: line 5 is not as it was written");
    fixture_end(&n.f);
}

static void a_forged_line_is_found_by_the_next_one(void **state)
{
    struct buffer forged = buffer_new(10000);
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = nine_read_lines(&n, n.log[1]);
    forge_line(&lines, 1, &forged);
    nine_write_lines(&n, n.log[1], &lines);
    nine_expect(&n, false, n.log[1], 3, "changed: line 6 was written behind another line");
    buffer_free(&forged);
    fixture_end(&n.f);
}

static void a_forged_last_line_is_found_by_manifest_and_head(void **state)
{
    struct buffer forged = buffer_new(10000);
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = nine_read_lines(&n, n.log[1]);
    forge_line(&lines, 2, &forged);
    nine_write_lines(&n, n.log[1], &lines);
    nine_expect(&n, false, n.manifest[1], 1, "changed: it is not that of its file");
    fixture_end(&n.f);
    nine_begin(&n);
    buffer_consume(&forged, buffer_data(&forged).size);
    lines = nine_read_lines(&n, n.log[2]);
    forge_line(&lines, 2, &forged);
    nine_write_lines(&n, n.log[2], &lines);
    nine_expect(&n, true, n.log[2], 3, "changed: line 9 is not the one that the store knows");
    buffer_free(&forged);
    fixture_end(&n.f);
}

static void a_removed_line_is_named(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = nine_read_lines(&n, n.log[1]);
    drop_line(&lines, 1);
    nine_write_lines(&n, n.log[1], &lines);
    nine_expect(&n, false, n.log[1], 2, "removed: lines 5 to 5 are missing here");
    fixture_end(&n.f);
}

static void an_added_line_is_named(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = nine_read_lines(&n, n.log[1]);
    insert_line(&lines, 2, lines.line[0]);
    nine_write_lines(&n, n.log[1], &lines);
    nine_expect(&n, false, n.log[1], 3, "added: line 4 stands here again");
    lines = nine_read_lines(&n, n.log[1]);
    lines.line[2] = SLICE("{\"event\":\"one more\"}\n");
    nine_write_lines(&n, n.log[1], &lines);
    nine_expect(&n, false, n.log[1], 3, "changed");
    fixture_end(&n.f);
}

static void reordered_lines_are_named(void **state)
{
    struct lines lines;
    struct slice moved;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = nine_read_lines(&n, n.log[2]);
    moved = lines.line[2];
    lines.line[2] = lines.line[1];
    lines.line[1] = moved;
    nine_write_lines(&n, n.log[2], &lines);
    nine_expect(&n, true, n.log[2], 2, "reordered: line 9 stands here, line 8 further down");
    fixture_end(&n.f);
}

static void a_sealed_file_whose_last_line_is_gone_is_cut_short(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = nine_read_lines(&n, n.log[0]);
    lines.count = 2;
    nine_write_lines(&n, n.log[0], &lines);
    nine_expect(&n, false, n.log[0], 3, "cut short: its manifest counts 3 lines");
    lines = nine_read_lines(&n, n.log[0]);
    lines.line[1].size /= 2;
    nine_write_lines(&n, n.log[0], &lines);
    nine_expect(&n, false, n.log[0], 2, "cut short: half a line");
    fixture_end(&n.f);
}

static void the_open_file_whose_last_line_is_gone_is_cut_short(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = nine_read_lines(&n, n.log[2]);
    lines.count = 2;
    nine_write_lines(&n, n.log[2], &lines);
    nine_expect(&n, true, n.log[2], 3, "cut short: lines 9 to 9, which the store knows, are missing");
    fixture_end(&n.f);
}

static void a_line_behind_the_end_of_a_sealed_file_is_added(void **state)
{
    struct ledger_head head = { .count = 6 };
    struct buffer more = buffer_new(10000);
    struct ledger_line last;
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = nine_read_lines(&n, n.log[1]);
    assert_true(ledger_line_read(lines.line[2], &last));
    assert_true(hex_read(last.hash, head.hash, sizeof head.hash));
    assert_int_equal(0, ledger_line_write(&more, SLICE("{\"event\":\"more\"}"), "more", &head, NULL));
    insert_line(&lines, 3, buffer_data(&more));
    nine_write_lines(&n, n.log[1], &lines);
    nine_expect(&n, false, n.log[1], 4, "added: its manifest counts 3 lines");
    buffer_free(&more);
    fixture_end(&n.f);
}

static void a_line_without_end_is_named(void **state)
{
    size_t size = LEDGER_LINE_MAX + 10;
    char *text = malloc(size);
    struct nine n;

    (void)state;
    nine_begin(&n);
    memset(text, 'x', size);
    fixture_write(&n.f, n.log[2], (struct slice){ text, size });
    nine_expect(&n, false, n.log[2], 1, "changed: it does not end");
    free(text);
    fixture_end(&n.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ledger_as_it_was_written_holds),
        cmocka_unit_test(an_empty_ledger_holds),
        cmocka_unit_test(lines_behind_the_known_head_hold),
        cmocka_unit_test(half_a_line_at_the_end_holds_unless_it_is_known),
        cmocka_unit_test(an_empty_new_file_holds),
        cmocka_unit_test(the_oldest_files_may_be_gone_if_their_manifests_stay),
        cmocka_unit_test(a_file_that_is_gone_before_its_time_is_a_fault),
        cmocka_unit_test(every_flipped_byte_of_a_sealed_file_is_found),
        cmocka_unit_test(every_flipped_byte_of_the_open_file_is_found_with_the_head),
        cmocka_unit_test(every_flipped_byte_of_a_manifest_is_found),
        cmocka_unit_test(a_changed_line_is_named),
        cmocka_unit_test(a_forged_line_is_found_by_the_next_one),
        cmocka_unit_test(a_forged_last_line_is_found_by_manifest_and_head),
        cmocka_unit_test(a_removed_line_is_named),
        cmocka_unit_test(an_added_line_is_named),
        cmocka_unit_test(reordered_lines_are_named),
        cmocka_unit_test(a_sealed_file_whose_last_line_is_gone_is_cut_short),
        cmocka_unit_test(the_open_file_whose_last_line_is_gone_is_cut_short),
        cmocka_unit_test(a_line_behind_the_end_of_a_sealed_file_is_added),
        cmocka_unit_test(a_line_without_end_is_named),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

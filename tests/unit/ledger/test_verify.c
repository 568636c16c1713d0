/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Design 6.7: a line of the legal log is never changed without `log verify` saying so. RFC 6109 2.3: preserved unmodified.
 */
#include "ledger/verify.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fixture.h"
#include "ledger/line.h"
#include "ledger/manifest.h"

/* Nine lines in three files: 1-3 and 4-6 sealed, 7-9 open. */
struct nine {
    struct fixture f;
    struct ledger_head head;
    char log[3][LEDGER_NAME_SIZE], manifest[2][LEDGER_NAME_SIZE];
};

static void nine_begin(struct nine *n)
{
    fixture_begin(&n->f);
    n->head = fixture_fill(&n->f, 9, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_true(fixture_name(&n->f, LEDGER_LOG, 3 * i + 1, n->log[i]));
    for (unsigned i = 0; i < 2; i++)
        assert_true(fixture_name(&n->f, LEDGER_MANIFEST, 3 * i + 1, n->manifest[i]));
}

static struct ledger_report verify_since(const struct nine *n, bool with_head, int64_t kept_since)
{
    struct ledger_report report = { 0 };
    struct error e = { 0 };

    if (ledger_verify(n->f.dir, with_head ? &n->head : NULL, kept_since, &report, &e) != 0)
        fail_msg("%s", e.text);
    return report;
}

static struct ledger_report verify(const struct nine *n, bool with_head)
{
    return verify_since(n, with_head, 0);
}

/* The fault is "FILE:LINE: HOW..."; "" for none. */
static void expect(const struct nine *n, bool with_head, const char *file, unsigned line, const char *how)
{
    struct ledger_report report = verify(n, with_head);
    char start[200];

    snprintf(start, sizeof start, "%s:%u: %s", file, line, how);
    if (strncmp(start, report.fault, strlen(start)) != 0)
        fail_msg("expected \"%s\", got \"%s\"", start, report.fault);
}

/* --- touching files by lines ------------------------------------------------------------------------------------------------ */

enum { LINES_MAX = 16 };

struct lines {
    char *data;
    struct slice line[LINES_MAX];
    size_t count;
};

static struct lines read_lines(const struct nine *n, const char *name)
{
    struct slice content = fixture_read(&n->f, name), rest = content;
    struct lines lines = { .data = (char *)(uintptr_t)content.data };

    while (lines.count < LINES_MAX && slice_next_line(&rest, &lines.line[lines.count]))
        lines.count++;
    return lines;
}

static void write_lines(const struct nine *n, const char *name, struct lines *lines)
{
    struct buffer all = buffer_new(1000000);

    for (size_t i = 0; i < lines->count; i++)
        assert_int_equal(0, buffer_append(&all, lines->line[i]));
    fixture_write(&n->f, name, buffer_data(&all));
    buffer_free(&all);
    free(lines->data);
}

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
    report = verify(&n, false);
    assert_string_equal("", report.fault);
    report = verify(&n, true);
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
    assert_string_equal("", verify(&n, true).fault);
    fixture_end(&n.f);
}

/* The keeper is in the middle of a write. */
static void half_a_line_at_the_end_holds_unless_it_is_known(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = read_lines(&n, n.log[2]);
    insert_line(&lines, 3, SLICE("{\"event\":\"half"));
    write_lines(&n, n.log[2], &lines);
    assert_string_equal("", verify(&n, true).fault);
    lines = read_lines(&n, n.log[2]);
    lines.count = 3;
    lines.line[2].size -= 1;
    write_lines(&n, n.log[2], &lines);
    assert_string_equal("", verify(&n, false).fault);
    expect(&n, true, n.log[2], 3, "cut short: lines 9 to 9, which the store knows, are missing");
    fixture_end(&n.f);
}

static void an_empty_new_file_holds(void **state)
{
    struct nine n;

    (void)state;
    nine_begin(&n);
    fixture_write(&n.f, n.log[2], SLICE(""));
    assert_string_equal("", verify(&n, false).fault);
    expect(&n, true, n.log[2], 1, "cut short: lines 7 to 9");
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
    report = verify_since(&n, true, FIXTURE_START + 1000);
    assert_string_equal("", report.fault);
    assert_int_equal(4, report.first);
    assert_int_equal(6, report.lines);
    fixture_remove(&n.f, n.log[1]);
    report = verify_since(&n, true, FIXTURE_START + 1000);
    assert_string_equal("", report.fault);
    assert_int_equal(7, report.first);
    fixture_remove(&n.f, n.manifest[0]);
    report = verify_since(&n, true, FIXTURE_START + 1000);
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
    expect(&n, true, n.log[0], 1, "removed: the file is missing, and it is too young");
    expect(&n, false, n.log[0], 1, "removed: the file is missing, and it is too young");
    report = verify_since(&n, true, FIXTURE_START + 3);
    assert_non_null(strstr(report.fault, "too young"));
    report = verify_since(&n, true, FIXTURE_START + 4);
    assert_string_equal("", report.fault);
    fixture_remove(&n.f, n.log[1]);
    report = verify_since(&n, true, FIXTURE_START + 4);
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
        report = verify(n, with_head);
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
    assert_string_equal("", verify(&n, true).fault);
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
    lines = read_lines(&n, n.log[1]);
    lines.data[lines.line[0].size + 12] ^= 1;
    write_lines(&n, n.log[1], &lines);
    expect(&n, false, n.log[1], 2, "changed: line 5 is not as it was written");
    fixture_end(&n.f);
}

static void a_forged_line_is_found_by_the_next_one(void **state)
{
    struct buffer forged = buffer_new(10000);
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = read_lines(&n, n.log[1]);
    forge_line(&lines, 1, &forged);
    write_lines(&n, n.log[1], &lines);
    expect(&n, false, n.log[1], 3, "changed: line 6 was written behind another line");
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
    lines = read_lines(&n, n.log[1]);
    forge_line(&lines, 2, &forged);
    write_lines(&n, n.log[1], &lines);
    expect(&n, false, n.manifest[1], 1, "changed: it is not that of its file");
    fixture_end(&n.f);
    nine_begin(&n);
    buffer_consume(&forged, buffer_data(&forged).size);
    lines = read_lines(&n, n.log[2]);
    forge_line(&lines, 2, &forged);
    write_lines(&n, n.log[2], &lines);
    expect(&n, true, n.log[2], 3, "changed: line 9 is not the one that the store knows");
    buffer_free(&forged);
    fixture_end(&n.f);
}

static void a_removed_line_is_named(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = read_lines(&n, n.log[1]);
    drop_line(&lines, 1);
    write_lines(&n, n.log[1], &lines);
    expect(&n, false, n.log[1], 2, "removed: lines 5 to 5 are missing here");
    fixture_end(&n.f);
}

static void an_added_line_is_named(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = read_lines(&n, n.log[1]);
    insert_line(&lines, 2, lines.line[0]);
    write_lines(&n, n.log[1], &lines);
    expect(&n, false, n.log[1], 3, "added: line 4 stands here again");
    lines = read_lines(&n, n.log[1]);
    lines.line[2] = SLICE("{\"event\":\"one more\"}\n");
    write_lines(&n, n.log[1], &lines);
    expect(&n, false, n.log[1], 3, "changed");
    fixture_end(&n.f);
}

static void reordered_lines_are_named(void **state)
{
    struct lines lines;
    struct slice moved;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = read_lines(&n, n.log[2]);
    moved = lines.line[2];
    lines.line[2] = lines.line[1];
    lines.line[1] = moved;
    write_lines(&n, n.log[2], &lines);
    expect(&n, true, n.log[2], 2, "reordered: line 9 stands here, line 8 further down");
    fixture_end(&n.f);
}

static void a_sealed_file_whose_last_line_is_gone_is_cut_short(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = read_lines(&n, n.log[0]);
    lines.count = 2;
    write_lines(&n, n.log[0], &lines);
    expect(&n, false, n.log[0], 3, "cut short: its manifest counts 3 lines");
    lines = read_lines(&n, n.log[0]);
    lines.line[1].size /= 2;
    write_lines(&n, n.log[0], &lines);
    expect(&n, false, n.log[0], 2, "cut short: half a line");
    fixture_end(&n.f);
}

static void the_open_file_whose_last_line_is_gone_is_cut_short(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = read_lines(&n, n.log[2]);
    lines.count = 2;
    write_lines(&n, n.log[2], &lines);
    expect(&n, true, n.log[2], 3, "cut short: lines 9 to 9, which the store knows, are missing");
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
    lines = read_lines(&n, n.log[1]);
    assert_true(ledger_line_read(lines.line[2], &last));
    assert_true(hex_read(last.hash, head.hash, sizeof head.hash));
    assert_int_equal(0, ledger_line_write(&more, SLICE("{\"event\":\"more\"}"), "more", &head, NULL));
    insert_line(&lines, 3, buffer_data(&more));
    write_lines(&n, n.log[1], &lines);
    expect(&n, false, n.log[1], 4, "added: its manifest counts 3 lines");
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
    expect(&n, false, n.log[2], 1, "changed: it does not end");
    free(text);
    fixture_end(&n.f);
}

/* --- files ------------------------------------------------------------------------------------------------------------------ */

static void a_file_missing_in_the_middle_is_named(void **state)
{
    struct nine n;

    (void)state;
    nine_begin(&n);
    fixture_remove(&n.f, n.log[1]);
    expect(&n, false, n.log[1], 1, "removed: the file is missing");
    fixture_remove(&n.f, n.manifest[1]);
    expect(&n, false, n.log[2], 1, "removed: the file with lines 4 to 6 is missing before this one");
    fixture_end(&n.f);
}

static void a_file_missing_at_the_end_is_named(void **state)
{
    struct nine n;

    (void)state;
    nine_begin(&n);
    fixture_remove(&n.f, n.log[2]);
    expect(&n, true, n.log[1], 4, "cut short: lines 7 to 9, which the store knows, are missing");
    fixture_remove(&n.f, n.log[1]);
    expect(&n, false, n.log[1], 1, "removed: the file is missing");
    fixture_end(&n.f);
}

static void a_ledger_without_any_file_is_named(void **state)
{
    struct nine n;

    (void)state;
    nine_begin(&n);
    for (int i = 0; i < 3; i++)
        fixture_remove(&n.f, n.log[i]);
    for (int i = 0; i < 2; i++)
        fixture_remove(&n.f, n.manifest[i]);
    assert_non_null(strstr(verify(&n, true).fault, "removed: lines 1 to 9, which the store knows, are missing"));
    fixture_end(&n.f);
}

static void a_missing_manifest_is_named(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    fixture_remove(&n.f, n.manifest[1]);
    expect(&n, false, n.manifest[1], 1, "removed: the manifest is missing");
    lines = read_lines(&n, n.log[1]);
    lines.count = 2;
    write_lines(&n, n.log[1], &lines);
    expect(&n, false, n.log[1], 3, "cut short: lines 6 to 6 are missing");
    lines = read_lines(&n, n.log[1]);
    lines.line[1].size -= 5;
    write_lines(&n, n.log[1], &lines);
    expect(&n, false, n.log[1], 2, "cut short: half a line");
    fixture_end(&n.f);
}

static void a_copied_or_renamed_file_is_named(void **state)
{
    struct slice content;
    struct nine n;

    (void)state;
    nine_begin(&n);
    content = fixture_read(&n.f, n.log[0]);
    fixture_write(&n.f, "legal-20261125T000000Z-000000000003.log", content);
    free((void *)(uintptr_t)content.data);
    expect(&n, false, "legal-20261125T000000Z-000000000003.log", 1, "added");
    fixture_remove(&n.f, "legal-20261125T000000Z-000000000003.log");
    fixture_rename(&n.f, n.log[1], "legal-20261125T000000Z-000000000004.log");
    assert_string_not_equal("", verify(&n, false).fault);
    fixture_rename(&n.f, n.manifest[1], "legal-20261125T000000Z-000000000004.manifest.json");
    assert_string_not_equal("", verify(&n, false).fault);
    fixture_end(&n.f);
}

/* A manifest edited by somebody who makes its own hash anew. */
static void edit_manifest(const struct nine *n, size_t at, void (*change)(struct ledger_manifest *))
{
    struct slice text = fixture_read(&n->f, n->manifest[at]);
    struct buffer out = buffer_new(LEDGER_MANIFEST_MAX);
    struct ledger_manifest m;

    assert_int_equal(0, ledger_manifest_read(text, &m, NULL));
    change(&m);
    assert_int_equal(0, ledger_manifest_write(&out, &m, NULL));
    fixture_write(&n->f, n->manifest[at], buffer_data(&out));
    buffer_free(&out);
    free((void *)(uintptr_t)text.data);
}

static void change_provider(struct ledger_manifest *m)
{
    memcpy(m->provider, "Beta", 5);
}

static void change_file(struct ledger_manifest *m)
{
    m->file[10] = '9';
}

static void change_first(struct ledger_manifest *m)
{
    m->first++;
}

static void change_size(struct ledger_manifest *m)
{
    m->size++;
}

static void change_sha256(struct ledger_manifest *m)
{
    m->sha256[0] = m->sha256[0] == '0' ? '1' : '0';
}

static void change_before(struct ledger_manifest *m)
{
    m->before.sha256[0] = m->before.sha256[0] == '0' ? '1' : '0';
}

static void change_name_before(struct ledger_manifest *m)
{
    m->before.manifest[10] = '9';
}

static void change_previous(struct ledger_manifest *m)
{
    m->previous[0] = m->previous[0] == '0' ? '1' : '0';
}

static void an_edited_manifest_is_found_even_if_its_own_hash_holds(void **state)
{
    static void (*const changes[])(struct ledger_manifest *) = { change_file, change_first, change_size, change_sha256, change_previous };
    struct nine n;

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        nine_begin(&n);
        edit_manifest(&n, 1, changes[i]);
        expect(&n, false, n.manifest[1], 1, "changed: it is not that of its file");
        fixture_end(&n.f);
    }
    nine_begin(&n);
    edit_manifest(&n, 1, change_before);
    expect(&n, false, n.manifest[1], 1, "unlinked");
    fixture_end(&n.f);
    nine_begin(&n);
    edit_manifest(&n, 1, change_name_before);
    expect(&n, false, n.manifest[1], 1, "unlinked");
    fixture_end(&n.f);
    /* What the log cannot tell, the next manifest does. */
    nine_begin(&n);
    edit_manifest(&n, 0, change_provider);
    expect(&n, false, n.manifest[1], 1, "unlinked: the manifest before it is missing or has been changed");
    fixture_end(&n.f);
}

static void manifests_without_their_files_are_a_chain_too(void **state)
{
    static void (*const changes[])(struct ledger_manifest *) = { change_file, change_first, change_previous };
    struct ledger_report report;
    struct nine n;

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        nine_begin(&n);
        fixture_remove(&n.f, n.log[0]);
        edit_manifest(&n, 0, changes[i]);
        expect(&n, false, n.manifest[0], 1, "changed: it does not follow the manifest before it");
        fixture_end(&n.f);
    }
    nine_begin(&n);
    fixture_remove(&n.f, n.log[0]);
    edit_manifest(&n, 0, change_sha256);
    report = verify_since(&n, false, FIXTURE_START + 1000);
    assert_non_null(strstr(report.fault, n.manifest[1]));
    assert_non_null(strstr(report.fault, "unlinked"));
    fixture_write(&n.f, n.manifest[0], SLICE("{}"));
    expect(&n, false, n.manifest[0], 1, "changed: it does not end in its hash");
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
        cmocka_unit_test(a_file_missing_in_the_middle_is_named),
        cmocka_unit_test(a_file_missing_at_the_end_is_named),
        cmocka_unit_test(a_ledger_without_any_file_is_named),
        cmocka_unit_test(a_missing_manifest_is_named),
        cmocka_unit_test(a_copied_or_renamed_file_is_named),
        cmocka_unit_test(an_edited_manifest_is_found_even_if_its_own_hash_holds),
        cmocka_unit_test(manifests_without_their_files_are_a_chain_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

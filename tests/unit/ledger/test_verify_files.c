/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Design 6.7, RFC 6109 2.3: files of the legal log that are missing, added, renamed, and manifests that were changed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "ledger/manifest.h"
#include "nine.h"

enum { FLIPS = 400 };

static void a_file_missing_in_the_middle_is_named(void **state)
{
    struct nine n;

    (void)state;
    nine_begin(&n);
    fixture_remove(&n.f, n.log[1]);
    nine_expect(&n, false, n.log[1], 1, "removed: the file is missing");
    fixture_remove(&n.f, n.manifest[1]);
    nine_expect(&n, false, n.log[2], 1, "removed: the file with lines 4 to 6 is missing before this one");
    fixture_end(&n.f);
}

static void a_file_missing_at_the_end_is_named(void **state)
{
    struct nine n;

    (void)state;
    nine_begin(&n);
    fixture_remove(&n.f, n.log[2]);
    nine_expect(&n, true, n.log[1], 4, "cut short: lines 7 to 9, which the store knows, are missing");
    fixture_remove(&n.f, n.log[1]);
    nine_expect(&n, false, n.log[1], 1, "removed: the file is missing");
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
    assert_non_null(strstr(nine_verify(&n, true).fault, "removed: lines 1 to 9, which the store knows, are missing"));
    fixture_end(&n.f);
}

static void a_missing_manifest_is_named(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    fixture_remove(&n.f, n.manifest[1]);
    nine_expect(&n, false, n.manifest[1], 1, "removed: the manifest is missing");
    lines = nine_read_lines(&n, n.log[1]);
    lines.count = 2;
    nine_write_lines(&n, n.log[1], &lines);
    nine_expect(&n, false, n.log[1], 3, "cut short: lines 6 to 6 are missing");
    lines = nine_read_lines(&n, n.log[1]);
    lines.line[1].size -= 5;
    nine_write_lines(&n, n.log[1], &lines);
    nine_expect(&n, false, n.log[1], 2, "cut short: half a line");
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
    nine_expect(&n, false, "legal-20261125T000000Z-000000000003.log", 1, "added");
    fixture_remove(&n.f, "legal-20261125T000000Z-000000000003.log");
    fixture_rename(&n.f, n.log[1], "legal-20261125T000000Z-000000000004.log");
    assert_string_not_equal("", nine_verify(&n, false).fault);
    fixture_rename(&n.f, n.manifest[1], "legal-20261125T000000Z-000000000004.manifest.json");
    assert_string_not_equal("", nine_verify(&n, false).fault);
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

static void change_tree(struct ledger_manifest *m)
{
    m->tree[0] = m->tree[0] == '0' ? '1' : '0';
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
    static void (*const changes[])(struct ledger_manifest *) = { change_file, change_first, change_size, change_sha256, change_tree,
                                                                 change_previous };
    struct nine n;

    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        nine_begin(&n);
        edit_manifest(&n, 1, changes[i]);
        nine_expect(&n, false, n.manifest[1], 1, "changed: it is not that of its file");
        fixture_end(&n.f);
    }
    nine_begin(&n);
    edit_manifest(&n, 1, change_before);
    nine_expect(&n, false, n.manifest[1], 1, "unlinked");
    fixture_end(&n.f);
    nine_begin(&n);
    edit_manifest(&n, 1, change_name_before);
    nine_expect(&n, false, n.manifest[1], 1, "unlinked");
    fixture_end(&n.f);
    /* What the log cannot tell, the next manifest does. */
    nine_begin(&n);
    edit_manifest(&n, 0, change_provider);
    nine_expect(&n, false, n.manifest[1], 1, "unlinked: the manifest before it is missing or has been changed");
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
        nine_expect(&n, false, n.manifest[0], 1, "changed: it does not follow the manifest before it");
        fixture_end(&n.f);
    }
    nine_begin(&n);
    fixture_remove(&n.f, n.log[0]);
    edit_manifest(&n, 0, change_sha256);
    report = nine_verify_since(&n, false, FIXTURE_START + 1000);
    assert_non_null(strstr(report.fault, n.manifest[1]));
    assert_non_null(strstr(report.fault, "unlinked"));
    fixture_write(&n.f, n.manifest[0], SLICE("{}"));
    nine_expect(&n, false, n.manifest[0], 1, "changed: it does not end in its hash");
    fixture_end(&n.f);
}

/* --- any byte --------------------------------------------------------------------------------------------------------------- */

/* In any file, the last line of the open one included: the store knows that. */
static void any_byte_that_is_another_is_found(void **state)
{
    unsigned seed = (unsigned)time(NULL);
    struct nine n;

    (void)state;
    print_message("seed %u\n", seed);
    srand(seed);
    nine_begin(&n);
    for (int i = 0; i < FLIPS; i++) {
        const char *name = i % 5 < 3 ? n.log[i % 5] : n.manifest[i % 5 - 3];
        struct slice content = fixture_read(&n.f, name);
        size_t at = (size_t)rand() % content.size;
        char *bytes = (char *)(uintptr_t)content.data, bit = (char)(1 << rand() % 8);

        bytes[at] ^= bit;
        fixture_write(&n.f, name, content);
        if (!*nine_verify(&n, true).fault)
            fail_msg("%s, byte %zu, bit %d", name, at, bit);
        bytes[at] ^= bit;
        fixture_write(&n.f, name, content);
        free(bytes);
    }
    assert_string_equal("", nine_verify(&n, true).fault);
    fixture_end(&n.f);
}

/* --- a span ----------------------------------------------------------------------------------------------------------------- */

/* Files begin at FIXTURE_START + 1, + 4 and + 7. */
static struct ledger_report verify_span(const struct nine *n, int64_t from, int64_t to)
{
    const struct ledger_scope scope = { .known = &n->head, .from = FIXTURE_START + from, .to = FIXTURE_START + to };
    struct ledger_report report = { 0 };

    assert_int_equal(0, ledger_verify_scope(n->f.dir, &scope, &report, NULL));
    return report;
}

static void the_files_of_a_span_are_read(void **state)
{
    static const struct {
        int64_t from, to;
        unsigned read, skipped;
    } cases[] = { { 0, 1, 1, 2 }, { 0, 2, 2, 1 }, { 3, 4, 2, 1 }, { 4, 5, 3, 0 }, { 5, 6, 2, 1 }, { 7, 8, 2, 1 }, { 8, 99, 1, 2 } };
    struct nine n;

    (void)state;
    nine_begin(&n);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct ledger_report report = verify_span(&n, cases[i].from, cases[i].to);

        assert_string_equal("", report.fault);
        if (report.files != cases[i].read || report.skipped != cases[i].skipped)
            fail_msg("case %zu: %u read", i, (unsigned)report.files);
        assert_memory_equal(&n.head, &report.head, sizeof n.head);
    }
    fixture_end(&n.f);
}

/* Lines 4 to 6 are outside: what was done to them is not looked for, but that the file is there and the chain of manifests is. */
static void outside_the_span_manifests_stand_for_their_files(void **state)
{
    struct lines lines;
    struct nine n;

    (void)state;
    nine_begin(&n);
    lines = nine_read_lines(&n, n.log[1]);
    lines.data[20] ^= 1;
    nine_write_lines(&n, n.log[1], &lines);
    assert_string_equal("", verify_span(&n, 8, 9).fault);
    assert_non_null(strstr(verify_span(&n, 5, 6).fault, n.log[1]));
    edit_manifest(&n, 1, change_previous);
    assert_non_null(strstr(verify_span(&n, 8, 9).fault, "changed: it does not follow the manifest before it"));
    fixture_end(&n.f);
    nine_begin(&n);
    lines = nine_read_lines(&n, n.log[1]);
    lines.count--;
    nine_write_lines(&n, n.log[1], &lines);
    assert_non_null(strstr(verify_span(&n, 8, 9).fault, "changed: it has "));
    fixture_remove(&n.f, n.log[1]);
    assert_non_null(strstr(verify_span(&n, 8, 9).fault, "removed: the file is missing"));
    fixture_end(&n.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_missing_in_the_middle_is_named),
        cmocka_unit_test(a_file_missing_at_the_end_is_named),
        cmocka_unit_test(a_ledger_without_any_file_is_named),
        cmocka_unit_test(a_missing_manifest_is_named),
        cmocka_unit_test(a_copied_or_renamed_file_is_named),
        cmocka_unit_test(an_edited_manifest_is_found_even_if_its_own_hash_holds),
        cmocka_unit_test(manifests_without_their_files_are_a_chain_too),
        cmocka_unit_test(any_byte_that_is_another_is_found),
        cmocka_unit_test(the_files_of_a_span_are_read),
        cmocka_unit_test(outside_the_span_manifests_stand_for_their_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

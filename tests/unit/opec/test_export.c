/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 6109 2.3: a holder gets his lines with their proof, and a byte of it that is another is found.
 */
#include "printed.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zip.h>

#include "../ledger/fixture.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "mime/address.h"
#include "opec/export/bundle.h"
#include "opec/export/check.h"
#include "opec/export/holder.h"

#define ANNA "anna@alfa.example"
#define BOTH "{\"address\":\"anna@alfa.example\"},{\"address\":\"bruno@alfa.example\"}"

enum { NOW = FIXTURE_START + 1000, FLIPS = 300, SPOILED_FLIPS = 200, BUDGET = 1024 * 1024 };

static struct fixture f;
static struct evidence_judge judge;
static char path[LEDGER_PATH_SIZE], other[LEDGER_PATH_SIZE];

/* --- what a holder may see -------------------------------------------------------------------------------------------------- */

static void a_line_is_for_its_sender_and_with_care_for_its_recipients(void **state)
{
    static const struct {
        const char *name, *event;
        enum holder_view view;
    } cases[] = {
        { "its sender", "{\"verdict\":\"not-accepted\",\"sender\":\"Anna@ALFA.example\",\"recipients\":[" BOTH "]}", HOLDER_SHOWN },
        { "quoted needlessly", "{\"verdict\":\"accepted\",\"sender\":\"\\\"anna\\\"@alfa.example\"}", HOLDER_SHOWN },
        { "one of two, certified", "{\"verdict\":\"envelope\",\"sender\":\"c@d\",\"recipients\":[" BOTH "]}", HOLDER_SHOWN },
        { "one of two, accepted here", "{\"verdict\":\"accepted\",\"sender\":\"c@d\",\"recipients\":[" BOTH "]}", HOLDER_SHOWN },
        { "one of two, ordinary", "{\"verdict\":\"ordinary\",\"sender\":\"c@d\",\"recipients\":[" BOTH "]}", HOLDER_WITHHELD },
        { "alone, ordinary", "{\"verdict\":\"ordinary\",\"sender\":\"c@d\",\"recipients\":[{\"address\":\"" ANNA "\"}]}", HOLDER_SHOWN },
        { "of what was refused", "{\"verdict\":\"not-accepted\",\"sender\":\"c@d\",\"recipients\":[{\"address\":\"" ANNA "\"}]}", HOLDER_WITHHELD },
        { "without a verdict, of two", "{\"sender\":\"c@d\",\"recipients\":[" BOTH "]}", HOLDER_WITHHELD },
        { "a longer local part", "{\"verdict\":\"accepted\",\"sender\":\"joanna@alfa.example\"}", HOLDER_NOT_NAMED },
        { "a longer domain", "{\"verdict\":\"accepted\",\"sender\":\"anna@alfa.example.org\"}", HOLDER_NOT_NAMED },
        { "in the subject", "{\"verdict\":\"accepted\",\"sender\":\"c@d\",\"subject\":\"" ANNA "\"}", HOLDER_NOT_NAMED },
        { "no names", "{\"event\":\"removed\"}", HOLDER_NOT_NAMED },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        json_t *event = json_loads(cases[i].event, 0, NULL);

        if (holder_view(slice_of(ANNA), event) != cases[i].view)
            fail_msg("%s", cases[i].name);
        if (cases[i].view != HOLDER_NOT_NAMED && !holder_may_be_named(slice_of(ANNA), slice_of(cases[i].event)))
            fail_msg("%s: passed over", cases[i].name);
        json_decref(event);
    }
    assert_false(holder_may_be_named(slice_of(ANNA), slice_of("{\"sender\":\"joe@alfa.example\",\"x\":\"anna\",\"y\":\"@\"}")));
}

/* --- an export -------------------------------------------------------------------------------------------------------------- */

/* Twelve lines in three files, the last one open; of anna are 1, 2 and 6 and the open 11. */
static int set_up(void **state)
{
    struct ledger *ledger;
    char closed[LEDGER_PATH_SIZE];

    (void)state;
    assert_int_equal(0, clock_set_zone("Europe/Rome"));
    fixture_begin(&f);
    ledger = fixture_open(&f, NULL, NULL);
    for (unsigned i = 1; i <= 12; i++) {
        char event[256], id[32], utc[CLOCK_DATE_SIZE];
        bool is_hers = i == 1 || i == 2 || i == 6 || i == 11;

        clock_utc_text(FIXTURE_START + i, utc);
        snprintf(event, sizeof event, "{\"utc\":\"%s\",\"verdict\":\"accepted\",\"sender\":\"%s\",\"subject\":\"=1+1\"}", utc,
                 is_hers ? ANNA : "bruno@alfa.example");
        snprintf(id, sizeof id, "plan%u:0", i);
        assert_int_equal(0, ledger_append(ledger, id, slice_of(event), FIXTURE_START + i, NULL));
        if (i == 5 || i == 10)
            assert_int_equal(0, ledger_rotate(ledger, FIXTURE_START + i, true, closed, NULL));
    }
    assert_int_equal(0, ledger_sync(ledger, NULL));
    ledger_close(&ledger);
    evidence_judge_open(&(struct evidence_settings){ 0 }, &judge);
    snprintf(path, sizeof path, "%.200s/x.zip", f.dir);
    snprintf(other, sizeof other, "%.200s/y.zip", f.dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    evidence_judge_close(&judge);
    fixture_end(&f);
    return 0;
}

static int export_span(int64_t from, int64_t to, struct extract_counts *out_counts, struct error *e)
{
    const struct extract_settings settings = { .dir = f.dir, .address = ANNA, .span = { from, to } };
    const struct export_facts facts = { .address = ANNA, .provider = "Gestore Alfa", .made = "2026-11-24T06:00:00Z" };

    return bundle_write(path, &settings, &facts, out_counts, e);
}

static struct export_report check(const char *zip)
{
    struct export_report report;
    struct error e;

    if (export_check(zip, &judge, NOW, &report, &e) != 0)
        fail_msg("%s", e.text);
    return report;
}

static void a_holder_gets_his_lines_with_their_proof(void **state)
{
    struct extract_counts counts;
    struct export_report report;
    struct error e = { 0 };
    struct stat st;

    (void)state;
    if (export_span(INT64_MIN, INT64_MAX, &counts, &e) != 0)
        fail_msg("%s", e.text);
    assert_int_equal(counts.sealed, 3);
    assert_int_equal(counts.open, 1);
    assert_int_equal(counts.files, 2);
    assert_int_equal(0, stat(path, &st));
    assert_int_equal(st.st_mode & 0777, 0600);
    report = check(path);
    assert_string_equal(report.fault, "");
    assert_string_equal(report.address, ANNA);
    assert_string_equal(report.provider, "Gestore Alfa");
    assert_int_equal(report.sealed, 3);
    assert_int_equal(report.open, 1);
    assert_int_equal(report.files, 2);
    /* None is ever replaced. */
    assert_int_equal(export_span(INT64_MIN, INT64_MAX, &counts, &e), ERROR_EXISTS);
    assert_string_equal(check(path).fault, "");
}

static void a_span_is_of_the_events_time(void **state)
{
    struct extract_counts counts;

    (void)state;
    assert_int_equal(0, export_span(FIXTURE_START + 2, FIXTURE_START + 3, &counts, NULL));
    assert_int_equal(counts.sealed, 1);
    assert_int_equal(counts.open, 0);
    assert_string_equal(check(path).fault, "");
}

static void nothing_to_show_leaves_no_file(void **state)
{
    struct extract_counts counts;

    (void)state;
    assert_int_equal(export_span(0, 1, &counts, NULL), ERROR_NOT_FOUND);
    assert_int_equal(access(path, F_OK), -1);
}

static void a_log_that_was_touched_is_not_exported(void **state)
{
    struct extract_counts counts;
    struct error e = { 0 };
    char name[LEDGER_NAME_SIZE];
    struct slice log;

    (void)state;
    assert_true(fixture_name(&f, LEDGER_LOG, 6, name));
    log = fixture_read(&f, name);
    ((char *)(uintptr_t)log.data)[log.size - 10] ^= 1; /* in the hash of a line of bruno's */
    fixture_write(&f, name, log);
    free((void *)(uintptr_t)log.data);
    assert_int_equal(export_span(INT64_MIN, INT64_MAX, &counts, &e), ERROR_CORRUPT);
    assert_has(e.text, name);
    assert_int_equal(access(path, F_OK), -1);
}

/* --- hands on it ------------------------------------------------------------------------------------------------------------ */

static uint64_t state_of_chance;

static size_t choose(size_t below)
{
    state_of_chance ^= state_of_chance << 13;
    state_of_chance ^= state_of_chance >> 7;
    state_of_chance ^= state_of_chance << 17;
    return (size_t)(state_of_chance >> 33) % below;
}

static void begin_chance(void)
{
    state_of_chance = (uint64_t)time(NULL) | 1;
    print_message("seed %llu\n", (unsigned long long)state_of_chance);
}

/* The archive anew in `other`, with good checksums, and `change` applied to the member at this place. */
static void repack(zip_int64_t place, void (*change)(struct buffer *member), char out_name[128])
{
    zip_t *from = zip_open(path, ZIP_RDONLY, NULL), *to;
    struct arena *arena = arena_new(BUDGET);

    unlink(other);
    to = zip_open(other, ZIP_CREATE | ZIP_EXCL, NULL);
    assert_true(from && to && arena);
    for (zip_int64_t i = 0; i < zip_get_num_entries(from, 0); i++) {
        struct buffer member = buffer_new(BUDGET);
        zip_file_t *file = zip_fopen_index(from, (zip_uint64_t)i, 0);
        struct slice copy;
        size_t room;

        assert_non_null(file);
        assert_non_null(buffer_reserve(&member, 200000, &room));
        buffer_commit(&member, (size_t)zip_fread(file, member.memory, room));
        zip_fclose(file);
        if (i == place) {
            snprintf(out_name, 128, "%s", zip_get_name(from, (zip_uint64_t)i, 0));
            change(&member);
        }
        copy = arena_copy(arena, buffer_data(&member));
        assert_true(zip_file_add(to, zip_get_name(from, (zip_uint64_t)i, 0), zip_source_buffer(to, copy.data, copy.size, 0), 0) >= 0);
        buffer_free(&member);
    }
    assert_int_equal(0, zip_close(to));
    zip_discard(from);
    arena_free(&arena);
}

static zip_int64_t member_count(void)
{
    zip_t *zip = zip_open(path, ZIP_RDONLY, NULL);
    zip_int64_t count = zip_get_num_entries(zip, 0);

    zip_discard(zip);
    return count;
}

static zip_int64_t member_place(const char *name)
{
    zip_t *zip = zip_open(path, ZIP_RDONLY, NULL);
    zip_int64_t place = zip_name_locate(zip, name, 0);

    zip_discard(zip);
    assert_true(place >= 0);
    return place;
}

static void flip(struct buffer *member)
{
    member->memory[member->start + choose(buffer_data(member).size)] ^= (char)(1 << choose(8));
}

static void any_byte_that_is_another_is_found(void **state)
{
    struct extract_counts counts;
    char name[128];

    (void)state;
    begin_chance();
    assert_int_equal(0, export_span(INT64_MIN, INT64_MAX, &counts, NULL));
    for (int i = 0; i < FLIPS; i++) {
        repack(i % member_count(), flip, name);
        if (!*check(other).fault)
            fail_msg("flip %d, in %s, was not found", i, name);
    }
}

/* Bytes of the archive itself: nothing worse than a fault. */
static void any_byte_of_the_archive_may_be_another(void **state)
{
    struct extract_counts counts;
    struct slice zip;

    (void)state;
    begin_chance();
    assert_int_equal(0, export_span(INT64_MIN, INT64_MAX, &counts, NULL));
    zip = fixture_read(&f, "x.zip");
    for (int i = 0; i < SPOILED_FLIPS; i++) {
        char *byte = (char *)(uintptr_t)zip.data + choose(zip.size), before = *byte;
        struct export_report report;

        *byte = (char)(*byte ^ 1 << choose(8));
        assert_int_equal(0, export_check_bytes(zip, &judge, NOW, &report, NULL));
        *byte = before;
    }
    free((void *)(uintptr_t)zip.data);
}

static void drop_first_line(struct buffer *member)
{
    buffer_consume(member, slice_find_byte(buffer_data(member), '\n') + 1);
}

static void repeat_first_line(struct buffer *member)
{
    struct slice all = buffer_data(member), line = { all.data, slice_find_byte(all, '\n') + 1 };
    char copy[2000];

    memcpy(copy, line.data, line.size);
    assert_int_equal(0, buffer_append(member, (struct slice){ copy, line.size }));
}

static void drop_last_byte(struct buffer *member)
{
    member->end--;
}

static void lines_that_are_removed_or_added_are_found(void **state)
{
    static const struct {
        const char *member;
        void (*change)(struct buffer *member);
        const char *words;
    } cases[] = {
        { "events.jsonl", drop_first_line, "events.csv:2" },  { "events.jsonl", repeat_first_line, "events.jsonl:4: reordered" },
        { "events.jsonl", drop_last_byte, "cut short" },       { "proofs.jsonl", drop_first_line, "events.jsonl:" },
        { "proofs.jsonl", repeat_first_line, "proofs.jsonl:" }, { "open.jsonl", drop_first_line, "export.json:1: changed" },
        { "open.jsonl", repeat_first_line, "reordered" },      { "events.csv", drop_first_line, "events.csv:1: changed" },
        { "events.csv", repeat_first_line, "events.csv:" },    { "README.txt", repeat_first_line, "README.txt:" },
    };
    struct extract_counts counts;
    char name[128];

    (void)state;
    assert_int_equal(0, export_span(INT64_MIN, INT64_MAX, &counts, NULL));
    for (size_t i = 0; i < COUNT(cases); i++) {
        repack(member_place(cases[i].member), cases[i].change, name);
        assert_has(check(other).fault, cases[i].words);
    }
}

/* What else may come as an export. */
static void what_is_none_is_refused(void **state)
{
    struct export_report report;
    zip_t *zip;

    (void)state;
    assert_int_equal(export_check("/nonexistent/x.zip", &judge, NOW, &report, NULL), ERROR_NOT_FOUND);
    fixture_write(&f, "x.zip", SLICE("no ZIP"));
    assert_has(check(path).fault, "not a ZIP");
    assert_int_equal(0, unlink(path));
    zip = zip_open(path, ZIP_CREATE, NULL);
    assert_true(zip_file_add(zip, "../../etc/x", zip_source_buffer(zip, "x", 1, 0), 0) >= 0);
    assert_int_equal(0, zip_close(zip));
    assert_has(check(path).fault, "does not belong");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_is_for_its_sender_and_with_care_for_its_recipients),
        cmocka_unit_test_setup_teardown(a_holder_gets_his_lines_with_their_proof, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_span_is_of_the_events_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_to_show_leaves_no_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_that_was_touched_is_not_exported, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_byte_that_is_another_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_byte_of_the_archive_may_be_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_that_are_removed_or_added_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_none_is_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

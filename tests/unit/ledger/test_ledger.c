/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/ledger.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "disk.h"
#include "fixture.h"
#include "ledger/verify.h"

static void expect_good(const struct fixture *f, const struct ledger_head *known, uint64_t lines)
{
    struct ledger_report report;

    assert_int_equal(0, ledger_verify(f->dir, known, 0, &report, NULL));
    assert_string_equal("", report.fault);
    assert_int_equal(lines, report.lines);
}

static void events_are_appended_and_found_again(void **state)
{
    struct ledger_head head;
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    ledger = fixture_open(&f, NULL, NULL);
    assert_int_equal(0, ledger_head(ledger).count);
    fixture_append(ledger, 1, 10);
    head = ledger_head(ledger);
    assert_int_equal(10, head.count);
    ledger_close(&ledger);
    assert_null(ledger);
    expect_good(&f, &head, 10);
    ledger = fixture_open(&f, &head, NULL);
    fixture_append(ledger, 11, 5);
    head = ledger_head(ledger);
    ledger_close(&ledger);
    expect_good(&f, &head, 15);
    assert_int_equal(1, fixture_count(&f, LEDGER_LOG));
    fixture_end(&f);
}

static void an_event_that_is_none_changes_nothing(void **state)
{
    struct ledger_head head;
    struct ledger *ledger;
    struct error e = { 0 };
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    ledger = fixture_open(&f, NULL, NULL);
    assert_int_equal(ERROR_SYNTAX, ledger_append(ledger, "i", SLICE("{}"), FIXTURE_START, &e));
    assert_int_equal(0, fixture_count(&f, LEDGER_LOG));
    fixture_append(ledger, 1, 1);
    assert_int_equal(ERROR_SYNTAX, ledger_append(ledger, "i", SLICE("{\"a\":1}\n{\"b\":2}"), FIXTURE_START, &e));
    head = ledger_head(ledger);
    ledger_close(&ledger);
    expect_good(&f, &head, 1);
    fixture_end(&f);
}

static void an_event_asked_for_twice_is_written_once(void **state)
{
    struct ledger_head known = { 0 }, head;
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    ledger = fixture_open(&f, NULL, NULL);
    fixture_append(ledger, 1, 3);
    known = ledger_head(ledger);
    fixture_append(ledger, 4, 3);
    fixture_append(ledger, 2, 4);
    assert_int_equal(6, ledger_head(ledger).count);
    ledger_close(&ledger);
    /* The store knows three: the other three may be asked for again. */
    ledger = fixture_open(&f, &known, NULL);
    fixture_append(ledger, 4, 4);
    head = ledger_head(ledger);
    assert_int_equal(7, head.count);
    ledger_close(&ledger);
    expect_good(&f, &head, 7);
    fixture_end(&f);
}

static void ids_are_known_for_65536_events_at_least(void **state)
{
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    ledger = fixture_open(&f, NULL, NULL);
    fixture_append(ledger, 1, 3 * 65536 + 10);
    fixture_append(ledger, 2 * 65536 + 10, 65536);
    assert_int_equal(3 * 65536 + 10, ledger_head(ledger).count);
    ledger_close(&ledger);
    fixture_end(&f);
}

/* Every place at which the disk may become full within two lines. */
static void a_full_disk_leaves_whole_lines(void **state)
{
    struct ledger_head before, head;
    struct ledger *ledger;
    struct error e = { 0 };
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    ledger = fixture_open(&f, NULL, NULL);
    fixture_append(ledger, 1, 2);
    for (long room = 0; room < 200; room++) {
        before = ledger_head(ledger);
        disk_room = room;
        assert_int_equal(ERROR_FULL, ledger_append(ledger, "full", SLICE("{\"event\":\"that does not fit\"}"), FIXTURE_START, &e));
        disk_room = -1;
        head = ledger_head(ledger);
        assert_memory_equal(&before, &head, sizeof head);
        expect_good(&f, &head, before.count);
        fixture_append(ledger, (unsigned)(room + 3), 1);
    }
    assert_int_equal(0, ledger_append(ledger, "full", SLICE("{\"event\":\"that fits now\"}"), FIXTURE_START, &e));
    assert_int_equal(0, ledger_sync(ledger, &e));
    head = ledger_head(ledger);
    ledger_close(&ledger);
    expect_good(&f, &head, 203);
    fixture_end(&f);
}

static void a_disk_full_at_the_first_line_leaves_no_file(void **state)
{
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    ledger = fixture_open(&f, NULL, NULL);
    disk_room = 20;
    assert_int_equal(ERROR_FULL, ledger_append(ledger, "i", SLICE("{\"a\":1}"), FIXTURE_START, NULL));
    disk_room = -1;
    assert_int_equal(0, fixture_count(&f, LEDGER_LOG));
    fixture_append(ledger, 1, 1);
    expect_good(&f, NULL, 1);
    ledger_close(&ledger);
    fixture_end(&f);
}

static void one_sync_serves_many_lines(void **state)
{
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    ledger = fixture_open(&f, NULL, NULL);
    disk_syncs = 0;
    assert_int_equal(0, ledger_sync(ledger, NULL));
    assert_int_equal(0, disk_syncs);
    fixture_append(ledger, 1, 50);
    assert_int_equal(0, disk_syncs);
    assert_int_equal(0, ledger_sync(ledger, NULL));
    assert_int_equal(0, ledger_sync(ledger, NULL));
    assert_int_equal(1, disk_syncs);
    ledger_close(&ledger);
    fixture_end(&f);
}

/* Lines that a dead keeper had written may be in memory only. */
static void lines_taken_in_are_synced_with_the_next_sync(void **state)
{
    struct ledger_head known = { 0 };
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    known = fixture_fill(&f, 4, 0);
    ledger = fixture_open(&f, NULL, NULL);
    disk_syncs = 0;
    assert_int_equal(0, ledger_sync(ledger, NULL));
    assert_int_equal(1, disk_syncs);
    ledger_close(&ledger);
    ledger = fixture_open(&f, &known, NULL);
    assert_int_equal(0, ledger_sync(ledger, NULL));
    assert_int_equal(1, disk_syncs);
    ledger_close(&ledger);
    fixture_end(&f);
}

static void after_a_failed_sync_nothing_is_accepted(void **state)
{
    struct ledger_head head;
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    ledger = fixture_open(&f, NULL, NULL);
    fixture_append(ledger, 1, 1);
    disk_breaks = true;
    assert_int_equal(ERROR_FILE, ledger_sync(ledger, NULL));
    disk_breaks = false;
    assert_int_equal(ERROR_FILE, ledger_sync(ledger, NULL));
    assert_int_equal(ERROR_FILE, ledger_append(ledger, "i", SLICE("{\"a\":1}"), FIXTURE_START, NULL));
    head = ledger_head(ledger);
    ledger_close(&ledger);
    ledger = fixture_open(&f, &head, NULL);
    fixture_append(ledger, 2, 1);
    assert_int_equal(0, ledger_sync(ledger, NULL));
    ledger_close(&ledger);
    fixture_end(&f);
}

static void a_second_writer_is_kept_out(void **state)
{
    struct ledger_head none = { 0 };
    struct ledger *first, *second = NULL;
    struct error damage, e = { 0 };
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    first = fixture_open(&f, NULL, NULL);
    assert_int_equal(ERROR_BUSY, ledger_open(&f.settings, &none, &second, &damage, &e));
    assert_null(second);
    ledger_close(&first);
    first = fixture_open(&f, NULL, NULL);
    ledger_close(&first);
    fixture_end(&f);
}

static void settings_that_cannot_be_are_refused(void **state)
{
    struct ledger_head none = { 0 };
    struct ledger *ledger = NULL;
    struct error damage, e = { 0 };
    struct fixture f, g;
    char text[600];

    (void)state;
    fixture_begin(&f);
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    g = f;
    g.settings.provider = text;
    assert_int_equal(ERROR_LIMIT, ledger_open(&g.settings, &none, &ledger, &damage, &e));
    g = f;
    g.settings.dir = text;
    assert_int_equal(ERROR_LIMIT, ledger_open(&g.settings, &none, &ledger, &damage, &e));
    fixture_end(&f);
    assert_int_equal(ERROR_NOT_FOUND, ledger_open(&f.settings, &none, &ledger, &damage, &e));
    assert_null(ledger);
}

/* --- closing files ---------------------------------------------------------------------------------------------------------- */

static bool is_closed(struct ledger *ledger, int64_t now, bool force)
{
    char closed[LEDGER_PATH_SIZE] = "?";
    struct error e = { 0 };

    if (ledger_rotate(ledger, now, force, closed, &e) != 0)
        fail_msg("%s", e.text);
    return closed[0] != '\0';
}

/* DM art. 10: a log's interval is a day at most, saved without gaps. */
static void a_file_is_closed_by_its_age(void **state)
{
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    ledger = fixture_open(&f, NULL, NULL);
    assert_false(is_closed(ledger, FIXTURE_START + 1000000, false));
    fixture_append(ledger, 1, 2); /* its first line is of FIXTURE_START + 1 */
    assert_false(is_closed(ledger, FIXTURE_START + 86400, false));
    assert_true(is_closed(ledger, FIXTURE_START + 86401, false));
    assert_false(is_closed(ledger, FIXTURE_START + 86401, false));
    ledger_close(&ledger);
    expect_good(&f, NULL, 2);
    fixture_end(&f);
}

static void the_age_counts_from_the_first_line_also_after_a_restart(void **state)
{
    struct ledger_head head;
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    head = fixture_fill(&f, 2, 0);
    ledger = fixture_open(&f, &head, NULL);
    assert_false(is_closed(ledger, FIXTURE_START + 86400, false));
    assert_true(is_closed(ledger, FIXTURE_START + 86401, false));
    ledger_close(&ledger);
    fixture_end(&f);
}

static void a_file_is_closed_by_its_size(void **state)
{
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    f.settings.close_size = 1000;
    ledger = fixture_open(&f, NULL, NULL);
    fixture_append(ledger, 1, 3); /* some 240 bytes each */
    assert_false(is_closed(ledger, FIXTURE_START + 3, false));
    fixture_append(ledger, 4, 2);
    assert_true(is_closed(ledger, FIXTURE_START + 5, false));
    ledger_close(&ledger);
    fixture_end(&f);
}

static void closing_makes_a_chain_of_files_and_manifests(void **state)
{
    struct ledger_report report;
    struct ledger_head head;
    struct ledger *ledger;
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    head = fixture_fill(&f, 10, 3);
    assert_int_equal(4, fixture_count(&f, LEDGER_LOG));
    assert_int_equal(3, fixture_count(&f, LEDGER_MANIFEST));
    /* The chain of manifests goes on after a restart. */
    ledger = fixture_open(&f, &head, NULL);
    assert_true(is_closed(ledger, FIXTURE_START, true));
    assert_false(is_closed(ledger, FIXTURE_START, true));
    ledger_close(&ledger);
    /* A closed file is never gone on with. */
    ledger = fixture_open(&f, &head, NULL);
    fixture_append(ledger, 11, 1);
    ledger_close(&ledger);
    assert_int_equal(0, ledger_verify(f.dir, &head, 0, &report, NULL));
    assert_string_equal("", report.fault);
    assert_int_equal(11, report.lines);
    assert_int_equal(5, report.files);
    assert_int_equal(4, report.sealed);
    fixture_end(&f);
}

static void the_path_of_the_closed_file_is_given(void **state)
{
    struct ledger *ledger;
    char closed[LEDGER_PATH_SIZE], expected[LEDGER_PATH_SIZE], name[LEDGER_NAME_SIZE];
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    ledger = fixture_open(&f, NULL, NULL);
    fixture_append(ledger, 1, 1);
    assert_int_equal(0, ledger_rotate(ledger, FIXTURE_START, true, closed, NULL));
    assert_true(fixture_name(&f, LEDGER_LOG, 1, name));
    assert_int_equal(0, ledger_path(f.dir, name, expected, NULL));
    assert_string_equal(expected, closed);
    ledger_close(&ledger);
    fixture_end(&f);
}

static void a_full_disk_at_closing_leaves_the_file_in_use(void **state)
{
    struct ledger_head head;
    struct ledger *ledger;
    char closed[LEDGER_PATH_SIZE];
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    ledger = fixture_open(&f, NULL, NULL);
    fixture_append(ledger, 1, 2);
    disk_room = 100;
    assert_int_equal(ERROR_FULL, ledger_rotate(ledger, FIXTURE_START, true, closed, NULL));
    disk_room = -1;
    assert_int_equal(0, fixture_count(&f, LEDGER_MANIFEST));
    fixture_append(ledger, 3, 1);
    assert_true(is_closed(ledger, FIXTURE_START, true));
    head = ledger_head(ledger);
    ledger_close(&ledger);
    expect_good(&f, &head, 3);
    assert_int_equal(1, fixture_count(&f, LEDGER_LOG));
    fixture_end(&f);
}

static void a_touched_file_is_not_sealed_and_mail_goes_on(void **state)
{
    struct ledger_report report;
    struct ledger *ledger;
    struct slice content;
    char closed[LEDGER_PATH_SIZE], name[LEDGER_NAME_SIZE];
    struct fixture f;

    (void)state;
    fixture_begin(&f);
    ledger = fixture_open(&f, NULL, NULL);
    fixture_append(ledger, 1, 3);
    assert_true(fixture_name(&f, LEDGER_LOG, 1, name));
    content = fixture_read(&f, name);
    ((char *)(uintptr_t)content.data)[content.size / 2] ^= 4; /* in the second of three lines */
    fixture_write(&f, name, content);
    free((void *)(uintptr_t)content.data);
    assert_int_equal(ERROR_CORRUPT, ledger_rotate(ledger, FIXTURE_START, true, closed, NULL));
    fixture_append(ledger, 4, 2);
    assert_true(is_closed(ledger, FIXTURE_START, true));
    ledger_close(&ledger);
    assert_int_equal(2, fixture_count(&f, LEDGER_LOG));
    assert_int_equal(1, fixture_count(&f, LEDGER_MANIFEST));
    assert_int_equal(0, ledger_verify(f.dir, NULL, 0, &report, NULL));
    assert_non_null(strstr(report.fault, ":2: changed"));
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_appended_and_found_again),
        cmocka_unit_test(an_event_that_is_none_changes_nothing),
        cmocka_unit_test(an_event_asked_for_twice_is_written_once),
        cmocka_unit_test(ids_are_known_for_65536_events_at_least),
        cmocka_unit_test(a_full_disk_leaves_whole_lines),
        cmocka_unit_test(a_disk_full_at_the_first_line_leaves_no_file),
        cmocka_unit_test(one_sync_serves_many_lines),
        cmocka_unit_test(lines_taken_in_are_synced_with_the_next_sync),
        cmocka_unit_test(after_a_failed_sync_nothing_is_accepted),
        cmocka_unit_test(a_second_writer_is_kept_out),
        cmocka_unit_test(settings_that_cannot_be_are_refused),
        cmocka_unit_test(a_file_is_closed_by_its_age),
        cmocka_unit_test(the_age_counts_from_the_first_line_also_after_a_restart),
        cmocka_unit_test(a_file_is_closed_by_its_size),
        cmocka_unit_test(closing_makes_a_chain_of_files_and_manifests),
        cmocka_unit_test(the_path_of_the_closed_file_is_given),
        cmocka_unit_test(a_full_disk_at_closing_leaves_the_file_in_use),
        cmocka_unit_test(a_touched_file_is_not_sealed_and_mail_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

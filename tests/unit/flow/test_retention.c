/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 6109 2.3: the log is kept for 30 months, and may go after that; 2.2.4: so may what was infected. Never before, never what is not
 * sealed, and never without a line in the log that is on the disk before.
 */
#include "keeper_kit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/folder.h"
#include "ledger/verify.h"

enum { LOG_KEPT = 5000, INFECTED_KEPT = 2000 };

static int set_up(void **state)
{
    static char quarantine[300];
    int result = kit_set_up(state);
    struct kit *k = *state;

    if (result != 0)
        return result;
    snprintf(quarantine, sizeof quarantine, "%s/quarantine", k->folder);
    k->settings.retention = (struct retention_settings){ .legal_dir = k->legal, .quarantine_dir = quarantine, .log_kept = LOG_KEPT,
                                                         .quarantine_kept = INFECTED_KEPT };
    kit_open_again(k);
    return mkdir(quarantine, 0700);
}

static int tear_down(void **state)
{
    struct kit *k = *state;

    rmdir(k->settings.retention.quarantine_dir);
    return kit_tear_down(state);
}

static void housekeeping(struct kit *k, int64_t now, int error)
{
    struct journal_request request = kit_about(JOURNAL_HOUSEKEEPING, 0);

    request.time = now;
    assert_int_equal(kit_ask(k, KIT_ALICE, &request).error, error);
}

/* A file of the log with one line, closed at that time. */
static void closed_file(struct kit *k, unsigned char plan, const char *line, int64_t at)
{
    struct journal_request end, close_now = kit_about(JOURNAL_LOG_CLOSE, 0);

    kit_begin(k, plan);
    end = kit_end(plan, "250", line);
    kit_ask(k, KIT_ALICE, &end);
    close_now.time = at;
    assert_int_equal(kit_ask(k, KIT_ALICE, &close_now).error, 0);
}

static size_t count_files(struct kit *k, size_t *out_manifests)
{
    struct ledger_folder folder;
    size_t logs = 0;

    *out_manifests = 0;
    assert_int_equal(ledger_folder_read(k->legal, &folder, NULL), 0);
    for (size_t i = 0; i < folder.count; i++) {
        logs += folder.files[i].log;
        *out_manifests += folder.files[i].manifest;
    }
    ledger_folder_free(&folder);
    return logs;
}

static void assert_log(struct kit *k, int64_t now, size_t logs, size_t manifests, uint64_t first)
{
    struct ledger_report report;
    size_t found;

    assert_int_equal(count_files(k, &found), logs);
    assert_int_equal(found, manifests);
    assert_int_equal(ledger_verify(k->legal, NULL, now - LOG_KEPT, &report, NULL), 0);
    assert_string_equal(report.fault, "");
    assert_int_equal(report.first, first);
}

static void a_file_of_the_log_goes_when_its_time_is_over(void **state)
{
    struct kit *k = *state;

    closed_file(k, 1, "a", KIT_START);
    closed_file(k, 2, "b", KIT_START + 100);
    housekeeping(k, KIT_START + LOG_KEPT, 0);
    assert_log(k, KIT_START + LOG_KEPT, 2, 2, 1);
    kit_open_again(k); /* looks again at once */
    housekeeping(k, KIT_START + LOG_KEPT + 1, 0);
    assert_log(k, KIT_START + LOG_KEPT + 1, 2, 2, 2); /* the second one, and that with the removal */
    kit_open_again(k);
    kit_begin(k, 3);
    assert_log(k, KIT_START + LOG_KEPT + 1, 2, 2, 2); /* the daemon starts without the first one, and goes on */
}

/* design 6: clock changes lose nothing. */
static void a_clock_that_leaps_costs_nothing(void **state)
{
    struct kit *k = *state;

    closed_file(k, 1, "a", KIT_START);
    closed_file(k, 2, "b", KIT_START + 100);
    housekeeping(k, KIT_START + 100 + 31 * 86400 + 1, 0);
    assert_log(k, KIT_START + 1, 2, 2, 1);
    kit_open_again(k);
    housekeeping(k, KIT_START + 100 + 31 * 86400, 0);
    assert_int_equal(count_files(k, &(size_t){ 0 }), 1); /* the removals' own */
}

static void nothing_goes_before_its_line_is_durable(void **state)
{
    struct kit *k = *state;

    closed_file(k, 1, "a", KIT_START);
    kit_commits_to_fail = 1;
    housekeeping(k, KIT_START + 2 * LOG_KEPT, ERROR_FULL);
    assert_log(k, KIT_START + 2 * LOG_KEPT, 2, 1, 1);
    kit_open_again(k);
    kit_trace[0] = '\0';
    housekeeping(k, KIT_START + 2 * LOG_KEPT, 0);
    assert_string_equal(kit_trace, "lC");
    assert_log(k, KIT_START + 2 * LOG_KEPT, 1, 1, 2);
}

static void what_is_in_use_stays(void **state)
{
    struct kit *k = *state;
    struct journal_request end;

    kit_begin(k, 1);
    end = kit_end(1, "250", "a");
    kit_ask(k, KIT_ALICE, &end);
    k->settings.ledger.close_age = INT64_MAX / 2;
    kit_open_again(k);
    housekeeping(k, KIT_START + 1000 * LOG_KEPT, 0);
    assert_log(k, KIT_START + 1000 * LOG_KEPT, 1, 0, 1);
}

/* --- infected messages ------------------------------------------------------------------------------------------------------ */

static const char *infected_path(struct kit *k, const char *name)
{
    static char path[400];

    snprintf(path, sizeof path, "%s/%s", k->settings.retention.quarantine_dir, name);
    return path;
}

static void keep(struct kit *k, const char *name, int64_t at)
{
    const struct timespec times[2] = { { .tv_sec = at }, { .tv_sec = at } };
    int fd = open(infected_path(k, name), O_CREAT | O_WRONLY, 0600);

    assert_true(fd >= 0);
    assert_int_equal(futimens(fd, times), 0);
    close(fd);
}

static bool is_kept(struct kit *k, const char *name)
{
    return access(infected_path(k, name), F_OK) == 0;
}

static void an_infected_message_goes_with_its_event(void **state)
{
    struct kit *k = *state;

    keep(k, "old.eml", KIT_START);
    keep(k, "old.json", KIT_START);
    keep(k, "young.eml", KIT_START);
    keep(k, "young.json", KIT_START + 1);
    keep(k, "alone.eml", KIT_START);
    keep(k, ".json", KIT_START);
    housekeeping(k, KIT_START + INFECTED_KEPT, 0);
    assert_false(is_kept(k, "old.eml") || is_kept(k, "old.json"));
    assert_true(is_kept(k, "young.eml") && is_kept(k, "young.json") && is_kept(k, "alone.eml") && is_kept(k, ".json"));
    assert_non_null(strstr(kit_log(k, NULL), "quarantine-removed old.eml"));
    keep(k, "old.json", KIT_START); /* as if the crash had come in between */
    kit_open_again(k);
    housekeeping(k, KIT_START + INFECTED_KEPT, 0);
    assert_false(is_kept(k, "old.json"));
    unlink(infected_path(k, "young.eml"));
    unlink(infected_path(k, "young.json"));
    unlink(infected_path(k, "alone.eml"));
    unlink(infected_path(k, ".json"));
}

/* However many there are: a share at each look. */
static void much_goes_bit_by_bit(void **state)
{
    struct kit *k = *state;
    char name[32];

    for (int i = 0; i < RETENTION_AT_ONCE + 1; i++) {
        snprintf(name, sizeof name, "m%d.json", i);
        keep(k, name, KIT_START);
    }
    housekeeping(k, KIT_START + INFECTED_KEPT, 0);
    housekeeping(k, KIT_START + INFECTED_KEPT, 0);
    assert_int_equal(rmdir(k->settings.retention.quarantine_dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_of_the_log_goes_when_its_time_is_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_clock_that_leaps_costs_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_goes_before_its_line_is_durable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_in_use_stays, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_infected_message_goes_with_its_event, set_up, tear_down),
        cmocka_unit_test_setup_teardown(much_goes_bit_by_bit, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

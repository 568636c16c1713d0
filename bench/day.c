/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The audit of a day's legal log: a simulated day (tests/unit/pec/day.h) of 100,000 messages is written by the ledger and reconciled to
 * the last recipient.
 *
 * usage: day [MESSAGES]
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../tests/unit/pec/day.h"
#include "base/clock.h"
#include "ledger/ledger.h"
#include "opec/audit.h"
#include "opec/audit_report.h"

enum { MESSAGES = 100000, SYNC_EVERY = 10000, TO_THE_END = DAY_BEGINS + 60 * DAY_MINUTES };

static char folder[200];

_Noreturn static void give_up(const char *what, const struct error *e)
{
    fprintf(stderr, "day: %s: %s\n", what, e->text);
    exit(1);
}

/* --- the log ---------------------------------------------------------------------------------------------------------------- */

struct writing {
    struct ledger *ledger;
    uint64_t count, bytes;
};

static void append(void *arg, struct slice line)
{
    struct writing *w = arg;
    struct error e;
    char id[32];

    snprintf(id, sizeof id, "day.%" PRIu64, w->count++);
    if (ledger_append(w->ledger, id, line, DAY_BEGINS, &e) != 0)
        give_up("append", &e);
    if (w->count % SYNC_EVERY == 0 && ledger_sync(w->ledger, &e) != 0)
        give_up("sync", &e);
    w->bytes += line.size;
}

static void write_day(size_t messages, struct day_books *books)
{
    const struct ledger_settings settings = { .dir = folder, .close_size = 1000000000, .close_age = 86400, .provider = DAY_PROVIDER };
    struct ledger_head none = { 0 };
    struct writing w = { 0 };
    struct error e, damage;

    if (ledger_open(&settings, &none, &w.ledger, &damage, &e) != 0)
        give_up("log", &e);
    day_run(messages, DAY_MINUTES, append, &w, books);
    if (ledger_sync(w.ledger, &e) != 0)
        give_up("sync", &e);
    ledger_close(&w.ledger);
    printf("%zu messages, %" PRIu64 " lines, %.1f MB\n", messages, w.count, (double)w.bytes / 1e6);
}

static void remove_log(void)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    while (dir && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(dir), entry->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(folder);
}

/* --- the audit -------------------------------------------------------------------------------------------------------------- */

static bool agrees_with(const struct reconcile_result *result, const struct day_books *books)
{
    struct tally_row **mailboxes = tally_sorted(&result->mailboxes), **days = tally_sorted(&result->days);
    bool agrees = audit_agrees(result) && result->open_count == 0 && result->transactions == books->transactions &&
                  result->recipients == books->recipients && result->mailboxes.count == DAY_USERS && result->days.count <= DAY_PARTS;

    for (size_t i = 0; agrees && i < DAY_USERS; i++)
        agrees = memcmp(mailboxes[i]->of, books->mailboxes[strtoul(mailboxes[i]->name + 4, NULL, 10)], sizeof mailboxes[i]->of) == 0;
    for (size_t i = 0; agrees && i < result->days.count; i++)
        agrees = memcmp(days[i]->of, books->days[i], sizeof days[i]->of) == 0;
    free(mailboxes);
    free(days);
    return agrees;
}

static bool audit(const struct day_books *books)
{
    const struct reconcile_settings settings = { .provider = DAY_PROVIDER, .first = DAY_FIRST, .second = DAY_SECOND, .from = INT64_MIN,
                                                 .to = INT64_MAX };
    int64_t began = clock_monotonic_us();
    struct reconcile *r = NULL;
    struct rusage before, after;
    bool agrees;
    struct error e;

    getrusage(RUSAGE_SELF, &before);
    if (audit_log(folder, &settings, TO_THE_END, &r, &e) != 0)
        give_up("audit", &e);
    getrusage(RUSAGE_SELF, &after);
    agrees = agrees_with(reconcile_result(r), books);
    printf("reconciled in %.1f s; the process had %.0f MB at most, %.0f MB of them before\n", (double)(clock_monotonic_us() - began) / 1e6,
           (double)after.ru_maxrss / 1e3, (double)before.ru_maxrss / 1e3);
    audit_print_text(stdout, reconcile_result(r), TO_THE_END);
    reconcile_free(&r);
    return agrees;
}

int main(int count, char **arguments)
{
    size_t messages = count > 1 ? strtoul(arguments[1], NULL, 10) : MESSAGES;
    const char *above = getenv("TMPDIR");
    struct day_books books;
    bool agrees;

    snprintf(folder, sizeof folder, "%s/day-XXXXXX", above ? above : "/tmp");
    if (!messages || !mkdtemp(folder)) {
        fprintf(stderr, "usage: day [MESSAGES]\n");
        return 2;
    }
    write_day(messages, &books);
    agrees = audit(&books);
    remove_log();
    printf("\n%s the simulation's own books\n", agrees ? "agrees to the last recipient with" : "DOES NOT AGREE WITH");
    return !agrees;
}

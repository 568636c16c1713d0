/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/audit.h"

#include <stdlib.h>

#include "ledger/folder.h"
#include "ledger/reader.h"
#include "opec/log_nodes.h"

enum {
    LEAD = 3 * 86400, /* seconds before the span in which its transactions began, or they are looked for in a second reading */
    NODES_BUDGET = 1024 * 1024,
};

/* A log file of one of the folders. */
struct source {
    const char *dir;
    struct ledger_file file;
    bool concerns_span; /* else it is for a second reading alone */
};

struct auditing {
    struct source *sources; /* by their beginning */
    size_t count;
    size_t folders;
    struct reconcile *r;
};

/* Half a line at the end is one that is being written, or a fault that `log verify` names. */
static int read_lines(struct auditing *a, const char *dir, struct ledger_reader *reader, bool may_end_early, struct error *e)
{
    enum ledger_found found = LEDGER_LINE;
    struct slice line;
    int result = 0;

    while (result == 0 && !(may_end_early && reconcile_is_past(a->r))) {
        result = ledger_reader_next(reader, &found, &line, e);
        if (result != 0 || found == LEDGER_END || found == LEDGER_HALF)
            break;
        if (found == LEDGER_ENDLESS)
            return error_set(e, ERROR_CORRUPT, "%s: a line without end in the legal log; opec log verify says where", dir);
        result = reconcile_line(a->r, line, e);
    }
    return result;
}

static int read_file(struct auditing *a, const struct source *source, bool may_end_early, struct error *e)
{
    struct ledger_reader reader = { .fd = -1 };
    char name[LEDGER_NAME_SIZE], path[LEDGER_PATH_SIZE];
    int result;

    ledger_file_name(&source->file, LEDGER_LOG, name);
    result = ledger_path(source->dir, name, path, e);
    if (result == 0)
        result = ledger_reader_open(path, &reader, e);
    if (result == 0)
        result = read_lines(a, source->dir, &reader, may_end_early, e);
    ledger_reader_close(&reader);
    return result;
}

/* What is past in one node's file may still be told of in that of another which began before: with several folders only the beginning of a
 * file ends the reading. */
static int read_span(struct auditing *a, int64_t to, struct error *e)
{
    bool is_one = a->folders == 1;
    int result = 0;

    for (size_t i = 0; i < a->count && result == 0; i++) {
        if (reconcile_is_past(a->r) && (is_one || a->sources[i].file.seconds >= to))
            break;
        if (a->sources[i].concerns_span)
            result = read_file(a, &a->sources[i], is_one, e);
    }
    return result;
}

static int read_all(struct auditing *a, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < a->count && result == 0; i++)
        result = read_file(a, &a->sources[i], false, e);
    return result;
}

/* --- which files ------------------------------------------------------------------------------------------------------------ */

/* The last file that begins before all that concerns the span. */
static size_t find_first(const struct ledger_folder *folder, int64_t from)
{
    size_t first = 0;

    for (size_t i = 0; i < folder->count && from > INT64_MIN + LEAD; i++)
        if (folder->files[i].log && folder->files[i].seconds <= from - LEAD)
            first = i;
    return first;
}

/* When the log begins, unless its first line is here. */
static int64_t find_beginning(const struct ledger_folder *folder)
{
    for (size_t i = 0; i < folder->count; i++)
        if (folder->files[i].log)
            return folder->files[i].first > 1 ? folder->files[i].seconds : 0;
    return 0;
}

static int add_folder(struct auditing *a, const char *dir, struct reconcile_settings *settings, struct error *e)
{
    struct ledger_folder folder = { 0 };
    int result = ledger_folder_read(dir, &folder, e);
    size_t first = find_first(&folder, settings->from);
    struct source *sources = result == 0 ? reallocarray(a->sources, a->count + folder.count + 1, sizeof *sources) : NULL;

    if (result == 0 && !sources)
        result = error_set(e, ERROR_MEMORY, "out of memory");
    if (result == 0) {
        a->sources = sources;
        for (size_t i = 0; i < folder.count; i++)
            if (folder.files[i].log)
                a->sources[a->count++] = (struct source){ dir, folder.files[i], i >= first };
        if (find_beginning(&folder) > settings->log_begins)
            settings->log_begins = find_beginning(&folder);
        a->folders++;
    }
    ledger_folder_free(&folder);
    return result;
}

static int by_beginning(const void *left, const void *right)
{
    const struct source *a = left, *b = right;

    if (a->file.seconds != b->file.seconds)
        return a->file.seconds < b->file.seconds ? -1 : 1;
    return a->file.first < b->file.first ? -1 : a->file.first > b->file.first;
}

/* Our own log, and the copies of other nodes' logs: a transaction that began at one may end at another. */
static int add_folders(struct auditing *a, const char *dir, struct reconcile_settings *settings, struct arena *arena, struct error *e)
{
    struct log_nodes nodes = { 0 };
    int result = add_folder(a, dir, settings, e);

    if (result == 0)
        result = log_nodes_read(dir, NULL, 0, arena, &nodes, e);
    for (size_t i = 0; result == 0 && i < nodes.count; i++)
        result = add_folder(a, nodes.nodes[i].copy, settings, e);
    if (result == 0 && a->count)
        qsort(a->sources, a->count, sizeof *a->sources, by_beginning);
    return result;
}

/* --- the audit -------------------------------------------------------------------------------------------------------------- */

static int run(struct auditing *a, const struct reconcile_settings *settings, int64_t now, struct error *e)
{
    bool again = false;
    int result = read_span(a, settings->to, e);

    if (result == 0)
        result = reconcile_end(a->r, now, &again, e);
    if (result == 0 && again)
        result = read_all(a, e);
    return result == 0 && again ? reconcile_end(a->r, now, &again, e) : result;
}

int audit_log(const char *dir, const struct reconcile_settings *settings, int64_t now, struct reconcile **out, struct error *e)
{
    struct arena *arena = arena_new(NODES_BUDGET);
    struct reconcile_settings found = *settings;
    struct auditing a = { 0 };
    int result = arena ? 0 : error_set(e, ERROR_MEMORY, "out of memory");

    found.log_begins = 0;
    if (result == 0)
        result = add_folders(&a, dir, &found, arena, e);
    if (result == 0 && !(a.r = reconcile_new(&found)))
        result = error_set(e, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = run(&a, &found, now, e);
    if (result == 0)
        *out = a.r;
    else
        reconcile_free(&a.r);
    free(a.sources);
    arena_free(&arena);
    return result;
}

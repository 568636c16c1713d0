/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/audit.h"

#include "ledger/folder.h"
#include "ledger/reader.h"

enum { LEAD = 3 * 86400 /* seconds before the span in which its transactions began, or they are looked for in a second reading */ };

struct auditing {
    const char *dir;
    struct ledger_folder folder;
    struct reconcile *r;
};

/* Half a line at the end is one that is being written, or a fault that `log verify` names. */
static int read_lines(struct auditing *a, struct ledger_reader *reader, bool may_end_early, struct error *e)
{
    enum ledger_found found = LEDGER_LINE;
    struct slice line;
    int result = 0;

    while (result == 0 && !(may_end_early && reconcile_is_past(a->r))) {
        result = ledger_reader_next(reader, &found, &line, e);
        if (result != 0 || found == LEDGER_END || found == LEDGER_HALF)
            break;
        if (found == LEDGER_ENDLESS)
            return error_set(e, ERROR_CORRUPT, "%s: a line without end in the legal log; opec log verify says where", a->dir);
        result = reconcile_line(a->r, line, e);
    }
    return result;
}

static int read_file(struct auditing *a, const struct ledger_file *file, bool may_end_early, struct error *e)
{
    struct ledger_reader reader = { .fd = -1 };
    char name[LEDGER_NAME_SIZE], path[LEDGER_PATH_SIZE];
    int result;

    ledger_file_name(file, LEDGER_LOG, name);
    result = ledger_path(a->dir, name, path, e);
    if (result == 0)
        result = ledger_reader_open(path, &reader, e);
    if (result == 0)
        result = read_lines(a, &reader, may_end_early, e);
    ledger_reader_close(&reader);
    return result;
}

static int read_files(struct auditing *a, size_t first, bool may_end_early, struct error *e)
{
    int result = 0;

    for (size_t i = first; i < a->folder.count && result == 0 && !(may_end_early && reconcile_is_past(a->r)); i++)
        if (a->folder.files[i].log)
            result = read_file(a, &a->folder.files[i], may_end_early, e);
    return result;
}

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

static int run(struct auditing *a, const struct reconcile_settings *settings, int64_t now, struct error *e)
{
    bool again = false;
    int result = read_files(a, find_first(&a->folder, settings->from), true, e);

    if (result == 0)
        result = reconcile_end(a->r, now, &again, e);
    if (result == 0 && again)
        result = read_files(a, 0, false, e);
    return result == 0 && again ? reconcile_end(a->r, now, &again, e) : result;
}

int audit_log(const char *dir, const struct reconcile_settings *settings, int64_t now, struct reconcile **out, struct error *e)
{
    struct reconcile_settings found = *settings;
    struct auditing a = { .dir = dir };
    int result = ledger_folder_read(dir, &a.folder, e);

    if (result != 0)
        return result;
    found.log_begins = find_beginning(&a.folder);
    a.r = reconcile_new(&found);
    result = a.r ? run(&a, &found, now, e) : error_set(e, ERROR_MEMORY, "out of memory");
    ledger_folder_free(&a.folder);
    if (result != 0) {
        reconcile_free(&a.r);
        return result;
    }
    *out = a.r;
    return 0;
}

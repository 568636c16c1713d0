/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/evidence.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/folder.h"

enum { EVIDENCE_MODE = 0640, MANIFEST_BUDGET = 64 * 1024 };

const char *const ledger_evidence_endings[LEDGER_EVIDENCE_KINDS] = { [LEDGER_SIGNATURE] = ".p7s", [LEDGER_STAMP] = ".tsr" };

static int path_of(const char *dir, const char *manifest, enum ledger_evidence kind, char out[LEDGER_PATH_SIZE], struct error *e)
{
    char name[LEDGER_NAME_SIZE + 8];

    snprintf(name, sizeof name, "%s%s", manifest, ledger_evidence_endings[kind]);
    return ledger_path(dir, name, out, e);
}

/* --- which manifests there are ---------------------------------------------------------------------------------------------- */

static int look_beside(const char *dir, struct ledger_closed *closed, struct error *e)
{
    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS; kind++) {
        char path[LEDGER_PATH_SIZE];
        int result = path_of(dir, closed->manifest, (enum ledger_evidence)kind, path, e);

        if (result != 0)
            return result;
        closed->has[kind] = access(path, F_OK) == 0;
    }
    return 0;
}

int ledger_closed_read(const char *dir, struct ledger_closed_files *out, struct error *e)
{
    struct ledger_closed_files closed = { 0 };
    struct ledger_folder folder = { 0 };
    int result = ledger_folder_read(dir, &folder, e);

    if (result == 0 && folder.count && !(closed.files = calloc(folder.count, sizeof *closed.files)))
        result = error_set(e, ERROR_MEMORY, "no memory for the list of the legal log's manifests");
    for (size_t i = 0; i < folder.count && result == 0; i++) {
        if (!folder.files[i].manifest)
            continue;
        ledger_file_name(&folder.files[i], LEDGER_MANIFEST, closed.files[closed.count].manifest);
        result = look_beside(dir, &closed.files[closed.count++], e);
    }
    ledger_folder_free(&folder);
    if (result == 0)
        *out = closed;
    else
        ledger_closed_free(&closed);
    return result;
}

void ledger_closed_free(struct ledger_closed_files *closed)
{
    free(closed->files);
    *closed = (struct ledger_closed_files){ 0 };
}

/* --- one -------------------------------------------------------------------------------------------------------------------- */

int ledger_evidence_load(const char *dir, const char *manifest, enum ledger_evidence kind, struct arena *arena, struct slice *out,
                         struct error *e)
{
    char path[LEDGER_PATH_SIZE];
    int result = path_of(dir, manifest, kind, path, e);

    return result == 0 ? file_read(path, LEDGER_EVIDENCE_MAX, arena, out, e) : result;
}

int ledger_evidence_store(const char *dir, const char *manifest, enum ledger_evidence kind, struct slice content, struct error *e)
{
    char path[LEDGER_PATH_SIZE];
    int result = path_of(dir, manifest, kind, path, e);

    return result == 0 ? file_replace(path, content, EVIDENCE_MODE, e) : result;
}

void ledger_evidence_forget(const char *dir, const char *manifest)
{
    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS; kind++) {
        char path[LEDGER_PATH_SIZE];

        if (path_of(dir, manifest, (enum ledger_evidence)kind, path, NULL) == 0)
            unlink(path);
    }
}

/* --- since when ------------------------------------------------------------------------------------------------------------- */

static bool read_closed(const char *dir, const char *manifest, struct arena *arena, int64_t *out)
{
    struct ledger_manifest m;
    struct slice text;

    return ledger_manifest_load(dir, manifest, arena, &text, NULL) == 0 && ledger_manifest_read(text, &m, NULL) == 0 &&
           clock_read_utc(m.closed, out);
}

int64_t ledger_closed_at(const char *dir, const char *manifest)
{
    struct arena *arena = arena_new(MANIFEST_BUDGET);
    struct ledger_name name = { 0 };
    int64_t at = 0;

    if ((!arena || !read_closed(dir, manifest, arena, &at)) && ledger_name_read(manifest, &name))
        at = name.seconds;
    arena_free(&arena);
    return at;
}

int ledger_waiting_read(const char *dir, struct ledger_waiting *out, struct error *e)
{
    struct ledger_closed_files closed;
    struct ledger_waiting w = { 0 };
    int result = ledger_closed_read(dir, &closed, e);

    if (result != 0)
        return result;
    w.closed = closed.count;
    for (size_t i = 0; i < closed.count; i++)
        for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS; kind++)
            if (!closed.files[i].has[kind] && w.of[kind].count++ == 0)
                w.of[kind].since = ledger_closed_at(dir, closed.files[i].manifest);
    ledger_closed_free(&closed);
    *out = w;
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/index_way.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schedule/refresh.h"

enum { FOLDER_SIZE = 1024 };

/* A new folder of our own for a moment. */
static int make_folder(char out[FOLDER_SIZE], struct error *e)
{
    const char *base = getenv("TMPDIR");

    if (!base || base[0] != '/')
        base = "/tmp";
    if ((size_t)snprintf(out, FOLDER_SIZE, "%s/opec-index-XXXXXX", base) >= FOLDER_SIZE)
        return error_set(e, ERROR_FILE, "TMPDIR is too long");
    return mkdtemp(out) ? 0 : error_set(e, error_from_errno(errno), "%s: %s", out, strerror(errno));
}

/* The same code as the daemon's, told to write elsewhere. What was written stays mapped when its name is gone. */
int index_way_compile(const struct config *config, struct index **out, struct index_totals *out_totals, struct error *e)
{
    struct config aside = *config;
    struct index_totals totals;
    char folder[FOLDER_SIZE], snapshot[REFRESH_PATH_SIZE];
    bool changed;
    int result = make_folder(folder, e);

    if (result != 0)
        return result;
    aside.daemon.run_dir = folder;
    refresh_index_path(&aside, snapshot);
    result = refresh_index(&aside, REFRESH_ANYHOW, &changed, &totals, e);
    if (result == 0)
        result = index_open(snapshot, out, e);
    if (result == 0 && out_totals)
        *out_totals = totals;
    unlink(snapshot);
    rmdir(folder);
    return result;
}

int index_way_open(const struct config *config, struct index **out, struct error *e)
{
    char snapshot[REFRESH_PATH_SIZE];

    refresh_index_path(config, snapshot);
    return index_open(snapshot, out, NULL) == 0 ? 0 : index_way_compile(config, out, NULL, e);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/index_way.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "schedule/index_fetch.h"
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

static void no_news(void *arg, const struct index_change *change)
{
    (void)arg;
    (void)change;
}

/* Ask the LDAP server; what it says goes to the side too. */
static int ask_server(const struct config *aside, struct error *e)
{
    struct index_fetch_totals changes;

    return index_fetch(aside, true, no_news, NULL, &changes, e);
}

static void remove_ldif(const struct config *aside)
{
    char path[REFRESH_PATH_SIZE], mark[REFRESH_PATH_SIZE + 16];

    refresh_ldif_path(aside, path);
    snprintf(mark, sizeof mark, "%s.fetched", path);
    unlink(mark);
    unlink(path);
}

/* The same code as the daemon's, told to write elsewhere. What was written stays mapped when its name is gone. */
static int compile_aside(const struct config *config, bool asks, struct index **out, struct index_totals *out_totals, struct error *e)
{
    struct config aside = *config;
    struct index_totals totals;
    char folder[FOLDER_SIZE], snapshot[REFRESH_PATH_SIZE];
    bool changed;
    int result = make_folder(folder, e);

    if (result != 0)
        return result;
    aside.daemon.run_dir = folder;
    if (asks)
        aside.daemon.spool_dir = folder;
    refresh_index_path(&aside, snapshot);
    if (asks)
        result = ask_server(&aside, e);
    if (result == 0)
        result = refresh_index(&aside, REFRESH_ANYHOW, &changed, &totals, e);
    if (result == 0)
        result = index_open(snapshot, out, e);
    if (result == 0 && out_totals)
        *out_totals = totals;
    if (asks)
        remove_ldif(&aside);
    unlink(snapshot);
    rmdir(folder);
    return result;
}

int index_way_compile(const struct config *config, struct index **out, struct index_totals *out_totals, struct error *e)
{
    return compile_aside(config, refresh_is_ldap(config), out, out_totals, e);
}

int index_way_open(const struct config *config, struct index **out, struct error *e)
{
    char snapshot[REFRESH_PATH_SIZE];

    refresh_index_path(config, snapshot);
    if (index_open(snapshot, out, NULL) == 0)
        return 0;
    /* What an LDAP server said last is good enough. */
    if (refresh_is_ldap(config) && compile_aside(config, false, out, NULL, NULL) == 0)
        return 0;
    return index_way_compile(config, out, NULL, e);
}

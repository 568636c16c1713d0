/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "schedule/refresh.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "fetch/fetch_ldap.h"
#include "index/difference.h"

enum { LDIF_MAX = 512 * 1024 * 1024 };

void refresh_index_path(const struct config *config, char out[REFRESH_PATH_SIZE])
{
    snprintf(out, REFRESH_PATH_SIZE, "%s/index.snapshot", config->daemon.run_dir);
}

/* The file's change, to the nanosecond, in one number. */
static int64_t change_of(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* Was the snapshot made of this very state of the file? */
static bool is_current(const char *snapshot, int64_t change)
{
    struct index *index = NULL;
    bool current = index_open(snapshot, &index, NULL) == 0 && index_source_time(index) == change;

    index_close(&index);
    return current;
}

bool refresh_is_ldap(const struct config *config)
{
    return fetch_ldap_can(config->directory.source);
}

void refresh_ldif_path(const struct config *config, char out[REFRESH_PATH_SIZE])
{
    if (refresh_is_ldap(config))
        snprintf(out, REFRESH_PATH_SIZE, "%s/index.ldif", config->daemon.spool_dir);
    else
        snprintf(out, REFRESH_PATH_SIZE, "%s", config->directory.source + strlen("ldif:"));
}

/* A file cut short, or written while it is read, may be good LDIF: what is missing then is a part of the providers, and their mail
 * would be ordinary mail (4.5.5). */
int refresh_check_shrink(const struct config *config, const char *source, const struct index *old, const struct index *next,
                         struct error *e)
{
    if (!index_has_shrunk(old, next, config->directory.max_shrink))
        return 0;
    return error_set(e, ERROR_LIMIT, "%s: %zu of %zu domains are gone, more than directory.max_shrink (%u%%) allows; if that is right, say "
                     "opec index update --force", source, index_lost_domains(old, next), index_domain_count(old),
                     config->directory.max_shrink);
}

/* The new snapshot in place of the old one, if there is one and it may be. */
static int replace(const struct config *config, const char *ldif, const char *snapshot, const char *fresh, enum refresh_way way, struct error *e)
{
    struct index *old = NULL, *next = NULL;
    int result = index_open(fresh, &next, e);

    if (result == 0 && way != REFRESH_EVEN_IF_SHRUNK && index_open(snapshot, &old, NULL) == 0)
        result = refresh_check_shrink(config, ldif, old, next, e);
    if (result == 0 && rename(fresh, snapshot) != 0)
        result = error_set(e, error_from_errno(errno), "%s: %s", snapshot, strerror(errno));
    index_close(&old);
    index_close(&next);
    return result;
}

static int compile(const struct config *config, const char *ldif, int64_t change, const char *snapshot, enum refresh_way way,
                   struct index_totals *out_totals, struct error *e)
{
    struct arena *arena = arena_new(LDIF_MAX + 4096);
    char fresh[REFRESH_PATH_SIZE + 8];
    struct slice text;
    int result = arena ? file_read(ldif, LDIF_MAX, arena, &text, e) : error_set(e, ERROR_MEMORY, "out of memory");

    snprintf(fresh, sizeof fresh, "%s.next", snapshot);
    if (result == 0)
        result = index_compile(text, ldif, change, fresh, out_totals, e);
    if (result == 0) {
        result = replace(config, ldif, snapshot, fresh, way, e);
        if (result != 0)
            unlink(fresh);
    }
    arena_free(&arena);
    return result;
}

int refresh_index(const struct config *config, enum refresh_way way, bool *out_changed, struct index_totals *out_totals, struct error *e)
{
    char snapshot[REFRESH_PATH_SIZE], ldif[REFRESH_PATH_SIZE];
    struct stat st;
    int result;

    refresh_index_path(config, snapshot);
    refresh_ldif_path(config, ldif);
    if (stat(ldif, &st) != 0)
        return error_set(e, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_FILE, "%s: %s", ldif, strerror(errno));
    *out_changed = false;
    if (way == REFRESH_IF_CHANGED && is_current(snapshot, change_of(&st)))
        return 0;
    result = compile(config, ldif, change_of(&st), snapshot, way, out_totals, e);
    *out_changed = result == 0;
    return result;
}

bool refresh_in_force(const struct config *config, int64_t *out_index)
{
    char snapshot[REFRESH_PATH_SIZE], ldif[REFRESH_PATH_SIZE];
    struct stat st;

    refresh_index_path(config, snapshot);
    refresh_ldif_path(config, ldif);
    if (stat(ldif, &st) != 0 || !is_current(snapshot, change_of(&st)))
        return false;
    *out_index = change_of(&st);
    return true;
}

static uint64_t mix(uint64_t stamp, uint64_t value)
{
    return (stamp ^ value) * 0x100000001B3u;
}

static uint64_t stamp_of(const struct stat *st)
{
    return mix(mix((uint64_t)st->st_ino, (uint64_t)change_of(st)), (uint64_t)st->st_size);
}

uint64_t refresh_index_stamp(const struct config *config)
{
    char ldif[REFRESH_PATH_SIZE];
    struct stat st;

    refresh_ldif_path(config, ldif);
    return stat(ldif, &st) == 0 ? stamp_of(&st) : 0;
}

uint64_t refresh_crl_stamp(const struct config *config)
{
    DIR *dir = opendir(config->trust.crl_dir);
    uint64_t stamp = 0;
    struct dirent *entry;

    while (dir && (entry = readdir(dir)) != NULL) {
        struct stat st;

        if (fstatat(dirfd(dir), entry->d_name, &st, 0) != 0 || !S_ISREG(st.st_mode))
            continue;
        /* The order of the folder does not count. */
        stamp += stamp_of(&st);
    }
    if (dir)
        closedir(dir);
    return stamp;
}

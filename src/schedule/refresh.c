/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "schedule/refresh.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/file.h"
#include "index/index.h"

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

int refresh_index(const struct config *config, bool force, bool *out_changed, struct index_totals *out_totals, struct error *e)
{
    const char *ldif = config->directory.source;
    char snapshot[REFRESH_PATH_SIZE];
    struct arena *arena = NULL;
    struct slice text;
    struct stat st;
    int result;

    if (strncmp(ldif, "ldif:", 5) != 0)
        return error_set(e, ERROR_UNSUPPORTED, "directory.source: \"%s\" is not supported yet", ldif);
    ldif += 5;
    refresh_index_path(config, snapshot);
    if (stat(ldif, &st) != 0)
        return error_set(e, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_FILE, "%s: %s", ldif, strerror(errno));
    *out_changed = false;
    if (!force && is_current(snapshot, change_of(&st)))
        return 0;
    arena = arena_new(LDIF_MAX + 4096);
    result = arena ? file_read(ldif, LDIF_MAX, arena, &text, e) : error_set(e, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = index_compile(text, ldif, change_of(&st), snapshot, out_totals, e);
    *out_changed = result == 0;
    arena_free(&arena);
    return result;
}

static uint64_t mix(uint64_t stamp, uint64_t value)
{
    return (stamp ^ value) * 0x100000001B3u;
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
        stamp += mix(mix((uint64_t)st.st_ino, (uint64_t)change_of(&st)), (uint64_t)st.st_size);
    }
    if (dir)
        closedir(dir);
    return stamp;
}

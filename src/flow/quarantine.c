/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/quarantine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

enum { QUARANTINE_MODE = 0600, STAMP_DIGITS = 14, EVENT_MAX = 16 * 1024 * 1024 };

static const char message_ending[] = ".eml", event_ending[] = ".json";

static int keep(const char *dir, const char *name, const char *ending, struct slice content, struct error *e)
{
    char path[PATH_MAX];

    if ((size_t)snprintf(path, sizeof path, "%s/%s%s", dir, name, ending) >= sizeof path)
        return error_set(e, ERROR_FILE, "%s: name too long", dir);
    return file_replace(path, content, QUARANTINE_MODE, e);
}

int quarantine_keep(const char *dir, const char *name, struct slice message, const char *event, char out_name[QUARANTINE_NAME_SIZE],
                    struct error *e)
{
    int result = keep(dir, name, message_ending, message, e);

    if (result == 0)
        result = keep(dir, name, event_ending, slice_of(event), e);
    if (result == 0)
        snprintf(out_name, QUARANTINE_NAME_SIZE, "%s%s", name, message_ending);
    return result;
}

/* --- what is there ---------------------------------------------------------------------------------------------------------- */

bool quarantine_is_id(const char *id)
{
    size_t digits = strspn(id, "0123456789");

    return digits == STAMP_DIGITS && id[digits] == '-' && id[digits + 1] && !id[digits + 1 + strspn(id + digits + 1, "0123456789abcdef")] &&
           strlen(id) + sizeof event_ending <= QUARANTINE_NAME_SIZE;
}

/* The id in a file's name, in the arena; NULL for a name that is not ours. */
static const char *id_in(const char *name, const char *ending, struct arena *arena)
{
    size_t size = strlen(name), less = strlen(ending);
    const char *id;

    if (size <= less || strcmp(name + size - less, ending) != 0)
        return NULL;
    id = arena_text(arena, (struct slice){ name, size - less });
    return id && quarantine_is_id(id) ? id : NULL;
}

struct listing {
    struct arena *arena;
    const char **ids;
    size_t count, capacity;
};

static int add(struct listing *l, const char *id)
{
    if (l->count == l->capacity) {
        size_t capacity = l->capacity ? 2 * l->capacity : 64;
        const char **ids = arena_array(l->arena, capacity, sizeof *ids);

        if (!ids)
            return ERROR_BUDGET;
        if (l->count)
            memcpy(ids, l->ids, l->count * sizeof *ids);
        l->ids = ids;
        l->capacity = capacity;
    }
    l->ids[l->count++] = id;
    return 0;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Both files of a message have its id. */
static void sort_out(struct listing *l)
{
    size_t kept = 0;

    if (l->count)
        qsort(l->ids, l->count, sizeof *l->ids, by_text);
    for (size_t i = 0; i < l->count; i++)
        if (kept == 0 || strcmp(l->ids[kept - 1], l->ids[i]) != 0)
            l->ids[kept++] = l->ids[i];
    l->count = kept;
}

int quarantine_list(const char *dir, struct arena *arena, const char ***out, size_t *out_count, struct error *e)
{
    struct listing l = { .arena = arena };
    DIR *folder = opendir(dir);
    struct dirent *entry;
    int result = 0;

    if (!folder && errno != ENOENT)
        return error_set(e, ERROR_FILE, "%s: %s", dir, strerror(errno));
    while (folder && result == 0 && (entry = readdir(folder)) != NULL) {
        const char *id = id_in(entry->d_name, event_ending, arena);

        id = id ? id : id_in(entry->d_name, message_ending, arena);
        result = id ? add(&l, id) : 0;
    }
    if (folder)
        closedir(folder);
    if (result != 0)
        return error_set(e, result, "%s: no memory for what is in it", dir);
    sort_out(&l);
    *out = l.ids;
    *out_count = l.count;
    return 0;
}

/* --- one of them ------------------------------------------------------------------------------------------------------------ */

/* Opened without following a link: only what stands in the folder itself was kept by us. *out_path names it in messages. */
static int open_kept(const char *dir, const char *id, const char *ending, char out_path[PATH_MAX], int *out, struct error *e)
{
    struct stat st;

    if (!quarantine_is_id(id))
        return error_set(e, ERROR_SYNTAX, "%.100s is no id of a message in quarantine; opec quarantine list shows them", id);
    if ((size_t)snprintf(out_path, PATH_MAX, "%s/%s%s", dir, id, ending) >= PATH_MAX)
        return error_set(e, ERROR_FILE, "%s: name too long", dir);
    *out = open(out_path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (*out < 0)
        return error_set(e, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_FILE, "%s: %s", out_path, strerror(errno));
    if (fstat(*out, &st) != 0 || !S_ISREG(st.st_mode)) {
        file_close(out);
        return error_set(e, ERROR_FILE, "%s: not a regular file", out_path);
    }
    return 0;
}

static int map_kept(const char *dir, const char *id, const char *ending, struct slice *out, char out_path[PATH_MAX], struct error *e)
{
    int fd = -1, result = open_kept(dir, id, ending, out_path, &fd, e);

    if (result == 0)
        result = file_map(fd, out, e);
    file_close(&fd);
    return result;
}

int quarantine_event(const char *dir, const char *id, struct arena *arena, struct slice *out, struct error *e)
{
    struct slice mapped = SLICE_NONE;
    char path[PATH_MAX];
    int result = map_kept(dir, id, event_ending, &mapped, path, e);

    if (result != 0)
        return result;
    if (mapped.size > EVENT_MAX)
        result = error_set(e, ERROR_LIMIT, "%s: %zu bytes are no event", path, mapped.size);
    else if (mapped.size && !(*out = arena_copy(arena, mapped)).data)
        result = error_set(e, ERROR_BUDGET, "%s: no memory to read it", path);
    else if (!mapped.size)
        *out = SLICE_NONE;
    file_unmap(&mapped);
    return result;
}

int quarantine_message(const char *dir, const char *id, struct slice *out, struct error *e)
{
    char path[PATH_MAX];

    return map_kept(dir, id, message_ending, out, path, e);
}

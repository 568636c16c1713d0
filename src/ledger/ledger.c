/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "ledger/ids.h"
#include "ledger/line.h"
#include "ledger/name.h"
#include "ledger/recover.h"
#include "ledger/seal.h"

enum {
    LOG_MODE = 0640,
    NAME_TRIES = 10,
    RECENT_IDS = 64 * 1024, /* at least so many of the last appended are known again */
};

struct ledger {
    char dir[LEDGER_PATH_SIZE], provider[LEDGER_PROVIDER_SIZE];
    uint64_t close_size;
    int64_t close_age;
    int lock; /* the folder, locked */
    struct ledger_head head;
    struct ledger_seal before;   /* the newest manifest */
    struct ledger_ids recovered; /* behind the head known at ledger_open */
    struct ledger_ids recent, older;
    struct buffer line;

    int fd; /* the file in use, -1 if the next line begins one */
    struct ledger_name name;
    char path[LEDGER_PATH_SIZE];
    uint64_t size;
    bool torn;   /* there may be half a line behind `size` */
    bool dirty;  /* there are lines that are not synced */
    bool failed; /* a sync has failed */
};

static int system_failed(const char *path, struct error *e)
{
    return error_set(e, errno == ENOENT ? ERROR_NOT_FOUND : error_from_errno(errno), "%s: %s", path, strerror(errno));
}

/* --- opening ---------------------------------------------------------------------------------------------------------------- */

/* The store's lock keeps writers apart; this one only guards against two stores with one ledger. */
static int lock_folder(struct ledger *l, struct error *e)
{
    l->lock = open(l->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (l->lock < 0)
        return system_failed(l->dir, e);
    if (flock(l->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno == EWOULDBLOCK)
        return error_set(e, ERROR_BUSY, "%s: another process writes the legal log", l->dir);
    return system_failed(l->dir, e);
}

/* Cut off half a line. Until it is done nothing can be appended. */
static int untear(struct ledger *l, struct error *e)
{
    if (!l->torn)
        return 0;
    if (ftruncate(l->fd, (off_t)l->size) != 0)
        return system_failed(l->path, e);
    l->torn = false;
    return 0;
}

/* A file without a line is no file of the ledger. */
static void drop_empty_file(struct ledger *l)
{
    file_close(&l->fd);
    unlink(l->path);
    l->torn = l->dirty = false;
}

static int open_last_file(struct ledger *l, const struct ledger_standing *standing, struct error *e)
{
    char name[LEDGER_NAME_SIZE];
    int result;

    l->name = (struct ledger_name){ LEDGER_LOG, standing->seconds, standing->first };
    l->size = standing->size;
    ledger_name_write(&l->name, name);
    result = ledger_path(l->dir, name, l->path, e);
    if (result != 0)
        return result;
    l->fd = open(l->path, O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY);
    if (l->fd < 0)
        return system_failed(l->path, e);
    l->torn = true;
    l->dirty = standing->behind.count > 0;
    result = untear(l, e);
    if (result == 0 && l->size == 0)
        drop_empty_file(l);
    return result;
}

static int recover(struct ledger *l, const struct ledger_head *known, struct error *out_damage, struct error *e)
{
    struct ledger_standing standing = { 0 };
    int result = ledger_recover(l->dir, known, &standing, out_damage, e);

    if (result != 0)
        return result;
    l->head = standing.head;
    l->before = standing.before;
    l->recovered = standing.behind;
    return standing.open ? open_last_file(l, &standing, e) : 0;
}

static int take_settings(struct ledger *l, const struct ledger_settings *settings, struct error *e)
{
    struct slice provider = slice_of(settings->provider);

    l->close_size = settings->close_size;
    l->close_age = settings->close_age;
    if (!text_copy(l->provider, sizeof l->provider, provider) || !utf8_valid(provider))
        return error_set(e, ERROR_LIMIT, "the provider's name has more than %zu bytes or is not UTF-8", sizeof l->provider - 1);
    if (!text_copy(l->dir, sizeof l->dir - LEDGER_NAME_SIZE, slice_of(settings->dir)))
        return error_set(e, ERROR_LIMIT, "%.200s...: the path of the legal log is too long", settings->dir);
    return 0;
}

int ledger_open(const struct ledger_settings *settings, const struct ledger_head *known, struct ledger **out, struct error *out_damage,
                struct error *e)
{
    struct ledger *l = calloc(1, sizeof *l);
    struct error damage = { 0 };
    int result;

    if (!l)
        return error_set(e, ERROR_MEMORY, "no memory for the legal log");
    l->fd = l->lock = -1;
    l->line = buffer_new(LEDGER_LINE_MAX);
    result = take_settings(l, settings, e);
    if (result == 0)
        result = lock_folder(l, e);
    if (result == 0)
        result = recover(l, known, &damage, e);
    if (result != 0) {
        ledger_close(&l);
        return result;
    }
    *out_damage = damage;
    *out = l;
    return 0;
}

void ledger_close(struct ledger **ledger)
{
    struct ledger *l = *ledger;

    if (!l)
        return;
    file_close(&l->fd);
    file_close(&l->lock);
    ledger_ids_free(&l->recovered);
    ledger_ids_free(&l->recent);
    ledger_ids_free(&l->older);
    buffer_free(&l->line);
    free(l);
    *ledger = NULL;
}

struct ledger_head ledger_head(const struct ledger *ledger)
{
    return ledger->head;
}

/* --- appending -------------------------------------------------------------------------------------------------------------- */

/* What a failed sync was to write may be gone though the next sync succeeds: only a new look at the files can tell. */
static int refuse_after_failure(const struct ledger *l, struct error *e)
{
    return l->failed ? error_set(e, ERROR_FILE, "%s: a sync has failed; the legal log must be opened anew", l->dir) : 0;
}

static bool is_written(const struct ledger *l, const struct ledger_id_key *key)
{
    return ledger_ids_has(&l->recovered, key) || ledger_ids_has(&l->recent, key) || ledger_ids_has(&l->older, key);
}

/* Place for one more id; the oldest are forgotten once there are too many. */
static int reserve_id(struct ledger *l)
{
    if (l->recent.count >= RECENT_IDS) {
        ledger_ids_free(&l->older);
        l->older = l->recent;
        l->recent = (struct ledger_ids){ 0 };
    }
    return ledger_ids_reserve(&l->recent);
}

/* A new file, named by the next line. Its name is taken only if the clock was put back after damage: then the next second's is. */
static int begin_file(struct ledger *l, int64_t now, struct error *e)
{
    struct ledger_name name = { LEDGER_LOG, now, l->head.count + 1 };
    char text[LEDGER_NAME_SIZE];
    int result;

    for (int i = 0; i < NAME_TRIES && l->fd < 0; i++, name.seconds++) {
        ledger_name_write(&name, text);
        result = ledger_path(l->dir, text, l->path, e);
        if (result != 0)
            return result;
        l->fd = open(l->path, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, LOG_MODE);
        l->name = name;
        if (l->fd < 0 && errno != EEXIST)
            break;
    }
    if (l->fd < 0)
        return system_failed(l->path, e);
    l->size = 0;
    result = file_sync_folder(l->path, e);
    if (result != 0)
        drop_empty_file(l);
    return result;
}

/* Write the line that stands in the buffer, whole or not at all. */
static int write_line(struct ledger *l, int64_t now, struct error *e)
{
    struct slice line = buffer_data(&l->line);
    int result = l->fd < 0 ? begin_file(l, now, e) : untear(l, e);

    if (result != 0)
        return result;
    result = file_write(l->fd, line, e);
    if (result == 0) {
        l->size += line.size;
        l->dirty = true;
        return 0;
    }
    error_prefix(e, result, "%s", l->path);
    l->torn = true;
    if (l->size == 0)
        drop_empty_file(l);
    else
        untear(l, NULL); /* if it fails it is tried again before the next line */
    return result;
}

int ledger_append(struct ledger *ledger, const char *id, struct slice event, int64_t now, struct error *e)
{
    struct ledger_head head = ledger->head;
    struct ledger_id_key key;
    int result = refuse_after_failure(ledger, e);

    if (result != 0)
        return result;
    if (ledger_id_key(slice_of(id), &key) != 0 || reserve_id(ledger) != 0)
        return error_set(e, ERROR_MEMORY, "no memory for the ids of the legal log");
    if (is_written(ledger, &key))
        return 0;
    result = ledger_line_write(&ledger->line, event, id, &head, e);
    if (result == 0)
        result = write_line(ledger, now, e);
    buffer_consume(&ledger->line, buffer_data(&ledger->line).size);
    if (result != 0)
        return result;
    ledger->head = head;
    ledger_ids_add(&ledger->recent, &key);
    return 0;
}

int ledger_sync(struct ledger *ledger, struct error *e)
{
    int result = refuse_after_failure(ledger, e);

    if (result != 0 || !ledger->dirty)
        return result;
    if (fdatasync(ledger->fd) != 0) {
        ledger->failed = true;
        return system_failed(ledger->path, e);
    }
    ledger->dirty = false;
    return 0;
}

/* --- closing a file --------------------------------------------------------------------------------------------------------- */

static bool is_due(const struct ledger *l, int64_t now)
{
    return l->size >= l->close_size || now - l->name.seconds >= l->close_age;
}

int ledger_rotate(struct ledger *ledger, int64_t now, bool force, char out_closed[LEDGER_PATH_SIZE], struct error *e)
{
    struct ledger_closing closing = { .dir = ledger->dir, .name = ledger->name, .head = ledger->head,
                                      .provider = ledger->provider, .before = &ledger->before, .now = now };
    struct ledger_seal seal;
    int result;

    if (ledger->fd < 0 || (!force && !is_due(ledger, now))) {
        out_closed[0] = '\0';
        return 0;
    }
    result = untear(ledger, e);
    if (result == 0)
        result = ledger_sync(ledger, e);
    if (result == 0)
        result = ledger_seal_file(&closing, &seal, e);
    if (result != 0 && result != ERROR_CORRUPT)
        return result;
    /* Of a file that somebody has changed the ledger keeps its hands off: it goes on in a new one. */
    file_close(&ledger->fd);
    if (result != 0)
        return result;
    ledger->before = seal;
    memcpy(out_closed, ledger->path, LEDGER_PATH_SIZE);
    return 0;
}

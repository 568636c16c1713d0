/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "store/schema.h"
#include "store/store_private.h"

/* The account table is for the mailbox server, which may share a group with us. */
enum { DATABASE_MODE = 0640, LOCK_MODE = 0600 };

static const char sqlite_scheme[] = "sqlite:", postgresql_scheme[] = "postgresql://";

/* --- shared by the files of the store --------------------------------------------------------------------------------------- */

bool store_fold(const char *text, char out[FOLDED_SIZE])
{
    size_t i = 0;

    for (; text[i] && i + 1 < FOLDED_SIZE; i++)
        out[i] = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] - 'A' + 'a') : text[i];
    out[i] = '\0';
    return text[i] == '\0';
}

struct value store_limit(size_t limit)
{
    return value_number(limit > INT64_MAX ? INT64_MAX : (int64_t)limit);
}

int store_no_budget(struct error *e)
{
    return error_set(e, ERROR_BUDGET, "store: no memory for what was found");
}

void *store_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t element, struct error *e)
{
    size_t more = *capacity ? 2 * *capacity : 16;
    void *grown;

    if (count < *capacity)
        return items;
    grown = arena_array(arena, more, element);
    if (!grown) {
        store_no_budget(e);
        return NULL;
    }
    if (count)
        memcpy(grown, items, count * element);
    *capacity = more;
    return grown;
}

char *store_text(struct rows *rows, int column, struct arena *arena)
{
    return arena_text(arena, database_bytes(rows, column));
}

int store_blob(struct rows *rows, int column, struct arena *arena, struct slice *out, struct error *e)
{
    struct slice bytes = database_bytes(rows, column);
    const char *copy = arena_text(arena, bytes);

    if (!copy)
        return store_no_budget(e);
    *out = (struct slice){ copy, bytes.size };
    return 0;
}

/* --- opening ---------------------------------------------------------------------------------------------------------------- */

/* Beside the database, since SQLite's own locks on it are lost when any other descriptor of it is closed. */
static int take_lock(struct store *s, const char *path, struct error *e)
{
    char beside[PATH_MAX];

    if ((size_t)snprintf(beside, sizeof beside, "%s.lock", path) >= sizeof beside)
        return error_set(e, ERROR_FILE, "%s: name too long", path);
    s->lock = open(beside, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, LOCK_MODE);
    if (s->lock < 0)
        return error_set(e, error_from_errno(errno), "%s: %s", beside, strerror(errno));
    if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno == EWOULDBLOCK)
        return error_set(e, ERROR_BUSY, "store %s: another process is its writer", path);
    return error_set(e, ERROR_FILE, "%s: %s", beside, strerror(errno));
}

/* With our mode, which SQLite gives to the files that it makes beside it. */
static int make_file(const char *path, struct error *e)
{
    int result = 0, fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, DATABASE_MODE);

    if (fd >= 0)
        result = file_sync_folder(path, e);
    else if (errno != EEXIST)
        result = error_set(e, error_from_errno(errno), "%s: %s", path, strerror(errno));
    file_close(&fd);
    return result;
}

static int open_file(struct store *s, const char *path, struct error *e)
{
    int result;

    s->node[0] = '\0'; /* there is one, whatever it is called now */
    result = s->is_writer ? take_lock(s, path, e) : 0;

    if (result == 0 && s->is_writer)
        result = make_file(path, e);
    return result ? result : database_sqlite_open(path, s->is_writer ? DATABASE_WRITE : DATABASE_READ, &s->database, e);
}

static int open_server(struct store *s, const char *url, struct error *e)
{
    int result = database_postgresql_open(url, s->label, s->is_writer ? DATABASE_WRITE : DATABASE_READ, &s->database, e);

    return result || !s->is_writer ? result : store_lock_node(s, e);
}

static const char *path_of(const char *url)
{
    size_t size = sizeof sqlite_scheme - 1;

    return strncmp(url, sqlite_scheme, size) == 0 && url[size] == '/' ? url + size : NULL;
}

static bool is_server(const char *url)
{
    return strncmp(url, postgresql_scheme, sizeof postgresql_scheme - 1) == 0;
}

static int open_store(struct store *s, const char *url, struct error *e)
{
    const char *path = path_of(url);
    int result;

    if (path)
        result = open_file(s, path, e);
    else if (is_server(url))
        result = open_server(s, url, e);
    else
        result = error_set(e, ERROR_CONFIG, "store %s: not of the form sqlite:/PATH or postgresql://HOST/DATABASE", url);
    if (result != 0)
        return result;
    return s->is_writer ? schema_update(s->database, e) : schema_check(s->database, e);
}

static int open_with(const char *url, const char *node, bool is_writer, struct store **out, struct error *e)
{
    struct store *s = calloc(1, sizeof *s);
    int result;

    if (!s)
        return error_set(e, ERROR_MEMORY, "out of memory");
    s->lock = -1;
    s->is_writer = is_writer;
    text_copy(s->node, sizeof s->node, slice_of(node));
    snprintf(s->label, sizeof s->label, "opec %s", s->node);
    result = open_store(s, url, e);
    if (result == 0) {
        *out = s;
        s = NULL;
    }
    store_close(&s);
    return result;
}

int store_open(const char *url, const char *node, struct store **out, struct error *e)
{
    return open_with(url, node, true, out, e);
}

int store_open_reader(const char *url, const char *node, struct store **out, struct error *e)
{
    return open_with(url, node, false, out, e);
}

int store_name(const char *url, char *out, size_t size, struct error *e)
{
    if (is_server(url))
        return database_postgresql_name(url, out, size, e);
    text_copy(out, size, slice_of(url));
    return 0;
}

/* The lock last, when nothing is written any more. */
void store_close(struct store **store)
{
    struct store *s = *store;

    if (!s)
        return;
    if (s->database)
        database_rollback(s->database);
    database_close(&s->database);
    file_close(&s->lock);
    free(s);
    *store = NULL;
}

/* --- batches ---------------------------------------------------------------------------------------------------------------- */

/* A new connection has lost the name of the node with the one before. */
int store_begin(struct store *s, struct error *e)
{
    int result = database_begin(s->database, e);

    if (result == 0 && s->is_writer && s->session != database_session(s->database)) {
        result = store_lock_node(s, e);
        if (result != 0)
            database_rollback(s->database);
    }
    return result;
}

int store_commit(struct store *s, bool durable, struct error *e)
{
    return database_commit(s->database, durable, e);
}

void store_rollback(struct store *s)
{
    database_rollback(s->database);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "schedule/index_fetch.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "fetch/fetch.h"
#include "fetch/fetch_ldap.h"
#include "index/compile.h"
#include "schedule/refresh.h"
#include "sign/p7m.h"

enum { FETCH_MS = 600000, P7M_MAX = INDEX_LDIF_MAX + 1024 * 1024, MARK_MAX = 8192, MARK_BUDGET = 16 * 1024 };

struct updating {
    const struct config *config;
    const char *origin; /* where it is fetched */
    char ldif[REFRESH_PATH_SIZE], snapshot[REFRESH_PATH_SIZE], side[REFRESH_PATH_SIZE];
    struct arena *arena;
    struct buffer body;
    struct slice text;
    struct index *before, *after;
    void (*found)(void *arg, const struct index_change *change);
    void *arg;
    struct index_fetch_totals *totals;
};

bool index_fetch_is_wanted(const struct config *config)
{
    return refresh_is_ldap(config) || *config->directory.url;
}

static const char *origin_of(const struct config *config)
{
    return refresh_is_ldap(config) ? config->directory.source : config->directory.url;
}

static void mark_path(const struct config *config, char out[REFRESH_PATH_SIZE])
{
    char ldif[REFRESH_PATH_SIZE];

    refresh_ldif_path(config, ldif);
    snprintf(out, REFRESH_PATH_SIZE, "%.*s.fetched", REFRESH_PATH_SIZE - 16, ldif);
}

/* A file whose time is that of the last good look, and what is in it where that went: another place has not been looked at yet. */
static int mark(const struct config *config, struct error *e)
{
    char path[REFRESH_PATH_SIZE];

    mark_path(config, path);
    return file_replace(path, slice_of(origin_of(config)), 0644, e);
}

int64_t index_fetch_time(const struct config *config)
{
    struct arena *arena = arena_new(MARK_BUDGET);
    char path[REFRESH_PATH_SIZE];
    struct slice origin;
    struct stat st;
    int64_t time = 0;

    mark_path(config, path);
    if (arena && stat(path, &st) == 0 && file_read(path, MARK_MAX, arena, &origin, NULL) == 0 && slice_is(origin, origin_of(config)))
        time = st.st_mtim.tv_sec;
    arena_free(&arena);
    return time;
}

static int fetch_signed(struct updating *u, const struct fetch_request *request, struct error *e)
{
    struct error why = { 0 };
    int result = fetch_document(request, &u->body, e);

    if (result == 0) {
        result = p7m_open(buffer_data(&u->body), u->config->directory.signer_ca, u->arena, &u->text, &why);
        if (result != 0)
            error_set(e, result, "%s: %s", u->origin, why.text);
    }
    return result;
}

/* What an LDAP server says is not signed: it is the operator's own, or one that he trusts (ldaps). */
static int fetch_text(struct updating *u, struct error *e)
{
    const struct fetch_request request = {
        .url = u->origin,
        .ca = u->config->directory.ca,
        .client_certificate = u->config->directory.client_certificate,
        .client_key = u->config->directory.client_key,
        .deadline_ms = clock_monotonic_ms() + FETCH_MS,
    };
    int result;

    if (!refresh_is_ldap(u->config))
        return fetch_signed(u, &request, e);
    result = fetch_ldap(&request, &u->body, e);
    u->text = buffer_data(&u->body);
    return result;
}

/* Compile it where nobody looks, and compare. */
static int judge(struct updating *u, bool even_if_shrunk, struct error *e)
{
    struct index_totals totals;
    int result = index_compile(u->text, u->origin, 0, u->side, &totals, e);

    if (result == 0)
        result = index_open(u->side, &u->after, e);
    if (result != 0)
        return result;
    if (index_open(u->snapshot, &u->before, NULL) != 0)
        u->before = NULL; /* the first one */
    if (u->before && !even_if_shrunk)
        return refresh_check_shrink(u->config, u->origin, u->before, u->after, e);
    return 0;
}

static void on_change(void *arg, const struct index_change *change)
{
    struct updating *u = arg;

    if (change->sign == '~')
        u->totals->changed++;
    else
        *(change->sign == '+' ? &u->totals->added : &u->totals->removed) += 1;
    u->found(u->arg, change);
}

/* PATH becomes PATH.1, PATH.1 becomes PATH.2, and so on. PATH itself stays there until it is replaced. */
static int keep_copies(const char *path, struct error *e)
{
    char from[REFRESH_PATH_SIZE + 16], to[REFRESH_PATH_SIZE + 16];

    for (int i = INDEX_COPIES - 1; i > 0; i--) {
        snprintf(from, sizeof from, "%s.%d", path, i);
        snprintf(to, sizeof to, "%s.%d", path, i + 1);
        if (rename(from, to) != 0 && errno != ENOENT)
            return error_set(e, ERROR_FILE, "%s: %s", to, strerror(errno));
    }
    snprintf(to, sizeof to, "%s.1", path);
    if (link(path, to) != 0 && errno != ENOENT)
        return error_set(e, ERROR_FILE, "%s: %s", to, strerror(errno));
    return 0;
}

/* The same octets as in force need no new file. */
static int put_in_place(struct updating *u, struct error *e)
{
    struct slice old;
    int result;

    if (file_read(u->ldif, INDEX_LDIF_MAX, u->arena, &old, NULL) == 0 && slice_equal(old, u->text))
        return 0;
    result = keep_copies(u->ldif, e);
    return result ? result : file_replace(u->ldif, u->text, 0644, e);
}

static int update(struct updating *u, bool even_if_shrunk, struct error *e)
{
    int result = fetch_text(u, e);

    if (result == 0)
        result = judge(u, even_if_shrunk, e);
    if (result == 0)
        result = index_difference(u->before, u->after, on_change, u, e);
    if (result == 0)
        result = put_in_place(u, e);
    return result ? result : mark(u->config, e);
}

int index_fetch(const struct config *config, bool even_if_shrunk, void (*found)(void *arg, const struct index_change *change), void *arg,
                struct index_fetch_totals *out, struct error *e)
{
    struct updating u = { .config = config, .origin = origin_of(config), .body = buffer_new(P7M_MAX), .found = found, .arg = arg,
                          .totals = out };
    int result;

    *out = (struct index_fetch_totals){ 0 };
    refresh_ldif_path(config, u.ldif);
    refresh_index_path(config, u.snapshot);
    snprintf(u.side, sizeof u.side, "%.*s.update", (int)sizeof u.side - 16, u.snapshot);
    u.arena = arena_new((size_t)2 * INDEX_LDIF_MAX + 4096);
    result = u.arena ? update(&u, even_if_shrunk, e) : error_set(e, ERROR_MEMORY, "out of memory");
    index_close(&u.before);
    index_close(&u.after);
    unlink(u.side);
    buffer_free(&u.body);
    arena_free(&u.arena);
    return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "schedule/mirror.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "index/compile.h"
#include "schedule/refresh.h"

enum { MIRROR_MS = 600000, TRY_MS = 10000, RETRY_S = 600, STATE_MAX = 8192, STATE_BUDGET = 32 * 1024 };

bool mirror_is_wanted(const struct config *config)
{
    return *config->directory.mirror != '\0';
}

/* --- how it stands ---------------------------------------------------------------------------------------------------------- */

/* A file in the spool, whose time is that of the last try. Its lines: the server, when it was last in step, the index that was tried, what
 * was wrong with it. */
static void state_path(const struct config *config, char out[REFRESH_PATH_SIZE])
{
    snprintf(out, REFRESH_PATH_SIZE, "%s/index.mirrored", config->daemon.spool_dir);
}

static struct slice take_line(struct slice *text)
{
    struct slice line;

    slice_cut(text, '\n', &line);
    return line;
}

static int64_t take_number(struct slice *text)
{
    unsigned long long value;

    return slice_number(take_line(text), &value) && value <= INT64_MAX ? (int64_t)value : 0;
}

void mirror_state_read(const struct config *config, struct mirror_state *out)
{
    struct arena *arena = arena_new(STATE_BUDGET);
    char path[REFRESH_PATH_SIZE];
    struct slice text;
    struct stat st;

    *out = (struct mirror_state){ 0 };
    state_path(config, path);
    if (arena && stat(path, &st) == 0 && file_read(path, STATE_MAX, arena, &text, NULL) == 0 &&
        slice_is(take_line(&text), config->directory.mirror)) {
        out->tried = st.st_mtim.tv_sec;
        out->in_step = take_number(&text);
        out->index = take_number(&text);
        text_copy(out->words, sizeof out->words, take_line(&text));
    }
    arena_free(&arena);
}

/* That it cannot be written costs a try more, and nothing else. */
static void state_write(const struct config *config, const struct mirror_state *state)
{
    struct arena *arena = arena_new(STATE_BUDGET);
    char path[REFRESH_PATH_SIZE];
    char *text = arena ? arena_printf(arena, "%s\n%" PRId64 "\n%" PRId64 "\n%s\n", config->directory.mirror, state->in_step, state->index,
                                      text_one_line(arena, slice_of(state->words)))
                       : NULL;

    state_path(config, path);
    if (text)
        (void)file_replace(path, slice_of(text), 0644, NULL);
    arena_free(&arena);
}

/* --- doing it --------------------------------------------------------------------------------------------------------------- */

bool mirror_is_due(const struct config *config)
{
    struct mirror_state state;
    int64_t index, rest = config->directory.refresh;

    if (!mirror_is_wanted(config) || !refresh_in_force(config, &index))
        return false;
    mirror_state_read(config, &state);
    if (*state.words && rest > RETRY_S)
        rest = RETRY_S;
    return state.index != index || clock_now() >= state.tried + rest;
}

static struct ldap_mirror mirror_of(const struct config *config, int64_t wait_ms)
{
    return (struct ldap_mirror){
        .server = { .url = config->directory.mirror, .ca = config->directory.ca, .client_certificate = config->directory.client_certificate,
                    .client_key = config->directory.client_key, .deadline_ms = clock_monotonic_ms() + wait_ms },
        .user = config->directory.mirror_user,
        .password_file = config->directory.mirror_password_file,
    };
}

/* The text of the index in force: what a message is judged by is what others are told. */
static int read_index(const struct config *config, struct arena *arena, struct slice *out, int64_t *out_index, struct error *e)
{
    char path[REFRESH_PATH_SIZE];
    int64_t before, after;
    int result;

    refresh_ldif_path(config, path);
    if (!refresh_in_force(config, &before))
        return error_set(e, ERROR_BUSY, "%s is not the index in force", path);
    result = file_read(path, INDEX_LDIF_MAX, arena, out, e);
    if (result != 0)
        return result;
    if (!refresh_in_force(config, &after) || after != before)
        return error_set(e, ERROR_BUSY, "%s has just been replaced", path);
    *out_index = before;
    return 0;
}

static void note(const struct config *config, int64_t index, const char *words)
{
    struct mirror_state state;

    mirror_state_read(config, &state);
    state.index = index;
    if (!*words)
        state.in_step = clock_now();
    text_copy(state.words, sizeof state.words, slice_of(words));
    state_write(config, &state);
}

int mirror_update(const struct config *config, struct ldap_mirror_totals *out, struct error *e)
{
    const struct ldap_mirror mirror = mirror_of(config, MIRROR_MS);
    struct arena *arena = arena_new((size_t)INDEX_LDIF_MAX + 4096);
    struct error why = { 0 };
    struct slice ldif;
    int64_t index = 0;
    int result = arena ? read_index(config, arena, &ldif, &index, &why) : error_set(&why, ERROR_MEMORY, "out of memory");

    *out = (struct ldap_mirror_totals){ 0 };
    if (result == 0)
        result = ldap_mirror(&mirror, ldif, out, &why);
    note(config, index, result ? why.text : "");
    arena_free(&arena);
    return result ? error_set(e, result, "%s", why.text) : 0;
}

int mirror_try(const struct config *config, struct error *e)
{
    const struct ldap_mirror mirror = mirror_of(config, TRY_MS);

    return ldap_mirror_try(&mirror, e);
}

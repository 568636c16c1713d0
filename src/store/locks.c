/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What one node holds against the others, in a store that they share: its name, and the messages in its hands. They are advisory locks of
 * the session, so that the server itself gives them back when the node dies.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "store/store_private.h"

enum { NODE_PATIENCE_MS = 2000 };

/* A statement that gives one number. */
static int ask(struct store *s, const struct query *query, int64_t *out, struct error *e)
{
    struct rows *rows = NULL;
    int result = database_first(s->database, query, &rows, e);

    if (result == 0)
        *out = database_number(rows, 0);
    database_finish(&rows);
    return result;
}

/* --- the node --------------------------------------------------------------------------------------------------------------- */

/* The process id of our session at the server if the name is ours now, else 0. */
static int try_node(struct store *s, int64_t *out_backend, struct error *e)
{
    const struct query query = { "SELECT CASE WHEN pg_try_advisory_lock(hashtextextended('opec node ' || $1, 0))"
                                 " THEN pg_backend_pid() ELSE 0 END", { value_text(s->node) } };

    return ask(s, &query, out_backend, e);
}

/* A connection broke that the server believes in still: it would hold our own name against us until it notices. */
static int end_predecessor(struct store *s, struct error *e)
{
    const struct query query = { "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid = $1 AND application_name = $2",
                                 { value_number(s->backend), value_text(s->label) } };
    int64_t ended;

    return s->backend ? ask(s, &query, &ended, e) : 0;
}

/* Patient, since the session of a process that was killed is gone a moment after it. */
int store_lock_node(struct store *s, struct error *e)
{
    const struct timespec pause = { .tv_nsec = 50 * 1000000L };
    int64_t deadline = clock_monotonic_ms() + NODE_PATIENCE_MS, backend = 0;
    int result = try_node(s, &backend, e);

    if (result == 0 && backend == 0)
        result = end_predecessor(s, e);
    while (result == 0 && backend == 0 && clock_left_ms(deadline) > 0) {
        nanosleep(&pause, NULL);
        result = try_node(s, &backend, e);
    }
    if (result != 0)
        return result;
    if (backend == 0)
        return error_set(e, ERROR_BUSY, "store: another process is the writer of the node %s; each machine needs a store.node of its own", s->node);
    s->backend = backend;
    s->session = database_session(s->database);
    return 0;
}

/* --- messages in hand ------------------------------------------------------------------------------------------------------- */

/* Keys are hashes, and any 64 bits of one stand for it. */
static struct value lock_of(const unsigned char key[STORE_KEY_SIZE])
{
    int64_t number;

    memcpy(&number, key, sizeof number);
    return value_number(number);
}

int store_claim(struct store *s, const unsigned char key[STORE_KEY_SIZE], bool *out_taken, struct error *e)
{
    const struct query query = { "SELECT CASE WHEN pg_try_advisory_lock($1) THEN 1 ELSE 0 END", { lock_of(key) } };
    int64_t taken = 1;
    int result = database_is_shared(s->database) ? ask(s, &query, &taken, e) : 0;

    if (result == 0)
        *out_taken = taken != 0;
    return result;
}

int store_unclaim(struct store *s, const unsigned char key[STORE_KEY_SIZE], struct error *e)
{
    const struct query query = { "SELECT CASE WHEN pg_advisory_unlock($1) THEN 1 ELSE 0 END", { lock_of(key) } };
    int64_t was_held;

    return database_is_shared(s->database) ? ask(s, &query, &was_held, e) : 0;
}

uint64_t store_session(struct store *s)
{
    return database_session(s->database);
}

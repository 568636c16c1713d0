/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/postgresql.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"

enum {
    ANSWER_MS = 12000, /* behind the server's own limit, so that its words are heard */
    RETRY_MS = 1000,
};

/* The server ends by itself what hangs, and notices a client whose machine is gone: what such a one has locked is free then. */
static const char session_sql[] =
    "SET statement_timeout = '10s'; SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '60s';"
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;";
static const char reader_sql[] = "SET default_transaction_read_only = on; SET default_transaction_isolation = 'repeatable read'";

/* --- failures --------------------------------------------------------------------------------------------------------------- */

/* By SQLSTATE (PostgreSQL, appendix A); a code of two characters is a class, and stands behind its members. None is of those that refuse
 * a message for ever: the whole batch fails with it, and with it others' mail. */
static const struct {
    const char *state;
    int code;
} meanings[] = {
    { "53100", ERROR_FULL },    { "53200", ERROR_MEMORY }, { "53", ERROR_UNREACHABLE }, { "40", ERROR_BUSY }, { "55P03", ERROR_BUSY },
    { "57014", ERROR_TIMEOUT }, { "57P", ERROR_CLOSED },   { "08", ERROR_CLOSED },      { "25P03", ERROR_CLOSED },
    { "25006", ERROR_DEFERRED }, { "58", ERROR_DEFERRED }, { "42501", ERROR_CONFIG },   { "3D000", ERROR_CONFIG },
    { "XX001", ERROR_CORRUPT }, { "XX002", ERROR_CORRUPT },
};

static int code_of(const char *state)
{
    for (size_t i = 0; state && i < sizeof meanings / sizeof meanings[0]; i++)
        if (strncmp(state, meanings[i].state, strlen(meanings[i].state)) == 0)
            return meanings[i].code;
    return state ? ERROR_BUG : ERROR_CLOSED;
}

/* The first line of what libpq says, which ends its lines itself. */
static int fail(struct postgresql *p, int code, const char *words, struct error *e)
{
    struct error why;

    error_set(&why, code, "store %s: %.*s", p->name, (int)strcspn(words, "\n"), words);
    if (p->in_transaction && p->spoiled.code == 0)
        p->spoiled = why;
    return error_set(e, why.code, "%s", why.text);
}

static int fail_result(struct postgresql *p, const PGresult *result, struct error *e)
{
    const char *words = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

    return fail(p, code_of(PQresultErrorField(result, PG_DIAG_SQLSTATE)), words ? words : PQresultErrorMessage(result), e);
}

/* --- waiting ---------------------------------------------------------------------------------------------------------------- */

/* Until something can be read, or written if that is wanted too. */
static bool wait_io(PGconn *c, bool writes, int64_t deadline_ms)
{
    struct pollfd polled = { .fd = PQsocket(c), .events = (short)(POLLIN | (writes ? POLLOUT : 0)) };
    int n;

    do
        n = poll(&polled, 1, (int)clock_left_ms(deadline_ms));
    while (n < 0 && errno == EINTR);
    return n > 0;
}

/* Until the next result is there. */
static int wait_result(struct postgresql *p, int64_t deadline_ms, struct error *e)
{
    int unsent = 0;

    for (;;) {
        if ((unsent = PQflush(p->connection)) < 0 || !PQconsumeInput(p->connection))
            return fail(p, ERROR_CLOSED, PQerrorMessage(p->connection), e);
        if (unsent == 0 && !PQisBusy(p->connection))
            return 0;
        if (!wait_io(p->connection, unsent > 0, deadline_ms)) {
            postgresql_disconnect(p);
            return fail(p, ERROR_TIMEOUT, "the server does not answer", e);
        }
    }
}

int postgresql_answer(struct postgresql *p, int sent, PGresult **out, struct error *e)
{
    int64_t deadline = clock_monotonic_ms() + ANSWER_MS;
    PGresult *last = NULL, *one = NULL;
    int result = sent ? 0 : fail(p, ERROR_CLOSED, PQerrorMessage(p->connection), e);

    while (result == 0 && (result = wait_result(p, deadline, e)) == 0 && (one = PQgetResult(p->connection)) != NULL) {
        ExecStatusType status = PQresultStatus(one);

        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            result = fail_result(p, one, e);
        PQclear(last);
        last = one;
    }
    /* What follows a failure is read to its end, or the connection is given up. */
    while (result != 0 && p->connection && wait_result(p, deadline, NULL) == 0 && (one = PQgetResult(p->connection)) != NULL)
        PQclear(one);
    if (result != 0 && (PQstatus(p->connection) == CONNECTION_BAD || result == ERROR_CLOSED))
        postgresql_disconnect(p);
    if (result == 0)
        *out = last;
    else
        PQclear(last);
    return result;
}

int postgresql_execute(struct postgresql *p, const char *sql, struct error *e)
{
    PGresult *answer = NULL;
    int result = postgresql_answer(p, PQsendQuery(p->connection, sql), &answer, e);

    PQclear(answer);
    return result;
}

/* --- connecting ------------------------------------------------------------------------------------------------------------- */

/* libpq would write them on stderr. */
static void ignore_notice(void *arg, const char *words)
{
    (void)arg;
    (void)words;
}

void postgresql_disconnect(struct postgresql *p)
{
    PQfinish(p->connection);
    p->connection = NULL;
}

/* What stands before "dbname" may be overruled by the URL. Encrypting by Kerberos is not looked for by itself: what is tried first costs
 * time at each connection, and few have it. */
static PGconn *connect_now(const struct postgresql *p)
{
    const char *const names[] = { "connect_timeout", "tcp_user_timeout", "gssencmode", "target_session_attrs", "dbname",
                                  "fallback_application_name", "application_name", "client_encoding", NULL };
    const char *const values[] = { "5", "15000", "disable", p->access == DATABASE_WRITE ? "read-write" : "any", p->url,
                                   "opec", p->label, "UTF8", NULL };

    return PQconnectdbParams(names, values, 1);
}

static int set_up(struct postgresql *p, struct error *e)
{
    const char *encoding = PQparameterStatus(p->connection, "server_encoding");
    int result;

    PQsetNoticeProcessor(p->connection, ignore_notice, NULL);
    if (!encoding || strcmp(encoding, "UTF8") != 0)
        return error_set(e, ERROR_CONFIG, "store %s: its encoding is %s; make a database with ENCODING 'UTF8'", p->name, encoding ? encoding : "not known");
    if (PQsetnonblocking(p->connection, 1) != 0)
        return error_set(e, ERROR_MEMORY, "store %s: %s", p->name, PQerrorMessage(p->connection));
    result = postgresql_execute(p, session_sql, e);
    if (result == 0 && p->access == DATABASE_READ)
        result = postgresql_execute(p, reader_sql, e);
    return result;
}

int postgresql_connect(struct postgresql *p, struct error *e)
{
    int result;

    if (p->connection)
        return 0;
    if (clock_left_ms(p->retry_at) > 0)
        return error_set(e, p->unreachable.code, "%s", p->unreachable.text);
    p->connection = connect_now(p);
    if (PQstatus(p->connection) == CONNECTION_OK)
        result = set_up(p, &p->unreachable);
    else
        result = fail(p, ERROR_UNREACHABLE, PQerrorMessage(p->connection), &p->unreachable);
    if (result == 0) {
        p->session++;
        return 0;
    }
    postgresql_disconnect(p);
    p->retry_at = clock_monotonic_ms() + RETRY_MS;
    return error_set(e, result, "%s", p->unreachable.text);
}

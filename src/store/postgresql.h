/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The connection to a PostgreSQL server, for the files of its engine: postgresql.c (connecting, asking with a deadline, what a failure
 * means) and database_postgresql.c (statements, rows, transactions).
 *
 * A connection that is lost spoils the transaction that it was in; the next one begins on a new connection. No wait is without an end: a
 * server that says nothing is given up after ANSWER_MS, one that cannot be reached is not tried again for RETRY_MS.
 */
#ifndef OPEC_STORE_POSTGRESQL_H
#define OPEC_STORE_POSTGRESQL_H

#include <libpq-fe.h>

#include "store/database.h"

struct postgresql_rows;

enum { POSTGRESQL_NAME_SIZE = 200 };

struct postgresql {
    struct database database;
    char *url;
    char name[POSTGRESQL_NAME_SIZE]; /* the server and its database in words, without user and password */
    char label[64];                  /* of our sessions (application_name) */
    enum database_access access;
    PGconn *connection;              /* NULL: none */
    uint64_t session;                /* counts connections */
    int64_t retry_at;                /* monotonic ms: not tried before; `unreachable` says why */
    struct error unreachable;
    struct postgresql_rows *statements;
    bool in_transaction;
    struct error spoiled;            /* why the transaction can only be rolled back; code 0 if it can go on */
};

/* Connect if there is no connection. ERROR_UNREACHABLE, ERROR_CONFIG (another encoding than UTF-8). */
int postgresql_connect(struct postgresql *p, struct error *e);
void postgresql_disconnect(struct postgresql *p);

/* After a PQsend... that returned `sent`: wait for the end of all results. *out is the last one, to be cleared by the caller. A failure
 * of any of them is one of this; a connection that is lost or silent is ended. Spoils the transaction. */
int postgresql_answer(struct postgresql *p, int sent, PGresult **out, struct error *e);

/* Any statements without parameters and rows. */
int postgresql_execute(struct postgresql *p, const char *sql, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A thin interface over a relational engine: one connection, statements with parameters, rows, transactions.
 *
 * All SQL stands in the store's other files and is the same text for every engine: parameters are $1, $2, ..., integers are
 * BIGINT, and only what the standard or both PostgreSQL and SQLite know is used. What differs is said by a word in braces, which is
 * translated into the engine's own:
 *   {blob}         the type for bytes
 *   {text}         the type for text that is compared and ordered by its bytes
 *   {given_id}     the type of a primary key whose integers we give
 *   {made_id}      the type of a primary key whose integers the engine makes, rising
 *   {clustered}    the rows stand in the primary key itself, where an engine can do that
 *   {skip locked}  at the end of a SELECT: leave out the rows that another writer is changing, where there can be one
 *
 * A statement that fails within a transaction spoils it: all that follows in it fails the same way, until the rollback. So nothing
 * of a broken batch can slip into the database by itself.
 */
#ifndef OPEC_STORE_DATABASE_H
#define OPEC_STORE_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

enum value_kind { VALUE_END, VALUE_NULL, VALUE_NUMBER, VALUE_TEXT, VALUE_BLOB };

struct value {
    enum value_kind kind;
    int64_t number;
    struct slice bytes; /* of a text or a blob */
};

enum { QUERY_VALUES = 8 };

/* A statement with its parameters; those not given are VALUE_END. The text is a literal: statements are prepared once and found
 * again by its address. The bytes of the values must last as long as the rows are read. */
struct query {
    const char *sql;
    struct value values[QUERY_VALUES];
};

struct value value_null(void);
struct value value_number(int64_t number);
/* NULL gives the SQL null. */
struct value value_text(const char *text);
struct value value_text_of(struct slice text);
struct value value_blob(struct slice bytes);

struct database;
struct rows;

/* What a word in braces means to an engine. */
struct database_word {
    const char *word, *meaning;
};

struct database_engine {
    const struct database_word *words; /* ended by {NULL, NULL} */
    bool is_shared;    /* other nodes may have the same database open for writing */
    const char *alone; /* shared: a statement after which nobody else changes the schema until the transaction's end */
    int (*has_table)(struct database *d, const char *name, bool *out_has, struct error *e);
    int (*execute)(struct database *d, const char *sql, struct error *e);
    int (*start)(struct database *d, const struct query *query, struct rows **out, struct error *e);
    int (*next)(struct rows *rows, bool *out_row, struct error *e);
    uint64_t (*changed)(struct rows *rows);
    bool (*is_null)(struct rows *rows, int column);
    int64_t (*number)(struct rows *rows, int column);
    struct slice (*bytes)(struct rows *rows, int column);
    void (*finish)(struct rows *rows);
    int (*begin)(struct database *d, struct error *e);
    int (*commit)(struct database *d, bool durable, struct error *e);
    void (*rollback)(struct database *d);
    uint64_t (*session)(struct database *d); /* shared only */
    void (*close)(struct database *d);
};

/* The first member of an engine's own structures. */
struct database {
    const struct database_engine *engine;
};

struct rows {
    const struct database_engine *engine;
};

enum database_access { DATABASE_WRITE, DATABASE_READ };

/* To write, the file is made if it is not there. ERROR_FILE, ERROR_CORRUPT (no such database), and as below. */
int database_sqlite_open(const char *path, enum database_access access, struct database **out, struct error *e);

/* `url` is one of libpq's; the server shows `label` as the name of our sessions. A failed statement ends its connection if the connection is
 * at fault; what follows the transaction begins on a new one. ERROR_UNREACHABLE, ERROR_CONFIG (a URL that cannot be read; a database that
 * is not in UTF-8). A text with a NUL or that is not UTF-8 is ERROR_SYNTAX, and spoils nothing. */
int database_postgresql_open(const char *url, const char *label, enum database_access access, struct database **out, struct error *e);
/* The server and its database, for people: without user and password. ERROR_CONFIG. */
int database_postgresql_name(const char *url, char *out, size_t size, struct error *e);

/* NULL is allowed; *d becomes NULL. */
void database_close(struct database **d);

/* Failures of all that follows: ERROR_FULL, ERROR_BUSY (somebody else has locked it), ERROR_FILE, ERROR_CORRUPT, ERROR_MEMORY,
 * ERROR_LIMIT (a value too large), ERROR_BUG (a statement that the engine does not take); of a server also ERROR_UNREACHABLE, ERROR_CLOSED
 * (the connection was lost), ERROR_TIMEOUT, ERROR_DEFERRED (it is not able to), ERROR_CONFIG (it does not let us). */

/* The text with the words in braces in the engine's terms. ERROR_BUG if it does not fit. */
enum { DATABASE_STATEMENT_SIZE = 1000 };
int database_translate(const struct database_word *words, const char *text, char out[DATABASE_STATEMENT_SIZE], struct error *e);

/* May other nodes write to it as well? */
bool database_is_shared(const struct database *d);
/* Which connection it is, counted from 1: what the server held for us (locks) is gone with the one before. 0 if not shared. */
uint64_t database_session(struct database *d);

int database_has_table(struct database *d, const char *name, bool *out_has, struct error *e);

/* A statement without parameters and rows, of any text, for this once. */
int database_execute(struct database *d, const char *sql, struct error *e);

/* A transaction. Outside of one each statement is one by itself, not durable. */
int database_begin(struct database *d, struct error *e);
/* `durable`: this and all before it is on the disk when it returns. On failure it has been rolled back, unless the disk failed in
 * the last step, the sync: then it stands, and is made durable by the next durable commit that succeeds. */
int database_commit(struct database *d, bool durable, struct error *e);
/* Nothing without a transaction. */
void database_rollback(struct database *d);

/* Carry out a statement without rows. *out_changed (or NULL): the rows that it wrote or deleted. */
int database_run(struct database *d, const struct query *query, uint64_t *out_changed, struct error *e);

/* Start reading rows; end it with database_finish. */
int database_start(struct database *d, const struct query *query, struct rows **out, struct error *e);
/* To the first row, the next row; false behind the last. */
int database_next(struct rows *rows, bool *out_row, struct error *e);
/* Start, and go to the first row. ERROR_NOT_FOUND (without words) if there is none; nothing is to be finished on failure. */
int database_first(struct database *d, const struct query *query, struct rows **out, struct error *e);
/* NULL is allowed; *rows becomes NULL. */
void database_finish(struct rows **rows);

/* The columns of the row, the first is 0. Bytes are valid until the next row; the null is 0 or empty. */
bool database_is_null(struct rows *rows, int column);
int64_t database_number(struct rows *rows, int column);
struct slice database_bytes(struct rows *rows, int column);

#endif

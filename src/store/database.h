/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A thin interface over a relational engine: one connection, statements with parameters, rows, transactions.
 *
 * All SQL stands in the store's other files and is the same text for every engine: parameters are $1, $2, ..., integers are
 * BIGINT, and only what the standard or both PostgreSQL and SQLite know is used. What differs is said in the schema by a word in
 * braces (store/schema.c), which the engine translates.
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

/* NULL is allowed; *d becomes NULL. */
void database_close(struct database **d);

/* Failures of all that follows: ERROR_FULL, ERROR_BUSY (somebody else has locked it), ERROR_FILE, ERROR_CORRUPT, ERROR_MEMORY,
 * ERROR_LIMIT (a value too large), ERROR_BUG (a statement that the engine does not take). */

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

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A relational database as the store needs it: little enough that each engine behind it is one file.
 *
 * Statements are texts with the parameters $1, $2, ..., numbered in the order in which they first appear. A text is prepared when it
 * is first used and kept as long as the database is open; its address is its name, so it must be a constant. A change that can fail
 * by the data alone must be worded so that it does not (ON CONFLICT DO NOTHING, and look how many rows changed): with some engines a
 * failed statement spoils the whole transaction.
 */
#ifndef OPEC_STORE_DATABASE_H
#define OPEC_STORE_DATABASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

/* --- values ----------------------------------------------------------------------------------------------------------------- */

enum database_type { DATABASE_NULL, DATABASE_NUMBER, DATABASE_TEXT, DATABASE_BLOB };

/* A parameter; its bytes must live until the statement has ended. */
struct database_value {
    enum database_type type;
    int64_t number;
    struct slice bytes;
};

struct database_value database_number(int64_t number);
struct database_value database_text(struct slice text);
struct database_value database_blob(struct slice bytes);
struct database_value database_null(void);

/* --- engines ---------------------------------------------------------------------------------------------------------------- */

enum database_mode { DATABASE_WRITER, DATABASE_READER };

enum { DATABASE_PARAMETERS_MAX = 12 };

struct database;
struct statement;

/* A word of the schema that engines spell differently, as "@BLOB@". */
struct database_word {
    const char *word, *meaning;
};

struct database_engine {
    const struct database_word *words; /* ended by a NULL word */

    int (*open)(const char *where, enum database_mode mode, struct database **out, struct error *e);
    void (*close)(struct database **db);
    /* Statements without parameters and rows, separated by ";". */
    int (*exec)(struct database *db, const char *sql, struct error *e);

    int (*prepare)(struct database *db, const char *sql, struct statement **out, struct error *e);
    void (*discard)(struct statement **st);
    int (*start)(struct statement *st, const struct database_value *values, size_t count, struct error *e);
    int (*step)(struct statement *st, bool *out_row, struct error *e);
    void (*end)(struct statement *st);
    bool (*is_null)(struct statement *st, int column);
    int64_t (*number)(struct statement *st, int column);
    struct slice (*bytes)(struct statement *st, int column);
    uint64_t (*changed)(struct statement *st); /* rows, once step has given no row */

    int (*begin)(struct database *db, struct error *e);
    int (*commit)(struct database *db, bool durable, struct error *e);
    void (*rollback)(struct database *db);
    int (*tidy)(struct database *db, struct error *e);
};

extern const struct database_engine database_sqlite;

/* What every engine's database begins with. */
struct database {
    const struct database_engine *engine;
    struct database_prepared *prepared;
    size_t prepared_count, prepared_capacity;
};

/* --- use -------------------------------------------------------------------------------------------------------------------- */

/* As each engine says in its file. One writer at a time: ERROR_BUSY. A reader works beside it. */
int database_open(const struct database_engine *engine, const char *where, enum database_mode mode, struct database **out,
                  struct error *e);
void database_close(struct database **db);

/* Begin a statement; it must be ended before it is begun again, and before the transaction is. ERROR_FULL, ERROR_BUSY, ERROR_CORRUPT,
 * ERROR_FILE, ERROR_MEMORY; ERROR_BUG for a change outside of a transaction. */
int database_start(struct database *db, const char *sql, const struct database_value *values, size_t count, struct statement **out,
                   struct error *e);
/* The next row, or that there is none. */
int database_step(struct database *db, struct statement *st, bool *out_row, struct error *e);
/* NULL is allowed. */
void database_end(struct database *db, struct statement *st);

/* Columns of the row, from 0; bytes are valid until the next step. NULL is 0 and empty. */
bool database_is_null(struct database *db, struct statement *st, int column);
int64_t database_column_number(struct database *db, struct statement *st, int column);
struct slice database_column_bytes(struct database *db, struct statement *st, int column);

/* A statement without rows, from beginning to end; *out_changed (may be NULL): how many rows it changed. */
int database_run(struct database *db, const char *sql, const struct database_value *values, size_t count, uint64_t *out_changed,
                 struct error *e);

/* A transaction. One that failed is over once it has been rolled back, and the database can be used on. A commit that failed has been
 * rolled back, save when only the sync of a durable one failed: then it stands, perhaps not on the disk, and ERROR_FILE is returned for
 * it and for every durable commit after it, until the database is opened anew. */
int database_begin(struct database *db, struct error *e);
int database_commit(struct database *db, bool durable, struct error *e);
/* Without a transaction it does nothing. */
void database_rollback(struct database *db);

/* Give back what the engine holds on the disk for its own convenience, as far as readers let it. For idle moments. */
int database_tidy(struct database *db, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/database.h"

#include <stdlib.h>

struct database_prepared {
    const char *sql;
    struct statement *statement;
};

struct database_value database_number(int64_t number)
{
    return (struct database_value){ .type = DATABASE_NUMBER, .number = number };
}

struct database_value database_text(struct slice text)
{
    return (struct database_value){ .type = DATABASE_TEXT, .bytes = text };
}

struct database_value database_blob(struct slice bytes)
{
    return (struct database_value){ .type = DATABASE_BLOB, .bytes = bytes };
}

struct database_value database_null(void)
{
    return (struct database_value){ .type = DATABASE_NULL };
}

int database_open(const struct database_engine *engine, const char *where, enum database_mode mode, struct database **out,
                  struct error *e)
{
    return engine->open(where, mode, out, e);
}

void database_close(struct database **db)
{
    struct database *d = *db;

    if (!d)
        return;
    for (size_t i = 0; i < d->prepared_count; i++)
        d->engine->discard(&d->prepared[i].statement);
    free(d->prepared);
    d->engine->close(db);
}

/* Some forty texts at most: looking through them costs less than anything that follows. */
static struct statement *find_prepared(const struct database *db, const char *sql)
{
    for (size_t i = 0; i < db->prepared_count; i++)
        if (db->prepared[i].sql == sql)
            return db->prepared[i].statement;
    return NULL;
}

static int prepare(struct database *db, const char *sql, struct statement **out, struct error *e)
{
    struct database_prepared p = { .sql = sql };
    int result;

    if (db->prepared_count == db->prepared_capacity) {
        size_t capacity = db->prepared_capacity ? db->prepared_capacity * 2 : 32;
        struct database_prepared *larger = reallocarray(db->prepared, capacity, sizeof *larger);

        if (!larger)
            return error_set(e, ERROR_MEMORY, "no memory for the statements of the store");
        db->prepared = larger;
        db->prepared_capacity = capacity;
    }
    result = db->engine->prepare(db, sql, &p.statement, e);
    if (result != 0)
        return result;
    db->prepared[db->prepared_count++] = p;
    *out = p.statement;
    return 0;
}

int database_start(struct database *db, const char *sql, const struct database_value *values, size_t count, struct statement **out,
                   struct error *e)
{
    struct statement *st = find_prepared(db, sql);
    int result = st ? 0 : prepare(db, sql, &st, e);

    if (result == 0)
        result = db->engine->start(st, values, count, e);
    if (result == 0)
        *out = st;
    return result;
}

int database_step(struct database *db, struct statement *st, bool *out_row, struct error *e)
{
    return db->engine->step(st, out_row, e);
}

void database_end(struct database *db, struct statement *st)
{
    if (st)
        db->engine->end(st);
}

bool database_is_null(struct database *db, struct statement *st, int column)
{
    return db->engine->is_null(st, column);
}

int64_t database_column_number(struct database *db, struct statement *st, int column)
{
    return db->engine->number(st, column);
}

struct slice database_column_bytes(struct database *db, struct statement *st, int column)
{
    return db->engine->bytes(st, column);
}

int database_run(struct database *db, const char *sql, const struct database_value *values, size_t count, uint64_t *out_changed,
                 struct error *e)
{
    struct statement *st = NULL;
    bool row;
    int result = database_start(db, sql, values, count, &st, e);

    if (result == 0)
        result = database_step(db, st, &row, e);
    if (result == 0 && out_changed)
        *out_changed = db->engine->changed(st);
    database_end(db, st);
    return result;
}

int database_begin(struct database *db, struct error *e)
{
    return db->engine->begin(db, e);
}

int database_commit(struct database *db, bool durable, struct error *e)
{
    return db->engine->commit(db, durable, e);
}

void database_rollback(struct database *db)
{
    db->engine->rollback(db);
}

int database_tidy(struct database *db, struct error *e)
{
    return db->engine->tidy(db, e);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/database.h"

#include <stdio.h>
#include <string.h>

struct value value_null(void)
{
    return (struct value){ .kind = VALUE_NULL };
}

struct value value_number(int64_t number)
{
    return (struct value){ .kind = VALUE_NUMBER, .number = number };
}

struct value value_text(const char *text)
{
    return text ? value_text_of(slice_of(text)) : value_null();
}

struct value value_text_of(struct slice text)
{
    return (struct value){ .kind = VALUE_TEXT, .bytes = text };
}

struct value value_blob(struct slice bytes)
{
    return (struct value){ .kind = VALUE_BLOB, .bytes = bytes };
}

static const char *meaning_of(const struct database_word *words, const char *word, size_t size)
{
    for (; words->word; words++)
        if (strlen(words->word) == size && memcmp(words->word, word, size) == 0)
            return words->meaning;
    return "";
}

int database_translate(const struct database_word *words, const char *text, char out[DATABASE_STATEMENT_SIZE], struct error *e)
{
    size_t used = 0;

    while (*text && used < DATABASE_STATEMENT_SIZE) {
        size_t plain = strcspn(text, "{"), size = text[plain] ? strcspn(text + plain + 1, "}") : 0;
        const char *meaning = text[plain] ? meaning_of(words, text + plain + 1, size) : "";

        used += (size_t)snprintf(out + used, DATABASE_STATEMENT_SIZE - used, "%.*s%s", (int)plain, text, meaning);
        text += plain;
        if (*text)
            text += size + 2;
    }
    return used < DATABASE_STATEMENT_SIZE ? 0 : error_set(e, ERROR_BUG, "store: a statement is too long");
}

bool database_is_shared(const struct database *d)
{
    return d->engine->is_shared;
}

uint64_t database_session(struct database *d)
{
    return d->engine->is_shared ? d->engine->session(d) : 0;
}

void database_close(struct database **d)
{
    if (*d)
        (*d)->engine->close(*d);
    *d = NULL;
}

int database_has_table(struct database *d, const char *name, bool *out_has, struct error *e)
{
    return d->engine->has_table(d, name, out_has, e);
}

int database_execute(struct database *d, const char *sql, struct error *e)
{
    return d->engine->execute(d, sql, e);
}

int database_begin(struct database *d, struct error *e)
{
    return d->engine->begin(d, e);
}

int database_commit(struct database *d, bool durable, struct error *e)
{
    return d->engine->commit(d, durable, e);
}

void database_rollback(struct database *d)
{
    d->engine->rollback(d);
}

int database_start(struct database *d, const struct query *query, struct rows **out, struct error *e)
{
    return d->engine->start(d, query, out, e);
}

int database_next(struct rows *rows, bool *out_row, struct error *e)
{
    return rows->engine->next(rows, out_row, e);
}

void database_finish(struct rows **rows)
{
    if (*rows)
        (*rows)->engine->finish(*rows);
    *rows = NULL;
}

int database_run(struct database *d, const struct query *query, uint64_t *out_changed, struct error *e)
{
    struct rows *rows = NULL;
    bool is_row;
    int result = database_start(d, query, &rows, e);

    if (result == 0)
        result = database_next(rows, &is_row, e);
    if (result == 0 && out_changed)
        *out_changed = rows->engine->changed(rows);
    database_finish(&rows);
    return result;
}

int database_first(struct database *d, const struct query *query, struct rows **out, struct error *e)
{
    struct rows *rows = NULL;
    bool is_row = false;
    int result = database_start(d, query, &rows, e);

    if (result == 0)
        result = database_next(rows, &is_row, e);
    if (result == 0 && !is_row)
        result = ERROR_NOT_FOUND;
    if (result == 0)
        *out = rows;
    else
        database_finish(&rows);
    return result;
}

bool database_is_null(struct rows *rows, int column)
{
    return rows->engine->is_null(rows, column);
}

int64_t database_number(struct rows *rows, int column)
{
    return rows->engine->number(rows, column);
}

struct slice database_bytes(struct rows *rows, int column)
{
    return rows->engine->bytes(rows, column);
}

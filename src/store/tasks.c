/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Timed tasks: the times of notice of the recipients that receipts are waited for (RFC 6109 3.1.6). A task's id is made of its
 * recipient's and of its kind.
 */
#include <stdlib.h>

#include "store/store_private.h"

enum { KINDS = 2 };

/* Of one recipient the second notice waits for the first, which announces it: after an outage both are due at once. */
#define DUE "COALESCE(first_due, second_due)"

static int read_task(struct rows *rows, struct arena *arena, struct stored_task *out, struct error *e)
{
    out->kind = database_number(rows, 1) ? TASK_SECOND_NOTICE : TASK_FIRST_NOTICE;
    out->id = (uint64_t)database_number(rows, 0) * KINDS + (uint64_t)out->kind;
    out->due = database_number(rows, 2);
    out->transaction = (uint64_t)database_number(rows, 3);
    out->address = store_text(rows, 4, arena);
    return out->address ? 0 : store_no_budget(e);
}

static int earlier(const void *a, const void *b)
{
    const struct stored_task *x = a, *y = b;

    if (x->due != y->due)
        return x->due < y->due ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* What another node has is left out; what this one has goes on being its own. The rows come in no order. */
int store_task_due(struct store *s, int64_t now, size_t limit, struct arena *arena, struct stored_task **out, size_t *out_count,
                   struct error *e)
{
    const struct query query = {
        "UPDATE recipient SET lent_to = $3, lent_until = $4 WHERE id IN (SELECT id FROM recipient"
        " WHERE " DUE " IS NOT NULL AND " DUE " <= $1 AND (lent_to = $3 OR lent_until <= $1)"
        " ORDER BY " DUE ", id LIMIT $2 {skip locked})"
        " RETURNING id, CASE WHEN first_due IS NULL THEN 1 ELSE 0 END, " DUE ", tracked, address",
        { value_number(now), store_limit(limit), value_text(s->node), value_number(now > INT64_MAX - STORE_LENT ? INT64_MAX : now + STORE_LENT) },
    };
    struct stored_task *tasks = NULL;
    size_t count = 0, capacity = 0;
    struct rows *rows = NULL;
    bool is_row;
    int result = database_start(s->database, &query, &rows, e);

    while (result == 0 && (result = database_next(rows, &is_row, e)) == 0 && is_row) {
        struct stored_task *all = store_grow(arena, tasks, count, &capacity, sizeof *all, e);

        result = all ? read_task(rows, arena, &all[count], e) : ERROR_BUDGET;
        if (result == 0) {
            tasks = all;
            count++;
        }
    }
    database_finish(&rows);
    if (result == 0) {
        if (count)
            qsort(tasks, count, sizeof *tasks, earlier);
        *out = tasks;
        *out_count = count;
    }
    return result;
}

int store_task_next(struct store *s, int64_t *out_due, struct error *e)
{
    const struct query query = { .sql = "SELECT MIN(" DUE ") FROM recipient WHERE " DUE " IS NOT NULL" };
    struct rows *rows = NULL;
    int result = database_first(s->database, &query, &rows, e);

    if (result == 0)
        *out_due = database_is_null(rows, 0) ? INT64_MAX : database_number(rows, 0);
    database_finish(&rows);
    return result;
}

/* The second notice says that the transaction "is deemed to be considered terminated with a negative outcome". */
static const char *const done_sql[KINDS] = {
    [TASK_FIRST_NOTICE] = "UPDATE recipient SET first_due = NULL, lent_until = 0 WHERE id = $1 AND first_due IS NOT NULL",
    [TASK_SECOND_NOTICE] = "UPDATE recipient SET closed = 1, first_due = NULL, second_due = NULL"
                           " WHERE id = $1 AND second_due IS NOT NULL",
};

int store_task_done(struct store *s, uint64_t id, struct error *e)
{
    const struct query query = { done_sql[id % KINDS], { value_number((int64_t)(id / KINDS)) } };

    return database_run(s->database, &query, NULL, e);
}

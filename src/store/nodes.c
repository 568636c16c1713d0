/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store_private.h"

int store_node_head(struct store *s, struct arena *arena, struct slice *out, struct error *e)
{
    const struct query query = { "SELECT head FROM node WHERE name = $1", { value_text(s->node) } };
    struct rows *rows = NULL;
    int result = database_first(s->database, &query, &rows, e);

    if (result == ERROR_NOT_FOUND)
        return error_set(e, result, "store: it knows no legal log of this node");
    if (result == 0)
        result = store_blob(rows, 0, arena, out, e);
    database_finish(&rows);
    return result;
}

int store_node_put(struct store *s, struct slice head, int64_t now, struct error *e)
{
    const struct query query = { "INSERT INTO node (name, head, seen) VALUES ($1, $2, $3)"
                                 " ON CONFLICT (name) DO UPDATE SET head = $2, seen = $3",
                                 { value_text(s->node), value_blob(head), value_number(now) } };

    return database_run(s->database, &query, NULL, e);
}

int store_node_seen(struct store *s, int64_t now, struct error *e)
{
    const struct query query = { "INSERT INTO node (name, head, seen) VALUES ($1, $2, $3) ON CONFLICT (name) DO UPDATE SET seen = $3",
                                 { value_text(s->node), value_blob(SLICE_NONE), value_number(now) } };

    return database_run(s->database, &query, NULL, e);
}

static int read_node(struct rows *rows, struct arena *arena, struct stored_node *out, struct error *e)
{
    out->name = store_text(rows, 0, arena);
    out->seen = database_number(rows, 2);
    return out->name ? store_blob(rows, 1, arena, &out->head, e) : store_no_budget(e);
}

int store_node_others(struct store *s, struct arena *arena, struct stored_node **out, size_t *out_count, struct error *e)
{
    const struct query query = { "SELECT name, head, seen FROM node WHERE name <> $1 ORDER BY name", { value_text(s->node) } };
    struct stored_node *nodes = NULL;
    size_t count = 0, capacity = 0;
    struct rows *rows = NULL;
    bool is_row;
    int result = database_start(s->database, &query, &rows, e);

    while (result == 0 && (result = database_next(rows, &is_row, e)) == 0 && is_row) {
        struct stored_node *all = store_grow(arena, nodes, count, &capacity, sizeof *all, e);

        result = all ? read_node(rows, arena, &all[count], e) : ERROR_BUDGET;
        if (result == 0) {
            nodes = all;
            count++;
        }
    }
    database_finish(&rows);
    if (result == 0) {
        *out = nodes;
        *out_count = count;
    }
    return result;
}

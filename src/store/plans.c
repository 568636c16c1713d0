/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store_private.h"

static struct value key_value(const unsigned char key[STORE_KEY_SIZE])
{
    return value_blob((struct slice){ (const char *)key, STORE_KEY_SIZE });
}

/* --- finding ---------------------------------------------------------------------------------------------------------------- */

static int read_outcomes(struct store *s, const unsigned char key[STORE_KEY_SIZE], struct arena *arena, struct stored_plan *out,
                         struct error *e)
{
    const struct query query = { "SELECT record FROM outcome WHERE key = $1 ORDER BY number", { key_value(key) } };
    size_t capacity = 0;
    struct rows *rows = NULL;
    bool is_row;
    int result = database_start(s->database, &query, &rows, e);

    while (result == 0 && (result = database_next(rows, &is_row, e)) == 0 && is_row) {
        struct slice *outcomes = store_grow(arena, out->outcomes, out->outcome_count, &capacity, sizeof *outcomes, e);

        result = outcomes ? store_blob(rows, 0, arena, &outcomes[out->outcome_count], e) : ERROR_BUDGET;
        if (result == 0) {
            out->outcomes = outcomes;
            out->outcome_count++;
        }
    }
    database_finish(&rows);
    return result;
}

static int find_open(struct store *s, const unsigned char key[STORE_KEY_SIZE], struct arena *arena, struct stored_plan *out,
                     struct error *e)
{
    const struct query query = { "SELECT created, record FROM open_plan WHERE key = $1", { key_value(key) } };
    struct rows *rows = NULL;
    int result = database_first(s->database, &query, &rows, e);

    if (result != 0)
        return result;
    out->created = database_number(rows, 0);
    result = store_blob(rows, 1, arena, &out->record, e);
    database_finish(&rows);
    return result ? result : read_outcomes(s, key, arena, out, e);
}

static int find_finished(struct store *s, const unsigned char key[STORE_KEY_SIZE], struct arena *arena, struct stored_plan *out,
                         struct error *e)
{
    const struct query query = { "SELECT created, answer FROM finished_plan WHERE key = $1", { key_value(key) } };
    struct rows *rows = NULL;
    int result = database_first(s->database, &query, &rows, e);

    if (result != 0)
        return result;
    out->finished = true;
    out->created = database_number(rows, 0);
    out->answer = store_text(rows, 1, arena);
    database_finish(&rows);
    return out->answer ? 0 : store_no_budget(e);
}

int store_plan_find(struct store *s, const unsigned char key[STORE_KEY_SIZE], struct arena *arena, struct stored_plan *out,
                    struct error *e)
{
    struct stored_plan plan = { 0 };
    int result = find_open(s, key, arena, &plan, e);

    if (result == ERROR_NOT_FOUND)
        result = find_finished(s, key, arena, &plan, e);
    if (result == ERROR_NOT_FOUND)
        return error_set(e, result, "store: there is no such plan");
    if (result == 0)
        *out = plan;
    return result;
}

/* --- changing --------------------------------------------------------------------------------------------------------------- */

int store_plan_add(struct store *s, const unsigned char key[STORE_KEY_SIZE], int64_t created, struct slice record, struct error *e)
{
    const struct query query = { "INSERT INTO open_plan (key, created, record) SELECT $1, $2, $3"
                                 " WHERE NOT EXISTS (SELECT 1 FROM finished_plan WHERE key = $1) ON CONFLICT DO NOTHING",
                                 { key_value(key), value_number(created), value_blob(record) } };

    return database_run(s->database, &query, NULL, e);
}

/* Nothing was added: is it that the outcome is there, or the plan finished, or is there no plan? */
static int explain_outcome(struct store *s, const unsigned char key[STORE_KEY_SIZE], struct error *e)
{
    const struct query query = { "SELECT key FROM open_plan WHERE key = $1 UNION ALL SELECT key FROM finished_plan WHERE key = $1",
                                 { key_value(key) } };
    struct rows *rows = NULL;
    int result = database_first(s->database, &query, &rows, e);

    database_finish(&rows);
    return result == ERROR_NOT_FOUND ? error_set(e, result, "store: an outcome of a plan that is not there") : result;
}

int store_outcome_add(struct store *s, const unsigned char key[STORE_KEY_SIZE], uint32_t number, struct slice record, bool *out_new,
                      struct error *e)
{
    const struct query query = { "INSERT INTO outcome (key, number, record) SELECT key, $2, $3 FROM open_plan WHERE key = $1"
                                 " ON CONFLICT DO NOTHING",
                                 { key_value(key), value_number(number), value_blob(record) } };
    uint64_t added = 0;
    int result = database_run(s->database, &query, &added, e);

    if (result == 0 && added == 0)
        result = explain_outcome(s, key, e);
    if (result == 0)
        *out_new = added > 0;
    return result;
}

int store_plan_finish(struct store *s, const unsigned char key[STORE_KEY_SIZE], int64_t now, const char *answer, bool *out_new,
                      struct error *e)
{
    const struct query finish = { "INSERT INTO finished_plan (key, created, finished, answer)"
                                  " VALUES ($1, COALESCE((SELECT created FROM open_plan WHERE key = $1), $2), $2, $3)"
                                  " ON CONFLICT DO NOTHING",
                                  { key_value(key), value_number(now), value_text(answer) } };
    const struct query drop = { "DELETE FROM open_plan WHERE key = $1", { key_value(key) } };
    const struct query forget = { "DELETE FROM outcome WHERE key = $1", { key_value(key) } };
    uint64_t added = 0;
    int result = database_run(s->database, &finish, &added, e);

    if (result == 0)
        result = database_run(s->database, &drop, NULL, e);
    if (result == 0)
        result = database_run(s->database, &forget, NULL, e);
    if (result == 0)
        *out_new = added > 0;
    return result;
}

/* Plans end in the order of their ids, save for a step of the clock; so the oldest ones are looked at, and no others. */
int store_plan_purge(struct store *s, int64_t finished_before, size_t limit, struct error *e)
{
    const struct query plans = { "DELETE FROM finished_plan WHERE id IN (SELECT id FROM"
                                 " (SELECT id, finished FROM finished_plan ORDER BY id LIMIT $2) AS oldest WHERE finished < $1)",
                                 { value_number(finished_before), store_limit(limit) } };
    const struct query crashes = { "DELETE FROM crash WHERE key IN (SELECT key FROM crash WHERE latest < $1 ORDER BY latest LIMIT $2)",
                                   { value_number(finished_before), store_limit(limit) } };
    int result = database_run(s->database, &plans, NULL, e);

    return result ? result : database_run(s->database, &crashes, NULL, e);
}

int store_plan_open_count(struct store *s, int64_t created_before, size_t *out_count, int64_t *out_oldest, struct error *e)
{
    const struct query query = { "SELECT COUNT(*), MIN(created) FROM open_plan WHERE created < $1", { value_number(created_before) } };
    struct rows *rows = NULL;
    int result = database_first(s->database, &query, &rows, e);

    if (result == 0) {
        *out_count = (size_t)database_number(rows, 0);
        *out_oldest = database_number(rows, 1);
    }
    database_finish(&rows);
    return result;
}

/* --- messages that killed their workers ------------------------------------------------------------------------------------- */

int store_crash_count(struct store *s, const unsigned char key[STORE_KEY_SIZE], uint32_t *out_crashes, struct error *e)
{
    const struct query query = { "SELECT crashes FROM crash WHERE key = $1", { key_value(key) } };
    struct rows *rows = NULL;
    int result = database_first(s->database, &query, &rows, e);

    if (result == 0 || result == ERROR_NOT_FOUND)
        *out_crashes = result == 0 ? (uint32_t)database_number(rows, 0) : 0;
    database_finish(&rows);
    return result == ERROR_NOT_FOUND ? 0 : result;
}

int store_crash_add(struct store *s, const unsigned char key[STORE_KEY_SIZE], int64_t now, uint32_t *out_crashes, struct error *e)
{
    const struct query query = { "INSERT INTO crash (key, crashes, latest) VALUES ($1, 1, $2)"
                                 " ON CONFLICT (key) DO UPDATE SET crashes = crash.crashes + 1, latest = $2",
                                 { key_value(key), value_number(now) } };
    int result = database_run(s->database, &query, NULL, e);

    return result ? result : store_crash_count(s, key, out_crashes, e);
}

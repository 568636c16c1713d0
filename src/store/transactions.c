/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/text.h"
#include "store/store_private.h"

/* A PEC id is the same with and without its angle brackets. */
static struct slice bare(const char *pec_id)
{
    struct slice s = slice_trim(slice_of(pec_id));

    if (s.size >= 2 && s.data[0] == '<' && s.data[s.size - 1] == '>')
        s = (struct slice){ s.data + 1, s.size - 2 };
    return s;
}

/* --- adding ----------------------------------------------------------------------------------------------------------------- */

struct dues {
    struct value first, second;
};

/* Only certified recipients have notices (RFC 6109 3.1.6); the others are remembered for the bounces of their envelopes. */
static int add_recipient(struct store *s, uint64_t transaction, const struct stored_recipient *r, const struct dues *dues,
                         struct error *e)
{
    char folded[FOLDED_SIZE];
    struct query query = { "INSERT INTO recipient (tracked, folded, address, certified, taken, closed, first_due, second_due)"
                           " VALUES ($1, $2, $3, $4, 0, 0, $5, $6) ON CONFLICT DO NOTHING",
                           { value_number((int64_t)transaction), value_null(), value_text(r->address), value_number(r->certified),
                             r->certified ? dues->first : value_null(), r->certified ? dues->second : value_null() } };

    store_fold(r->address, folded);
    query.values[1] = value_text(folded);
    return database_run(s->database, &query, NULL, e);
}

/* Before anything is written. */
static int check_recipients(const struct stored_transaction *t, struct error *e)
{
    char folded[FOLDED_SIZE];

    for (size_t i = 0; i < t->recipient_count; i++) {
        if (!store_fold(t->recipients[i].address, folded))
            return error_set(e, ERROR_LIMIT, "store: the address of a recipient is over %d octets", FOLDED_SIZE - 1);
        if (!utf8_valid(slice_of(folded)))
            return error_set(e, ERROR_SYNTAX, "store: the address of a recipient is not UTF-8");
    }
    return 0;
}

int store_track(struct store *s, const struct stored_transaction *t, int64_t first_due, int64_t second_due, struct error *e)
{
    const struct query query = { "INSERT INTO tracked (number, pec_id, bare_id, created, record) VALUES ($1, $2, $3, $4, $5)"
                                 " ON CONFLICT DO NOTHING",
                                 { value_number((int64_t)t->number), value_text(t->pec_id), value_text_of(bare(t->pec_id)),
                                   value_number(t->created), value_blob(t->record) } };
    const struct dues dues = { .first = value_number(first_due), .second = value_number(second_due) };
    uint64_t added = 0;
    int result = check_recipients(t, e);

    if (result == 0)
        result = database_run(s->database, &query, &added, e);
    for (size_t i = 0; added && i < t->recipient_count && result == 0; i++)
        result = add_recipient(s, t->number, &t->recipients[i], &dues, e);
    return result;
}

/* --- receipts --------------------------------------------------------------------------------------------------------------- */

/* By extent. */
static const char *const untrack_sql[] = {
    [UNTRACK_FIRST] = "UPDATE recipient SET taken = 1, first_due = NULL"
                      " WHERE tracked = (SELECT number FROM tracked WHERE bare_id = $1) AND folded = $2 AND closed = 0",
    [UNTRACK_ALL] = "UPDATE recipient SET closed = 1, first_due = NULL, second_due = NULL"
                    " WHERE tracked = (SELECT number FROM tracked WHERE bare_id = $1) AND folded = $2 AND closed = 0",
};

int store_untrack(struct store *s, const char *pec_id, const char *address, enum untrack_extent extent, bool *out_known, struct error *e)
{
    char folded[FOLDED_SIZE];
    struct query query = { untrack_sql[extent], { value_text_of(bare(pec_id)) } };
    uint64_t changed = 0;
    int result = 0;

    if (store_fold(address, folded)) {
        query.values[1] = value_text(folded);
        result = database_run(s->database, &query, &changed, e);
    }
    if (result == ERROR_SYNTAX) /* no text of ours */
        result = 0;
    if (result == 0)
        *out_known = changed > 0;
    return result;
}

/* --- finding ---------------------------------------------------------------------------------------------------------------- */

static int read_recipient(struct rows *rows, struct arena *arena, struct stored_recipient *out, struct error *e)
{
    out->address = store_text(rows, 0, arena);
    out->certified = database_number(rows, 1) != 0;
    out->taken = database_number(rows, 2) != 0;
    out->closed = database_number(rows, 3) != 0;
    return out->address ? 0 : store_no_budget(e);
}

static int read_recipients(struct store *s, struct arena *arena, struct stored_transaction *t, struct error *e)
{
    const struct query query = { "SELECT address, certified, taken, closed FROM recipient WHERE tracked = $1 ORDER BY id",
                                 { value_number((int64_t)t->number) } };
    size_t capacity = 0;
    struct rows *rows = NULL;
    bool is_row;
    int result = database_start(s->database, &query, &rows, e);

    while (result == 0 && (result = database_next(rows, &is_row, e)) == 0 && is_row) {
        struct stored_recipient *all = store_grow(arena, t->recipients, t->recipient_count, &capacity, sizeof *all, e);

        result = all ? read_recipient(rows, arena, &all[t->recipient_count], e) : ERROR_BUDGET;
        if (result == 0) {
            t->recipients = all;
            t->recipient_count++;
        }
    }
    database_finish(&rows);
    return result;
}

static int find(struct store *s, const struct query *query, struct arena *arena, struct stored_transaction *out, struct error *e)
{
    struct stored_transaction t = { 0 };
    struct rows *rows = NULL;
    int result = database_first(s->database, query, &rows, e);

    if (result == ERROR_NOT_FOUND || result == ERROR_SYNTAX)
        return error_set(e, ERROR_NOT_FOUND, "store: there is no such transaction");
    if (result != 0)
        return result;
    t.number = (uint64_t)database_number(rows, 0);
    t.created = database_number(rows, 2);
    if ((t.pec_id = store_text(rows, 1, arena)))
        result = store_blob(rows, 3, arena, &t.record, e);
    else
        result = store_no_budget(e);
    database_finish(&rows);
    if (result == 0)
        result = read_recipients(s, arena, &t, e);
    if (result == 0)
        *out = t;
    return result;
}

int store_transaction_find(struct store *s, uint64_t number, struct arena *arena, struct stored_transaction *out, struct error *e)
{
    const struct query query = { "SELECT number, pec_id, created, record FROM tracked WHERE number = $1",
                                 { value_number((int64_t)number) } };

    return find(s, &query, arena, out, e);
}

int store_transaction_find_id(struct store *s, const char *pec_id, struct arena *arena, struct stored_transaction *out, struct error *e)
{
    const struct query query = { "SELECT number, pec_id, created, record FROM tracked WHERE bare_id = $1",
                                 { value_text_of(bare(pec_id)) } };

    return find(s, &query, arena, out, e);
}

/* --- forgetting ------------------------------------------------------------------------------------------------------------- */

/* Those that are over, oldest first. Both statements choose the same ones, the recipients first. */
#define OVER                                                                                                                       \
    "(SELECT number FROM tracked WHERE created < $1 AND NOT EXISTS (SELECT 1 FROM recipient"                                       \
    " WHERE recipient.tracked = tracked.number AND (first_due IS NOT NULL OR second_due IS NOT NULL))"                             \
    " ORDER BY created, number LIMIT $2)"

int store_transaction_purge(struct store *s, int64_t created_before, size_t limit, struct error *e)
{
    const struct query recipients = { "DELETE FROM recipient WHERE tracked IN " OVER,
                                      { value_number(created_before), store_limit(limit) } };
    const struct query transactions = { "DELETE FROM tracked WHERE number IN " OVER,
                                        { value_number(created_before), store_limit(limit) } };
    int result = database_run(s->database, &recipients, NULL, e);

    return result ? result : database_run(s->database, &transactions, NULL, e);
}

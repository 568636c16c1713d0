/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/store_private.h"

#include <string.h>

static int no_such(const char *what, const char *name, struct error *e)
{
    return error_set(e, ERROR_NOT_FOUND, "there is no %s %s", what, name);
}

/* The name in lower case, and as the value of a query. */
static int fold(const char *what, const char *name, char folded[FOLDED_SIZE], struct value *out, struct error *e)
{
    if (!*name || !store_fold(name, folded))
        return error_set(e, ERROR_SYNTAX, "a name of 1 to %d octets is wanted for the %s", FOLDED_SIZE - 1, what);
    *out = value_text(folded);
    return 0;
}

/* --- domains ---------------------------------------------------------------------------------------------------------------- */

int store_domain_add(struct store *s, const char *name, int64_t now, struct error *e)
{
    struct query query = { "INSERT INTO domain (name, created) VALUES ($1, $2) ON CONFLICT DO NOTHING",
                           { value_null(), value_number(now) } };
    char folded[FOLDED_SIZE];
    uint64_t added = 0;
    int result = fold("domain", name, folded, &query.values[0], e);

    if (result == 0)
        result = database_run(s->database, &query, &added, e);
    return result == 0 && added == 0 ? error_set(e, ERROR_EXISTS, "there is a domain %s already", folded) : result;
}

int store_domain_remove(struct store *s, const char *name, struct error *e)
{
    struct query query = { "DELETE FROM domain WHERE name = $1", { value_null() } };
    char folded[FOLDED_SIZE];
    uint64_t removed = 0;
    int result = fold("domain", name, folded, &query.values[0], e);

    if (result == 0)
        result = database_run(s->database, &query, &removed, e);
    return result == 0 && removed == 0 ? no_such("domain", folded, e) : result;
}

int store_domain_list(struct store *s, struct arena *arena, const char ***out, size_t *out_count, struct error *e)
{
    const struct query query = { .sql = "SELECT name FROM domain ORDER BY name" };
    const char **names = NULL;
    size_t count = 0, capacity = 0;
    struct rows *rows = NULL;
    bool is_row;
    int result = database_start(s->database, &query, &rows, e);

    while (result == 0 && (result = database_next(rows, &is_row, e)) == 0 && is_row) {
        const char **all = store_grow(arena, names, count, &capacity, sizeof *all, e);

        if (!all || !(all[count] = store_text(rows, 0, arena))) {
            result = store_no_budget(e);
        } else {
            names = all;
            count++;
        }
    }
    database_finish(&rows);
    if (result == 0) {
        *out = names;
        *out_count = count;
    }
    return result;
}

/* --- accounts --------------------------------------------------------------------------------------------------------------- */

int store_account_add(struct store *s, const struct stored_account *a, struct error *e)
{
    struct query query = { "INSERT INTO account (address, domain, password, quota, active, created) VALUES ($1, $2, $3, $4, $5, $6)"
                           " ON CONFLICT DO NOTHING",
                           { value_null(), value_null(), value_text(a->password), value_number(a->quota > 0 ? a->quota : 0),
                             value_number(a->active), value_number(a->created) } };
    char folded[FOLDED_SIZE];
    const char *at;
    uint64_t added = 0;
    int result = fold("account", a->address, folded, &query.values[0], e);

    if (result != 0)
        return result;
    at = strrchr(folded, '@');
    if (!at || at == folded || !at[1])
        return error_set(e, ERROR_SYNTAX, "%s is no address", folded);
    if (!a->password)
        return error_set(e, ERROR_SYNTAX, "the account %s needs a password", folded);
    query.values[1] = value_text(at + 1);
    result = database_run(s->database, &query, &added, e);
    return result == 0 && added == 0 ? error_set(e, ERROR_EXISTS, "there is an account %s already", folded) : result;
}

int store_account_set(struct store *s, const struct stored_account *a, struct error *e)
{
    struct query query = { "UPDATE account SET password = COALESCE($2, password), quota = COALESCE($3, quota), active = $4"
                           " WHERE address = $1",
                           { value_null(), value_text(a->password), a->quota < 0 ? value_null() : value_number(a->quota),
                             value_number(a->active) } };
    char folded[FOLDED_SIZE];
    uint64_t changed = 0;
    int result = fold("account", a->address, folded, &query.values[0], e);

    if (result == 0)
        result = database_run(s->database, &query, &changed, e);
    return result == 0 && changed == 0 ? no_such("account", folded, e) : result;
}

int store_account_remove(struct store *s, const char *address, struct error *e)
{
    struct query query = { "DELETE FROM account WHERE address = $1", { value_null() } };
    char folded[FOLDED_SIZE];
    uint64_t removed = 0;
    int result = fold("account", address, folded, &query.values[0], e);

    if (result == 0)
        result = database_run(s->database, &query, &removed, e);
    return result == 0 && removed == 0 ? no_such("account", folded, e) : result;
}

static int read_account(struct rows *rows, struct arena *arena, struct stored_account *out, struct error *e)
{
    out->address = store_text(rows, 0, arena);
    out->password = store_text(rows, 1, arena);
    out->quota = database_number(rows, 2);
    out->active = database_number(rows, 3) != 0;
    out->created = database_number(rows, 4);
    return out->address && out->password ? 0 : store_no_budget(e);
}

int store_account_find(struct store *s, const char *address, struct arena *arena, struct stored_account *out, struct error *e)
{
    struct query query = { "SELECT address, password, quota, active, created FROM account WHERE address = $1", { value_null() } };
    struct stored_account found = { 0 };
    char folded[FOLDED_SIZE];
    struct rows *rows = NULL;
    int result = fold("account", address, folded, &query.values[0], e);

    if (result != 0)
        return result;
    result = database_first(s->database, &query, &rows, e);
    if (result == ERROR_NOT_FOUND)
        return no_such("account", folded, e);
    if (result == 0)
        result = read_account(rows, arena, &found, e);
    database_finish(&rows);
    if (result == 0)
        *out = found;
    return result;
}

static int list_accounts(struct store *s, const struct query *query, struct arena *arena, struct stored_account **out, size_t *out_count,
                         struct error *e)
{
    struct stored_account *accounts = NULL;
    size_t count = 0, capacity = 0;
    struct rows *rows = NULL;
    bool is_row;
    int result = database_start(s->database, query, &rows, e);

    while (result == 0 && (result = database_next(rows, &is_row, e)) == 0 && is_row) {
        struct stored_account *all = store_grow(arena, accounts, count, &capacity, sizeof *all, e);

        result = all ? read_account(rows, arena, &all[count], e) : ERROR_BUDGET;
        if (result == 0) {
            accounts = all;
            count++;
        }
    }
    database_finish(&rows);
    if (result == 0) {
        *out = accounts;
        *out_count = count;
    }
    return result;
}

int store_account_list(struct store *s, const char *domain, struct arena *arena, struct stored_account **out, size_t *out_count,
                       struct error *e)
{
    struct query every = { .sql = "SELECT address, password, quota, active, created FROM account ORDER BY address" };
    struct query one = { "SELECT address, password, quota, active, created FROM account WHERE domain = $1 ORDER BY address",
                         { value_null() } };
    char folded[FOLDED_SIZE];
    int result;

    if (!domain)
        return list_accounts(s, &every, arena, out, out_count, e);
    if ((result = fold("domain", domain, folded, &one.values[0], e)) != 0)
        return result;
    return list_accounts(s, &one, arena, out, out_count, e);
}

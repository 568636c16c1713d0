/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/schema.h"

/* Keys of plans are random. Open plans are few, so that their pages are always the same ones; finished plans are many and stand in
 * the order of their ends, so that only the index of their keys is written at random.
 *
 * A recipient's times of notice are its tasks: one that is null is not there (any more). Ids of recipients may be given again once
 * the newest of all has been purged; days lie between, and no task is asked about for so long. */
static const char *const version_1[] = {
    "CREATE TABLE open_plan (id {made_id}, key {blob} NOT NULL UNIQUE, created BIGINT NOT NULL, record {blob} NOT NULL)",
    "CREATE TABLE outcome (key {blob} NOT NULL, number BIGINT NOT NULL, record {blob} NOT NULL, PRIMARY KEY (key, number)) {clustered}",
    "CREATE TABLE finished_plan (id {made_id}, key {blob} NOT NULL UNIQUE, created BIGINT NOT NULL, finished BIGINT NOT NULL,"
    " answer TEXT NOT NULL)",
    "CREATE TABLE crash (key {blob} NOT NULL PRIMARY KEY, crashes BIGINT NOT NULL, latest BIGINT NOT NULL) {clustered}",
    "CREATE INDEX crash_age ON crash (latest)",

    "CREATE TABLE tracked (number {given_id}, pec_id TEXT NOT NULL, bare_id TEXT NOT NULL UNIQUE, created BIGINT NOT NULL,"
    " record {blob} NOT NULL)",
    "CREATE INDEX tracked_age ON tracked (created)",
    "CREATE TABLE recipient (id {made_id}, tracked BIGINT NOT NULL, folded TEXT NOT NULL, address TEXT NOT NULL,"
    " certified BIGINT NOT NULL, taken BIGINT NOT NULL, closed BIGINT NOT NULL, first_due BIGINT, second_due BIGINT,"
    " UNIQUE (tracked, folded))",
    "CREATE INDEX recipient_first ON recipient (first_due) WHERE first_due IS NOT NULL",
    "CREATE INDEX recipient_second ON recipient (second_due) WHERE second_due IS NOT NULL",

    "CREATE TABLE domain (name {text} NOT NULL PRIMARY KEY, created BIGINT NOT NULL)",
    "CREATE TABLE account (address {text} NOT NULL PRIMARY KEY, domain {text} NOT NULL, password TEXT NOT NULL, quota BIGINT NOT NULL,"
    " active BIGINT NOT NULL, created BIGINT NOT NULL)",
    "CREATE INDEX account_domain ON account (domain)",
    "CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value {blob} NOT NULL)",
    NULL,
};

/* Several nodes may have one store. What each has written of its legal log stands beside its name (of a file's one writer: ""). A task that is
 * due is lent to a node for a while, so that one that dies leaves it to the others. Of a recipient the second notice waits for the first
 * (3.1.6), so that its next task is one value. */
static const char *const version_2[] = {
    "CREATE TABLE node (name {text} NOT NULL PRIMARY KEY, head {blob} NOT NULL, seen BIGINT NOT NULL)",
    "INSERT INTO node (name, head, seen) SELECT '', value, 0 FROM setting WHERE name = 'ledger_head'",
    "DELETE FROM setting WHERE name = 'ledger_head'",

    "ALTER TABLE recipient ADD COLUMN lent_to {text} NOT NULL DEFAULT ''",
    "ALTER TABLE recipient ADD COLUMN lent_until BIGINT NOT NULL DEFAULT 0",
    "DROP INDEX recipient_first",
    "DROP INDEX recipient_second",
    "CREATE INDEX recipient_due ON recipient (COALESCE(first_due, second_due)) WHERE COALESCE(first_due, second_due) IS NOT NULL",
    NULL,
};

static const char *const *const versions[] = { version_1, version_2 };

enum { SCHEMA_VERSION = sizeof versions / sizeof versions[0] };

static int execute(struct database *d, const char *text, struct error *e)
{
    char statement[DATABASE_STATEMENT_SIZE];
    int result = database_translate(d->engine->words, text, statement, e);

    return result ? result : database_execute(d, statement, e);
}

/* 0 for a database without our tables. */
static int read_version(struct database *d, int64_t *out, struct error *e)
{
    struct rows *rows = NULL;
    bool has = false;
    int result = database_has_table(d, "schema_version", &has, e);

    if (result == 0 && !has) {
        *out = 0;
        return 0;
    }
    if (result == 0)
        result = database_first(d, &(struct query){ .sql = "SELECT MAX(version) FROM schema_version" }, &rows, e);
    if (result == 0)
        *out = database_number(rows, 0);
    database_finish(&rows);
    return result;
}

static int refuse_newer(int64_t version, struct error *e)
{
    if (version >= 0 && version <= SCHEMA_VERSION)
        return 0;
    return error_set(e, ERROR_CORRUPT, "store: its schema is version %lld, this program knows up to %d", (long long)version,
                     SCHEMA_VERSION);
}

static int apply(struct database *d, int64_t version, struct error *e)
{
    const struct query insert = { "INSERT INTO schema_version (version) VALUES ($1)", { value_number(SCHEMA_VERSION) } };
    int result = 0;

    if (version == 0)
        result = execute(d, "CREATE TABLE schema_version (version BIGINT NOT NULL)", e);
    for (; version < SCHEMA_VERSION && result == 0; version++)
        for (const char *const *s = versions[version]; *s && result == 0; s++)
            result = execute(d, *s, e);
    return result ? result : database_run(d, &insert, NULL, e);
}

/* Of nodes that start at once one does it, and the others see that it is done. */
static int migrate(struct database *d, struct error *e)
{
    int64_t version = 0;
    int result = database_begin(d, e);

    if (result != 0)
        return result;
    if (d->engine->alone)
        result = database_execute(d, d->engine->alone, e);
    if (result == 0)
        result = read_version(d, &version, e);
    if (result == 0)
        result = refuse_newer(version, e);
    if (result == 0 && version < SCHEMA_VERSION)
        result = apply(d, version, e);
    if (result == 0)
        result = database_commit(d, true, e);
    if (result != 0)
        database_rollback(d);
    return result;
}

int schema_update(struct database *d, struct error *e)
{
    int64_t version = 0;
    int result = read_version(d, &version, e);

    if (result == 0)
        result = refuse_newer(version, e);
    if (result == 0 && version < SCHEMA_VERSION)
        result = migrate(d, e);
    return result;
}

int schema_check(struct database *d, struct error *e)
{
    int64_t version = 0;
    int result = read_version(d, &version, e);

    if (result == 0)
        result = refuse_newer(version, e);
    if (result == 0 && version == 0)
        return error_set(e, ERROR_NOT_FOUND, "store: it has no tables yet; a start makes them");
    if (result == 0 && version < SCHEMA_VERSION)
        result = error_set(e, ERROR_CORRUPT, "store: its schema is version %lld, this program needs %d; opening it to write updates it",
                           (long long)version, SCHEMA_VERSION);
    return result;
}

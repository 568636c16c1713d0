/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/schema.h"

#include <stdio.h>
#include <string.h>

#include "fixture.h"

static int64_t count(struct fixture *f, struct database *d, const char *sql)
{
    const struct query query = { .sql = sql };
    struct rows *rows = NULL;
    int64_t n;

    EXPECT(f, 0, database_first(d, &query, &rows, &f->error));
    n = database_number(rows, 0);
    database_finish(&rows);
    return n;
}

static void test_fresh(void **state)
{
    struct fixture *f = *state;
    static const char *const tables[] = { "open_plan", "outcome", "finished_plan", "crash", "tracked", "recipient",
                                          "domain", "account", "setting", "node", "schema_version" };
    struct database *d = fixture_database(f);
    bool has;

    EXPECT(f, ERROR_NOT_FOUND, schema_check(d, &f->error));
    EXPECT(f, 0, schema_update(d, &f->error));
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        has = false;
        EXPECT(f, 0, database_has_table(d, tables[i], &has, &f->error));
        assert_true(has);
    }
    EXPECT(f, 0, schema_check(d, &f->error));
    database_close(&d);
}

static void test_again(void **state)
{
    struct fixture *f = *state;
    struct database *d = fixture_database(f);

    EXPECT(f, 0, schema_update(d, &f->error));
    EXPECT(f, 0, database_execute(d, "INSERT INTO domain (name, created) VALUES ('alfa.example', 1)", &f->error));
    EXPECT(f, 0, schema_update(d, &f->error));
    assert_int_equal(1, count(f, d, "SELECT COUNT(*) FROM domain"));
    assert_int_equal(1, count(f, d, "SELECT COUNT(*) FROM schema_version"));
    database_close(&d);
}

/* What the program of version 1 made; never to be changed. */
static const char *const first_schema[] = {
    "CREATE TABLE schema_version (version BIGINT NOT NULL)",
    "INSERT INTO schema_version (version) VALUES (1)",
    "CREATE TABLE open_plan (id {made_id}, key {blob} NOT NULL UNIQUE, created BIGINT NOT NULL, record {blob} NOT NULL)",
    "CREATE TABLE outcome (key {blob} NOT NULL, number BIGINT NOT NULL, record {blob} NOT NULL, PRIMARY KEY (key, number)) {clustered}",
    "CREATE TABLE finished_plan (id {made_id}, key {blob} NOT NULL UNIQUE, created BIGINT NOT NULL, finished BIGINT NOT NULL,"
    " answer TEXT NOT NULL)",
    "CREATE TABLE crash (key {blob} NOT NULL PRIMARY KEY, crashes BIGINT NOT NULL, latest BIGINT NOT NULL) {clustered}",
    "CREATE TABLE tracked (number {given_id}, pec_id TEXT NOT NULL, bare_id TEXT NOT NULL UNIQUE, created BIGINT NOT NULL,"
    " record {blob} NOT NULL)",
    "CREATE TABLE recipient (id {made_id}, tracked BIGINT NOT NULL, folded TEXT NOT NULL, address TEXT NOT NULL,"
    " certified BIGINT NOT NULL, taken BIGINT NOT NULL, closed BIGINT NOT NULL, first_due BIGINT, second_due BIGINT,"
    " UNIQUE (tracked, folded))",
    "CREATE INDEX recipient_first ON recipient (first_due) WHERE first_due IS NOT NULL",
    "CREATE INDEX recipient_second ON recipient (second_due) WHERE second_due IS NOT NULL",
    "CREATE TABLE domain (name TEXT NOT NULL PRIMARY KEY, created BIGINT NOT NULL)",
    "CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value {blob} NOT NULL)",
};

/* A task that waits, the head of the log and a setting go over into the newest schema. */
static void test_upgrade(void **state)
{
    struct fixture *f = *state;
    struct database *d = fixture_database(f);
    char sql[DATABASE_STATEMENT_SIZE];
    const struct query head = { "INSERT INTO setting (name, value) VALUES ($1, $2)", { value_text("ledger_head"), value_blob(SLICE("7 ab")) } };
    struct stored_task *tasks;
    struct slice value;
    size_t count_due = 0;

    for (size_t i = 0; i < sizeof first_schema / sizeof first_schema[0]; i++) {
        EXPECT(f, 0, database_translate(d->engine->words, first_schema[i], sql, &f->error));
        EXPECT(f, 0, database_execute(d, sql, &f->error));
    }
    EXPECT(f, 0, database_run(d, &head, NULL, &f->error));
    EXPECT(f, 0, database_execute(d, "INSERT INTO recipient (tracked, folded, address, certified, taken, closed, first_due, second_due)"
                                     " VALUES (5, 'a@b', 'a@b', 1, 0, 0, 100, 200)", &f->error));
    database_close(&d);
    fixture_open(f);
    EXPECT(f, 0, store_task_due(f->store, 150, 10, f->arena, &tasks, &count_due, &f->error));
    assert_int_equal(1, count_due);
    assert_int_equal(5, tasks[0].transaction);
    EXPECT(f, ERROR_NOT_FOUND, store_setting_get(f->store, "ledger_head", f->arena, &value, &f->error));
    if (!f->is_shared) {
        EXPECT(f, 0, store_node_head(f->store, f->arena, &value, &f->error));
        assert_true(slice_is(value, "7 ab"));
    }
}

static void test_words_are_translated(void **state)
{
    struct fixture *f = *state;
    struct database *d;

    ONLY_IN_A_FILE(f);
    d = fixture_database(f);
    EXPECT(f, 0, schema_update(d, &f->error));
    assert_int_equal(0, count(f, d, "SELECT COUNT(*) FROM sqlite_schema WHERE instr(sql, char(123)) OR instr(sql, char(125))"));
    assert_int_equal(2, count(f, d, "SELECT COUNT(*) FROM sqlite_schema WHERE sql LIKE '% WITHOUT ROWID'"));
    assert_int_equal(1, count(f, d, "SELECT COUNT(*) FROM sqlite_schema WHERE sql LIKE '%value BLOB NOT NULL)'"));
    database_close(&d);
}

static void test_newer(void **state)
{
    struct fixture *f = *state;
    struct database *d = fixture_database(f);

    EXPECT(f, 0, schema_update(d, &f->error));
    EXPECT(f, 0, database_execute(d, "INSERT INTO schema_version (version) VALUES (1000)", &f->error));
    EXPECT(f, ERROR_CORRUPT, schema_update(d, &f->error));
    assert_non_null(strstr(f->error.text, "1000"));
    EXPECT(f, ERROR_CORRUPT, schema_check(d, &f->error));
    database_close(&d);
}

/* A table in the way of the last statement: nothing of the version may stay. */
static void test_all_or_nothing(void **state)
{
    struct fixture *f = *state;
    struct database *d = fixture_database(f);
    bool has = true;

    EXPECT(f, 0, database_execute(d, "CREATE TABLE setting (other BIGINT)", &f->error));
    assert_int_not_equal(0, schema_update(d, &f->error));
    EXPECT(f, 0, database_has_table(d, "open_plan", &has, &f->error));
    assert_false(has);
    EXPECT(f, 0, database_execute(d, "DROP TABLE setting", &f->error));
    EXPECT(f, 0, schema_update(d, &f->error));
    database_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("an empty database gets all tables", test_fresh, fixture_setup_folder),
        CASE("a schema that is up to date is left alone", test_again, fixture_setup_folder),
        CASE("a database of the first version is brought up to date", test_upgrade, fixture_setup_folder),
        CASE("words in braces are the engine's", test_words_are_translated, fixture_setup_folder),
        CASE("a schema of a newer program is refused", test_newer, fixture_setup_folder),
        CASE("an update is made whole or not at all", test_all_or_nothing, fixture_setup_folder),
    };

    return cmocka_run_group_tests_name("store schema", tests, NULL, NULL);
}

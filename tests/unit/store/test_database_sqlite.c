/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/database.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "disk.h"
#include "fixture.h"

struct sqlite_fixture {
    struct fixture *f;
    struct database *d;
};

static int setup(void **state)
{
    disk = (struct disk){ 0 };
    return fixture_setup_folder(state);
}

static int setup_imaged(void **state)
{
    disk = (struct disk){ .is_imaged = true };
    return fixture_setup_folder(state);
}

static struct sqlite_fixture open_table(void **state)
{
    struct sqlite_fixture s = { .f = *state };

    EXPECT(s.f, 0, database_sqlite_open(s.f->path, DATABASE_WRITE, &s.d, &s.f->error));
    EXPECT(s.f, 0, database_execute(s.d, "CREATE TABLE t (n BIGINT, text TEXT, blob BLOB)", &s.f->error));
    return s;
}

static int insert(struct sqlite_fixture *s, int64_t n)
{
    const struct query query = { "INSERT INTO t (n) VALUES ($1)", { value_number(n) } };

    return database_run(s->d, &query, NULL, &s->f->error);
}

static int64_t count_in(struct fixture *f, struct database *d)
{
    const struct query query = { .sql = "SELECT COUNT(*) FROM t" };
    struct rows *rows = NULL;
    int64_t n;

    EXPECT(f, 0, database_first(d, &query, &rows, &f->error));
    n = database_number(rows, 0);
    database_finish(&rows);
    return n;
}

static void begin(struct sqlite_fixture *s)
{
    EXPECT(s->f, 0, database_begin(s->d, &s->f->error));
}

static void commit(struct sqlite_fixture *s, bool durable)
{
    EXPECT(s->f, 0, database_commit(s->d, durable, &s->f->error));
}

/* --- statements ------------------------------------------------------------------------------------------------------------- */

static void test_values(void **state)
{
    struct sqlite_fixture s = open_table(state);
    const struct query add = { "INSERT INTO t (blob, n, text) VALUES ($3, $1, $2)",
                               { value_number(INT64_MIN), value_text("na\xc3\xafve"), value_blob((struct slice){ "\0\xff", 2 }) } };
    const struct query nothing = { "INSERT INTO t (n, text, blob) VALUES ($1, $2, $3)",
                                   { value_null(), value_text(NULL), value_blob(SLICE_NONE) } };
    const struct query read = { "SELECT n, text, blob FROM t WHERE n = $1 OR $2 = 1", { value_number(INT64_MIN), value_number(1) } };
    uint64_t changed = 0;
    struct rows *rows = NULL;
    bool is_row = false;

    EXPECT(s.f, 0, database_run(s.d, &add, &changed, &s.f->error));
    assert_int_equal(1, changed);
    EXPECT(s.f, 0, database_run(s.d, &nothing, NULL, &s.f->error));
    EXPECT(s.f, 0, database_first(s.d, &read, &rows, &s.f->error));
    assert_true(database_number(rows, 0) == INT64_MIN);
    assert_true(slice_is(database_bytes(rows, 1), "na\xc3\xafve"));
    assert_true(slice_equal(database_bytes(rows, 2), (struct slice){ "\0\xff", 2 }));
    assert_false(database_is_null(rows, 0));
    EXPECT(s.f, 0, database_next(rows, &is_row, &s.f->error));
    assert_true(is_row);
    assert_true(database_is_null(rows, 0));
    assert_true(database_is_null(rows, 1));
    assert_false(database_is_null(rows, 2));
    assert_int_equal(0, database_bytes(rows, 2).size);
    EXPECT(s.f, 0, database_next(rows, &is_row, &s.f->error));
    assert_false(is_row);
    database_finish(&rows);
    database_finish(&rows);
    database_close(&s.d);
}

static void test_no_row(void **state)
{
    struct sqlite_fixture s = open_table(state);
    const struct query read = { .sql = "SELECT n FROM t" };
    struct rows *rows = NULL;

    EXPECT(s.f, ERROR_NOT_FOUND, database_first(s.d, &read, &rows, &s.f->error));
    assert_null(rows);
    EXPECT(s.f, 0, insert(&s, 1));
    EXPECT(s.f, 0, database_first(s.d, &read, &rows, &s.f->error));
    database_finish(&rows);
    database_close(&s.d);
}

static void test_wrong_statement(void **state)
{
    struct sqlite_fixture s = open_table(state);
    const struct query wrong = { .sql = "SELECT 1 FROM nowhere" };
    struct rows *rows = NULL;

    EXPECT(s.f, ERROR_BUG, database_start(s.d, &wrong, &rows, &s.f->error));
    assert_non_null(strstr(s.f->error.text, "nowhere"));
    assert_non_null(strstr(s.f->error.text, s.f->path));
    EXPECT(s.f, 0, insert(&s, 1));
    database_close(&s.d);
}

/* --- failures --------------------------------------------------------------------------------------------------------------- */

static void test_spoiled(void **state)
{
    struct sqlite_fixture s = open_table(state);
    const struct query wrong = { .sql = "INSERT INTO nowhere VALUES (1)" };

    begin(&s);
    EXPECT(s.f, 0, insert(&s, 1));
    EXPECT(s.f, ERROR_BUG, database_run(s.d, &wrong, NULL, &s.f->error));
    EXPECT(s.f, ERROR_BUG, insert(&s, 2));
    assert_non_null(strstr(s.f->error.text, "nowhere"));
    EXPECT(s.f, ERROR_BUG, database_execute(s.d, "DELETE FROM t", &s.f->error));
    EXPECT(s.f, ERROR_BUG, database_commit(s.d, true, &s.f->error));
    assert_int_equal(0, count_in(s.f, s.d));
    begin(&s);
    EXPECT(s.f, 0, insert(&s, 3));
    commit(&s, true);
    assert_int_equal(1, count_in(s.f, s.d));
    database_close(&s.d);
}

/* SQLite rolls back by itself when it is full: what follows must not be carried out on its own. */
static void test_full(void **state)
{
    struct sqlite_fixture s = open_table(state);
    const struct query large = { .sql = "INSERT INTO t (blob) VALUES (zeroblob(40000000))" };

    EXPECT(s.f, 0, insert(&s, 1));
    for (int round = 0; round < 2; round++) {
        disk.is_full = true;
        begin(&s);
        EXPECT(s.f, ERROR_FULL, database_run(s.d, &large, NULL, &s.f->error));
        EXPECT(s.f, ERROR_FULL, insert(&s, 2));
        if (round == 0)
            database_rollback(s.d);
        else
            EXPECT(s.f, ERROR_FULL, database_commit(s.d, true, &s.f->error));
        assert_int_equal(1, count_in(s.f, s.d));
    }
    disk.is_full = false;
    begin(&s);
    EXPECT(s.f, 0, database_run(s.d, &large, NULL, &s.f->error));
    commit(&s, true);
    assert_int_equal(2, count_in(s.f, s.d));
    database_close(&s.d);
}

static void test_full_at_commit(void **state)
{
    struct sqlite_fixture s = open_table(state);

    begin(&s);
    EXPECT(s.f, 0, insert(&s, 1));
    disk.is_full = true;
    EXPECT(s.f, ERROR_FULL, database_commit(s.d, false, &s.f->error));
    assert_int_equal(0, count_in(s.f, s.d));
    disk.is_full = false;
    begin(&s);
    EXPECT(s.f, 0, insert(&s, 2));
    commit(&s, false);
    assert_int_equal(1, count_in(s.f, s.d));
    database_close(&s.d);
}

static void test_busy(void **state)
{
    struct sqlite_fixture s = open_table(state);
    sqlite3 *other = NULL;
    int64_t begun;

    assert_int_equal(SQLITE_OK, sqlite3_open(s.f->path, &other));
    assert_int_equal(SQLITE_OK, sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL));
    begin(&s);
    begun = clock_monotonic_ms();
    EXPECT(s.f, ERROR_BUSY, insert(&s, 1));
    assert_true(clock_monotonic_ms() - begun < 10000);
    EXPECT(s.f, ERROR_BUSY, database_commit(s.d, true, &s.f->error));
    assert_int_equal(SQLITE_OK, sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL));
    begin(&s);
    EXPECT(s.f, 0, insert(&s, 2));
    commit(&s, true);
    assert_int_equal(1, count_in(s.f, s.d));
    sqlite3_close(other);
    database_close(&s.d);
}

static void test_read_only(void **state)
{
    struct sqlite_fixture s = open_table(state), reader = { .f = s.f };

    EXPECT(s.f, 0, database_sqlite_open(s.f->path, DATABASE_READ, &reader.d, &s.f->error));
    EXPECT(s.f, ERROR_FILE, insert(&reader, 1));
    assert_int_equal(0, count_in(s.f, reader.d));
    database_close(&reader.d);
    database_close(&s.d);
}

/* --- durability ------------------------------------------------------------------------------------------------------------- */

static void test_syncs(void **state)
{
    struct sqlite_fixture s = open_table(state);

    begin(&s);
    EXPECT(s.f, 0, insert(&s, 1));
    commit(&s, true);
    disk.syncs = 0;
    begin(&s);
    EXPECT(s.f, 0, insert(&s, 2));
    commit(&s, false);
    assert_int_equal(0, disk.syncs);
    begin(&s);
    assert_int_equal(2, count_in(s.f, s.d));
    commit(&s, true);
    assert_int_equal(1, disk.syncs);
    begin(&s);
    commit(&s, true);
    assert_int_equal(1, disk.syncs);
    begin(&s);
    EXPECT(s.f, 0, insert(&s, 3));
    commit(&s, true);
    assert_int_equal(2, disk.syncs);
    EXPECT(s.f, 0, insert(&s, 4));
    begin(&s);
    commit(&s, true);
    assert_int_equal(3, disk.syncs);
    database_close(&s.d);
}

/* How many rows a database holds after the power was cut. */
static int64_t rows_after_cut(struct fixture *f)
{
    char to[FIXTURE_PATH_SIZE + 8];
    struct database *d = NULL;
    int64_t n;

    snprintf(to, sizeof to, "%s.cut", f->path);
    disk_cut_power(f->path, to);
    disk.is_imaged = false;
    EXPECT(f, 0, database_sqlite_open(to, DATABASE_WRITE, &d, &f->error));
    n = count_in(f, d);
    database_close(&d);
    disk.is_imaged = true;
    return n;
}

static void test_power_cut(void **state)
{
    struct sqlite_fixture s = open_table(state);

    begin(&s);
    EXPECT(s.f, 0, insert(&s, 1));
    commit(&s, true);
    assert_int_equal(1, rows_after_cut(s.f));
    for (int i = 0; i < 3; i++) {
        begin(&s);
        EXPECT(s.f, 0, insert(&s, 2));
        commit(&s, false);
    }
    assert_int_equal(1, rows_after_cut(s.f));
    begin(&s);
    assert_int_equal(4, count_in(s.f, s.d));
    commit(&s, true);
    assert_int_equal(4, rows_after_cut(s.f));
    database_close(&s.d);
}

/* Through many checkpoints, each of which begins the log anew. */
static void test_power_cut_any_time(void **state)
{
    struct sqlite_fixture s = open_table(state);
    const struct query fill = { .sql = "INSERT INTO t (blob) VALUES (zeroblob(300000))" };

    for (int i = 1; i <= 60; i++) {
        begin(&s);
        EXPECT(s.f, 0, database_run(s.d, &fill, NULL, &s.f->error));
        commit(&s, i % 3 == 0);
        if (i % 3 == 0)
            assert_int_equal(i, rows_after_cut(s.f));
        else if (i > 3)
            assert_true(rows_after_cut(s.f) >= i - i % 3);
    }
    database_close(&s.d);
}

static void test_broken_sync(void **state)
{
    struct sqlite_fixture s = open_table(state);

    begin(&s);
    EXPECT(s.f, 0, insert(&s, 1));
    disk.is_broken = true;
    EXPECT(s.f, ERROR_FILE, database_commit(s.d, true, &s.f->error));
    assert_non_null(strstr(s.f->error.text, s.f->path));
    begin(&s);
    EXPECT(s.f, 0, insert(&s, 2));
    assert_int_not_equal(0, database_commit(s.d, true, &s.f->error));
    disk.is_broken = false;
    begin(&s);
    EXPECT(s.f, 0, insert(&s, 3));
    commit(&s, true);
    assert_int_equal(3, count_in(s.f, s.d));
    assert_int_equal(3, rows_after_cut(s.f));
    begin(&s);
    EXPECT(s.f, 0, insert(&s, 4));
    commit(&s, true);
    assert_int_equal(4, rows_after_cut(s.f));
    disk.syncs = 0;
    begin(&s);
    EXPECT(s.f, 0, insert(&s, 5));
    commit(&s, true);
    assert_int_equal(1, disk.syncs);
    database_close(&s.d);
}

/* After a failed sync the log's pages count for nothing: only what is synced in the database does. */
static void test_log_not_trusted_after_broken_sync(void **state)
{
    struct sqlite_fixture s = open_table(state);
    char log[FIXTURE_PATH_SIZE + 16];

    begin(&s);
    EXPECT(s.f, 0, insert(&s, 1));
    disk.is_broken = true;
    EXPECT(s.f, ERROR_FILE, database_commit(s.d, true, &s.f->error));
    disk.is_broken = false;
    begin(&s);
    commit(&s, true);
    snprintf(log, sizeof log, "%s-wal.synced", s.f->path);
    remove(log);
    assert_int_equal(1, rows_after_cut(s.f));
    database_close(&s.d);
}

/* --- the log's size --------------------------------------------------------------------------------------------------------- */

static void test_log_is_bounded(void **state)
{
    enum { LOG_MAX = 40 * 1000 * 1000 };
    struct sqlite_fixture s = open_table(state);
    const struct query fill = { .sql = "INSERT INTO t (blob) VALUES (zeroblob(100000))" };
    const struct query empty = { .sql = "DELETE FROM t" };
    char log[FIXTURE_PATH_SIZE + 8];

    snprintf(log, sizeof log, "%s-wal", s.f->path);
    for (int i = 0; i < 2000; i++) {
        begin(&s);
        EXPECT(s.f, 0, database_run(s.d, i % 100 == 99 ? &empty : &fill, NULL, &s.f->error));
        commit(&s, false);
    }
    assert_true(fixture_file_size(log) < LOG_MAX);
    database_close(&s.d);
}

/* A reader that dawdles lets the log grow; once it is done, the log shrinks again. */
static void test_log_after_slow_reader(void **state)
{
    enum { LOG_MAX = 68 * 1000 * 1000 };
    struct sqlite_fixture s = open_table(state), reader = { .f = s.f };
    const struct query fill = { .sql = "INSERT INTO t (blob) VALUES (zeroblob(1000000))" };
    char log[FIXTURE_PATH_SIZE + 8];

    snprintf(log, sizeof log, "%s-wal", s.f->path);
    EXPECT(s.f, 0, database_sqlite_open(s.f->path, DATABASE_READ, &reader.d, &s.f->error));
    begin(&reader);
    assert_int_equal(0, count_in(s.f, reader.d));
    for (int i = 0; i < 120; i++) {
        begin(&s);
        EXPECT(s.f, 0, database_run(s.d, i % 10 ? &fill : &(struct query){ .sql = "DELETE FROM t" }, NULL, &s.f->error));
        commit(&s, false);
    }
    assert_true(fixture_file_size(log) > LOG_MAX);
    assert_int_equal(0, count_in(s.f, reader.d));
    commit(&reader, false);
    for (int i = 0; i < 2; i++) {
        begin(&s);
        EXPECT(s.f, 0, insert(&s, 1));
        commit(&s, false);
    }
    assert_true(fixture_file_size(log) < LOG_MAX);
    database_close(&reader.d);
    database_close(&s.d);
}

static int install(void **state)
{
    (void)state;
    disk_install();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("values go in by number and come back as they were", test_values, setup),
        CASE("no row is not found", test_no_row, setup),
        CASE("a wrong statement is our bug, in words", test_wrong_statement, setup),
        CASE("a failure spoils its transaction and no other", test_spoiled, setup),
        CASE("a full disk spoils the transaction; the next one goes on", test_full, setup),
        CASE("a disk that is full at the commit rolls back", test_full_at_commit, setup),
        CASE("a database locked by another is busy, not for ever", test_busy, setup),
        CASE("a reader cannot write", test_read_only, setup),
        CASE("only a durable commit syncs, also for those before it", test_syncs, setup),
        CASE("after a power cut all that was durable is there", test_power_cut, setup_imaged),
        CASE("a power cut is harmless at any time", test_power_cut_any_time, setup_imaged),
        CASE("after a failed sync a durable commit makes all of it durable", test_broken_sync, setup_imaged),
        CASE("after a failed sync the log is not trusted", test_log_not_trusted_after_broken_sync, setup_imaged),
        CASE("the log does not grow without end", test_log_is_bounded, setup),
        CASE("the log shrinks again after a slow reader", test_log_after_slow_reader, setup),
    };

    return cmocka_run_group_tests_name("store database_sqlite", tests, install, NULL);
}

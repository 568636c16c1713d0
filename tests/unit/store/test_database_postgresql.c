/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/database.h"

#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "fixture.h"

struct server_fixture {
    struct fixture *f;
    struct database *d, *other; /* the other one is a stranger's connection */
};

static struct server_fixture open_table(void **state)
{
    struct server_fixture s = { .f = *state };

    s.d = fixture_database(s.f);
    s.other = fixture_database(s.f);
    EXPECT(s.f, 0, database_execute(s.d, "CREATE TABLE t (n BIGINT UNIQUE, text TEXT, blob BYTEA)", &s.f->error));
    return s;
}

static void close_both(struct server_fixture *s)
{
    database_close(&s->d);
    database_close(&s->other);
}

static int insert(struct server_fixture *s, int64_t n)
{
    const struct query query = { "INSERT INTO t (n) VALUES ($1)", { value_number(n) } };

    return database_run(s->d, &query, NULL, &s->f->error);
}

static int64_t ask(struct fixture *f, struct database *d, const struct query *query)
{
    struct rows *rows = NULL;
    int64_t n;

    EXPECT(f, 0, database_first(d, query, &rows, &f->error));
    n = database_number(rows, 0);
    database_finish(&rows);
    return n;
}

static int64_t count(struct server_fixture *s)
{
    return ask(s->f, s->other, &(struct query){ .sql = "SELECT COUNT(*) FROM t" });
}

/* As a restart of the server does, or an administrator. */
static void end_session(struct server_fixture *s)
{
    int64_t pid = ask(s->f, s->d, &(struct query){ .sql = "SELECT pg_backend_pid()" });
    const struct query end = { "SELECT CASE WHEN pg_terminate_backend(CAST($1 AS integer), 5000) THEN 1 ELSE 0 END", { value_number(pid) } };

    assert_int_equal(1, ask(s->f, s->other, &end));
}

static void begin(struct server_fixture *s)
{
    EXPECT(s->f, 0, database_begin(s->d, &s->f->error));
}

/* --- statements ------------------------------------------------------------------------------------------------------------- */

static void test_values(void **state)
{
    struct server_fixture s = open_table(state);
    const struct query add = { "INSERT INTO t (blob, n, text) VALUES ($3, $1, $2)",
                               { value_number(INT64_MIN), value_text("na\xc3\xafve"), value_blob((struct slice){ "\0\xff", 2 }) } };
    const struct query nothing = { "INSERT INTO t (n, text, blob) VALUES ($1, $2, $3)",
                                   { value_null(), value_text(NULL), value_blob(SLICE_NONE) } };
    const struct query read = { .sql = "SELECT n, text, blob, -7, n IS NULL FROM t ORDER BY n" };
    uint64_t changed = 0;
    struct rows *rows = NULL;
    bool is_row = false;

    EXPECT(s.f, 0, database_run(s.d, &add, &changed, &s.f->error));
    assert_int_equal(1, changed);
    EXPECT(s.f, 0, database_run(s.d, &nothing, NULL, &s.f->error));
    EXPECT(s.f, 0, database_first(s.d, &read, &rows, &s.f->error));
    assert_true(database_number(rows, 0) == INT64_MIN);
    assert_true(slice_is(database_bytes(rows, 1), "na\xc3\xafve"));
    assert_true(database_bytes(rows, 2).size == 2 && memcmp(database_bytes(rows, 2).data, "\0\xff", 2) == 0);
    assert_int_equal(-7, database_number(rows, 3));
    assert_int_equal(0, database_number(rows, 4));
    EXPECT(s.f, 0, database_next(rows, &is_row, &s.f->error));
    assert_true(is_row && database_is_null(rows, 0) && database_is_null(rows, 1) && !database_is_null(rows, 2));
    assert_int_equal(0, database_number(rows, 0));
    assert_int_equal(1, database_number(rows, 4));
    EXPECT(s.f, 0, database_next(rows, &is_row, &s.f->error));
    assert_false(is_row);
    database_finish(&rows);
    close_both(&s);
}

/* The server would refuse it, and the batch with it. */
static void test_no_utf8(void **state)
{
    struct server_fixture s = open_table(state);
    const struct query latin = { "INSERT INTO t (text) VALUES ($1)", { value_text("citt\xe0") } };
    const struct query nul = { "INSERT INTO t (text) VALUES ($1)", { value_text_of((struct slice){ "a\0b", 3 }) } };

    begin(&s);
    EXPECT(s.f, ERROR_SYNTAX, database_run(s.d, &latin, NULL, &s.f->error));
    EXPECT(s.f, ERROR_SYNTAX, database_run(s.d, &nul, NULL, &s.f->error));
    EXPECT(s.f, 0, insert(&s, 1));
    EXPECT(s.f, 0, database_commit(s.d, true, &s.f->error));
    assert_int_equal(1, count(&s));
    close_both(&s);
}

static void test_spoiled(void **state)
{
    struct server_fixture s = open_table(state);
    char why[sizeof s.f->error.text];

    begin(&s);
    EXPECT(s.f, 0, insert(&s, 1));
    EXPECT(s.f, ERROR_BUG, database_execute(s.d, "INSERT INTO nowhere VALUES (1)", &s.f->error));
    assert_non_null(strstr(s.f->error.text, "nowhere"));
    assert_null(strchr(s.f->error.text, '\n'));
    snprintf(why, sizeof why, "%s", s.f->error.text);
    EXPECT(s.f, ERROR_BUG, insert(&s, 2));
    assert_string_equal(why, s.f->error.text);
    EXPECT(s.f, ERROR_BUG, database_commit(s.d, true, &s.f->error));
    begin(&s);
    EXPECT(s.f, 0, insert(&s, 3));
    EXPECT(s.f, 0, database_commit(s.d, false, &s.f->error));
    assert_int_equal(1, count(&s));
    close_both(&s);
}

/* --- failures of the server ------------------------------------------------------------------------------------------------- */

/* None of them may refuse a message for ever: others' mail fails with the batch. */
static void test_failures(void **state)
{
    static const struct {
        const char *sql;
        int code;
    } failures[] = {
        { "DO $$ BEGIN RAISE SQLSTATE '53100'; END $$", ERROR_FULL },    { "DO $$ BEGIN RAISE SQLSTATE '40001'; END $$", ERROR_BUSY },
        { "DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$", ERROR_BUSY },    { "DO $$ BEGIN RAISE SQLSTATE '53300'; END $$", ERROR_UNREACHABLE },
        { "DO $$ BEGIN RAISE SQLSTATE '58030'; END $$", ERROR_DEFERRED }, { "DO $$ BEGIN RAISE SQLSTATE '25006'; END $$", ERROR_DEFERRED },
        { "DO $$ BEGIN RAISE SQLSTATE 'XX001'; END $$", ERROR_CORRUPT }, { "DO $$ BEGIN RAISE SQLSTATE '22021'; END $$", ERROR_BUG },
        { "SET statement_timeout = 50; SELECT pg_sleep(20)", ERROR_TIMEOUT },
    };
    struct server_fixture s = open_table(state);

    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        EXPECT(s.f, failures[i].code, database_execute(s.d, failures[i].sql, &s.f->error));
        assert_int_equal(ERROR_RETRY, error_row(s.f->error.code)->disposition);
        assert_int_equal(s.f->error.code, failures[i].code);
    }
    close_both(&s);
}

static void test_locked(void **state)
{
    struct server_fixture s = open_table(state);

    EXPECT(s.f, 0, database_begin(s.other, &s.f->error));
    EXPECT(s.f, 0, database_execute(s.other, "LOCK TABLE t", &s.f->error));
    EXPECT(s.f, 0, database_execute(s.d, "SET lock_timeout = 50", &s.f->error));
    EXPECT(s.f, ERROR_BUSY, insert(&s, 1));
    database_rollback(s.other);
    EXPECT(s.f, 0, insert(&s, 1));
    close_both(&s);
}

static void test_lost_in_transaction(void **state)
{
    struct server_fixture s = open_table(state);
    uint64_t session;

    EXPECT(s.f, 0, insert(&s, 1));
    session = database_session(s.d);
    begin(&s);
    EXPECT(s.f, 0, insert(&s, 2));
    end_session(&s);
    EXPECT(s.f, ERROR_CLOSED, insert(&s, 3));
    EXPECT(s.f, ERROR_CLOSED, insert(&s, 4));
    EXPECT(s.f, ERROR_CLOSED, database_commit(s.d, true, &s.f->error));
    assert_int_equal(session, database_session(s.d));
    begin(&s);
    assert_int_equal(session + 1, database_session(s.d));
    EXPECT(s.f, 0, insert(&s, 5));
    EXPECT(s.f, 0, database_commit(s.d, true, &s.f->error));
    assert_int_equal(2, count(&s));
    close_both(&s);
}

static void test_lost_between(void **state)
{
    struct server_fixture s = open_table(state);

    EXPECT(s.f, 0, insert(&s, 1));
    end_session(&s);
    begin(&s);
    EXPECT(s.f, 0, insert(&s, 2));
    EXPECT(s.f, 0, database_commit(s.d, true, &s.f->error));
    assert_int_equal(2, count(&s));
    close_both(&s);
}

/* It takes connections and says nothing. */
static int listen_silently(char *out_url, size_t size)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(0, bind(fd, (struct sockaddr *)&address, length));
    assert_int_equal(0, listen(fd, 5));
    assert_int_equal(0, getsockname(fd, (struct sockaddr *)&address, &length));
    snprintf(out_url, size, "postgresql://opec:segreto@127.0.0.1:%u/opec?connect_timeout=2", ntohs(address.sin_port));
    return fd;
}

static void test_silent(void **state)
{
    struct fixture *f = *state;
    struct database *d = NULL;
    char url[100];
    int fd = listen_silently(url, sizeof url);
    int64_t began = clock_monotonic_ms();

    EXPECT(f, ERROR_UNREACHABLE, database_postgresql_open(url, "opec", DATABASE_WRITE, &d, &f->error));
    assert_null(d);
    assert_in_range(clock_monotonic_ms() - began, 1000, 6000);
    assert_non_null(strstr(f->error.text, "postgresql://127.0.0.1:"));
    assert_null(strstr(f->error.text, "segreto"));
    file_close(&fd);
}

/* --- durability ------------------------------------------------------------------------------------------------------------- */

/* The lab's server flushes its log by itself after ten seconds only. */
static bool is_on_disk(struct server_fixture *s)
{
    return ask(s->f, s->other, &(struct query){ .sql = "SELECT (pg_current_wal_insert_lsn() <= pg_current_wal_flush_lsn())" }) != 0;
}

static void test_durable(void **state)
{
    struct server_fixture s = open_table(state);

    begin(&s);
    EXPECT(s.f, 0, insert(&s, 1));
    EXPECT(s.f, 0, database_commit(s.d, true, &s.f->error));
    assert_true(is_on_disk(&s));
    begin(&s);
    EXPECT(s.f, 0, insert(&s, 2));
    EXPECT(s.f, 0, database_commit(s.d, false, &s.f->error));
    assert_true(is_on_disk(&s));
    assert_int_equal(2, count(&s));
    close_both(&s);
}

static void test_read_only(void **state)
{
    struct server_fixture s = open_table(state);
    struct database *reader = NULL;

    EXPECT(s.f, 0, database_postgresql_open(s.f->url, "opec", DATABASE_READ, &reader, &s.f->error));
    EXPECT(s.f, ERROR_DEFERRED, database_execute(reader, "INSERT INTO t (n) VALUES (1)", &s.f->error));
    database_close(&reader);
    close_both(&s);
}

/* --- names ------------------------------------------------------------------------------------------------------------------ */

static void test_names(void **state)
{
    struct fixture *f = *state;
    char name[200];
    struct database *d = NULL;

    EXPECT(f, 0, database_postgresql_name("postgresql://opec:segreto@db.alfa.example:5433/pec?sslmode=require", name, sizeof name, &f->error));
    assert_string_equal("postgresql://db.alfa.example:5433/pec", name);
    EXPECT(f, ERROR_CONFIG, database_postgresql_open("postgresql://opec:segreto@[::1/pec", "opec", DATABASE_WRITE, &d, &f->error));
    assert_null(strstr(f->error.text, "segreto"));
    EXPECT(f, ERROR_CONFIG, database_postgresql_open("postgresql://opec:segreto%2@h/pec", "opec", DATABASE_WRITE, &d, &f->error));
    assert_null(strstr(f->error.text, "segreto"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("values go in by number and come back as they were", test_values, fixture_setup_folder),
        CASE("a text that the server cannot keep leaves the batch whole", test_no_utf8, fixture_setup_folder),
        CASE("a failure spoils its transaction and no other", test_spoiled, fixture_setup_folder),
        CASE("each failure of the server has its meaning, and may pass", test_failures, fixture_setup_folder),
        CASE("what another has locked is busy, not for ever", test_locked, fixture_setup_folder),
        CASE("a connection lost in a transaction spoils it; the next one has a new connection", test_lost_in_transaction, fixture_setup_folder),
        CASE("a connection lost between two transactions costs nothing", test_lost_between, fixture_setup_folder),
        CASE("a silent server is given up", test_silent, fixture_setup_folder),
        CASE("each commit waits for the disk: a server that crashes forgets no step", test_durable, fixture_setup_folder),
        CASE("a reader cannot write", test_read_only, fixture_setup_folder),
        CASE("no name shows a password", test_names, fixture_setup_folder),
    };

    return cmocka_run_group_tests_name("store database_postgresql", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "fixture.h"

static void put(struct fixture *f, const char *name, const char *value)
{
    EXPECT(f, 0, store_setting_put(f->store, name, slice_of(value), &f->error));
}

/* "" if there is no such setting. */
static const char *get(struct fixture *f, struct store *store, const char *name)
{
    struct slice value = SLICE("");
    int result = store_setting_get(store, name, f->arena, &value, &f->error);

    if (result != ERROR_NOT_FOUND)
        EXPECT(f, 0, result);
    return value.data;
}

/* --- opening ---------------------------------------------------------------------------------------------------------------- */

static void test_urls(void **state)
{
    struct fixture *f = *state;
    static const char *const urls[] = { "", "sqlite", "sqlite:", "sqlite:relative.db", "sqlite::memory:", "postgres",
                                        "/var/lib/opec.db", "SQLITE:/x" };

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        EXPECT(f, ERROR_CONFIG, store_open(urls[i], "nodo", &f->store, &f->error));
        EXPECT(f, ERROR_CONFIG, store_open_reader(urls[i], "nodo", &f->store, &f->error));
        assert_null(f->store);
    }
}

static void test_no_folder(void **state)
{
    struct fixture *f = *state;
    char url[FIXTURE_PATH_SIZE + 40], path[FIXTURE_PATH_SIZE];

    ONLY_IN_A_FILE(f);
    snprintf(path, sizeof path, "%s/none", f->folder);
    snprintf(url, sizeof url, "sqlite:%s/opec.db", path);
    EXPECT(f, ERROR_FILE, store_open(url, "nodo", &f->store, &f->error));
    assert_non_null(strstr(f->error.text, path));
    EXPECT(f, ERROR_FILE, store_open_reader(url, "nodo", &f->store, &f->error));
    assert_non_null(strstr(f->error.text, path));
    assert_null(f->store);
}

static void test_no_database(void **state)
{
    struct fixture *f = *state;
    struct error e = { 0 };
    char content[8192];

    ONLY_IN_A_FILE(f);
    EXPECT(f, ERROR_FILE, store_open_reader(f->url, "nodo", &f->store, &f->error));
    memset(content, 'x', sizeof content);
    assert_int_equal(0, file_replace(f->path, (struct slice){ content, sizeof content }, 0600, &e));
    EXPECT(f, ERROR_CORRUPT, store_open(f->url, "nodo", &f->store, &f->error));
    EXPECT(f, ERROR_CORRUPT, store_open_reader(f->url, "nodo", &f->store, &f->error));
    assert_null(f->store);
}

static void test_reopened(void **state)
{
    struct fixture *f = *state;
    struct stat st;

    fixture_open(f);
    EXPECT(f, 0, store_begin(f->store, &f->error));
    put(f, "kept", "1");
    EXPECT(f, 0, store_commit(f->store, false, &f->error));
    store_close(&f->store);
    assert_null(f->store);
    if (!f->is_shared) {
        assert_int_equal(0, stat(f->path, &st));
        assert_int_equal(0, st.st_mode & 07137);
    }
    fixture_open(f);
    assert_string_equal("1", get(f, f->store, "kept"));
}

static void test_one_writer(void **state)
{
    struct fixture *f = *state;
    struct store *second = NULL;

    EXPECT(f, ERROR_BUSY, store_open(f->url, "nodo", &second, &f->error));
    assert_null(second);
    assert_non_null(strstr(f->error.text, f->is_shared ? "the node nodo" : f->path));
    store_close(&f->store);
    fixture_open(f);
}

/* A process that is killed leaves its lock and its commits to the next one. */
static void test_killed_writer(void **state)
{
    struct fixture *f = *state;
    int status;
    pid_t child = fork();

    if (child == 0) {
        if (store_open(f->url, "nodo", &f->store, NULL) != 0 || store_begin(f->store, NULL) != 0 ||
            store_setting_put(f->store, "committed", SLICE("1"), NULL) != 0 || store_commit(f->store, false, NULL) != 0 ||
            store_begin(f->store, NULL) != 0 || store_setting_put(f->store, "begun", SLICE("1"), NULL) != 0)
            _exit(1);
        raise(SIGKILL);
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFSIGNALED(status));
    fixture_open(f);
    assert_string_equal("1", get(f, f->store, "committed"));
    assert_string_equal("", get(f, f->store, "begun"));
}

static void test_reader(void **state)
{
    struct fixture *f = *state;
    struct store *reader = NULL;

    EXPECT(f, 0, store_begin(f->store, &f->error));
    put(f, "a", "1");
    EXPECT(f, 0, store_commit(f->store, false, &f->error));
    EXPECT(f, 0, store_open_reader(f->url, "nodo", &reader, &f->error));
    EXPECT(f, 0, store_begin(f->store, &f->error));
    put(f, "a", "2");
    assert_string_equal("1", get(f, reader, "a"));
    EXPECT(f, 0, store_commit(f->store, false, &f->error));
    assert_string_equal("2", get(f, reader, "a"));
    assert_int_not_equal(0, store_setting_put(reader, "a", SLICE("3"), &f->error));
    EXPECT(f, 0, store_begin(reader, &f->error));
    assert_string_equal("2", get(f, reader, "a"));
    EXPECT(f, 0, store_begin(f->store, &f->error));
    put(f, "a", "4");
    EXPECT(f, 0, store_commit(f->store, true, &f->error));
    assert_string_equal("2", get(f, reader, "a"));
    EXPECT(f, 0, store_commit(reader, false, &f->error));
    assert_string_equal("4", get(f, reader, "a"));
    store_close(&reader);
    EXPECT(f, 0, store_begin(f->store, &f->error));
    put(f, "a", "5");
    EXPECT(f, 0, store_commit(f->store, true, &f->error));
}

/* --- batches ---------------------------------------------------------------------------------------------------------------- */

static void test_rollback(void **state)
{
    struct fixture *f = *state;

    EXPECT(f, 0, store_begin(f->store, &f->error));
    put(f, "a", "1");
    store_rollback(f->store);
    store_rollback(f->store);
    assert_string_equal("", get(f, f->store, "a"));
    EXPECT(f, 0, store_begin(f->store, &f->error));
    put(f, "a", "2");
    EXPECT(f, 0, store_commit(f->store, true, &f->error));
    store_rollback(f->store);
    assert_string_equal("2", get(f, f->store, "a"));
}

static void test_batches_do_not_nest(void **state)
{
    struct fixture *f = *state;

    EXPECT(f, ERROR_BUG, store_commit(f->store, true, &f->error));
    EXPECT(f, 0, store_begin(f->store, &f->error));
    EXPECT(f, ERROR_BUG, store_begin(f->store, &f->error));
    put(f, "a", "1");
    EXPECT(f, 0, store_commit(f->store, true, &f->error));
    assert_string_equal("1", get(f, f->store, "a"));
}

static void test_answers_leave_batch_whole(void **state)
{
    struct fixture *f = *state;
    struct stored_plan plan;

    EXPECT(f, 0, store_begin(f->store, &f->error));
    put(f, "a", "1");
    EXPECT(f, 0, store_domain_add(f->store, "alfa.example", 1, &f->error));
    EXPECT(f, ERROR_EXISTS, store_domain_add(f->store, "alfa.example", 1, &f->error));
    EXPECT(f, ERROR_NOT_FOUND, store_domain_remove(f->store, "beta.example", &f->error));
    EXPECT(f, ERROR_NOT_FOUND, store_plan_find(f->store, fixture_key(1), f->arena, &plan, &f->error));
    put(f, "b", "1");
    EXPECT(f, 0, store_commit(f->store, true, &f->error));
    assert_string_equal("1", get(f, f->store, "a"));
    assert_string_equal("1", get(f, f->store, "b"));
}

static void test_closed_in_batch(void **state)
{
    struct fixture *f = *state;

    EXPECT(f, 0, store_begin(f->store, &f->error));
    put(f, "a", "1");
    store_close(&f->store);
    store_close(&f->store);
    fixture_open(f);
    assert_string_equal("", get(f, f->store, "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("another kind of URL is refused", test_urls, fixture_setup_folder),
        CASE("a folder that is not there is named", test_no_folder, fixture_setup_folder),
        CASE("a file that is no database is refused", test_no_database, fixture_setup_folder),
        CASE("a store is there again when it is opened again", test_reopened, fixture_setup_folder),
        CASE("there is one writer at a time", test_one_writer, fixture_setup),
        CASE("a killed writer loses nothing that was committed", test_killed_writer, fixture_setup_folder),
        CASE("a reader sees what is committed, beside the writer", test_reader, fixture_setup),
        CASE("a batch that is rolled back leaves nothing", test_rollback, fixture_setup),
        CASE("batches do not nest", test_batches_do_not_nest, fixture_setup),
        CASE("a refused change leaves its batch whole", test_answers_leave_batch_whole, fixture_setup),
        CASE("a store closed in a batch has rolled it back", test_closed_in_batch, fixture_setup),
    };

    return cmocka_run_group_tests_name("store store", tests, NULL, NULL);
}

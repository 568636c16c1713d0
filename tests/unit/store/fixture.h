/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A store for each test, in a folder of its own. Which engine it has is decided here and nowhere else: SQLite, or the PostgreSQL server
 * whose URL is in OPEC_TEST_STORE, where it is a schema of its own.
 */
#ifndef OPEC_TESTS_UNIT_STORE_FIXTURE_H
#define OPEC_TESTS_UNIT_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "store/database.h"
#include "store/store.h"

enum { FIXTURE_PATH_SIZE = 256 };

struct fixture {
    char folder[FIXTURE_PATH_SIZE - 64];
    bool is_shared;               /* the store is on a server */
    char path[FIXTURE_PATH_SIZE]; /* of the database; "" on a server */
    char url[FIXTURE_PATH_SIZE + 100];
    struct store *store;
    struct arena *arena;
    struct error error;
};

/* For cmocka_unit_test_setup_teardown: an open store, and a batch of it begun in `fixture_begin_batch`. */
int fixture_setup(void **state);
int fixture_setup_batch(void **state);
int fixture_teardown(void **state);

/* Only the folder and the names. */
int fixture_setup_folder(void **state);

void fixture_open(struct fixture *f);

/* For what only a file has, or only a server: elsewhere the test ends here. */
#define ONLY_IN_A_FILE(f) do { if ((f)->is_shared) skip(); } while (0)
#define ONLY_ON_A_SERVER(f) do { if (!(f)->is_shared) skip(); } while (0)

/* The database itself, to write. */
struct database *fixture_database(struct fixture *f);
/* Commit, not durable, and begin the next batch. */
void fixture_next_batch(struct fixture *f);

/* `result` is `wanted`; else the test fails with the error's words. */
#define EXPECT(f, wanted, result) fixture_expect((f), (wanted), (result), #result, __FILE__, __LINE__)
void fixture_expect(const struct fixture *f, int wanted, int result, const char *what, const char *file, int line);

/* A key that is all the same byte. */
const unsigned char *fixture_key(unsigned char byte);

int64_t fixture_file_size(const char *path);

/* Test cases are named by sentences. */
#define CASE(sentence, function, setup) { sentence, function, setup, fixture_teardown, NULL }

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "store/schema.h"

/* A second node on the same store. */
static struct store *join(struct fixture *f, const char *node)
{
    struct store *s = NULL;

    EXPECT(f, 0, store_open(f->url, node, &s, &f->error));
    return s;
}

static bool claim(struct fixture *f, struct store *s, unsigned char key)
{
    bool is_taken = false;

    EXPECT(f, 0, store_claim(s, fixture_key(key), &is_taken, &f->error));
    return is_taken;
}

static void unclaim(struct fixture *f, struct store *s, unsigned char key)
{
    EXPECT(f, 0, store_unclaim(s, fixture_key(key), &f->error));
}

/* The connections of a node end, as when the server is started anew. */
static void end_sessions(struct fixture *f, const char *label)
{
    struct database *d = fixture_database(f);
    const struct query query = { "SELECT COUNT(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE application_name = $1",
                                 { value_text(label) } };

    EXPECT(f, 0, database_run(d, &query, NULL, &f->error));
    database_close(&d);
}

static void test_claims(void **state)
{
    struct fixture *f = *state;
    struct store *second = join(f, "secondo");

    EXPECT(f, 0, store_begin(f->store, &f->error));
    assert_true(claim(f, f->store, 1));
    assert_false(claim(f, second, 1));
    assert_true(claim(f, second, 2));
    store_rollback(f->store);
    assert_false(claim(f, second, 1));
    unclaim(f, f->store, 1);
    assert_true(claim(f, second, 1));
    assert_false(claim(f, f->store, 1));
    store_close(&second);
}

static void test_claims_of_the_dead(void **state)
{
    struct fixture *f = *state;
    struct store *second = join(f, "secondo");
    uint64_t session = store_session(second);

    assert_true(claim(f, second, 1));
    assert_false(claim(f, f->store, 1));
    end_sessions(f, "opec secondo");
    assert_true(claim(f, f->store, 1));
    EXPECT(f, 0, store_begin(second, &f->error));
    assert_int_not_equal(session, store_session(second));
    assert_false(claim(f, second, 1));
    store_close(&second);
}

/* It has its name again before it does anything. */
static void test_name_after_a_lost_connection(void **state)
{
    struct fixture *f = *state;
    struct store *other = NULL;

    end_sessions(f, "opec nodo");
    EXPECT(f, 0, store_begin(f->store, &f->error));
    EXPECT(f, 0, store_setting_put(f->store, "a", SLICE("1"), &f->error));
    EXPECT(f, 0, store_commit(f->store, true, &f->error));
    EXPECT(f, ERROR_BUSY, store_open(f->url, "nodo", &other, &f->error));
    assert_non_null(strstr(f->error.text, "store.node"));
}

/* Somebody else took it meanwhile: then this one must not write. */
static void test_name_taken(void **state)
{
    struct fixture *f = *state;
    struct store *other;

    end_sessions(f, "opec nodo");
    other = join(f, "nodo");
    EXPECT(f, ERROR_BUSY, store_begin(f->store, &f->error));
    EXPECT(f, ERROR_BUG, store_commit(f->store, true, &f->error));
    store_close(&other);
    EXPECT(f, 0, store_begin(f->store, &f->error));
    EXPECT(f, 0, store_commit(f->store, true, &f->error));
}

/* --- what is known of the others --------------------------------------------------------------------------------------------- */

static void test_others(void **state)
{
    struct fixture *f = *state;
    struct store *second = join(f, "secondo");
    struct stored_node *nodes;
    struct slice head;
    size_t count = 77;

    EXPECT(f, ERROR_NOT_FOUND, store_node_head(f->store, f->arena, &head, &f->error));
    EXPECT(f, 0, store_node_others(f->store, f->arena, &nodes, &count, &f->error));
    assert_int_equal(0, count);
    EXPECT(f, 0, store_node_put(f->store, SLICE("5 aa"), 100, &f->error));
    EXPECT(f, 0, store_node_seen(second, 200, &f->error));
    EXPECT(f, 0, store_node_put(second, SLICE("7 bb"), 210, &f->error));
    EXPECT(f, 0, store_node_seen(second, 220, &f->error));
    EXPECT(f, 0, store_node_others(f->store, f->arena, &nodes, &count, &f->error));
    assert_int_equal(1, count);
    assert_string_equal("secondo", nodes[0].name);
    assert_true(slice_is(nodes[0].head, "7 bb"));
    assert_int_equal(220, nodes[0].seen);
    EXPECT(f, 0, store_node_head(f->store, f->arena, &head, &f->error));
    assert_true(slice_is(head, "5 aa"));
    store_close(&second);
}

enum { STARTERS = 6 };

struct starter {
    const char *url;
    struct error error;
    int result;
};

static void *start(void *arg)
{
    struct starter *s = arg;
    struct database *d = NULL;

    s->result = database_postgresql_open(s->url, "opec test", DATABASE_WRITE, &d, &s->error);
    if (s->result == 0)
        s->result = schema_update(d, &s->error);
    database_close(&d);
    return NULL;
}

/* Nodes that start at once: one makes the tables, none fails. */
static void test_starts_at_once(void **state)
{
    struct fixture *f = *state;
    struct starter starters[STARTERS];
    pthread_t threads[STARTERS];

    for (size_t i = 0; i < STARTERS; i++) {
        starters[i] = (struct starter){ .url = f->url };
        assert_int_equal(0, pthread_create(&threads[i], NULL, start, &starters[i]));
    }
    for (size_t i = 0; i < STARTERS; i++)
        assert_int_equal(0, pthread_join(threads[i], NULL));
    for (size_t i = 0; i < STARTERS; i++) {
        f->error = starters[i].error;
        EXPECT(f, 0, starters[i].result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("a message is in the hands of one node", test_claims, fixture_setup),
        CASE("what a dead node had in hand is free, and its own no more", test_claims_of_the_dead, fixture_setup),
        CASE("a node has its name again after a lost connection", test_name_after_a_lost_connection, fixture_setup),
        CASE("a node whose name was taken writes nothing", test_name_taken, fixture_setup),
        CASE("a node knows how far the others are", test_others, fixture_setup),
        CASE("nodes that start at once make the schema once", test_starts_at_once, fixture_setup_folder),
    };

    return cmocka_run_group_tests_name("store locks", tests, NULL, NULL);
}

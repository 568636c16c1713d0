/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/rope.h"
#include "fixture.h"

static void track(struct fixture *f, uint64_t number, const char *address, int64_t first_due, int64_t second_due)
{
    struct stored_recipient recipient = { .address = address, .certified = true };
    char id[40];
    const struct stored_transaction t = { .number = number, .pec_id = id, .recipients = &recipient, .recipient_count = 1 };

    snprintf(id, sizeof id, "%llu@alfa.example", (unsigned long long)number);
    EXPECT(f, 0, store_track(f->store, &t, first_due, second_due, &f->error));
}

static struct stored_task *due(struct fixture *f, int64_t now, size_t limit, size_t *out_count)
{
    struct stored_task *tasks = NULL;

    EXPECT(f, 0, store_task_due(f->store, now, limit, f->arena, &tasks, out_count, &f->error));
    return tasks;
}

static void expect_next(struct fixture *f, int64_t wanted)
{
    int64_t next = 77;

    EXPECT(f, 0, store_task_next(f->store, &next, &f->error));
    assert_true(next == wanted);
}

static void done(struct fixture *f, uint64_t id)
{
    EXPECT(f, 0, store_task_done(f->store, id, &f->error));
}

static bool is_closed(struct fixture *f, uint64_t number)
{
    struct stored_transaction t = { 0 };

    EXPECT(f, 0, store_transaction_find(f->store, number, f->arena, &t, &f->error));
    return t.recipients[0].closed;
}

static void test_none(void **state)
{
    struct fixture *f = *state;
    size_t count = 77;

    due(f, INT64_MAX, 10, &count);
    assert_int_equal(0, count);
    expect_next(f, INT64_MAX);
}

static void test_due(void **state)
{
    struct fixture *f = *state;
    struct stored_task *tasks;
    uint64_t first;
    size_t count;

    track(f, 7, "Anna@alfa.example", 100, 200);
    due(f, 99, 10, &count);
    assert_int_equal(0, count);
    tasks = due(f, 100, 10, &count);
    assert_int_equal(1, count);
    assert_int_equal(TASK_FIRST_NOTICE, tasks[0].kind);
    assert_int_equal(100, tasks[0].due);
    assert_int_equal(7, tasks[0].transaction);
    assert_string_equal("Anna@alfa.example", tasks[0].address);
    assert_int_not_equal(0, tasks[0].id);
    first = tasks[0].id;
    done(f, first);
    due(f, 199, 10, &count);
    assert_int_equal(0, count);
    tasks = due(f, 200, 10, &count);
    assert_int_equal(1, count);
    assert_int_equal(TASK_SECOND_NOTICE, tasks[0].kind);
    assert_int_equal(200, tasks[0].due);
    assert_int_not_equal(first, tasks[0].id);
}

/* 3.1.6: the first notice announces the second. After an outage over the hours of both they come one after the other. */
static void test_second_waits_for_first(void **state)
{
    struct fixture *f = *state;
    struct stored_task *tasks;
    size_t count;

    track(f, 1, "a@alfa.example", 100, 200);
    track(f, 2, "b@alfa.example", 100, 200);
    tasks = due(f, 1000, 10, &count);
    assert_int_equal(2, count);
    assert_int_equal(TASK_FIRST_NOTICE, tasks[0].kind);
    assert_int_equal(TASK_FIRST_NOTICE, tasks[1].kind);
    done(f, tasks[0].id);
    tasks = due(f, 1000, 10, &count);
    assert_int_equal(2, count);
    assert_int_equal(TASK_FIRST_NOTICE, tasks[0].kind);
    assert_int_equal(2, tasks[0].transaction);
    assert_int_equal(TASK_SECOND_NOTICE, tasks[1].kind);
    assert_int_equal(1, tasks[1].transaction);
}

static void test_order(void **state)
{
    struct fixture *f = *state;
    static const int64_t wanted[] = { 150, 200, 250, 300 };
    struct stored_task *tasks;
    size_t count;

    track(f, 1, "a@alfa.example", 100, 300);
    track(f, 2, "b@alfa.example", 50, 200);
    track(f, 3, "c@alfa.example", 150, 400);
    track(f, 4, "d@alfa.example", 250, 400);
    tasks = due(f, 100, 10, &count);
    assert_int_equal(2, count);
    assert_int_equal(50, tasks[0].due);
    done(f, tasks[0].id);
    done(f, tasks[1].id);
    tasks = due(f, 1000, 10, &count);
    assert_int_equal(4, count);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(wanted[i], tasks[i].due);
    tasks = due(f, 1000, 3, &count);
    assert_int_equal(3, count);
    assert_int_equal(250, tasks[2].due);
    due(f, 1000, 0, &count);
    assert_int_equal(0, count);
}

static void test_next(void **state)
{
    struct fixture *f = *state;
    struct stored_task *tasks;
    size_t count;

    track(f, 1, "a@alfa.example", 100, 400);
    track(f, 2, "b@alfa.example", 200, 300);
    expect_next(f, 100);
    tasks = due(f, 1000, 10, &count);
    done(f, tasks[0].id);
    expect_next(f, 200);
    done(f, tasks[1].id);
    expect_next(f, 300);
    tasks = due(f, 1000, 10, &count);
    done(f, tasks[0].id);
    expect_next(f, 400);
    done(f, tasks[1].id);
    expect_next(f, INT64_MAX);
}

static void test_first_done(void **state)
{
    struct fixture *f = *state;
    struct stored_task *tasks;
    size_t count;

    track(f, 1, "a@alfa.example", 100, 200);
    tasks = due(f, 100, 10, &count);
    done(f, tasks[0].id);
    done(f, tasks[0].id);
    assert_false(is_closed(f, 1));
    tasks = due(f, 200, 10, &count);
    assert_int_equal(1, count);
    assert_int_equal(TASK_SECOND_NOTICE, tasks[0].kind);
}

static void test_second_done(void **state)
{
    struct fixture *f = *state;
    struct stored_task *tasks;
    bool known = true;
    size_t count;

    track(f, 1, "a@alfa.example", 100, 200);
    track(f, 2, "b@alfa.example", 100, 200);
    tasks = due(f, 200, 10, &count);
    done(f, tasks[0].id);
    done(f, tasks[1].id);
    tasks = due(f, 200, 10, &count);
    assert_int_equal(2, count);
    assert_int_equal(1, tasks[0].transaction);
    done(f, tasks[0].id);
    assert_true(is_closed(f, 1));
    assert_false(is_closed(f, 2));
    tasks = due(f, 200, 10, &count);
    assert_int_equal(1, count);
    assert_int_equal(2, tasks[0].transaction);
    EXPECT(f, 0, store_untrack(f->store, "1@alfa.example", "a@alfa.example", UNTRACK_ALL, &known, &f->error));
    assert_false(known);
}

static void test_done_unknown(void **state)
{
    struct fixture *f = *state;
    size_t count;

    track(f, 1, "a@alfa.example", 100, 200);
    done(f, 0);
    done(f, 1);
    done(f, 1000000);
    done(f, UINT64_MAX);
    due(f, 1000, 10, &count);
    assert_int_equal(1, count);
    assert_false(is_closed(f, 1));
}

static size_t due_for(struct fixture *f, struct store *s, int64_t now)
{
    struct stored_task *tasks = NULL;
    size_t count = 77;

    EXPECT(f, 0, store_task_due(s, now, 10, f->arena, &tasks, &count, &f->error));
    return count;
}

/* A node that goes on asking keeps what it has; one that has died does not. */
static void test_lent(void **state)
{
    struct fixture *f = *state;
    struct store *second = NULL;

    ONLY_ON_A_SERVER(f);
    EXPECT(f, 0, store_open(f->url, "secondo", &second, &f->error));
    track(f, 1, "a@alfa.example", 100, 120);
    fixture_next_batch(f);
    assert_int_equal(1, due_for(f, f->store, 100));
    assert_int_equal(0, due_for(f, second, 100)); /* also while the other's batch is open */
    fixture_next_batch(f);
    assert_int_equal(0, due_for(f, second, 100 + STORE_LENT - 1));
    assert_int_equal(1, due_for(f, f->store, 130));
    fixture_next_batch(f);
    assert_int_equal(0, due_for(f, second, 100 + STORE_LENT));
    assert_int_equal(1, due_for(f, second, 130 + STORE_LENT));
    assert_int_equal(0, due_for(f, f->store, 130 + STORE_LENT + 1));
    fixture_next_batch(f);
    store_close(&second);
}

/* The second notice may be anybody's at once. */
static void test_lent_no_more(void **state)
{
    struct fixture *f = *state;
    struct store *second = NULL;
    struct stored_task *tasks;
    size_t count;

    ONLY_ON_A_SERVER(f);
    EXPECT(f, 0, store_open(f->url, "secondo", &second, &f->error));
    track(f, 1, "a@alfa.example", 100, 120);
    tasks = due(f, 130, 10, &count);
    done(f, tasks[0].id);
    fixture_next_batch(f);
    assert_int_equal(1, due_for(f, second, 130));
    store_close(&second);
}

enum { NEVER = 99, HOUR = 3600, HOURS = 48 };

/* The hours in which receipts come, and the hours of the notices. The first three are the scenarios of RFC 6109 3.1.6 in their order. */
static const struct {
    const char *name;
    int take_charge, delivery;
    const char *notices;
} scenarios[] = {
    { "taken in charge in time, never delivered", 1, NEVER, " second at 24" },
    { "never taken in charge, delivered after the first notice", NEVER, 13, " first at 12" },
    { "neither", NEVER, NEVER, " first at 12 second at 24" },
    { "taken in charge after the first notice, never delivered", 13, NEVER, " first at 12 second at 24" },
    { "taken in charge after the first notice, delivered before the second", 13, 23, " first at 12" },
    { "taken in charge in time, delivered late in the day", 11, 23, "" },
    { "delivered in time, without a take-charge", NEVER, 11, "" },
    { "delivered first, taken in charge later", 2, 1, "" },
    { "delivered after the second notice", NEVER, 30, " first at 12 second at 24" },
};

static void test_scenarios(void **state)
{
    struct fixture *f = *state;

    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        const char *id = arena_printf(f->arena, "%zu@alfa.example", i + 1);
        struct rope told = rope_new(f->arena);
        struct stored_task *tasks;
        bool known;
        size_t count;

        track(f, i + 1, "a@alfa.example", 12 * HOUR, 24 * HOUR);
        for (int hour = 0; hour < HOURS; hour++) {
            if (hour == scenarios[i].take_charge)
                EXPECT(f, 0, store_untrack(f->store, id, "a@alfa.example", UNTRACK_FIRST, &known, &f->error));
            if (hour == scenarios[i].delivery)
                EXPECT(f, 0, store_untrack(f->store, id, "a@alfa.example", UNTRACK_ALL, &known, &f->error));
            for (tasks = due(f, hour * HOUR, 1, &count); count; tasks = due(f, hour * HOUR, 1, &count)) {
                rope_printf(&told, " %s at %d", tasks[0].kind == TASK_FIRST_NOTICE ? "first" : "second", hour);
                done(f, tasks[0].id);
            }
        }
        if (!slice_is(rope_flat(&told), scenarios[i].notices))
            fail_msg("%s:%.*s", scenarios[i].name, SLICE_ARGS(rope_flat(&told)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("without transactions nothing is due", test_none, fixture_setup_batch),
        CASE("a notice is due at its second, not before (3.1.6)", test_due, fixture_setup_batch),
        CASE("tasks come earliest first, no more than asked for", test_order, fixture_setup_batch),
        CASE("the next task is the earliest that is not done", test_next, fixture_setup_batch),
        CASE("the second notice waits for the first (3.1.6)", test_second_waits_for_first, fixture_setup_batch),
        CASE("after the first notice the second still comes (3.1.6)", test_first_done, fixture_setup_batch),
        CASE("after the second notice the recipient is closed (3.1.6)", test_second_done, fixture_setup_batch),
        CASE("each scenario has its notices (3.1.6)", test_scenarios, fixture_setup_batch),
        CASE("a task is lent to one node, for a while", test_lent, fixture_setup_batch),
        CASE("after a first notice the second is anybody's", test_lent_no_more, fixture_setup_batch),
        CASE("a task that is not there may be done", test_done_unknown, fixture_setup_batch),
    };

    return cmocka_run_group_tests_name("store tasks", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "fixture.h"

static struct stored_plan find(struct fixture *f, unsigned char key)
{
    struct stored_plan plan = { 0 };

    EXPECT(f, 0, store_plan_find(f->store, fixture_key(key), f->arena, &plan, &f->error));
    return plan;
}

static void find_none(struct fixture *f, unsigned char key)
{
    struct stored_plan plan = { .created = 77 };

    EXPECT(f, ERROR_NOT_FOUND, store_plan_find(f->store, fixture_key(key), f->arena, &plan, &f->error));
    assert_int_equal(77, plan.created);
    assert_non_null(strstr(f->error.text, "plan"));
}

static void add(struct fixture *f, unsigned char key, int64_t created, const char *record)
{
    EXPECT(f, 0, store_plan_add(f->store, fixture_key(key), created, slice_of(record), &f->error));
}

/* Is it new? */
static bool add_outcome(struct fixture *f, unsigned char key, uint32_t number, const char *record)
{
    bool is_new = false;

    EXPECT(f, 0, store_outcome_add(f->store, fixture_key(key), number, slice_of(record), &is_new, &f->error));
    return is_new;
}

static bool finish(struct fixture *f, unsigned char key, int64_t now, const char *answer)
{
    bool is_new = false;

    EXPECT(f, 0, store_plan_finish(f->store, fixture_key(key), now, answer, &is_new, &f->error));
    return is_new;
}

static void test_open_plan(void **state)
{
    struct fixture *f = *state;
    struct stored_plan plan;

    add(f, 1, 1000, "{\"plan\":1}");
    add(f, 2, 2000, "{\"plan\":2}");
    fixture_next_batch(f);
    plan = find(f, 1);
    assert_int_equal(1000, plan.created);
    assert_false(plan.finished);
    assert_true(slice_is(plan.record, "{\"plan\":1}"));
    assert_int_equal(0, plan.outcome_count);
    assert_true(slice_is(find(f, 2).record, "{\"plan\":2}"));
    find_none(f, 3);
}

static void test_record_bytes(void **state)
{
    struct fixture *f = *state;
    static char large[300000];
    struct stored_plan plan = { 0 };
    bool is_new;

    for (size_t i = 0; i < sizeof large; i++)
        large[i] = (char)(i * 31 + i / 251);
    EXPECT(f, 0, store_plan_add(f->store, fixture_key(1), 0, (struct slice){ large, sizeof large }, &f->error));
    EXPECT(f, 0, store_plan_add(f->store, fixture_key(2), 0, SLICE_NONE, &f->error));
    EXPECT(f, 0, store_outcome_add(f->store, fixture_key(2), 0, SLICE_NONE, &is_new, &f->error));
    plan = find(f, 1);
    assert_int_equal(sizeof large, plan.record.size);
    assert_memory_equal(large, plan.record.data, sizeof large);
    assert_int_equal('\0', plan.record.data[sizeof large]);
    plan = find(f, 2);
    assert_int_equal(0, plan.record.size);
    assert_int_equal(1, plan.outcome_count);
    assert_int_equal(0, plan.outcomes[0].size);
}

static void test_added_twice(void **state)
{
    struct fixture *f = *state;

    add(f, 1, 1000, "first");
    add_outcome(f, 1, 0, "out");
    add(f, 1, 2000, "second");
    assert_true(slice_is(find(f, 1).record, "first"));
    assert_int_equal(1000, find(f, 1).created);
    assert_int_equal(1, find(f, 1).outcome_count);
}

static void test_outcomes(void **state)
{
    struct fixture *f = *state;
    struct stored_plan plan;
    char text[20];

    add(f, 1, 1000, "plan");
    add(f, 2, 1000, "plan");
    add_outcome(f, 2, 0, "other");
    for (uint32_t i = 0; i < 300; i++) {
        snprintf(text, sizeof text, "outcome %u", i);
        assert_true(add_outcome(f, 1, i, text));
    }
    assert_false(add_outcome(f, 1, 7, "again"));
    plan = find(f, 1);
    assert_int_equal(300, plan.outcome_count);
    for (uint32_t i = 0; i < 300; i++) {
        snprintf(text, sizeof text, "outcome %u", i);
        assert_true(slice_is(plan.outcomes[i], text));
    }
}

static void test_outcome_without_plan(void **state)
{
    struct fixture *f = *state;
    bool is_new;

    EXPECT(f, ERROR_NOT_FOUND, store_outcome_add(f->store, fixture_key(1), 0, SLICE("out"), &is_new, &f->error));
    add(f, 1, 1000, "plan");
    assert_int_equal(0, find(f, 1).outcome_count);
}

static void test_finish(void **state)
{
    struct fixture *f = *state;
    struct stored_plan plan;

    add(f, 1, 1000, "plan");
    add_outcome(f, 1, 0, "out");
    finish(f, 1, 2000, "250 2.0.0 Ok");
    plan = find(f, 1);
    assert_true(plan.finished);
    assert_int_equal(1000, plan.created);
    assert_string_equal("250 2.0.0 Ok", plan.answer);
    assert_null(plan.record.data);
    assert_int_equal(0, plan.outcome_count);
}

static void test_after_finish(void **state)
{
    struct fixture *f = *state;

    add(f, 1, 1000, "plan");
    assert_true(finish(f, 1, 2000, "first"));
    assert_false(finish(f, 1, 3000, "second"));
    add(f, 1, 3000, "plan");
    assert_false(add_outcome(f, 1, 0, "out"));
    assert_true(find(f, 1).finished);
    assert_string_equal("first", find(f, 1).answer);
    assert_int_equal(0, find(f, 1).outcome_count);
}

static void test_finish_unknown(void **state)
{
    struct fixture *f = *state;

    assert_true(finish(f, 1, 2000, ""));
    assert_true(find(f, 1).finished);
    assert_string_equal("", find(f, 1).answer);
    assert_int_equal(2000, find(f, 1).created);
}

static void test_purge(void **state)
{
    struct fixture *f = *state;

    for (unsigned char k = 1; k <= 5; k++)
        add(f, k, k, "plan");
    add_outcome(f, 1, 0, "out");
    for (unsigned char k = 1; k <= 4; k++)
        finish(f, k, 100 * k, "250");
    EXPECT(f, 0, store_plan_purge(f->store, 100, 10, &f->error));
    assert_true(find(f, 1).finished);
    EXPECT(f, 0, store_plan_purge(f->store, 301, 2, &f->error));
    find_none(f, 1);
    find_none(f, 2);
    assert_true(find(f, 3).finished);
    EXPECT(f, 0, store_plan_purge(f->store, 301, 2, &f->error));
    find_none(f, 3);
    assert_true(find(f, 4).finished);
    EXPECT(f, 0, store_plan_purge(f->store, INT64_MAX, SIZE_MAX, &f->error));
    find_none(f, 4);
    assert_false(find(f, 5).finished);
    add(f, 1, 5, "new");
    assert_int_equal(0, find(f, 1).outcome_count);
}

static void expect_open(struct fixture *f, int64_t created_before, size_t count, int64_t oldest)
{
    size_t found = 77;
    int64_t since = 77;

    EXPECT(f, 0, store_plan_open_count(f->store, created_before, &found, &since, &f->error));
    assert_int_equal(count, found);
    assert_int_equal(oldest, since);
}

static void test_open_count(void **state)
{
    struct fixture *f = *state;

    expect_open(f, INT64_MAX, 0, 0);
    add(f, 1, 3000, "plan");
    add(f, 2, 1000, "plan");
    add(f, 3, 2000, "plan");
    expect_open(f, INT64_MAX, 3, 1000);
    expect_open(f, 3000, 2, 1000);
    finish(f, 2, 4000, "250");
    expect_open(f, INT64_MAX, 2, 2000);
    expect_open(f, 2000, 0, 0);
}

static uint32_t crashes_of(struct fixture *f, unsigned char key)
{
    uint32_t crashes = 77;

    EXPECT(f, 0, store_crash_count(f->store, fixture_key(key), &crashes, &f->error));
    return crashes;
}

static void test_crashes(void **state)
{
    struct fixture *f = *state;
    uint32_t crashes = 0;

    assert_int_equal(0, crashes_of(f, 1));
    for (uint32_t i = 1; i <= 3; i++) {
        EXPECT(f, 0, store_crash_add(f->store, fixture_key(1), 100 * i, &crashes, &f->error));
        assert_int_equal(i, crashes);
    }
    EXPECT(f, 0, store_crash_add(f->store, fixture_key(2), 500, &crashes, &f->error));
    assert_int_equal(1, crashes);
    EXPECT(f, 0, store_plan_purge(f->store, 300, 10, &f->error));
    assert_int_equal(3, crashes_of(f, 1));
    EXPECT(f, 0, store_plan_purge(f->store, 301, 10, &f->error));
    assert_int_equal(0, crashes_of(f, 1));
    assert_int_equal(1, crashes_of(f, 2));
}

static void test_budget(void **state)
{
    struct fixture *f = *state;
    static char large[100000];
    struct arena *small = arena_new(50000);
    struct stored_plan plan = { .created = 77 };

    EXPECT(f, 0, store_plan_add(f->store, fixture_key(1), 5, (struct slice){ large, sizeof large }, &f->error));
    EXPECT(f, ERROR_BUDGET, store_plan_find(f->store, fixture_key(1), small, &plan, &f->error));
    arena_free(&small);
    assert_int_equal(77, plan.created);
    assert_int_equal(5, find(f, 1).created);
    EXPECT(f, 0, store_commit(f->store, false, &f->error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("an open plan is given back as it was added", test_open_plan, fixture_setup_batch),
        CASE("records are bytes of any value and size", test_record_bytes, fixture_setup_batch),
        CASE("a plan that is there already stays as it is", test_added_twice, fixture_setup_batch),
        CASE("outcomes are given back in their order, each as it was first added", test_outcomes, fixture_setup_batch),
        CASE("an outcome of no plan is refused", test_outcome_without_plan, fixture_setup_batch),
        CASE("of a finished plan only the answer is kept", test_finish, fixture_setup_batch),
        CASE("a finished plan changes no more", test_after_finish, fixture_setup_batch),
        CASE("a plan that was never added can be finished", test_finish_unknown, fixture_setup_batch),
        CASE("finished plans are forgotten, the oldest first, open ones never", test_purge, fixture_setup_batch),
        CASE("open plans are counted, with the oldest", test_open_count, fixture_setup_batch),
        CASE("crashes are counted for each message and forgotten with time", test_crashes, fixture_setup_batch),
        CASE("a record over the arena's budget leaves the batch whole", test_budget, fixture_setup_batch),
    };

    return cmocka_run_group_tests_name("store plans", tests, NULL, NULL);
}

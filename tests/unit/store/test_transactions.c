/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "fixture.h"

enum { FIRST = 43200, SECOND = 86400 };

static const char pec_id[] = "opec3.20261124062141.00001.1.1@alfa.example";
static const char bracketed_id[] = "<opec3.20261124062141.00001.1.1@alfa.example>";

/* Two certified recipients and one of ordinary mail. */
static struct stored_transaction three(uint64_t number, const char *id)
{
    static struct stored_recipient recipients[] = {
        { .address = "Bice.Bianchi@Beta.example", .certified = true },
        { .address = "aldo@beta.example", .certified = true },
        { .address = "carlo@gamma.example", .certified = false },
    };

    return (struct stored_transaction){ .number = number, .pec_id = id, .created = 1000, .record = SLICE("{\"a\":1}"),
                                        .recipients = recipients, .recipient_count = 3 };
}

static void track(struct fixture *f, uint64_t number, const char *id)
{
    struct stored_transaction t = three(number, id);

    EXPECT(f, 0, store_track(f->store, &t, t.created + FIRST, t.created + SECOND, &f->error));
}

static struct stored_transaction find(struct fixture *f, uint64_t number)
{
    struct stored_transaction t = { 0 };

    EXPECT(f, 0, store_transaction_find(f->store, number, f->arena, &t, &f->error));
    return t;
}

static bool untrack(struct fixture *f, const char *id, const char *address, enum untrack_extent extent)
{
    bool known = false;

    EXPECT(f, 0, store_untrack(f->store, id, address, extent, &known, &f->error));
    return known;
}

/* Carry out the tasks that are left: "first ADDRESS\n" and "second ADDRESS\n". */
static const char *tasks_left(struct fixture *f)
{
    static char text[1000];
    struct stored_task *tasks = NULL;
    size_t count = 0, used = 0;

    text[0] = '\0';
    do {
        EXPECT(f, 0, store_task_due(f->store, INT64_MAX, 20, f->arena, &tasks, &count, &f->error));
        for (size_t i = 0; i < count; i++) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s %s\n", tasks[i].kind == TASK_FIRST_NOTICE ? "first" : "second",
                                     tasks[i].address);
            EXPECT(f, 0, store_task_done(f->store, tasks[i].id, &f->error));
        }
    } while (count);
    return text;
}

static void test_find(void **state)
{
    struct fixture *f = *state;
    const uint64_t number = INT64_MAX;
    struct stored_transaction t, none = { .number = 77 };

    track(f, number, bracketed_id);
    track(f, 5, "other@alfa.example");
    fixture_next_batch(f);
    t = find(f, number);
    assert_true(t.number == number);
    assert_string_equal(bracketed_id, t.pec_id);
    assert_int_equal(1000, t.created);
    assert_true(slice_is(t.record, "{\"a\":1}"));
    assert_int_equal(3, t.recipient_count);
    assert_string_equal("Bice.Bianchi@Beta.example", t.recipients[0].address);
    assert_string_equal("carlo@gamma.example", t.recipients[2].address);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(i < 2, t.recipients[i].certified);
        assert_false(t.recipients[i].taken);
        assert_false(t.recipients[i].closed);
    }
    EXPECT(f, ERROR_NOT_FOUND, store_transaction_find(f->store, 6, f->arena, &none, &f->error));
    EXPECT(f, ERROR_NOT_FOUND, store_transaction_find_id(f->store, "none@alfa.example", f->arena, &none, &f->error));
    assert_int_equal(77, none.number);
    EXPECT(f, 0, store_transaction_find_id(f->store, pec_id, f->arena, &t, &f->error));
    assert_true(t.number == number);
    EXPECT(f, 0, store_transaction_find_id(f->store, "<other@alfa.example>", f->arena, &t, &f->error));
    assert_true(t.number == 5);
}

static void test_tasks_of_certified(void **state)
{
    struct fixture *f = *state;

    track(f, 1, pec_id);
    assert_string_equal("first Bice.Bianchi@Beta.example\nfirst aldo@beta.example\n"
                        "second Bice.Bianchi@Beta.example\nsecond aldo@beta.example\n", tasks_left(f));
}

static void test_tracked_twice(void **state)
{
    struct fixture *f = *state;
    struct stored_recipient other = { .address = "dora@beta.example", .certified = true };
    const struct stored_transaction t = { .number = 1, .pec_id = pec_id, .created = 5, .recipients = &other, .recipient_count = 1 };

    track(f, 1, pec_id);
    assert_true(untrack(f, pec_id, "aldo@beta.example", UNTRACK_ALL));
    EXPECT(f, 0, store_track(f->store, &t, 6, 7, &f->error));
    assert_int_equal(1000, find(f, 1).created);
    assert_int_equal(3, find(f, 1).recipient_count);
    assert_true(find(f, 1).recipients[1].closed);
    assert_string_equal("first Bice.Bianchi@Beta.example\nsecond Bice.Bianchi@Beta.example\n", tasks_left(f));
}

static void test_same_recipient(void **state)
{
    struct fixture *f = *state;
    struct stored_recipient recipients[] = { { .address = "Aldo@beta.example", .certified = true },
                                             { .address = "aldo@BETA.example", .certified = true } };
    const struct stored_transaction t = { .number = 1, .pec_id = pec_id, .recipients = recipients, .recipient_count = 2 };

    EXPECT(f, 0, store_track(f->store, &t, 1, 2, &f->error));
    assert_int_equal(1, find(f, 1).recipient_count);
    assert_string_equal("first Aldo@beta.example\nsecond Aldo@beta.example\n", tasks_left(f));
}

static void test_take_charge(void **state)
{
    struct fixture *f = *state;
    struct stored_transaction t;

    track(f, 1, pec_id);
    assert_true(untrack(f, pec_id, "bice.bianchi@beta.example", UNTRACK_FIRST));
    t = find(f, 1);
    assert_true(t.recipients[0].taken);
    assert_false(t.recipients[0].closed);
    assert_false(t.recipients[1].taken);
    assert_true(untrack(f, pec_id, "bice.bianchi@beta.example", UNTRACK_FIRST));
    assert_string_equal("first aldo@beta.example\nsecond Bice.Bianchi@Beta.example\nsecond aldo@beta.example\n", tasks_left(f));
}

static void test_delivery(void **state)
{
    struct fixture *f = *state;
    struct stored_transaction t;

    track(f, 1, pec_id);
    assert_true(untrack(f, pec_id, "ALDO@Beta.Example", UNTRACK_ALL));
    t = find(f, 1);
    assert_false(t.recipients[0].closed);
    assert_true(t.recipients[1].closed);
    assert_false(t.recipients[1].taken);
    assert_string_equal("first Bice.Bianchi@Beta.example\nsecond Bice.Bianchi@Beta.example\n", tasks_left(f));
}

static void test_delivery_before_take_charge(void **state)
{
    struct fixture *f = *state;

    track(f, 1, pec_id);
    assert_true(untrack(f, pec_id, "aldo@beta.example", UNTRACK_ALL));
    assert_false(untrack(f, pec_id, "aldo@beta.example", UNTRACK_FIRST));
    assert_false(untrack(f, pec_id, "aldo@beta.example", UNTRACK_ALL));
    assert_false(find(f, 1).recipients[1].taken);
    assert_true(find(f, 1).recipients[1].closed);
}

static void test_bounce(void **state)
{
    struct fixture *f = *state;

    track(f, 1, pec_id);
    assert_true(untrack(f, pec_id, "Carlo@gamma.example", UNTRACK_ALL));
    assert_true(find(f, 1).recipients[2].closed);
}

struct spelling {
    const char *name, *tracked, *received;
    bool is_known;
};

static void test_id_spellings(void **state)
{
    struct fixture *f = *state;
    static const struct spelling cases[] = {
        { "both bare", "a@x.example", "a@x.example", true },
        { "brackets on the receipt", "b@x.example", "<b@x.example>", true },
        { "brackets on the envelope", "<c@x.example>", "c@x.example", true },
        { "brackets on both", "<d@x.example>", "<d@x.example>", true },
        { "blanks about it", "<e@x.example>", " <e@x.example> ", true },
        { "one bracket alone", "f@x.example", "<f@x.example", false },
        { "another case", "g@x.example", "G@x.example", false },
        { "a part of it", "h@x.example", "h@x", false },
        { "nothing", "i@x.example", "", false },
        { "brackets about nothing", "j@x.example", "<>", false },
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        track(f, i + 1, cases[i].tracked);
        if (untrack(f, cases[i].received, "aldo@beta.example", UNTRACK_ALL) != cases[i].is_known)
            fail_msg("%s", cases[i].name);
    }
}

static void test_unknown(void **state)
{
    struct fixture *f = *state;
    static char endless[100000];

    memset(endless, 'a', sizeof endless - 1);
    track(f, 1, pec_id);
    assert_false(untrack(f, "none@alfa.example", "aldo@beta.example", UNTRACK_ALL));
    assert_false(untrack(f, pec_id, "nobody@beta.example", UNTRACK_ALL));
    assert_false(untrack(f, pec_id, "", UNTRACK_FIRST));
    assert_false(untrack(f, pec_id, "aldo@beta.example'; DROP TABLE recipient; --", UNTRACK_ALL));
    assert_false(untrack(f, pec_id, endless, UNTRACK_ALL));
    assert_false(untrack(f, endless, "aldo@beta.example", UNTRACK_ALL));
    assert_int_equal(3, find(f, 1).recipient_count);
}

static void test_long_address(void **state)
{
    struct fixture *f = *state;
    static char endless[2000];
    struct stored_recipient recipients[] = { { .address = "aldo@beta.example", .certified = true }, { .address = endless } };
    struct stored_transaction t = { .number = 1, .pec_id = pec_id, .recipients = recipients, .recipient_count = 2 }, found;

    memset(endless, 'a', sizeof endless - 1);
    EXPECT(f, ERROR_LIMIT, store_track(f->store, &t, 1, 2, &f->error));
    EXPECT(f, ERROR_NOT_FOUND, store_transaction_find(f->store, 1, f->arena, &found, &f->error));
    assert_string_equal("", tasks_left(f));
}

static bool is_there(struct fixture *f, uint64_t number)
{
    struct stored_transaction t;
    int result = store_transaction_find(f->store, number, f->arena, &t, &f->error);

    assert_true(result == 0 || result == ERROR_NOT_FOUND);
    return result == 0;
}

static void test_purge(void **state)
{
    struct fixture *f = *state;
    struct stored_transaction t;
    char id[20];

    for (uint64_t n = 1; n <= 5; n++) {
        snprintf(id, sizeof id, "%d@x.example", (int)n);
        t = three(n, id);
        t.created = (int64_t)(100 * n);
        EXPECT(f, 0, store_track(f->store, &t, 1000, 2000, &f->error));
        untrack(f, id, t.recipients[0].address, n == 2 ? UNTRACK_FIRST : UNTRACK_ALL); /* so a second notice of n == 2 stays */
        untrack(f, id, t.recipients[1].address, UNTRACK_ALL);
    }
    EXPECT(f, 0, store_transaction_purge(f->store, 100, 10, &f->error));
    assert_true(is_there(f, 1));
    EXPECT(f, 0, store_transaction_purge(f->store, 500, 2, &f->error));
    assert_false(is_there(f, 1));
    assert_true(is_there(f, 2));
    assert_false(is_there(f, 3));
    assert_true(is_there(f, 4));
    EXPECT(f, 0, store_transaction_purge(f->store, 500, SIZE_MAX, &f->error));
    assert_true(is_there(f, 2));
    assert_false(is_there(f, 4));
    assert_true(is_there(f, 5));
    assert_int_equal(3, find(f, 2).recipient_count);
    track(f, 1, "1@x.example");
    assert_false(find(f, 1).recipients[0].closed);
    assert_int_equal(3, find(f, 1).recipient_count);
}

/* RFC 6109 sets no limit to recipients; 500 are common. */
static void test_many_recipients(void **state)
{
    enum { MANY = 500 };
    struct fixture *f = *state;
    static struct stored_recipient recipients[MANY];
    static char addresses[MANY][40];
    const struct stored_transaction t = { .number = 9, .pec_id = pec_id, .recipients = recipients, .recipient_count = MANY };
    struct stored_task *tasks;
    size_t count;
    int64_t begun = clock_monotonic_ms();

    for (size_t i = 0; i < MANY; i++) {
        snprintf(addresses[i], sizeof addresses[i], "user%zu@beta.example", i);
        recipients[i] = (struct stored_recipient){ .address = addresses[i], .certified = true };
    }
    EXPECT(f, 0, store_track(f->store, &t, 1, 2, &f->error));
    assert_int_equal(MANY, find(f, 9).recipient_count);
    assert_string_equal("user499@beta.example", find(f, 9).recipients[499].address);
    EXPECT(f, 0, store_task_due(f->store, 1, 2 * MANY, f->arena, &tasks, &count, &f->error));
    assert_int_equal(MANY, count);
    for (size_t i = 0; i < MANY; i++)
        assert_true(untrack(f, pec_id, addresses[i], i % 2 ? UNTRACK_FIRST : UNTRACK_ALL));
    EXPECT(f, 0, store_task_due(f->store, 2, 2 * MANY, f->arena, &tasks, &count, &f->error));
    assert_int_equal(MANY / 2, count);
    fixture_next_batch(f);
    assert_true(clock_monotonic_ms() - begun < 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE("a transaction is found by its number and by its PEC id", test_find, fixture_setup_batch),
        CASE("only certified recipients have notices (3.1.6)", test_tasks_of_certified, fixture_setup_batch),
        CASE("a transaction that is there already stays as it is", test_tracked_twice, fixture_setup_batch),
        CASE("recipients that differ in case are one", test_same_recipient, fixture_setup_batch),
        CASE("a take-charge ends the first notice only (3.1.6)", test_take_charge, fixture_setup_batch),
        CASE("a delivery ends both notices of its recipient (3.1.6)", test_delivery, fixture_setup_batch),
        CASE("a receipt for a closed recipient is no error", test_delivery_before_take_charge, fixture_setup_batch),
        CASE("a bounce closes an external recipient", test_bounce, fixture_setup_batch),
        CASE("a PEC id is the same with and without brackets", test_id_spellings, fixture_setup_batch),
        CASE("receipts of unknown transactions and recipients change nothing", test_unknown, fixture_setup_batch),
        CASE("an endless address is refused before anything is written", test_long_address, fixture_setup_batch),
        CASE("old transactions are forgotten once their tasks are done", test_purge, fixture_setup_batch),
        CASE("500 recipients are quick", test_many_recipients, fixture_setup_batch),
    };

    return cmocka_run_group_tests_name("store transactions", tests, NULL, NULL);
}

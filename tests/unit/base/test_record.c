/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/record.h"

enum { BUDGET = 1024 * 1024 };

static const char *const colours[] = { "red", "green", "blue" };

struct inner {
    const char *name;
    int number;
};

struct everything {
    const char *text, *absent;
    int64_t large;
    int whole;
    size_t size;
    bool yes;
    int colour;
    const char **texts;
    size_t text_count;
    struct inner inside;
    struct inner *list;
    size_t count;
};

static int set_up(void **state)
{
    *state = arena_new(BUDGET);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    struct arena *a = *state;

    arena_free(&a);
    return 0;
}

static void inner_visit(struct record *r, void *item)
{
    struct inner *i = item;

    record_text(r, "name", &i->name);
    record_int(r, "number", &i->number);
}

static void everything_visit(struct record *r, struct everything *x)
{
    void *list = x->list;

    record_text(r, "text", &x->text);
    record_text(r, "absent", &x->absent);
    record_i64(r, "large", &x->large);
    record_int(r, "whole", &x->whole);
    record_size(r, "size", &x->size);
    record_bool(r, "yes", &x->yes);
    record_enum(r, "colour", &x->colour, colours, 3);
    record_texts(r, "texts", &x->texts, &x->text_count);
    record_inside(r, "inside", &x->inside, inner_visit);
    record_list(r, "list", &list, &x->count, sizeof *x->list, inner_visit);
    x->list = list;
}

static struct everything sample(void)
{
    static const char *texts[] = { "a", "", "è" };
    static struct inner list[] = { { "one", 1 }, { NULL, -2 } };

    return (struct everything){ .text = "perché \"no\"\n", .large = INT64_MIN, .whole = INT_MIN, .size = INT64_MAX, .yes = true, .colour = 2,
                                .texts = texts, .text_count = 3, .inside = { "in", 7 }, .list = list, .count = 2 };
}

static void every_type_goes_there_and_back(void **state)
{
    struct everything s = sample(), x = { .absent = "as it was" };
    struct record r = record_writer();
    char *json;

    everything_visit(&r, &s);
    json = record_finish(&r, *state);
    assert_non_null(json);
    assert_null(strchr(json, '\n'));
    r = record_reader(slice_of(json), *state);
    everything_visit(&r, &x);
    assert_true(record_drop(&r));
    assert_string_equal(x.text, s.text);
    assert_string_equal(x.absent, "as it was");
    assert_true(x.large == s.large && x.whole == s.whole && x.size == s.size && x.yes && x.colour == 2);
    assert_int_equal(x.text_count, 3);
    assert_string_equal(x.texts[2], "è");
    assert_string_equal(x.inside.name, "in");
    assert_int_equal(x.inside.number, 7);
    assert_int_equal(x.count, 2);
    assert_null(x.list[1].name);
    assert_int_equal(x.list[1].number, -2);
}

static void the_text_is_compact_and_in_the_order_of_the_visit(void **state)
{
    struct inner i = { "n", 1 };
    struct record r = record_writer();

    inner_visit(&r, &i);
    assert_string_equal(record_finish(&r, *state), "{\"name\":\"n\",\"number\":1}");
}

/* An older record is read by a newer program, and the other way round. */
static void absent_fields_stay_as_they_were_and_unknown_ones_are_passed_over(void **state)
{
    struct everything x = sample();
    struct record r = record_reader(SLICE("{\"later\": [1, {\"x\": null}], \"whole\": null}"), *state);

    everything_visit(&r, &x);
    assert_true(record_drop(&r));
    assert_int_equal(x.whole, INT_MIN);
    assert_int_equal(x.count, 2);
    assert_int_equal(x.text_count, 3);
    assert_string_equal(x.inside.name, "in");
}

static const struct {
    const char *name, *json;
} refused[] = {
    { "nothing", "" },
    { "no JSON", "{" },
    { "no object", "[]" },
    { "more than one value", "{} {}" },
    { "a field twice", "{\"whole\": 1, \"whole\": 2}" },
    { "a text that is a number", "{\"text\": 1}" },
    { "a NUL in a text", "{\"text\": \"a\\u0000b\"}" },
    { "half a surrogate pair", "{\"text\": \"\\ud800\"}" },
    { "bytes that are no UTF-8", "{\"text\": \"\xFF\"}" },
    { "a number that is a text", "{\"large\": \"1\"}" },
    { "a number with a point", "{\"large\": 1.5}" },
    { "a number beyond 64 bits", "{\"large\": 9223372036854775808}" },
    { "a whole number beyond an int", "{\"whole\": 2147483648}" },
    { "a whole number below an int", "{\"whole\": -2147483649}" },
    { "a size below zero", "{\"size\": -1}" },
    { "a truth that is a number", "{\"yes\": 1}" },
    { "a name that is none", "{\"colour\": \"mauve\"}" },
    { "texts that are a text", "{\"texts\": \"a\"}" },
    { "a text among texts that is none", "{\"texts\": [\"a\", 1]}" },
    { "a null among texts", "{\"texts\": [null]}" },
    { "a list that is an object", "{\"list\": {}}" },
    { "a list with a number in it", "{\"list\": [1]}" },
    { "a fault inside a list", "{\"list\": [{}, {\"number\": \"x\"}]}" },
    { "an inside that is a list", "{\"inside\": []}" },
    { "a fault inside", "{\"inside\": {\"name\": 1}}" },
};

static void what_does_not_fit_is_refused(void **state)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct everything x = { .large = 11, .whole = 12, .size = 13, .yes = true, .colour = 1 };
        struct record r = record_reader(slice_of(refused[i].json), *state);

        everything_visit(&r, &x);
        if (record_drop(&r))
            fail_msg("%s was taken", refused[i].name);
        assert_true(x.large == 11 && x.whole == 12 && x.size == 13 && x.yes && x.colour == 1 && x.count == 0 && x.text_count == 0);
    }
}

static void the_slice_need_not_end_with_a_nul(void **state)
{
    struct inner i = { 0 };
    struct record r = record_reader((struct slice){ "{\"number\": 5}garbage", 13 }, *state);

    inner_visit(&r, &i);
    assert_true(record_drop(&r));
    assert_int_equal(i.number, 5);
}

static void what_cannot_be_written_is_a_failure(void **state)
{
    struct everything x = sample();
    struct record r = record_writer();

    x.text = "\xFF";
    everything_visit(&r, &x);
    assert_null(record_finish(&r, *state));
    x = sample();
    x.colour = 3;
    r = record_writer();
    everything_visit(&r, &x);
    assert_null(record_finish(&r, *state));
    x = sample();
    x.size = SIZE_MAX;
    r = record_writer();
    everything_visit(&r, &x);
    assert_false(record_drop(&r));
    x = sample();
    x.list[0].name = "\x80";
    r = record_writer();
    everything_visit(&r, &x);
    x.list[0].name = "one";
    assert_false(record_drop(&r));
    r = record_writer();
    record_fail(&r);
    assert_null(record_finish(&r, *state));
}

/* At every budget the record is read whole or refused. */
static void without_budget_it_is_refused(void **state)
{
    struct everything s = sample();
    struct record r = record_writer();
    bool was_read = false;
    char *json;

    everything_visit(&r, &s);
    json = record_finish(&r, *state);
    for (size_t budget = 0; budget < 1000; budget += 16) {
        struct arena *a = arena_new(budget);
        struct everything x = { 0 };

        r = record_reader(slice_of(json), a);
        everything_visit(&r, &x);
        if (record_drop(&r)) {
            was_read = true;
            assert_int_equal(x.count, 2);
            assert_string_equal(x.texts[2], "è");
        }
        arena_free(&a);
    }
    assert_true(was_read);
    r = record_writer();
    everything_visit(&r, &s);
    arena_reset(*state);
    {
        struct arena *a = arena_new(16);

        assert_null(record_finish(&r, a));
        arena_free(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_type_goes_there_and_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_text_is_compact_and_in_the_order_of_the_visit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(absent_fields_stay_as_they_were_and_unknown_ones_are_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_slice_need_not_end_with_a_nul, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_is_a_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_budget_it_is_refused, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}

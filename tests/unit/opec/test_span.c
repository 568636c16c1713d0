/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "printed.h"

#include "base/clock.h"
#include "opec/span.h"

/* Seconds by an independent calendar (Python's). */
struct span_case {
    const char *name, *from, *to;
    int code;
    struct span wanted;
};

static const struct span_case cases[] = {
    { "nothing", NULL, NULL, 0, { INT64_MIN, INT64_MAX } },
    { "a day to the end of all", "2026-11-24", NULL, 0, { 1795474800, INT64_MAX } },
    { "to the end of a day", NULL, "2026-11-24", 0, { INT64_MIN, 1795561200 } },
    { "one day", "2026-11-24", "2026-11-24", 0, { 1795474800, 1795561200 } },
    { "a day of 23 hours", "2026-03-29", "2026-03-29", 0, { 1774738800, 1774821600 } },
    { "a day of 25 hours", "2026-10-25", "2026-10-25", 0, { 1792879200, 1792969200 } },
    { "the end of a year", "2026-12-31", "2026-12-31", 0, { 1798671600, 1798758000 } },
    { "a leap day", "2028-02-29", "2028-02-29", 0, { 1835391600, 1835478000 } },
    { "a moment in UTC", "2026-11-24T05:21:41Z", NULL, 0, { 1795497701, INT64_MAX } },
    { "the same with an offset", "2026-11-24T06:21:41+01:00", NULL, 0, { 1795497701, INT64_MAX } },
    { "the same west of it", "2026-11-23T23:51:41-05:30", NULL, 0, { 1795497701, INT64_MAX } },
    { "small letters and a fraction", "2026-11-24t05:21:41.999z", NULL, 0, { 1795497701, INT64_MAX } },
    { "a blank between", "2026-11-24 05:21:41Z", NULL, 0, { 1795497701, INT64_MAX } },
    { "a moment as the end is outside", NULL, "2026-11-24T05:21:41Z", 0, { INT64_MIN, 1795497701 } },
    { "a leap second", "2016-12-31T23:59:60Z", NULL, 0, { 1483228800, INT64_MAX } },
    { "a day and a moment in it", "2026-11-24", "2026-11-24T05:21:41Z", 0, { 1795474800, 1795497701 } },
    { "no day", "2026-11-31", NULL, ERROR_SYNTAX, { 0 } },
    { "no leap year", "2026-02-29", NULL, ERROR_SYNTAX, { 0 } },
    { "month 13", "2026-13-01", NULL, ERROR_SYNTAX, { 0 } },
    { "month 0", "2026-00-01", NULL, ERROR_SYNTAX, { 0 } },
    { "the other order", "24-11-2026", NULL, ERROR_SYNTAX, { 0 } },
    { "nothing but a year", "2026", NULL, ERROR_SYNTAX, { 0 } },
    { "an empty word", "", NULL, ERROR_SYNTAX, { 0 } },
    { "something behind the day", "2026-11-24x", NULL, ERROR_SYNTAX, { 0 } },
    { "a day and a T", "2026-11-24T", NULL, ERROR_SYNTAX, { 0 } },
    { "no zone", "2026-11-24T05:21:41", NULL, ERROR_SYNTAX, { 0 } },
    { "no seconds", "2026-11-24T05:21Z", NULL, ERROR_SYNTAX, { 0 } },
    { "hour 24", "2026-11-24T24:00:00Z", NULL, ERROR_SYNTAX, { 0 } },
    { "minute 60", "2026-11-24T05:60:00Z", NULL, ERROR_SYNTAX, { 0 } },
    { "second 61", "2026-11-24T05:00:61Z", NULL, ERROR_SYNTAX, { 0 } },
    { "a point without a fraction", "2026-11-24T05:21:41.Z", NULL, ERROR_SYNTAX, { 0 } },
    { "a zone of mail", "2026-11-24T05:21:41+0100", NULL, ERROR_SYNTAX, { 0 } },
    { "something behind the zone", "2026-11-24T05:21:41Zx", NULL, ERROR_SYNTAX, { 0 } },
    { "a bad end", "2026-11-24", "tomorrow", ERROR_SYNTAX, { 0 } },
    { "the end first", "2026-11-25", "2026-11-24", ERROR_SYNTAX, { 0 } },
    { "no second between", "2026-11-24T05:21:41Z", "2026-11-24T05:21:41Z", ERROR_SYNTAX, { 0 } },
};

static void words_become_a_span(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct span_case *c = &cases[i];
        struct span got = { 1, 2 };
        struct error e = { 0 };
        int result = span_read(c->from, c->to, "Europe/Rome", &got, &e);

        if (result != c->code)
            fail_msg("%s: %d, %s", c->name, result, e.text);
        if (result == 0 && (got.from != c->wanted.from || got.to != c->wanted.to))
            fail_msg("%s: %lld to %lld", c->name, (long long)got.from, (long long)got.to);
        if (result != 0 && (got.from != 1 || got.to != 2 || !*e.text))
            fail_msg("%s: touched, or without words", c->name);
    }
}

static void the_zone_is_the_one_given_or_else_the_one_that_there_is(void **state)
{
    struct span span;
    struct error e;

    (void)state;
    assert_int_equal(span_read("2026-11-24", NULL, "America/New_York", &span, NULL), 0);
    assert_int_equal(span.from, 1795496400);
    assert_int_equal(clock_set_zone("UTC"), 0);
    assert_int_equal(span_read("2026-11-24", NULL, NULL, &span, NULL), 0);
    assert_int_equal(span.from, 1795478400);
    assert_int_equal(span_read("2026-11-24", NULL, "Europe/Atlantis", &span, &e), ERROR_NOT_FOUND);
    assert_has(e.text, "Europe/Atlantis");
}

static void a_span_has_its_beginning_and_not_its_end(void **state)
{
    const struct span span = { 10, 20 };

    (void)state;
    assert_false(span_has(&span, 9));
    assert_true(span_has(&span, 10));
    assert_true(span_has(&span, 19));
    assert_false(span_has(&span, 20));
    assert_false(span_meets(&span, 0, 9));
    assert_true(span_meets(&span, 0, 10));
    assert_true(span_meets(&span, 0, 30));
    assert_true(span_meets(&span, 19, 30));
    assert_false(span_meets(&span, 20, 30));
    assert_true(span_has(&span_all, INT64_MIN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_become_a_span),
        cmocka_unit_test(the_zone_is_the_one_given_or_else_the_one_that_there_is),
        cmocka_unit_test(a_span_has_its_beginning_and_not_its_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

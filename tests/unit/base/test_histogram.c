/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/histogram.h"

static struct histogram h;

static int empty(void **state)
{
    (void)state;
    histogram_clear(&h);
    return 0;
}

static void nothing_counted_is_nothing_said(void **state)
{
    (void)state;
    assert_int_equal(histogram_count(&h), 0);
    assert_int_equal(histogram_at(&h, 500), 0);
}

/* Of each value alone, over the whole range: never less than it, at most a quarter more. */
static void a_value_comes_back_rounded_up_by_a_quarter_at_most(void **state)
{
    (void)state;
    for (uint64_t value = 1; value < UINT64_C(1) << 30; value += value / 7 + 1) {
        uint64_t said;

        histogram_clear(&h);
        histogram_add(&h, value);
        said = histogram_at(&h, 1000);
        assert_true(said >= value);
        assert_true(said <= value + value / 4);
    }
}

static void median_and_tail_are_told_apart(void **state)
{
    (void)state;
    for (int i = 0; i < 980; i++)
        histogram_add(&h, 1000);
    for (int i = 0; i < 20; i++)
        histogram_add(&h, 5000000);
    assert_int_equal(histogram_count(&h), 1000);
    assert_in_range(histogram_at(&h, 500), 1000, 1250);
    assert_in_range(histogram_at(&h, 980), 1000, 1250);
    assert_in_range(histogram_at(&h, 990), 5000000, 6250000);
}

/* Each value is below the powers of two above it, and below no other. */
static void what_is_below_a_power_of_two_is_told_exactly(void **state)
{
    (void)state;
    for (uint64_t value = 0; value < UINT64_C(1) << 20; value += value / 3 + 1) {
        histogram_clear(&h);
        histogram_add(&h, value);
        for (uint64_t power = 4; power < UINT64_C(1) << 24; power *= 2)
            assert_int_equal(histogram_below(&h, power), value < power);
    }
}

static void what_is_beyond_the_last_step_is_counted_there(void **state)
{
    (void)state;
    histogram_add(&h, UINT64_MAX);
    assert_int_equal(histogram_count(&h), 1);
    assert_true(histogram_at(&h, 500) > UINT64_C(1) << 29);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_counted_is_nothing_said, empty),
        cmocka_unit_test_setup(a_value_comes_back_rounded_up_by_a_quarter_at_most, empty),
        cmocka_unit_test_setup(median_and_tail_are_told_apart, empty),
        cmocka_unit_test_setup(what_is_below_a_power_of_two_is_told_exactly, empty),
        cmocka_unit_test_setup(what_is_beyond_the_last_step_is_counted_there, empty),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

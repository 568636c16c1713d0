/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/slice.h"

static void a_text_is_its_bytes_without_the_nul(void **state)
{
    (void)state;
    assert_int_equal(slice_of("abc").size, 3);
    assert_int_equal(slice_of("").size, 0);
    assert_int_equal(slice_of(NULL).size, 0);
    assert_int_equal(SLICE("a\0b").size, 3);
    assert_int_equal(SLICE_NONE.size, 0);
}

static void what_stands_between_two_pointers(void **state)
{
    const char *text = "abcdef";

    (void)state;
    assert_true(slice_is(slice_between(text + 1, text + 4), "bcd"));
    assert_int_equal(slice_between(text, text).size, 0);
}

static void two_slices_are_equal_byte_for_byte(void **state)
{
    (void)state;
    assert_true(slice_equal(SLICE("ab"), SLICE("ab")));
    assert_false(slice_equal(SLICE("ab"), SLICE("aB")));
    assert_false(slice_equal(SLICE("ab"), SLICE("abc")));
    assert_true(slice_equal(SLICE_NONE, slice_of("")));
    assert_true(slice_equal(SLICE("a\0b"), SLICE("a\0b")));
    assert_false(slice_equal(SLICE("a\0b"), SLICE("a\0c")));
    assert_false(slice_is(SLICE("a\0"), "a"));
}

static void case_does_not_count_for_ascii_alone(void **state)
{
    (void)state;
    assert_true(slice_equal_nocase(SLICE("AbZ@[`{"), SLICE("aBz@[`{")));
    assert_false(slice_equal_nocase(SLICE("@"), SLICE("`")));
    assert_false(slice_equal_nocase(SLICE("["), SLICE("{")));
    assert_false(slice_equal_nocase(SLICE("\xC0"), SLICE("\xE0")));
    assert_false(slice_equal_nocase(SLICE("a\0b"), SLICE("a\0c")));
    assert_true(slice_is_nocase(SLICE("FROM"), "from"));
    assert_false(slice_is_nocase(SLICE("FROM"), "fro"));
    assert_true(slice_starts_nocase(SLICE("Received: x"), "received:"));
    assert_false(slice_starts_nocase(SLICE("Recei"), "received:"));
    assert_true(slice_starts_nocase(SLICE_NONE, ""));
}

static void the_order_is_that_of_bytes_and_a_prefix_comes_first(void **state)
{
    (void)state;
    assert_true(slice_compare(SLICE("a"), SLICE("b")) < 0);
    assert_true(slice_compare(SLICE("b"), SLICE("a")) > 0);
    assert_true(slice_compare(SLICE("a"), SLICE("ab")) < 0);
    assert_true(slice_compare(SLICE("ab"), SLICE("a")) > 0);
    assert_true(slice_compare(SLICE("\x7F"), SLICE("\x80")) < 0);
    assert_true(slice_compare(SLICE_NONE, SLICE("a")) < 0);
    assert_int_equal(slice_compare(SLICE_NONE, SLICE_NONE), 0);
}

static void skipping_and_trimming_stay_inside(void **state)
{
    (void)state;
    assert_true(slice_is(slice_skip(SLICE("abc"), 1), "bc"));
    assert_int_equal(slice_skip(SLICE("abc"), 3).size, 0);
    assert_int_equal(slice_skip(SLICE("abc"), SIZE_MAX).size, 0);
    assert_int_equal(slice_skip(SLICE_NONE, 0).size, 0);
    assert_true(slice_is(slice_trim(SLICE(" \t\r\n a b \n")), "a b"));
    assert_int_equal(slice_trim(SLICE(" \r\n\t ")).size, 0);
    assert_int_equal(slice_trim(SLICE_NONE).size, 0);
    assert_true(slice_is(slice_trim(SLICE("\va\f")), "\va\f"));
}

static void what_is_looked_for_is_found_or_the_size_is_told(void **state)
{
    (void)state;
    assert_int_equal(slice_find_byte(SLICE("abca"), 'a'), 0);
    assert_int_equal(slice_find_byte(SLICE("abca"), 'c'), 2);
    assert_int_equal(slice_find_byte(SLICE("abca"), 'x'), 4);
    assert_int_equal(slice_find_byte(SLICE("a\0b"), 'b'), 2);
    assert_int_equal(slice_find_byte(SLICE_NONE, 'a'), 0);
    assert_int_equal(slice_find(SLICE("abcabd"), SLICE("abd")), 3);
    assert_int_equal(slice_find(SLICE("abc"), SLICE("abcd")), 3);
    assert_int_equal(slice_find(SLICE("abc"), SLICE_NONE), 0);
    assert_int_equal(slice_find(SLICE_NONE, SLICE("a")), 0);
}

static void cutting_takes_what_stands_before_the_byte(void **state)
{
    struct slice rest = SLICE("a,,b"), before;

    (void)state;
    assert_true(slice_cut(&rest, ',', &before));
    assert_true(slice_is(before, "a"));
    assert_true(slice_cut(&rest, ',', &before));
    assert_true(slice_is(before, ""));
    assert_false(slice_cut(&rest, ',', &before));
    assert_true(slice_is(before, "b"));
    assert_int_equal(rest.size, 0);
    assert_false(slice_cut(&rest, ',', &before));
    assert_int_equal(before.size, 0);
    rest = SLICE("a,");
    assert_true(slice_cut(&rest, ',', &before));
    assert_int_equal(rest.size, 0);
}

static void lines_come_with_their_ends(void **state)
{
    struct slice rest = SLICE("one\r\n\ntwo"), line;

    (void)state;
    assert_true(slice_next_line(&rest, &line));
    assert_true(slice_is(line, "one\r\n"));
    assert_true(slice_next_line(&rest, &line));
    assert_true(slice_is(line, "\n"));
    assert_true(slice_next_line(&rest, &line));
    assert_true(slice_is(line, "two"));
    assert_false(slice_next_line(&rest, &line));
}

static const struct {
    const char *text;
    bool good;
    unsigned long long value;
} numbers[] = {
    { "0", true, 0 },
    { "007", true, 7 },
    { "18446744073709551615", true, ULLONG_MAX },
    { "000018446744073709551615", true, ULLONG_MAX },
    { "18446744073709551616", false, 0 },
    { "18446744073709551620", false, 0 },
    { "99999999999999999999999", false, 0 },
    { "", false, 0 },
    { "-1", false, 0 },
    { "+1", false, 0 },
    { " 1", false, 0 },
    { "1 ", false, 0 },
    { "0x1", false, 0 },
    { "1.0", false, 0 },
    { "/", false, 0 },
    { ":", false, 0 },
    { "\xB1", false, 0 },
};

static void a_number_is_digits_that_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        unsigned long long value = 12345;
        bool good = slice_number(slice_of(numbers[i].text), &value);

        if (good != numbers[i].good || value != (good ? numbers[i].value : 12345))
            fail_msg("\"%s\": %d, %llu", numbers[i].text, good, value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_its_bytes_without_the_nul),
        cmocka_unit_test(what_stands_between_two_pointers),
        cmocka_unit_test(two_slices_are_equal_byte_for_byte),
        cmocka_unit_test(case_does_not_count_for_ascii_alone),
        cmocka_unit_test(the_order_is_that_of_bytes_and_a_prefix_comes_first),
        cmocka_unit_test(skipping_and_trimming_stay_inside),
        cmocka_unit_test(what_is_looked_for_is_found_or_the_size_is_told),
        cmocka_unit_test(cutting_takes_what_stands_before_the_byte),
        cmocka_unit_test(lines_come_with_their_ends),
        cmocka_unit_test(a_number_is_digits_that_fit),
    };

    return cmocka_run_group_tests_name("slice", tests, NULL, NULL);
}

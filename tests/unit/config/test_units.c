/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/error.h"
#include "config/units.h"

struct unit_case {
    const char *text;
    int result;
    uint64_t value;
};

static const struct unit_case durations[] = {
    { "1s", 0, 1 },
    { "0s", 0, 0 },
    { "5min", 0, 300 },
    { "22h", 0, 79200 },
    { "1d", 0, 86400 },
    { "1months", 0, 2678400 },   /* 31 days */
    { "30months", 0, 80352000 }, /* RFC 6109 2.3: never less than 30 of the longest months */
    { "007s", 0, 7 },
    { " 5 min ", 0, 300 },
    { "9223372036854775807s", 0, INT64_MAX },
    { "9223372036854775808s", ERROR_LIMIT, 0 },
    { "9223372036854775807min", ERROR_LIMIT, 0 },
    { "106751991167301d", ERROR_LIMIT, 0 },
    { "106751991167300d", 0, 9223372036854720000u },
    { "99999999999999999999999999s", ERROR_LIMIT, 0 },
    { "", ERROR_SYNTAX, 0 },
    { "5", ERROR_SYNTAX, 0 },
    { "s", ERROR_SYNTAX, 0 },
    { "min", ERROR_SYNTAX, 0 },
    { "-5s", ERROR_SYNTAX, 0 },
    { "+5s", ERROR_SYNTAX, 0 },
    { "5.5s", ERROR_SYNTAX, 0 },
    { "0x5s", ERROR_SYNTAX, 0 },
    { "5S", ERROR_SYNTAX, 0 },
    { "5m", ERROR_SYNTAX, 0 },
    { "5minutes", ERROR_SYNTAX, 0 },
    { "5month", ERROR_SYNTAX, 0 },
    { "1h30min", ERROR_SYNTAX, 0 },
    { "5 5s", ERROR_SYNTAX, 0 },
    { "5kB", ERROR_SYNTAX, 0 },
    { "venti", ERROR_SYNTAX, 0 },
};

static const struct unit_case sizes[] = {
    { "0", 0, 0 },
    { "1", 0, 1 },
    { "1B", 0, 1 },
    { "1kB", 0, 1000 },
    { "30MB", 0, 30000000 },
    { "1GB", 0, 1000000000 },
    { "30 MB", 0, 30000000 },
    { "9223372036GB", 0, 9223372036000000000u },
    { "9223372037GB", ERROR_LIMIT, 0 },
    { "18446744073709551616", ERROR_LIMIT, 0 },
    { "9223372036854775808", ERROR_LIMIT, 0 },
    { "", ERROR_SYNTAX, 0 },
    { "MB", ERROR_SYNTAX, 0 },
    { "30mb", ERROR_SYNTAX, 0 },
    { "30M", ERROR_SYNTAX, 0 },
    { "30KB", ERROR_SYNTAX, 0 },
    { "30MiB", ERROR_SYNTAX, 0 },
    { "30 elefanti", ERROR_SYNTAX, 0 },
    { "-1", ERROR_SYNTAX, 0 },
    { "1.5MB", ERROR_SYNTAX, 0 },
};

static const struct unit_case percents[] = {
    { "10%", 0, 10 },
    { "10", 0, 10 },
    { "10 %", 0, 10 },
    { "200%", 0, 200 },
    { "%", ERROR_SYNTAX, 0 },
    { "10%%", ERROR_SYNTAX, 0 },
    { "ten%", ERROR_SYNTAX, 0 },
};

static const struct unit_case counts[] = {
    { "0", 0, 0 },
    { "500", 0, 500 },
    { "18446744073709551616", ERROR_LIMIT, 0 },
    { "", ERROR_SYNTAX, 0 },
    { "5s", ERROR_SYNTAX, 0 },
    { "-5", ERROR_SYNTAX, 0 },
    { "5 5", ERROR_SYNTAX, 0 },
};

static int read_duration(struct slice text, uint64_t *out)
{
    int64_t seconds = 77;
    int result = units_read_duration(text, &seconds);

    *out = (uint64_t)seconds;
    return result;
}

/* Outputs are untouched on failure. */
static void check(const struct unit_case *cases, size_t count, int (*read)(struct slice, uint64_t *))
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 77;
        int result = read(slice_of(cases[i].text), &value);

        if (result != cases[i].result || value != (result == 0 ? cases[i].value : 77))
            fail_msg("\"%s\" gives %d and %ju", cases[i].text, result, (uintmax_t)value);
    }
}

static void durations_have_a_unit_and_fit(void **state)
{
    (void)state;
    check(durations, sizeof durations / sizeof durations[0], read_duration);
}

static void sizes_are_powers_of_1000(void **state)
{
    (void)state;
    check(sizes, sizeof sizes / sizeof sizes[0], units_read_size);
}

static void percentages_need_no_sign(void **state)
{
    (void)state;
    check(percents, sizeof percents / sizeof percents[0], units_read_percent);
}

static void counts_are_bare(void **state)
{
    (void)state;
    check(counts, sizeof counts / sizeof counts[0], units_read_count);
}

static void a_slice_ends_where_it_says(void **state)
{
    int64_t seconds = 0;

    (void)state;
    assert_int_equal(units_read_duration((struct slice){ "12h34", 3 }, &seconds), 0);
    assert_int_equal(seconds, 43200);
    assert_int_equal(units_read_duration(SLICE_NONE, &seconds), ERROR_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_have_a_unit_and_fit), cmocka_unit_test(sizes_are_powers_of_1000),
        cmocka_unit_test(percentages_need_no_sign),      cmocka_unit_test(counts_are_bare),
        cmocka_unit_test(a_slice_ends_where_it_says),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

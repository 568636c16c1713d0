/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"

static void bytes_fill_exactly_their_place(void **state)
{
    unsigned char place[300], seen[256] = { 0 };

    (void)state;
    memset(place, 0, sizeof place);
    random_bytes(place + 1, 0);
    assert_int_equal(place[1], 0);
    /* Each byte takes another value sooner or later: the odds against it are 1 in 256 to the power of 40. */
    for (int i = 0; i < 40; i++) {
        random_bytes(place + 1, 257);
        for (int j = 0; j < 257; j++)
            seen[j % 256] |= place[1 + j];
    }
    assert_int_equal(place[0], 0);
    for (int j = 258; j < 300; j++)
        assert_int_equal(place[j], 0);
    for (int j = 0; j < 256; j++)
        assert_int_not_equal(seen[j], 0);
}

static void hexadecimal_has_two_lower_case_digits_for_a_byte(void **state)
{
    char out[66], other[66];

    (void)state;
    for (size_t bytes = 0; bytes <= 32; bytes++) {
        memset(out, '!', sizeof out);
        random_hex(out, bytes);
        assert_int_equal(strlen(out), 2 * bytes);
        assert_int_equal(strspn(out, "0123456789abcdef"), 2 * bytes);
        assert_int_equal(out[2 * bytes + 1], '!');
    }
    random_hex(other, 32);
    assert_string_not_equal(out, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_fill_exactly_their_place),
        cmocka_unit_test(hexadecimal_has_two_lower_case_digits_for_a_byte),
    };

    return cmocka_run_group_tests_name("random", tests, NULL, NULL);
}

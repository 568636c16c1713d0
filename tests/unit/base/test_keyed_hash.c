/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/keyed_hash.h"

/* The test values of the authors: the key is 00 01 02 ... 0f, the text 00 01 02 ... of so many bytes. */
static const uint64_t expected[] = {
    [0] = 0x726fdb47dd0e0e31, [1] = 0x74f839c593dc67fd, [7] = 0xab0200f58b01d137,
    [8] = 0x93f5f5799a932462, [15] = 0xa129ca6149be45e5, [16] = 0x3f2acc7f57c29bdb,
};

static const struct hash_key key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };

static void the_values_of_the_authors_come_out(void **state)
{
    char text[sizeof expected / sizeof expected[0]];

    (void)state;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)i;
    for (size_t i = 0; i < sizeof text; i++)
        if (expected[i])
            assert_true(keyed_hash(key, (struct slice){ text, i }) == expected[i]);
    assert_true(keyed_hash(key, SLICE_NONE) == expected[0]);
}

static void another_key_gives_another_hash(void **state)
{
    struct hash_key other = { key.low, key.high ^ 1 };

    (void)state;
    assert_true(keyed_hash(key, SLICE("alfa.example")) != keyed_hash(other, SLICE("alfa.example")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_values_of_the_authors_come_out),
        cmocka_unit_test(another_key_gives_another_hash),
    };

    return cmocka_run_group_tests_name("keyed hash", tests, NULL, NULL);
}

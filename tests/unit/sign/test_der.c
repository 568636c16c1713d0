/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sign/der.h"

struct length_case {
    const char *name;
    size_t size;
    struct slice head;
};

/* X.690 8.1.3 and 10.1. */
static const struct length_case length_cases[] = {
    { "nothing has the length 0", 0, { "\x04\x00", 2 } },
    { "127 is the last length of one octet", 127, { "\x04\x7F", 2 } },
    { "128 takes a second octet", 128, { "\x04\x81\x80", 3 } },
    { "255 still takes two", 255, { "\x04\x81\xFF", 3 } },
    { "256 takes three", 256, { "\x04\x82\x01\x00", 4 } },
    { "65535 still takes three", 65535, { "\x04\x82\xFF\xFF", 4 } },
    { "65536 takes four", 65536, { "\x04\x83\x01\x00\x00", 5 } },
};

static void lengths_have_the_fewest_octets(void **state)
{
    static char memory[70000], content[65536];

    (void)state;
    for (size_t i = 0; i < sizeof length_cases / sizeof length_cases[0]; i++) {
        const struct length_case *c = &length_cases[i];
        struct der_writer w = der_new(memory, sizeof memory);
        struct slice out;

        print_message("  %s\n", c->name);
        der_put(&w, (struct slice){ content, c->size });
        der_wrap(&w, DER_OCTET_STRING, 0);
        assert_true(der_done(&w, &out));
        assert_int_equal(out.size, c->head.size + c->size);
        assert_memory_equal(out.data, c->head.data, c->head.size);
    }
}

static void pieces_stand_in_the_order_opposite_to_their_writing(void **state)
{
    char memory[32];
    struct der_writer w = der_new(memory, sizeof memory);
    struct slice out;
    size_t mark;

    (void)state;
    der_put(&w, SLICE("\x02\x01\x05"));
    mark = der_mark(&w);
    der_put(&w, SLICE("ab"));
    der_wrap(&w, DER_OCTET_STRING, mark);
    assert_true(slice_equal(der_since(&w, mark), SLICE("\x04\x02"
                                                       "ab")));
    der_wrap(&w, DER_SEQUENCE, 0);
    assert_true(der_done(&w, &out));
    assert_true(slice_equal(out, SLICE("\x30\x07\x04\x02"
                                       "ab\x02\x01\x05")));
}

static void a_writer_without_room_says_so_and_writes_nothing_more(void **state)
{
    char memory[8] = "........";
    struct der_writer w = der_new(memory + 2, 4);
    struct slice out = SLICE("untouched");

    (void)state;
    der_put(&w, SLICE("abc"));
    der_wrap(&w, DER_SEQUENCE, 0);
    der_put(&w, SLICE("d"));
    assert_false(der_done(&w, &out));
    assert_true(slice_is(out, "untouched"));
    assert_memory_equal(memory, "...abc..", 8);
}

static void a_writer_may_be_filled_to_its_first_byte(void **state)
{
    char memory[5];
    struct der_writer w = der_new(memory, sizeof memory);
    struct slice out;

    (void)state;
    der_put(&w, SLICE("abc"));
    der_wrap(&w, DER_SET, 0);
    der_put(&w, SLICE_NONE);
    assert_true(der_done(&w, &out));
    assert_true(slice_equal(out, SLICE("\x31\x03"
                                       "abc")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths_have_the_fewest_octets),
        cmocka_unit_test(pieces_stand_in_the_order_opposite_to_their_writing),
        cmocka_unit_test(a_writer_without_room_says_so_and_writes_nothing_more),
        cmocka_unit_test(a_writer_may_be_filled_to_its_first_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

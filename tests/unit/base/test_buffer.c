/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/error.h"

static void what_is_appended_comes_out_in_its_order(void **state)
{
    struct buffer b = buffer_new(100);

    (void)state;
    assert_int_equal(buffer_data(&b).size, 0);
    assert_int_equal(buffer_append(&b, SLICE("hello ")), 0);
    assert_int_equal(buffer_append(&b, SLICE("world")), 0);
    assert_true(slice_is(buffer_data(&b), "hello world"));
    buffer_consume(&b, 6);
    assert_true(slice_is(buffer_data(&b), "world"));
    buffer_consume(&b, 5);
    assert_int_equal(buffer_data(&b).size, 0);
    buffer_free(&b);
}

static void no_memory_is_taken_before_the_first_byte(void **state)
{
    struct buffer b = buffer_new(100);

    (void)state;
    assert_int_equal(buffer_append(&b, SLICE_NONE), 0);
    assert_null(b.memory);
    buffer_free(&b);
}

static void more_than_the_maximum_is_refused_whole(void **state)
{
    struct buffer b = buffer_new(10);

    (void)state;
    assert_int_equal(buffer_append(&b, SLICE("12345678")), 0);
    assert_int_equal(buffer_append(&b, SLICE("abc")), ERROR_LIMIT);
    assert_true(slice_is(buffer_data(&b), "12345678"));
    assert_int_equal(buffer_append(&b, SLICE("ab")), 0);
    assert_int_equal(buffer_append(&b, SLICE("c")), ERROR_LIMIT);
    buffer_consume(&b, 1);
    assert_int_equal(buffer_append(&b, SLICE("c")), 0);
    assert_true(slice_is(buffer_data(&b), "2345678abc"));
    buffer_free(&b);
}

static void room_is_what_is_left_of_the_maximum(void **state)
{
    struct buffer b = buffer_new(10);
    size_t room = 99;
    char *at = buffer_reserve(&b, 4, &room);

    (void)state;
    assert_non_null(at);
    assert_int_equal(room, 4);
    memcpy(at, "abcd", 4);
    buffer_commit(&b, 3);
    assert_true(slice_is(buffer_data(&b), "abc"));
    at = buffer_reserve(&b, 100, &room);
    assert_non_null(at);
    assert_int_equal(room, 7);
    buffer_commit(&b, 7);
    room = 99;
    assert_null(buffer_reserve(&b, 1, &room));
    assert_int_equal(room, 99);
    buffer_free(&b);
    assert_null(buffer_reserve(&b, 0, &room));
}

static void a_buffer_that_was_freed_may_be_used_on(void **state)
{
    struct buffer b = buffer_new(10);

    (void)state;
    buffer_append(&b, SLICE("abc"));
    buffer_free(&b);
    assert_int_equal(buffer_data(&b).size, 0);
    assert_int_equal(b.maximum, 10);
    assert_int_equal(buffer_append(&b, SLICE("def")), 0);
    assert_true(slice_is(buffer_data(&b), "def"));
    buffer_free(&b);
    buffer_free(&b);
}

/* Appended and consumed in pieces of every size: what comes out is what went in, and memory does not grow with what has passed. */
static void a_long_stream_passes_through_little_memory(void **state)
{
    struct buffer b = buffer_new(20000);
    unsigned char in = 0, out = 0;
    unsigned random = 1;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        size_t held = buffer_data(&b).size, size, room;
        char *at;

        random = random * 1103515245u + 12345u;
        size = (random >> 16) % 3000;
        if (random & 1 && (at = buffer_reserve(&b, size, &room)) != NULL) {
            for (size_t j = 0; j < room; j++)
                at[j] = (char)in++;
            buffer_commit(&b, room);
        } else {
            struct slice data = buffer_data(&b);

            size = size < held ? size : held;
            for (size_t j = 0; j < size; j++)
                assert_int_equal((unsigned char)data.data[j], out++);
            buffer_consume(&b, size);
        }
    }
    assert_true(b.capacity <= 65536);
    buffer_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_appended_comes_out_in_its_order),
        cmocka_unit_test(no_memory_is_taken_before_the_first_byte),
        cmocka_unit_test(more_than_the_maximum_is_refused_whole),
        cmocka_unit_test(room_is_what_is_left_of_the_maximum),
        cmocka_unit_test(a_buffer_that_was_freed_may_be_used_on),
        cmocka_unit_test(a_long_stream_passes_through_little_memory),
    };

    return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

enum { BUDGET = 1024 * 1024 };

static int set_up(void **state)
{
    *state = arena_new(BUDGET);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    struct arena *a = *state;

    arena_free(&a);
    assert_null(a);
    arena_free(&a);
    return 0;
}

static void pieces_of_every_size_are_aligned_zeroed_and_apart(void **state)
{
    static const size_t sizes[] = { 0, 1, 7, 8, 15, 16, 17, 100, 8191, 8192, 8193, 32767, 32768, 32769, 100000 };
    enum { COUNT = sizeof sizes / sizeof sizes[0] };
    unsigned char *pieces[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        pieces[i] = arena_alloc(*state, sizes[i]);
        assert_non_null(pieces[i]);
        assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(pieces[i][j], 0);
        memset(pieces[i], (int)i + 1, sizes[i]);
    }
    for (size_t i = 0; i < COUNT; i++)
        for (size_t j = 0; j < sizes[i]; j++)
            assert_int_equal(pieces[i][j], (int)i + 1);
}

static void a_large_piece_does_not_waste_the_block_being_filled(void **state)
{
    char *first = arena_alloc(*state, 16), *large = arena_alloc(*state, 50000), *second = arena_alloc(*state, 16);

    assert_non_null(large);
    assert_ptr_equal(second, first + 16);
}

static void memory_that_was_used_is_zeroed_when_it_is_given_out_again(void **state)
{
    unsigned char *piece = arena_alloc(*state, 5000);

    memset(piece, 0xFF, 5000);
    arena_reset(*state);
    assert_int_equal(arena_used(*state), 0);
    piece = arena_alloc(*state, 5000);
    for (size_t i = 0; i < 5000; i++)
        assert_int_equal(piece[i], 0);
}

static void the_budget_is_the_end_of_it(void **state)
{
    struct arena *a = arena_new(100);

    (void)state;
    assert_non_null(arena_alloc(a, 60));
    assert_null(arena_alloc(a, 60));
    /* From then on nothing is given out, so that a failure that was overlooked is seen at the next step. */
    assert_null(arena_alloc(a, 1));
    assert_null(arena_text(a, SLICE("x")));
    assert_null(arena_printf(a, "x"));
    assert_null(arena_copy(a, SLICE("x")).data);
    arena_reset(a);
    assert_non_null(arena_alloc(a, 60));
    arena_free(&a);
    a = arena_new(0);
    assert_null(arena_alloc(a, 0));
    arena_free(&a);
}

static void all_of_the_budget_can_be_used(void **state)
{
    struct arena *a = arena_new(64 * 1024);
    size_t count = 0;

    (void)state;
    while (arena_alloc(a, 16))
        count++;
    assert_int_equal(count, 64 * 1024 / 16);
    assert_int_equal(arena_used(a), 64 * 1024);
    arena_free(&a);
}

static void a_product_or_a_size_that_overflows_is_refused(void **state)
{
    static const size_t sizes[] = { SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 15, SIZE_MAX - 16 };

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct arena *a = arena_new(SIZE_MAX);

        assert_null(arena_alloc(a, sizes[i]));
        arena_free(&a);
        a = arena_new(SIZE_MAX);
        assert_null(arena_text(a, (struct slice){ "x", sizes[i] }));
        arena_free(&a);
    }
    for (size_t element = 2; element < 5000; element *= 3) {
        struct arena *a = arena_new(SIZE_MAX);

        assert_null(arena_array(a, SIZE_MAX / element + 1, element));
        assert_null(arena_alloc(a, 1));
        arena_free(&a);
    }
}

static void texts_end_with_a_nul(void **state)
{
    struct slice copy;

    assert_string_equal(arena_text(*state, SLICE("abc")), "abc");
    assert_string_equal(arena_text(*state, SLICE_NONE), "");
    assert_memory_equal(arena_text(*state, SLICE("a\0b")), "a\0b", 4);
    copy = arena_copy(*state, SLICE("abc"));
    assert_true(slice_is(copy, "abc"));
    assert_int_equal(copy.data[3], '\0');
    assert_null(arena_copy(*state, SLICE_NONE).data);
    assert_string_equal(arena_printf(*state, "%s-%05d", "x", 42), "x-00042");
    assert_string_equal(arena_printf(*state, "%s", ""), "");
    assert_int_equal(strlen(arena_printf(*state, "%50000s", "x")), 50000);
}

static void many_messages_one_after_the_other_keep_one_block(void **state)
{
    for (int i = 0; i < 1000; i++) {
        for (int j = 0; j < 10; j++)
            assert_non_null(arena_alloc(*state, (size_t)j * 9000));
        arena_reset(*state);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pieces_of_every_size_are_aligned_zeroed_and_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_large_piece_does_not_waste_the_block_being_filled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_that_was_used_is_zeroed_when_it_is_given_out_again, set_up, tear_down),
        cmocka_unit_test(the_budget_is_the_end_of_it),
        cmocka_unit_test(all_of_the_budget_can_be_used),
        cmocka_unit_test(a_product_or_a_size_that_overflows_is_refused),
        cmocka_unit_test_setup_teardown(texts_end_with_a_nul, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_messages_one_after_the_other_keep_one_block, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}

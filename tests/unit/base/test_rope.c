/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/rope.h"

static int set_up(void **state)
{
    *state = arena_new(1024 * 1024);
    return *state ? 0 : -1;
}

static int tear_down(void **state)
{
    struct arena *a = *state;

    arena_free(&a);
    return 0;
}

static void pieces_stand_one_behind_the_other(void **state)
{
    struct rope r = rope_new(*state), other = rope_new(*state);
    char passing[] = "four";

    rope_text(&r, "one ");
    rope_add(&r, SLICE("two "));
    rope_printf(&r, "%s%c ", "thre", 'e');
    rope_copy(&r, slice_of(passing));
    passing[0] = 'X';
    rope_text(&other, " five");
    rope_text(&other, " six");
    rope_join(&r, &other);
    assert_true(rope_ok(&r));
    assert_true(slice_is(rope_flat(&r), "one two three four five six"));
    assert_int_equal(r.size, 27);
    assert_int_equal(r.count, 6);
}

static void nothing_is_copied_that_need_not_be(void **state)
{
    static const char text[] = "text";
    struct rope r = rope_new(*state);

    rope_text(&r, text);
    assert_ptr_equal(rope_flat(&r).data, text);
}

static void what_is_empty_leaves_no_piece(void **state)
{
    struct rope r = rope_new(*state), other = rope_new(*state);

    rope_text(&r, "");
    rope_text(&r, NULL);
    rope_add(&r, SLICE_NONE);
    rope_copy(&r, SLICE_NONE);
    rope_printf(&r, "%s", "");
    rope_join(&r, &other);
    assert_true(rope_ok(&r));
    assert_int_equal(r.count, 0);
    assert_null(rope_flat(&r).data);
}

static void a_rope_of_many_pieces_keeps_their_order(void **state)
{
    struct rope r = rope_new(*state);
    struct slice flat;

    for (int i = 0; i < 3000; i++)
        rope_printf(&r, "%04d", i);
    flat = rope_flat(&r);
    assert_int_equal(flat.size, 12000);
    for (int i = 0; i < 3000; i++) {
        char expected[5];

        snprintf(expected, sizeof expected, "%04d", i);
        assert_memory_equal(flat.data + 4 * i, expected, 4);
    }
}

/* Whatever the budget is, a rope is whole or says that it failed. */
static void the_first_failure_is_remembered(void **state)
{
    static const char part[] = "0123456789";

    (void)state;
    for (size_t budget = 0; budget < 3000; budget += 16) {
        struct arena *a = arena_new(budget);
        struct rope r = rope_new(a), other = rope_new(a);

        for (int i = 0; i < 20; i++) {
            rope_copy(&r, SLICE("0123456789"));
            rope_text(&r, part);
            rope_printf(&r, "%s", part);
        }
        assert_true(rope_ok(&r) ? r.size == 600 && r.count == 60 : r.size < 600);
        if (!rope_ok(&r)) {
            assert_null(rope_flat(&r).data);
            rope_join(&other, &r);
            assert_false(rope_ok(&other));
        }
        arena_free(&a);
    }
}

static void a_rope_that_cannot_be_made_flat_says_so(void **state)
{
    struct arena *a = arena_new(300);
    struct rope r = rope_new(a);

    (void)state;
    rope_text(&r, "0123456789012345678901234567890123456789");
    rope_text(&r, "0123456789012345678901234567890123456789");
    assert_true(rope_ok(&r));
    assert_null(rope_flat(&r).data);
    assert_int_equal(rope_flat(&r).size, 0);
    arena_free(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pieces_stand_one_behind_the_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_copied_that_need_not_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_empty_leaves_no_piece, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rope_of_many_pieces_keeps_their_order, set_up, tear_down),
        cmocka_unit_test(the_first_failure_is_remembered),
        cmocka_unit_test(a_rope_that_cannot_be_made_flat_says_so),
    };

    return cmocka_run_group_tests_name("rope", tests, NULL, NULL);
}

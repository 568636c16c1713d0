/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "mime/line.h"

static void test_only_crlf_ends_a_line(void **state)
{
    struct slice rest = SLICE("one\r\nbare\nlf\rcr\r\n\r\nno end"), line;
    static const char *const wanted[] = { "one\r\n", "bare\nlf\rcr\r\n", "\r\n", "no end" };

    (void)state;
    for (size_t i = 0; i < COUNT(wanted); i++) {
        assert_true(line_next(&rest, &line));
        fixture_same("line", line, slice_of(wanted[i]));
        assert_int_equal(line_is_empty(line), i == 2);
    }
    assert_false(line_next(&rest, &line));
}

static void test_every_prefix_is_cut_into_the_same_bytes(void **state)
{
    struct slice text = SLICE("\n\r\r\n\n\r\na\r\n\r\n\r");

    (void)state;
    for (size_t size = 0; size <= text.size; size++) {
        char *copy = fixture_exact((struct slice){ text.data, size });
        struct slice rest = { copy, size }, line;
        size_t total = 0;

        while (line_next(&rest, &line)) {
            assert_ptr_equal(line.data, copy + total);
            assert_true(line.size > 0);
            total += line.size;
        }
        assert_int_equal(total, size);
        free(copy);
    }
}

static void test_unfolding(void **state)
{
    static const struct {
        const char *name;
        struct slice value;
        const char *wanted;
    } cases[] = {
        { "one line stays", { "text", 4 }, "text" },
        { "RFC 5322 2.2.3: CRLF goes, the blank stays", { "a\r\n b\r\n\tc", 9 }, "a b\tc" },
        { "blanks at the ends go", { " \r\n\t a \r\n ", 10 }, "a" },
        { "a bare LF becomes a space", { "a\nb", 3 }, "a b" },
        { "a bare CR becomes a space", { "a\rb", 3 }, "a b" },
        { "CR CR LF is a bare CR and a line end", { "a\r\r\nb", 5 }, "a b" },
        { "a NUL becomes a space", { "a\0b", 3 }, "a b" },
        { "8-bit bytes stay", { "\xE8\xC3\xA8", 3 }, "\xE8\xC3\xA8" },
        { "nothing stays nothing", { NULL, 0 }, "" },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        fixture_same(cases[i].name, slice_of(line_unfolded(cases[i].value, *state)), slice_of(cases[i].wanted));
}

static void test_terminate_makes_a_text(void **state)
{
    char bytes[] = { 'a', '\0', 'b', '\0', 'x' };

    (void)state;
    line_terminate(bytes, 4);
    assert_memory_equal(bytes, "a b \0", 5);
}

static struct slice folded(struct arena *arena, struct slice text, size_t column)
{
    struct rope r = rope_new(arena);

    line_fold(&r, text, column);
    assert_true(rope_ok(&r));
    return rope_flat(&r);
}

#define TEN "aaaaaaaaa "

static void test_folding(void **state)
{
    static const struct {
        const char *name, *text;
        size_t column;
        const char *wanted;
    } cases[] = {
        { "short text stays", "one two", 9, "one two" },
        { "nothing stays nothing", "", 9, "" },
        { "78 octets fit", TEN TEN TEN TEN TEN TEN TEN "bbbbbbbb", 0, TEN TEN TEN TEN TEN TEN TEN "bbbbbbbb" },
        { "79 do not", TEN TEN TEN TEN TEN TEN TEN "bbbbbbbbb", 0,
          TEN TEN TEN TEN TEN TEN "aaaaaaaaa\r\n bbbbbbbbb" },
        { "the name in front counts", TEN TEN TEN TEN TEN TEN TEN "bbbbbbbb", 1,
          TEN TEN TEN TEN TEN TEN "aaaaaaaaa\r\n bbbbbbbb" },
        { "the first word is never moved", "word", 100, "word" },
        { "the second is", "word word", 100, "word\r\n word" },
        { "a run of blanks moves with its word, so that no line has blanks alone",
          TEN TEN TEN TEN TEN TEN "aaaaaaaaa      bbbbbb", 0, TEN TEN TEN TEN TEN TEN "aaaaaaaaa\r\n      bbbbbb" },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        fixture_same(cases[i].name, folded(*state, slice_of(cases[i].text), cases[i].column), slice_of(cases[i].wanted));
}

static void test_a_word_over_998_octets_cannot_be_folded(void **state)
{
    struct slice longest = fixture_repeat(*state, "a", LINE_MAX_OCTETS + 1);

    assert_false(line_can_fold(longest, 0));
    longest.size--;
    assert_true(line_can_fold(longest, 0));
    assert_false(line_can_fold(longest, 1));
    assert_false(line_can_fold(fixture_join(*state, (const char *[]){ "a ", longest.data, NULL }), 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_crlf_ends_a_line),
        cmocka_unit_test(test_every_prefix_is_cut_into_the_same_bytes),
        cmocka_unit_test_setup_teardown(test_unfolding, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_terminate_makes_a_text),
        cmocka_unit_test_setup_teardown(test_folding, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_word_over_998_octets_cannot_be_folded, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/stuffing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buffer.h"

struct stuffing_case {
    const char *name;
    const char *content;
    const char *wire;
};

/* RFC 5321 4.5.2 */
static const struct stuffing_case cases[] = {
    { "plain lines go as they are", "a\r\nb\r\n", "a\r\nb\r\n.\r\n" },
    { "no content is the end mark alone", "", ".\r\n" },
    { "a dot at the very start is stuffed", ".a\r\n", "..a\r\n.\r\n" },
    { "a dot at the start of a line is stuffed", "a\r\n.b\r\n", "a\r\n..b\r\n.\r\n" },
    { "a line of one dot is stuffed", "a\r\n.\r\nb\r\n", "a\r\n..\r\nb\r\n.\r\n" },
    { "only the first dot of a line is", "..a\r\n...\r\n", "...a\r\n....\r\n.\r\n" },
    { "a dot inside a line is not", "a.b\r\n a.\r\n", "a.b\r\n a.\r\n.\r\n" },
    { "a last line end is added", "a", "a\r\n.\r\n" },
    { "a last dot alone gets both", ".", "..\r\n.\r\n" },
    { "a last bare LF is no line end", "a\n", "a\n\r\n.\r\n" },
    { "a last bare CR is no line end", "a\r", "a\r\r\n.\r\n" },
    { "a dot behind a bare LF is stuffed too", "a\n.\r\nb\r\n", "a\n..\r\nb\r\n.\r\n" },
    { "a dot behind a bare CR is not", "a\r.\r\n", "a\r.\r\n.\r\n" },
    { "lines of dots", ".\r\n.\r\n.\r\n", "..\r\n..\r\n..\r\n.\r\n" },
};

/* All pieces together. */
static void collect(const struct rope *content, struct buffer *out)
{
    struct smtp_stuffing s = smtp_stuffing_new(content);
    struct slice pieces[SMTP_STUFFING_PIECES];
    size_t count;

    while ((count = smtp_stuffing_next(&s, pieces)) > 0) {
        size_t bytes = 0;

        assert_true(count <= SMTP_STUFFING_PIECES);
        for (size_t i = 0; i < count; i++) {
            assert_true(pieces[i].size > 0);
            assert_int_equal(buffer_append(out, pieces[i]), 0);
            bytes += pieces[i].size;
        }
        assert_true(bytes <= SMTP_STUFFING_BYTES + SMTP_STUFFING_PIECES + 5);
    }
    assert_true(s.ended);
    assert_int_equal(smtp_stuffing_next(&s, pieces), 0);
}

static void run_case(const struct stuffing_case *c, size_t step)
{
    struct arena *arena = arena_new(1000000);
    struct rope content = rope_new(arena);
    struct buffer wire = buffer_new(10000);
    struct slice rest = slice_of(c->content);

    while (rest.size) {
        size_t size = rest.size < step ? rest.size : step;

        rope_add(&content, (struct slice){ rest.data, size });
        rest = slice_skip(rest, size);
    }
    collect(&content, &wire);
    if (!slice_is(buffer_data(&wire), c->wire))
        fail_msg("%s, pieces of %zu: %.*s", c->name, step, SLICE_ARGS(buffer_data(&wire)));
    buffer_free(&wire);
    arena_free(&arena);
}

static void dots_are_stuffed_however_the_rope_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (size_t step = 1; step < 8; step++)
            run_case(&cases[i], step);
}

static void a_large_message_is_cut_not_copied(void **state)
{
    struct smtp_stuffing s;
    struct slice pieces[SMTP_STUFFING_PIECES];
    size_t size = 1000000, seen = 0, count;
    char *text = malloc(size);
    struct slice whole = { text, size };
    struct rope content = { .pieces = &whole, .count = 1, .size = size };

    (void)state;
    assert_non_null(text);
    memset(text, 'x', size);
    memcpy(text + size - 2, "\r\n", 2);
    s = smtp_stuffing_new(&content);
    while ((count = smtp_stuffing_next(&s, pieces)) > 0) {
        assert_ptr_equal(pieces[0].data, text + seen);
        seen += pieces[0].size;
        assert_int_equal(count, s.ended ? 2 : 1);
    }
    assert_int_equal(seen, size);
    free(text);
}

/* Many more cuts than fit in one call. */
static void a_message_of_dots_alone_is_stuffed(void **state)
{
    enum { LINES = 5000 };
    char *text = malloc(LINES * 3);
    struct slice whole = { text, LINES * 3 };
    struct rope content = { .pieces = &whole, .count = 1, .size = LINES * 3 };
    struct buffer wire = buffer_new(LINES * 4 + 3);

    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < LINES; i++)
        memcpy(text + i * 3, ".\r\n", 3);
    collect(&content, &wire);
    assert_int_equal(buffer_data(&wire).size, LINES * 4 + 3);
    for (size_t i = 0; i < LINES; i++)
        assert_memory_equal(buffer_data(&wire).data + i * 4, "..\r\n", 4);
    buffer_free(&wire);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dots_are_stuffed_however_the_rope_is_cut),
        cmocka_unit_test(a_large_message_is_cut_not_copied),
        cmocka_unit_test(a_message_of_dots_alone_is_stuffed),
    };

    return cmocka_run_group_tests_name("smtp stuffing", tests, NULL, NULL);
}

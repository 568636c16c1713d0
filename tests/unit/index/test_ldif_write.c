/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 2849: its grammar and notes; RFC 4514 2.4 for names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "index/ldif.h"
#include "index/ldif_write.h"

enum { BUDGET = 1 << 20 };

static const struct {
    struct slice value;
    const char *expected;
} lines[] = {
    { SLICE("alfa.example"), "a: alfa.example\n" },
    { SLICE(""), "a:\n" },
    { SLICE("two words"), "a: two words\n" },
    /* SAFE-INIT-CHAR */
    { SLICE(" x"), "a:: IHg=\n" },
    { SLICE(":x"), "a:: Ong=\n" },
    { SLICE("<x"), "a:: PHg=\n" },
    { SLICE("x:<"), "a: x:<\n" },
    /* SAFE-CHAR; a value with a line end in it must not become two attributes */
    { SLICE("x\nmanagedDomains: y"), "a:: eAptYW5hZ2VkRG9tYWluczogeQ==\n" },
    { SLICE("x\ry"), "a:: eA15\n" },
    { SLICE("x\0y"), "a:: eAB5\n" },
    { SLICE("Societ\xC3\xA0"), "a:: U29jaWV0w6A=\n" },
    /* note 8: a blank at the end */
    { SLICE("x "), "a:: eCA=\n" },
};

static void a_value_is_written_so_that_it_can_be_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct arena *arena = arena_new(BUDGET);
        struct rope r = rope_new(arena);

        ldif_write(&r, "a", lines[i].value);
        assert_true(rope_ok(&r));
        assert_string_equal(arena_text(arena, rope_flat(&r)), lines[i].expected);
        arena_free(&arena);
    }
}

/* Note 2: a folded line begins with one blank, and what is unfolded is what was written. At every length around the fold. */
static void long_lines_are_folded_and_come_back_whole(void **state)
{
    char value[400];

    (void)state;
    for (size_t size = 0; size < sizeof value; size++) {
        struct arena *arena = arena_new(BUDGET);
        struct rope r = rope_new(arena);
        struct ldif_record record;
        struct slice text, line;
        struct ldif reader;

        for (size_t i = 0; i < size; i++)
            value[i] = (char)('a' + i % 26);
        value[size / 2] = size % 3 ? 'x' : '\xC3'; /* every third in base64 */
        ldif_write(&r, "dn", SLICE("o=x"));
        ldif_write(&r, "a", (struct slice){ value, size });
        text = rope_flat(&r);
        for (struct slice rest = text; slice_next_line(&rest, &line);)
            assert_true(line.size <= LDIF_COLUMNS + 1 && line.data[line.size - 1] == '\n');
        reader = ldif_reader(text, "t", arena);
        assert_int_equal(ldif_next(&reader, &record, NULL), 0);
        assert_int_equal(record.count, 1);
        assert_true(slice_equal(record.attributes[0].value, (struct slice){ value, size }));
        arena_free(&arena);
    }
}

static void names_are_escaped(void **state)
{
    static const struct {
        struct slice value;
        const char *expected;
    } names[] = {
        { SLICE("Postal Services S.p.A"), "Postal Services S.p.A" },
        { SLICE("A, B + \"C\"; <D> \\"), "A\\, B \\+ \\\"C\\\"\\; \\<D\\> \\\\" },
        { SLICE(" x "), "\\ x\\ " },
        { SLICE("#x#"), "\\#x#" },
        { SLICE("x\0y"), "x\\00y" },
        { SLICE(""), "" },
    };
    struct arena *arena = arena_new(BUDGET);

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_string_equal(ldif_dn_value(arena, names[i].value), names[i].expected);
    arena_free(&arena);
}

static void without_budget_the_rope_has_failed(void **state)
{
    struct arena *arena = arena_new(64);
    struct rope r = rope_new(arena);

    (void)state;
    for (int i = 0; i < 100; i++)
        ldif_write(&r, "a", SLICE("alfa.example"));
    assert_false(rope_ok(&r));
    assert_null(ldif_dn_value(arena, SLICE("alfa")));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_written_so_that_it_can_be_read),
        cmocka_unit_test(long_lines_are_folded_and_come_back_whole),
        cmocka_unit_test(names_are_escaped),
        cmocka_unit_test(without_budget_the_rope_has_failed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

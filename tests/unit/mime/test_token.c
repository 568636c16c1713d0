/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "mime/token.h"

/* Tokens of a value as text: a letter for each kind, "_" in front for a gap. */
static void spell(struct slice value, char *out)
{
    static const char letters[] = { [TOKEN_FAULT] = '!', [TOKEN_ATOM] = 'a', [TOKEN_QUOTED] = 'q', [TOKEN_LITERAL] = 'l',
                                    [TOKEN_ENCODED] = 'e' };
    struct tokens t = tokens_of(value);

    for (; t.kind != TOKEN_END; tokens_next(&t)) {
        if (t.gap)
            *out++ = '_';
        *out++ = t.kind <= TOKEN_ENCODED ? letters[t.kind] : (char)t.kind;
        if (t.kind == TOKEN_FAULT)
            break;
    }
    *out = '\0';
}

static void test_kinds(void **state)
{
    static const struct {
        const char *name;
        struct slice value;
        const char *wanted;
    } cases[] = {
        { "nothing", { NULL, 0 }, "" },
        { "blanks and comments alone", { " (x) ", 5 }, "" },
        { "an address", { "a.b@c.d", 7 }, "a.a@a.a" },
        { "RFC 5322 3.2.3: all of atext", { "09azAZ!#$%&'*+-/=?^_`{|}~", 25 }, "a" },
        { "the specials that are tokens", { "<>@,;:.", 7 }, "<>@,;:." },
        { "a quoted string and a literal", { "\"x y\"@[1.2]", 11 }, "q@l" },
        { "folding is a gap", { "a\r\n b", 5 }, "a_a" },
        { "RFC 5322 3.2.2: comments nest and hold quoted pairs", { "a((x) \\) y)b", 12 }, "a_a" },
        { "a comment holds what it likes", { "(a@b, \"<;)c", 11 }, "_a" },
        { "an encoded word of atext alone is an atom", { "=?a?Q?b?= c", 11 }, "a_a" },
        { "an encoded word with specials is one token", { "=?a?Q?,:@<(?=,c", 15 }, "e,a" },
        { "one with a language", { "=?a*it?b?,?=", 12 }, "e" },
        { "one with an unknown encoding is none", { "=?a?X?,b?=", 10 }, "a,a" },
        { "one with an address for its charset is none", { "=?a@b?Q?,?=", 11 }, "a@a,a" },
        { "one that does not end is none", { "=?a?Q?,b?", 9 }, "a,a" },
        { "one with a blank is none", { "=?a?Q?, ?=", 10 }, "a,_a" },
        { "one with an 8-bit byte is none", { "=?a?Q?,\xE8?=", 10 }, "a,!" },
        { "a comment that does not end", { "a (b", 4 }, "a_!" },
        { "an inner comment that does not end", { "(a (b)", 6 }, "!" },
        { "a ) without a (", { "a)", 2 }, "a!" },
        { "a quoted string that does not end", { "\"a", 2 }, "!" },
        { "a quoted string that ends with its escape", { "\"a\\\"", 4 }, "!" },
        { "a quoted string with a folded line", { "\"a\r\n b\"", 7 }, "q" },
        { "a quoted string with a bare line end", { "\"a\r\nb\"", 6 }, "!" },
        { "a quoted string with a control", { "\"\x01\"", 3 }, "!" },
        { "a quoted string with an escaped control", { "\"\\\x01\"", 4 }, "!" },
        { "a quoted string with an 8-bit byte", { "\"\xE8\"", 3 }, "!" },
        { "an empty quoted string", { "\"\"", 2 }, "q" },
        { "a comment with an 8-bit byte", { "(\xE8)", 3 }, "!" },
        { "a comment with a NUL", { "(\0)", 3 }, "!" },
        { "a literal with blanks", { "[ 1.2 ]", 7 }, "l" },
        { "an empty literal", { "[]", 2 }, "!" },
        { "a literal that does not end", { "[1.2", 4 }, "!" },
        { "a literal within a literal", { "[1[2]", 5 }, "!" },
        { "a backslash on its own", { "a\\b", 3 }, "a!" },
        { "a control", { "a\x7F", 2 }, "a!" },
        { "a NUL", { "a\0b", 3 }, "a!" },
        { "an 8-bit byte", { "\xC3\xA9", 2 }, "!" },
        { "a bare LF", { "a\nb", 3 }, "a!" },
        { "a bare CR", { "a\rb", 3 }, "a!" },
        { "a line end that folds nothing", { "a\r\n", 3 }, "a!" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char *copy = fixture_exact(cases[i].value), got[64];

        spell((struct slice){ copy, cases[i].value.size }, got);
        fixture_same(cases[i].name, slice_of(got), slice_of(cases[i].wanted));
        free(copy);
    }
}

static void test_a_fault_is_final_and_has_words(void **state)
{
    struct tokens t = tokens_of(SLICE("\x01 a b"));

    (void)state;
    for (int i = 0; i < 3; i++, tokens_next(&t)) {
        assert_int_equal(t.kind, TOKEN_FAULT);
        assert_non_null(t.fault);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_a_fault_is_final_and_has_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

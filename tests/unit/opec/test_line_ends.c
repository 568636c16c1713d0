/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "printed.h"

#include "opec/verify/line_ends.h"

struct line_case {
    const char *name;
    struct slice given;
    bool is_lf;
    struct slice converted;
};

#define BYTES(literal) { (literal), sizeof(literal) - 1 }

static const struct line_case cases[] = {
    { "nothing", BYTES(""), false, BYTES("") },
    { "no line end", BYTES("a"), false, BYTES("a") },
    { "CRLF", BYTES("a\r\nb\r\n"), false, BYTES("a\r\nb\r\n") },
    { "LF", BYTES("a\nb\n\n"), true, BYTES("a\r\nb\r\n\r\n") },
    { "LF at the beginning", BYTES("\na"), true, BYTES("\r\na") },
    { "without one at the end", BYTES("a\nb"), true, BYTES("a\r\nb") },
    { "CRLF first: a bare LF was signed as it is", BYTES("a\r\nb\nc"), false, BYTES("a\r\nb\r\nc") },
    { "LF first, CRLF later", BYTES("a\nb\r\nc\n"), true, BYTES("a\r\nb\r\nc\r\n") },
    { "a bare CR stays", BYTES("a\rb\n"), true, BYTES("a\rb\r\n") },
    { "a NUL is a byte like others", BYTES("\0\n"), true, BYTES("\0\r\n") },
};

static void line_ends_become_crlf(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct line_case *c = &cases[i];
        /* In memory of just that size, so that the sanitizer sees a step beyond. */
        char *exact = malloc(c->given.size ? c->given.size : 1), *made;
        size_t size = 0;

        assert_non_null(exact);
        memcpy(exact, c->given.data, c->given.size);
        made = line_ends_to_crlf((struct slice){ exact, c->given.size }, &size);
        assert_non_null(made);
        if (line_ends_are_lf((struct slice){ exact, c->given.size }) != c->is_lf)
            fail_msg("%s: the kind of its line ends", c->name);
        if (!slice_equal((struct slice){ made, size }, c->converted))
            fail_msg("%s: \"%.*s\"", c->name, (int)size, made);
        free(made);
        free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_ends_become_crlf),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

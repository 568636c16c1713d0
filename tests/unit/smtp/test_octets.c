/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/octets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct octets_case {
    const char *name;
    const char *text;
    const char *flags; /* C bare CR, L bare LF, l long line, 8 eight bit */
};

static const struct octets_case cases[] = {
    { "plain lines have nothing odd", "one\r\ntwo\r\n", "" },
    { "a LF at the start is bare", "\none\r\n", "L" },
    { "a LF between letters is bare", "one\ntwo\r\n", "L" },
    { "a LF behind CRLF is bare", "one\r\n\ntwo\r\n", "L" },
    { "a CR between letters is bare", "one\rtwo\r\n", "C" },
    { "the first of two CR is bare", "one\r\r\n", "C" },
    { "LF CR is both", "one\n\rtwo\r\n", "CL" },
    { "an octet over 127 is 8-bit", "caff\xe8\r\n", "8" },
    { "127 is not", "\x7f\r\n", "" },
};

static void assert_flags(const char *name, const struct octets *o, const char *wanted, size_t step)
{
    char got[8];

    snprintf(got, sizeof got, "%s%s%s%s%s", o->bare_cr ? "C" : "", o->bare_lf ? "L" : "", o->long_line ? "l" : "",
        o->eight_bit ? "8" : "", o->nul ? "0" : "");
    if (strcmp(got, wanted) != 0)
        fail_msg("%s, %zu octets at a time: wanted \"%s\", got \"%s\"", name, step, wanted, got);
}

/* In pieces of `step`, each in memory of its own, so that a look beyond it is found. */
static struct octets see_in_steps(struct slice s, size_t step)
{
    struct octets o = { 0 };

    while (s.size) {
        size_t size = s.size < step ? s.size : step;
        char *copy = malloc(size);

        assert_non_null(copy);
        memcpy(copy, s.data, size);
        octets_see(&o, (struct slice){ copy, size });
        free(copy);
        s = slice_skip(s, size);
    }
    return o;
}

static void assert_seen(const char *name, struct slice s, const char *flags)
{
    for (size_t step = 1; step <= s.size; step = step < 20 ? step + 1 : step * 2) {
        struct octets o = see_in_steps(s, step);

        assert_flags(name, &o, flags, step);
        assert_int_equal(o.size, s.size);
    }
    {
        struct octets o = see_in_steps(s, s.size);

        assert_flags(name, &o, flags, s.size);
    }
}

static void what_is_odd_is_seen_however_it_is_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_seen(cases[i].name, slice_of(cases[i].text), cases[i].flags);
}

/* The blocks of the loops must not have seams. */
static void what_is_odd_is_seen_at_every_place(void **state)
{
    static const struct octets_case odd[] = {
        { "bare LF", "\n", "L" }, { "bare CR", "\r", "C" }, { "8-bit", "\x80", "8" }, { "line end", "\r\n", "" },
    };
    char text[700];

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        size_t size = strlen(odd[i].text);

        for (size_t at = 0; at + size < sizeof text; at++) {
            struct octets o;

            memset(text, 'x', sizeof text);
            memcpy(text + at, odd[i].text, size);
            o = see_in_steps((struct slice){ text, sizeof text }, sizeof text);
            assert_flags(odd[i].name, &o, odd[i].flags, at);
        }
    }
}

static void a_nul_is_seen(void **state)
{
    char text[300];

    (void)state;
    for (size_t at = 0; at < sizeof text; at++) {
        struct octets o;

        memset(text, 'x', sizeof text);
        text[at] = '\0';
        o = see_in_steps((struct slice){ text, sizeof text }, 256);
        assert_flags("NUL", &o, "0", at);
    }
}

/* RFC 5322 2.1.1: 998 octets without the CRLF. */
static void a_line_is_long_from_999_octets_on(void **state)
{
    char text[5000];

    (void)state;
    for (size_t lead = 0; lead < 1200; lead += 111) {
        for (size_t length = 997; length <= 1000; length++) {
            size_t size = lead + length + 4;

            memset(text, 'x', sizeof text);
            for (size_t i = 0; i + 1 < lead; i += 50)
                memcpy(text + i, "\r\n", 2);
            if (lead)
                memcpy(text + lead - 2, "\r\n", 2);
            memcpy(text + lead + length, "\r\n\r\n", 4);
            assert_seen("a line", (struct slice){ text, size }, length > 998 ? "l" : "");
        }
    }
}

static void a_line_without_end_is_long(void **state)
{
    char text[3000];

    (void)state;
    memset(text, 'x', sizeof text);
    assert_seen("no line end", (struct slice){ text, sizeof text }, "l");
    assert_seen("a thousand octets", (struct slice){ text, 1000 }, "l");
    assert_seen("999 may yet be 998 and CR", (struct slice){ text, 999 }, "");
}

static void a_dot_behind_a_line_end_is_found(void **state)
{
    char text[600];

    (void)state;
    assert_int_equal(octets_find_dot(SLICE_NONE), 0);
    assert_int_equal(octets_find_dot(SLICE(".")), 1);
    assert_int_equal(octets_find_dot(SLICE("..\r.x.")), 6);
    for (size_t size = 2; size < sizeof text; size += 13) {
        for (size_t at = 1; at < size; at++) {
            char *copy = malloc(size);

            assert_non_null(copy);
            memset(copy, '.', size);
            copy[at - 1] = '\n';
            assert_int_equal(octets_find_dot((struct slice){ copy, size }), at);
            free(copy);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_odd_is_seen_however_it_is_cut),
        cmocka_unit_test(what_is_odd_is_seen_at_every_place),
        cmocka_unit_test(a_nul_is_seen),
        cmocka_unit_test(a_line_is_long_from_999_octets_on),
        cmocka_unit_test(a_line_without_end_is_long),
        cmocka_unit_test(a_dot_behind_a_line_end_is_found),
    };

    return cmocka_run_group_tests_name("smtp octets", tests, NULL, NULL);
}

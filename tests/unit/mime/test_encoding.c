/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "mime/encoding.h"

struct decoding {
    const char *name, *encoded, *wanted;
};

static void check(const struct decoding *c, size_t room, size_t (*decode)(struct slice encoded, char *out))
{
    struct slice encoded = slice_of(c->encoded);
    char *copy = fixture_exact(encoded), *out = malloc(room ? room : 1);

    assert_non_null(out);
    fixture_same(c->name, (struct slice){ out, decode((struct slice){ copy, encoded.size }, out) }, slice_of(c->wanted));
    free(out);
    free(copy);
}

static void test_base64(void **state)
{
    static const struct decoding cases[] = {
        { "nothing", "", "" },
        { "RFC 4648 10: one", "Zg==", "f" },
        { "RFC 4648 10: two", "Zm8=", "fo" },
        { "RFC 4648 10: three", "Zm9v", "foo" },
        { "RFC 4648 10: four", "Zm9vYg==", "foob" },
        { "RFC 4648 10: five", "Zm9vYmE=", "fooba" },
        { "RFC 4648 10: six", "Zm9vYmFy", "foobar" },
        { "the last two digits", "+/+/", "\xFB\xFF\xBF" },
        { "line ends within a group", "Zm\r\n9vY\r\nmFy\r\n", "foobar" },
        { "RFC 2045 6.8: other characters are passed over", "Z!m-9_v\xE8 Y.mF(y)", "foobar" },
        { "padding left out", "Zm9vYg", "foob" },
        { "half the padding left out", "Zm9vYg=", "foob" },
        { "a digit too many", "Zm9vY", "foo" },
        { "RFC 2045 6.8: the first = is the end", "Zg==Zm9v", "f" },
        { "a footer behind the end", "Zm9v=\r\n-- \r\nlist footer", "foo" },
        { "nothing but padding", "====", "" },
        { "nothing of the alphabet", "--- ---", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check(&cases[i], mime_base64_room(strlen(cases[i].encoded)), mime_decode_base64);
}

static void test_quoted_printable(void **state)
{
    static const struct decoding cases[] = {
        { "nothing", "", "" },
        { "plain lines", "one\r\ntwo\r\n", "one\r\ntwo\r\n" },
        { "escapes", "perch=C3=A9=3D", "perch\xC3\xA9=" },
        { "RFC 2045 6.7 (1): lower case is taken", "=c3=a9", "\xC3\xA9" },
        { "RFC 2045 6.7 (5): a soft line break", "one=\r\ntwo", "onetwo" },
        { "a soft line break with blanks behind it", "one= \t\r\ntwo", "onetwo" },
        { "a soft line break at the end", "one=", "one" },
        { "RFC 2045 6.7 (3): blanks at the end of a line go", "one \t\r\ntwo  ", "one\r\ntwo" },
        { "encoded blanks at the end of a line stay", "one=20\r\ntwo=09", "one \r\ntwo\t" },
        { "no digits: = stays", "a=ZZ=4", "a=ZZ=4" },
        { "two = in a row", "a==41", "a=A" },
        { "line ends of LF stay", "one\ntwo=\nthree", "one\ntwothree" },
        { "a control may be encoded", "a=01b", "a\x01" "b" },
        { "blanks within a line stay", "a  b", "a  b" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check(&cases[i], strlen(cases[i].encoded), mime_decode_quoted_printable);
}

static void test_q_and_percent(void **state)
{
    static const struct decoding q[] = {
        { "RFC 2047 4.2 (2): _ is a space", "a_b", "a b" },
        { "an encoded _ is none", "a=5Fb", "a_b" },
        { "escapes", "perch=C3=A9", "perch\xC3\xA9" },
        { "broken escapes stay", "a=G0=", "a=G0=" },
    };
    static const struct decoding percent[] = {
        { "RFC 2231 4: escapes", "perch%C3%a9", "perch\xC3\xA9" },
        { "broken escapes stay", "100%, 5%5", "100%, 5%5" },
        { "quoted-printable is none", "a=20_", "a=20_" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(q); i++)
        check(&q[i], strlen(q[i].encoded), mime_decode_q);
    for (size_t i = 0; i < COUNT(percent); i++)
        check(&percent[i], strlen(percent[i].encoded), mime_decode_percent);
}

static void test_decoding_takes_linear_time(void **state)
{
    static const char *const pieces[] = { "=", "= ", " ", "=4", "=\r\n", "\n", "%", "_", "-", "A", "A-" };
    double start = fixture_seconds();

    for (size_t i = 0; i < COUNT(pieces); i++) {
        struct slice encoded = fixture_repeat(*state, pieces[i], 500 * 1000);
        char *out = arena_alloc(*state, mime_base64_room(encoded.size) + encoded.size);

        assert_non_null(out);
        mime_decode_base64(encoded, out);
        assert_true(mime_decode_quoted_printable(encoded, out) <= encoded.size);
        assert_true(mime_decode_q(encoded, out) <= encoded.size);
        assert_true(mime_decode_percent(encoded, out) <= encoded.size);
    }
    assert_true(fixture_seconds() - start < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_quoted_printable),
        cmocka_unit_test(test_q_and_percent),
        cmocka_unit_test_setup_teardown(test_decoding_takes_linear_time, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "mime/encoding.h"
#include "mime/header.h"
#include "mime/line.h"
#include "mime/word.h"
#include "mime/write.h"

#define FORTY "0123456789012345678901234567890123456789"

static void test_fields(void **state)
{
    static const struct {
        const char *name, *value, *wanted;
    } cases[] = {
        { "a field", "a@b.it", "To: a@b.it\r\n" },
        { "an empty value", "", "To: \r\n" },
        { "blanks at the ends go", "  a ", "To: a\r\n" },
        { "folded between addresses", FORTY "@b.it, " FORTY "@c.it", "To: " FORTY "@b.it,\r\n " FORTY "@c.it\r\n" },
        { "a long word stays whole", FORTY FORTY FORTY, "To: " FORTY FORTY FORTY "\r\n" },
        { "RFC 5322 2.2: line ends cannot begin a field", "a\r\nBcc: x", "To: a  Bcc: x\r\n" },
        { "nor can bare ones", "a\nBcc: x\rCc: y", "To: a Bcc: x Cc: y\r\n" },
        { "other controls become blanks", "a\x01\x1F\x7F\tb", "To: a    b\r\n" },
        { "controls at the ends go", "\r\na\r\n", "To: a\r\n" },
        { "an 8-bit byte stays", "\xE8", "To: \xE8\r\n" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rope r = rope_new(*state);

        write_field(&r, "To", cases[i].value);
        assert_true(rope_ok(&r));
        fixture_same(cases[i].name, rope_flat(&r), slice_of(cases[i].wanted));
    }
}

static void test_text_fields(void **state)
{
    struct rope r = rope_new(*state);
    struct header h;
    struct slice body;

    write_text_field(&r, "Subject", SLICE("Oggetto"));
    write_text_field(&r, "Subject", SLICE("perch\xC3\xA9"));
    write_text_field(&r, "Subject", SLICE("a\r\nBcc: x"));
    write_text_field(&r, "Subject", SLICE(""));
    assert_int_equal(header_split(rope_flat(&r), *state, &h, &body), 0);
    assert_int_equal(h.count, 4);
    fixture_same("plain", h.fields[0].raw, SLICE("Subject: Oggetto\r\n"));
    fixture_same("encoded", h.fields[1].raw, SLICE("Subject: =?utf-8?Q?perch=C3=A9?=\r\n"));
    assert_string_equal(words_decode(h.fields[2].value, *state), "a\r\nBcc: x");
    fixture_same("empty", h.fields[3].raw, SLICE("Subject: \r\n"));
}

#define S75 "012345678901234567890123456789012345678901234567890123456789012345678901234"

static void test_quoted_printable(void **state)
{
    static const struct {
        const char *name, *text, *wanted;
    } cases[] = {
        { "nothing", "", "" },
        { "plain text without a line end", "abc", "abc" },
        { "LF becomes CRLF", "a\nb\n", "a\r\nb\r\n" },
        { "CRLF stays", "a\r\nb\r\n", "a\r\nb\r\n" },
        { "empty lines", "\n\r\n\n", "\r\n\r\n\r\n" },
        { "a bare CR is encoded", "a\rb", "a=0Db" },
        { "a bare CR at the end", "a\r", "a=0D" },
        { "CR CR LF", "a\r\r\n", "a=0D\r\n" },
        { "RFC 2045 6.7 (1): = and bytes over 126", "=\xE8\x7F", "=3D=E8=7F" },
        { "controls", "a\x01" "b", "a=01b" },
        { "RFC 2045 6.7 (3): a blank at the end of a line", "a \nb\t\n", "a=20\r\nb=09\r\n" },
        { "a blank at the end of all", "a ", "a=20" },
        { "blanks within a line stay", "a \t b", "a \t b" },
        { "a line of blanks", "  \n", " =20\r\n" },
        { "RFC 5321 4.5.2: a dot at the front", ".\n..a\nb.c\n", "=2E\r\n=2E.a\r\nb.c\r\n" },
        { "RFC 2049 3: From at the front", "From me\nFromage\n From x\n>From y\n",
          "=46rom me\r\nFromage\r\n From x\r\n>From y\r\n" },
        { "a boundary is not our matter", "--x\n", "--x\r\n" },
        { "76 octets are a line", S75 "x\n", S75 "x\r\n" },
        { "77 are not", S75 "xy\n", S75 "=\r\nxy\r\n" },
        { "an escape is not split", S75 "\xE8\n", S75 "=\r\n=E8\r\n" },
        { "an escape fits at the end", "0123456789" FORTY "01234567890123456789012" "\xE8\n",
          "0123456789" FORTY "01234567890123456789012" "=E8\r\n" },
        { "a dot behind a soft line break", S75 ".x\n", S75 "=\r\n=2Ex\r\n" },
        { "From behind a soft line break", S75 "From x\n", S75 "=\r\n=46rom x\r\n" },
        { "a blank before a soft line break", "0123456789" FORTY "012345678901234567890123" " xy\n",
          "0123456789" FORTY "012345678901234567890123" " =\r\nxy\r\n" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice text = slice_of(cases[i].text);
        char *copy = fixture_exact(text);
        struct rope r = rope_new(*state);

        write_quoted_printable(&r, (struct slice){ copy, text.size });
        assert_true(rope_ok(&r));
        fixture_same(cases[i].name, rope_flat(&r), slice_of(cases[i].wanted));
        free(copy);
    }
}

static void check_quoted_lines(struct slice written)
{
    struct slice line;

    while (line_next(&written, &line)) {
        struct slice content = line_content(line);

        assert_true(content.size <= 76);
        assert_null(content.size ? memchr(content.data, '\n', content.size) : NULL);
        assert_true(content.size == 0 || content.data[0] != '.');
        assert_false(slice_starts_nocase(content, "From "));
        assert_false(content.size && line_is_blank(content.data[content.size - 1]));
    }
}

/* Pseudo-random texts of the bytes that matter. */
static void test_quoted_printable_decodes_to_the_same(void **state)
{
    static const char alphabet[] = "ab. \t=\xE8\rF\x7F";
    uint32_t random = 1;

    (void)state;
    for (size_t round = 0; round < 3000; round++) {
        struct arena *arena = arena_new(FIXTURE_BUDGET);
        char text[300], decoded[2000];
        struct rope r = rope_new(arena);
        struct slice written;
        size_t size = round % 250;

        for (size_t i = 0; i < size; i++) {
            random = random * 1664525 + 1013904223;
            text[i] = alphabet[(random >> 16) % (sizeof alphabet - 1)];
        }
        write_quoted_printable(&r, (struct slice){ text, size });
        written = rope_flat(&r);
        check_quoted_lines(written);
        assert_true(written.size <= sizeof decoded);
        fixture_same("round trip", (struct slice){ decoded, mime_decode_quoted_printable(written, decoded) },
                     (struct slice){ text, size });
        arena_free(&arena);
    }
}

static void test_base64(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t columns;
        const char *wanted;
    } cases[] = {
        { "nothing", "", 76, "" },
        { "RFC 4648 10: one", "f", 76, "Zg==\r\n" },
        { "RFC 4648 10: six", "foobar", 76, "Zm9vYmFy\r\n" },
        { "RFC 4648 10: six in lines of four", "foobar", 4, "Zm9v\r\nYmFy\r\n" },
        { "five in lines of four", "fooba", 4, "Zm9v\r\nYmE=\r\n" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rope r = rope_new(*state);

        write_base64(&r, slice_of(cases[i].bytes), cases[i].columns);
        assert_true(rope_ok(&r));
        fixture_same(cases[i].name, rope_flat(&r), slice_of(cases[i].wanted));
    }
}

static void test_base64_decodes_to_the_same(void **state)
{
    char bytes[300], decoded[900];

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)(i * 7);
    for (size_t size = 0; size <= sizeof bytes; size++) {
        struct rope r = rope_new(*state);
        struct slice rest, line;

        write_base64(&r, (struct slice){ bytes, size }, 60);
        for (rest = rope_flat(&r); line_next(&rest, &line);)
            assert_true(line.size == 62 || rest.size == 0);
        fixture_same("round trip", (struct slice){ decoded, mime_decode_base64(rope_flat(&r), decoded) },
                     (struct slice){ bytes, size });
    }
}

static void test_quoted_strings(void **state)
{
    assert_string_equal(write_quoted(SLICE("Per conto di: a@b.it"), *state), "\"Per conto di: a@b.it\"");
    assert_string_equal(write_quoted(SLICE("a \"b\" \\c"), *state), "\"a \\\"b\\\" \\\\c\"");
    assert_string_equal(write_quoted(SLICE("a\r\n\tb\0\x7F"), *state), "\"ab\"");
    assert_string_equal(write_quoted(SLICE("\xC3\xA9"), *state), "\"\xC3\xA9\"");
    assert_string_equal(write_quoted(SLICE_NONE, *state), "\"\"");
}

static void write_one(struct rope *r, int which)
{
    switch (which) {
    case 0:
        write_field(r, "To", "a@b.it");
        break;
    case 1:
        write_text_field(r, "Subject", SLICE("perch\xC3\xA9"));
        break;
    case 2:
        write_quoted_printable(r, SLICE("text"));
        break;
    default:
        write_base64(r, SLICE("bytes"), 76);
    }
}

static void test_a_rope_remembers_that_there_was_no_budget(void **state)
{
    (void)state;
    for (int which = 0; which < 4; which++) {
        struct arena *none = arena_new(8);
        struct rope r = rope_new(none);

        write_one(&r, which);
        assert_false(rope_ok(&r));
        assert_null(write_quoted(SLICE("x"), none));
        arena_free(&none);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fields, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_text_fields, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_quoted_printable, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_quoted_printable_decodes_to_the_same),
        cmocka_unit_test_setup_teardown(test_base64, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_base64_decodes_to_the_same, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_quoted_strings, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_a_rope_remembers_that_there_was_no_budget),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

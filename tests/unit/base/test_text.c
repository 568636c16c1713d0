/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

enum { BAD = 0xFFFD };

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

/* A copy without a NUL behind it, so that a checker of memory sees a read beyond the end. */
static struct slice bare(const char *bytes, size_t size)
{
    char *copy = malloc(size ? size : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    return (struct slice){ copy, size };
}

static void drop(struct slice s)
{
    free((void *)(uintptr_t)s.data);
}

static const struct {
    const char *name;
    const char *bytes;
    size_t size;
    uint32_t characters[6];
    size_t count;
    bool valid;
} sequences[] = {
    { "the smallest of one byte", "\0", 1, { 0 }, 1, true },
    { "the largest of one byte", "\x7F", 1, { 0x7F }, 1, true },
    { "the smallest of two bytes", "\xC2\x80", 2, { 0x80 }, 1, true },
    { "the largest of two bytes", "\xDF\xBF", 2, { 0x7FF }, 1, true },
    { "the smallest of three bytes", "\xE0\xA0\x80", 3, { 0x800 }, 1, true },
    { "before the surrogates", "\xED\x9F\xBF", 3, { 0xD7FF }, 1, true },
    { "behind the surrogates", "\xEE\x80\x80", 3, { 0xE000 }, 1, true },
    { "the largest of three bytes", "\xEF\xBF\xBF", 3, { 0xFFFF }, 1, true },
    { "the smallest of four bytes", "\xF0\x90\x80\x80", 4, { 0x10000 }, 1, true },
    { "the largest of all", "\xF4\x8F\xBF\xBF", 4, { 0x10FFFF }, 1, true },
    { "a replacement that was written", "\xEF\xBF\xBD", 3, { 0xFFFD }, 1, true },
    { "a slash of two bytes is overlong", "\xC0\xAF", 2, { BAD, BAD }, 2, false },
    { "the largest overlong of two bytes", "\xC1\xBF", 2, { BAD, BAD }, 2, false },
    { "a slash of three bytes is overlong", "\xE0\x80\xAF", 3, { BAD, BAD, BAD }, 3, false },
    { "the largest overlong of three bytes", "\xE0\x9F\xBF", 3, { BAD, BAD, BAD }, 3, false },
    { "a slash of four bytes is overlong", "\xF0\x80\x80\xAF", 4, { BAD, BAD, BAD, BAD }, 4, false },
    { "the largest overlong of four bytes", "\xF0\x8F\xBF\xBF", 4, { BAD, BAD, BAD, BAD }, 4, false },
    { "the first surrogate", "\xED\xA0\x80", 3, { BAD, BAD, BAD }, 3, false },
    { "the last surrogate", "\xED\xBF\xBF", 3, { BAD, BAD, BAD }, 3, false },
    { "the first value past the end", "\xF4\x90\x80\x80", 4, { BAD, BAD, BAD, BAD }, 4, false },
    { "a first byte that is too large", "\xF5\x80\x80\x80", 4, { BAD, BAD, BAD, BAD }, 4, false },
    { "five bytes", "\xF8\x88\x80\x80\x80", 5, { BAD, BAD, BAD, BAD, BAD }, 5, false },
    { "six bytes", "\xFC\x84\x80\x80\x80\x80", 6, { BAD, BAD, BAD, BAD, BAD, BAD }, 6, false },
    { "FE", "\xFE", 1, { BAD }, 1, false },
    { "FF", "\xFF", 1, { BAD }, 1, false },
    { "a continuation alone", "\x80", 1, { BAD }, 1, false },
    { "a character cut after one of two", "\xC3", 1, { BAD }, 1, false },
    { "a character cut after two of three", "\xE2\x82", 2, { BAD, BAD }, 2, false },
    { "a character cut after three of four", "\xF0\x9F\x98", 3, { BAD, BAD, BAD }, 3, false },
    { "a letter in place of a continuation", "\xC3(", 2, { BAD, '(' }, 2, false },
    { "a letter in place of the last continuation", "\xE2\x82(", 3, { BAD, BAD, '(' }, 3, false },
    { "a character behind a bad byte is found", "\xFF\xC3\xA8", 3, { BAD, 0xE8 }, 2, false },
};

/* RFC 3629 3, 4. */
static void utf8_is_read_as_the_rfc_has_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        struct slice whole = bare(sequences[i].bytes, sequences[i].size), rest = whole;
        uint32_t character;
        size_t count = 0;

        if (utf8_valid(whole) != sequences[i].valid)
            fail_msg("%s: valid?", sequences[i].name);
        while (utf8_next(&rest, &character)) {
            if (count >= sequences[i].count || character != sequences[i].characters[count])
                fail_msg("%s: character %zu is %X", sequences[i].name, count, character);
            count++;
        }
        assert_int_equal(count, sequences[i].count);
        drop(whole);
    }
}

static void every_character_is_written_and_read_back(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char bytes[4];
        size_t size = utf8_write(c, bytes);
        struct slice s = { bytes, size };
        uint32_t read;

        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        if (size != (c < 0x80 ? 1u : c < 0x800 ? 2u : c < 0x10000 ? 3u : 4u) || !utf8_valid(s) || !utf8_next(&s, &read) || read != c || s.size)
            fail_msg("U+%04X", c);
    }
}

static void ascii_is_bytes_below_128(void **state)
{
    (void)state;
    assert_true(text_is_ascii(SLICE_NONE));
    assert_true(text_is_ascii(SLICE("\0\x01 ~\x7F")));
    assert_false(text_is_ascii(SLICE("a\x80")));
    assert_false(text_is_ascii(SLICE("\xFFz")));
}

static const struct {
    const char *name, *in, *out;
} lines[] = {
    { "a plain line stays as it is", "Oggetto: perché no?", "Oggetto: perché no?" },
    { "nothing stays nothing", "", "" },
    { "blanks at the ends go", " \t a b \r\n", "a b" },
    { "runs of blanks become one", "a \t\r\n  b", "a b" },
    { "controls become a space", "a\x01\x1F\x7F" "b", "a b" },
    { "C1 controls become a space", "a\xC2\x80\xC2\x9F" "b", "a b" },
    { "the separators of lines and paragraphs become a space", "a\xE2\x80\xA8\xE2\x80\xA9" "b", "a b" },
    { "a no-break space is no blank", "a\xC2\xA0" "b", "a\xC2\xA0" "b" },
    { "what is no character of XML goes", "a\xEF\xBF\xBE\xEF\xBF\xBF" "b", "ab" },
    { "an invalid byte is replaced", "a\xFF" "b", "a\xEF\xBF\xBD" "b" },
    { "each byte of a bad character is replaced", "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
    { "a line of blanks alone is empty", " \r\n\t", "" },
    { "characters beyond the first plane stay", "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80" },
};

static void one_line_is_fit_for_people_and_xml(void **state)
{
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct slice in = bare(lines[i].in, strlen(lines[i].in));
        const char *out = text_one_line(*state, in);

        if (strcmp(out, lines[i].out) != 0)
            fail_msg("%s: \"%s\"", lines[i].name, out);
        assert_true(utf8_valid(slice_of(out)));
        assert_string_equal(text_one_line(*state, slice_of(out)), out);
        drop(in);
    }
    assert_string_equal(text_one_line(*state, SLICE("a\0b")), "a b");
}

static const struct {
    const char *in, *out;
} latin[] = {
    { "", "" },
    { "abc", "abc" },
    { "perché", "perch\xE9" },
    { "\xC3\xBF", "\xFF" },
    { "\xC4\x80", "?" },
    { "“ciao” – l’altro…", "\"ciao\" - l'altro..." },
    { "10 €", "10 EUR" },
    { "™", "(TM)" },
    { "• −", "\xB7 -" },
    { "\xF0\x9F\x98\x80", "?" },
    { "a\xFF", "a?" },
    { "™™™™™™™™", "(TM)(TM)(TM)(TM)(TM)(TM)(TM)(TM)" },
};

static void latin1_has_a_near_form_or_a_question_mark(void **state)
{
    for (size_t i = 0; i < sizeof latin / sizeof latin[0]; i++)
        assert_string_equal(text_latin1(*state, slice_of(latin[i].in)), latin[i].out);
}

static void without_budget_there_is_no_text(void **state)
{
    struct arena *a = arena_new(16);

    (void)state;
    assert_null(text_one_line(a, SLICE("longer than the budget")));
    assert_null(text_latin1(a, SLICE("longer than the budget")));
    arena_free(&a);
}

static void hexadecimal_goes_there_and_back(void **state)
{
    unsigned char all[256], back[256];
    char hex[513];

    (void)state;
    for (int i = 0; i < 256; i++)
        all[i] = (unsigned char)i;
    hex_write((struct slice){ (char *)all, 256 }, hex);
    assert_int_equal(strspn(hex, "0123456789abcdef"), 512);
    assert_true(hex_read(slice_of(hex), back, 256));
    assert_memory_equal(all, back, 256);
    assert_true(hex_read(SLICE("aBCdEf"), back, 3));
    assert_memory_equal(back, "\xAB\xCD\xEF", 3);
    assert_true(hex_read(SLICE_NONE, back, 0));
    hex_write(SLICE_NONE, hex);
    assert_string_equal(hex, "");
}

static void what_is_no_hexadecimal_is_refused_whole(void **state)
{
    static const char *const bad[] = { "", "0", "000", "00000", "0g00", "00 0", "0x00", "-100", "00:0", "000/", "@000", "`000" };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        unsigned char out[2] = { 7, 7 };

        assert_false(hex_read(slice_of(bad[i]), out, 2));
        assert_memory_equal(out, "\7\7", 2);
    }
}

static void a_copy_is_cut_to_its_place(void **state)
{
    char out[4];

    (void)state;
    assert_true(text_copy(out, sizeof out, SLICE("abc")));
    assert_string_equal(out, "abc");
    assert_false(text_copy(out, sizeof out, SLICE("abcd")));
    assert_string_equal(out, "abc");
    assert_true(text_copy(out, sizeof out, SLICE_NONE));
    assert_string_equal(out, "");
    assert_false(text_copy(out, 1, SLICE("a")));
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_read_as_the_rfc_has_it),
        cmocka_unit_test(every_character_is_written_and_read_back),
        cmocka_unit_test(ascii_is_bytes_below_128),
        cmocka_unit_test_setup_teardown(one_line_is_fit_for_people_and_xml, set_up, tear_down),
        cmocka_unit_test_setup_teardown(latin1_has_a_near_form_or_a_question_mark, set_up, tear_down),
        cmocka_unit_test(without_budget_there_is_no_text),
        cmocka_unit_test(hexadecimal_goes_there_and_back),
        cmocka_unit_test(what_is_no_hexadecimal_is_refused_whole),
        cmocka_unit_test(a_copy_is_cut_to_its_place),
    };

    return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}

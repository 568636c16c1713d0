/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mime/line.h"
#include "mime/word.h"

struct word_case {
    const char *name, *value, *wanted;
};

/* Some texts are written in two pieces: three characters of them would be a trigraph. */
static const struct word_case decode_cases[] = {
    { "plain text", " Fattura n. 12", "Fattura n. 12" },
    { "nothing", "", "" },
    { "RFC 5322 2.2.3: folded plain text", " one\r\n two", "one two" },
    { "Q", "=?utf-8?Q?perch=C3=A9_no?=", "perch\xC3\xA9 no" },
    { "B", "=?utf-8?B?cGVyY2jDqQ==?=", "perch\xC3\xA9" },
    { "RFC 2047 1: case does not count", "=?ISO-8859-1?q?caff=e8?=", "caff\xC3\xA8" },
    { "RFC 2047 8: a word and text", "=?ISO-8859-1?Q?a?= b", "a b" },
    { "RFC 2047 8: two words", "=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab" },
    { "RFC 2047 8: two words with more blanks", "=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab" },
    { "RFC 2047 8: two words with folding between", "=?ISO-8859-1?Q?a?=\r\n      =?ISO-8859-1?Q?b?=", "ab" },
    { "RFC 2047 8: an encoded blank", "=?ISO-8859-1?Q?a_b?=", "a b" },
    { "RFC 2047 8: an encoded blank between words", "=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b" },
    { "RFC 2047 8: in a comment", "(=?ISO-8859-1?Q?a?=)", "(a)" },
    { "blanks before and behind a word stay", "x  =?utf-8?Q?a?=  y", "x  a  y" },
    { "text between words keeps its blanks", "=?utf-8?Q?a?= x =?utf-8?Q?b?=", "a x b" },
    { "folding between a word and text", "=?utf-8?Q?a?=\r\n x", "a x" },
    { "encoded blanks at the ends stay", "=?utf-8?Q?_a_?=", " a " },
    { "words without a blank between them", "=?utf-8?Q?a?==?utf-8?Q?b?=", "ab" },
    { "a word within other text", "\"=?utf-8?Q?a?=\"<x>", "\"a\"<x>" },
    { "a character split over two words", "=?utf-8?Q?=C3?= =?utf-8?Q?=A9?=", "\xC3\xA9" },
    { "split over words of both encodings", "=?utf-8?B?ww==?=\r\n =?UTF-8?Q?=A9?=", "\xC3\xA9" },
    { "split over three", "=?utf-8?Q?=E2?= =?utf-8?Q?=82?= =?utf-8?Q?=AC?=", "\xE2\x82\xAC" },
    { "a character is not joined over text", "=?utf-8?Q?=C3?= x =?utf-8?Q?=A9?=", "\xEF\xBF\xBD x \xEF\xBF\xBD" },
    { "a character is not joined over charsets", "=?utf-8?Q?=C3?= =?iso-8859-1?Q?=A9?=", "\xEF\xBF\xBD\xC2\xA9" },
    { "words of two charsets", "=?iso-8859-1?Q?=E8?= =?iso-8859-15?Q?=A4?= =?utf-8?Q?=C3=A9?=", "\xC3\xA8\xE2\x82\xAC\xC3\xA9" },
    { "RFC 2231 5: a language", "=?utf-8*it?Q?perch=C3=A9?=", "perch\xC3\xA9" },
    { "languages do not part words", "=?utf-8*it?Q?=C3?= =?utf-8*en-us?Q?=A9?=", "\xC3\xA9" },
    { "Windows-1252", "=?windows-1252?Q?=80_=93x=94?=", "\xE2\x82\xAC \xE2\x80\x9Cx\xE2\x80\x9D" },
    { "ISO-8859-15", "=?iso-8859-15?Q?10_=A4?=", "10 \xE2\x82\xAC" },
    { "ISO-2022-JP in two words", "=?iso-2022-jp?B?GyRCJCIbKEI=?= =?iso-2022-jp?B?GyRCJCIbKEI=?=", "\xE3\x81\x82\xE3\x81\x82" },
    { "an unknown charset with UTF-8", "=?x-nonesuch?Q?perch=C3=A9?=", "perch\xC3\xA9" },
    { "an unknown charset without", "=?x-nonesuch?Q?perch=E9?=", "perch\xC3\xA9" },
    { "a byte that its charset does not have", "=?utf-8?Q?a=FFb?=", "a\xEF\xBF\xBD" "b" },
    { "ASCII with a byte over 127", "=?us-ascii?Q?a=E9?=", "a\xEF\xBF\xBD" },
    { "raw UTF-8", "perch\xC3\xA9", "perch\xC3\xA9" },
    { "raw Latin-1", "perch\xE9", "perch\xC3\xA9" },
    { "raw bytes beside a word", "\xE9 =?utf-8?Q?=C3=A9?= \xC3\xA9", "\xC3\xA9 \xC3\xA9 \xC3\xA9" },
    { "base64 with a character too many", "=?utf-8?B?w6nDq!?=", "\xC3\xA9\xEF\xBF\xBD" },
    { "base64 without padding", "=?utf-8?B?w6nDqQ?=", "\xC3\xA9\xC3\xA9" },
    { "base64 that is none", "=?utf-8?B?!!!?=", "" },
    { "Q with a broken escape", "=?utf-8?Q?a=Gb=?=", "a=Gb=" },
    { "an empty word", "x=?utf-8?Q?" "?=y", "xy" },
    { "a decoded line end stays in the text", "=?utf-8?Q?a=0D=0Ab?=", "a\r\nb" },
    { "a decoded NUL becomes a space", "=?utf-8?Q?a=00b?=", "a b" },
    { "a bare LF becomes a space", "a\nb\xC3\xA9", "a b\xC3\xA9" },
    { "a word that decodes to a word is decoded once", "=?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=", "=?utf-8?Q?x?=" },
    { "RFC 2047 6.3: no end", "=?utf-8?Q?non finisce", "=?utf-8?Q?non finisce" },
    { "no end, no blank", "=?utf-8?Q?non_finisce", "=?utf-8?Q?non_finisce" },
    { "no end before a good word", "=?utf-8?Q?non =?utf-8?Q?a?=", "=?utf-8?Q?non a" },
    { "RFC 2047 2: a blank within", "=?utf-8?Q?a b?=", "=?utf-8?Q?a b?=" },
    { "an 8-bit byte within", "=?utf-8?Q?\xC3\xA9?=", "=?utf-8?Q?\xC3\xA9?=" },
    { "DEL within", "=?utf-8?Q?\x7F?=", "=?utf-8?Q?\x7F?=" },
    { "an unknown encoding", "=?utf-8?X?abc?=", "=?utf-8?X?abc?=" },
    { "no encoding", "=?utf-8?" "?abc?=", "=?utf-8?" "?abc?=" },
    { "no charset", "=?" "?Q?abc?=", "=?" "?Q?abc?=" },
    { "a language without a charset", "=?*it?Q?abc?=", "=?*it?Q?abc?=" },
    { "the beginning alone", "=?", "=?" },
    { "beginnings alone", "=?=?=?=?", "=?=?=?=?" },
    { "up to the charset", "=?utf-8", "=?utf-8" },
    { "up to the encoding", "=?utf-8?Q", "=?utf-8?Q" },
    { "up to the text", "=?utf-8?Q?", "=?utf-8?Q?" },
    { "without its last character", "=?utf-8?Q?a?", "=?utf-8?Q?a?" },
    { "a beginning in front of a word", "=?=?utf-8?Q?a?=", "=?a" },
    { "ends without a beginning", "?= a ?=", "?= a ?=" },
    { "PEC: a prefix in front of a word", "ACCETTAZIONE: =?utf-8?Q?perch=C3=A9?=", "ACCETTAZIONE: perch\xC3\xA9" },
};

static void test_decode(void **state)
{
    for (size_t i = 0; i < COUNT(decode_cases); i++) {
        struct slice value = slice_of(decode_cases[i].value);
        char *copy = fixture_exact(value);

        fixture_same(decode_cases[i].name, slice_of(words_decode((struct slice){ copy, value.size }, *state)),
                     slice_of(decode_cases[i].wanted));
        free(copy);
    }
}

static void test_size_of_a_word(void **state)
{
    (void)state;
    assert_int_equal(encoded_word_size(SLICE("=?utf-8*it?q?a,b?= c")), 18);
    assert_int_equal(encoded_word_size(SLICE(" =?utf-8?q?a?=")), 0);
    assert_int_equal(encoded_word_size(SLICE("=?utf-8?q?a b?=")), 0);
    assert_int_equal(encoded_word_size(SLICE("=?utf-8?q?a")), 0);
    assert_int_equal(encoded_word_size(SLICE("==utf-8?q?a?=")), 0);
    assert_int_equal(encoded_word_size(SLICE("=")), 0);
    assert_int_equal(encoded_word_size(SLICE_NONE), 0);
}

static void test_decode_of_every_prefix_and_byte_is_utf8(void **state)
{
    struct slice value = SLICE("x =?utf-8*it?Q?=C3?=\r\n =?utf-8?B?qQ==?= =?shift_jis?B?gqA=?= \xE9");

    (void)state;
    for (size_t i = 0; i < value.size; i++) {
        struct arena *arena = arena_new(FIXTURE_BUDGET);
        char *cut = fixture_exact((struct slice){ value.data, i });

        assert_true(utf8_valid(slice_of(words_decode((struct slice){ cut, i }, arena))));
        for (int byte = 0; byte < 256; byte++) {
            char *changed = fixture_exact(value);

            changed[i] = (char)byte;
            assert_true(utf8_valid(slice_of(words_decode((struct slice){ changed, value.size }, arena))));
            free(changed);
        }
        free(cut);
        arena_free(&arena);
    }
}

static void test_hostile_values_take_linear_time(void **state)
{
    static const char *const pieces[] = { "=?", "=?utf-8?Q?", "=?utf-8?Q?a?= ", "=?a?B?", "?", "=", "\xE9", "=?utf-8?Q?=E9?=",
                                          "=?windows-1252?Q?=81?=", "=?x?Q?a?= =?y?B?b?= ", " ", "\r\n " };
    double start = fixture_seconds();

    for (size_t i = 0; i < COUNT(pieces); i++) {
        struct arena *arena = arena_new(FIXTURE_BUDGET);

        assert_non_null(words_decode(fixture_repeat(arena, pieces[i], 200 * 1000), arena));
        arena_free(&arena);
    }
    (void)state;
    assert_true(fixture_seconds() - start < 20);
}

static void test_no_budget(void **state)
{
    (void)state;
    for (size_t budget = 0; budget < 100; budget += 8) {
        struct arena *small = arena_new(budget);

        assert_null(words_decode(SLICE("=?utf-8?Q?perch=C3=A9_non_ho_posto?="), small));
        arena_free(&small);
        small = arena_new(budget);
        assert_null(words_encode(SLICE("perch\xC3\xA9"), 9, small));
        arena_free(&small);
    }
}

static const struct word_case encode_cases[] = {
    { "text with one accent is encoded whole", "Fattura n. 12: pagata (s\xC3\xAC, no)",
      "=?utf-8?B?RmF0dHVyYSBuLiAxMjogcGFnYXRhIChzw6wsIG5vKQ==?=" },
    { "short ASCII stays", "Fattura n. 12: \"pagata\" (si, no) = 100% @ x?", "Fattura n. 12: \"pagata\" (si, no) = 100% @ x?" },
    { "nothing stays nothing", "", "" },
    { "Q where it is shorter", "perch\xC3\xA9", "=?utf-8?Q?perch=C3=A9?=" },
    { "B where it is shorter", "\xD0\x9F\xD1\x80\xD0\xB8", "=?utf-8?B?0J/RgNC4?=" },
    { "what looks like an encoded word is encoded", "=?utf-8?Q?a?=", "=?utf-8?B?PT91dGYtOD9RP2E/PQ==?=" },
    { "what begins like one too", "a =?", "=?utf-8?Q?a_=3D=3F?=" },
    { "ends alone do not", "a ?=", "a ?=" },
    { "a blank in front", " a", "=?utf-8?Q?_a?=" },
    { "a blank behind", "a ", "=?utf-8?Q?a_?=" },
    { "a blank alone", " ", "=?utf-8?Q?_?=" },
    { "a tab", "a\tb", "=?utf-8?B?YQli?=" },
    { "line ends cannot begin a field", "a\r\nBcc: x", "=?utf-8?B?YQ0KQmNjOiB4?=" },
    { "DEL", "a\x7F", "=?utf-8?Q?a=7F?=" },
    { "an invalid byte becomes U+FFFD", "a perche non \xE9", "=?utf-8?Q?a_perche_non_=EF=BF=BD?=" },
    { "folded at 78 octets with the name", "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff ggggggggg",
      "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff ggggggggg" },
    { "and not later", "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff gggggggggg",
      "aaaaaaaaa bbbbbbbbb ccccccccc ddddddddd eeeeeeeee fffffffff\r\n gggggggggg" },
};

enum { SUBJECT = sizeof "Subject: " - 1 };

static void test_encode(void **state)
{
    for (size_t i = 0; i < COUNT(encode_cases); i++)
        fixture_same(encode_cases[i].name, slice_of(words_encode(slice_of(encode_cases[i].value), SUBJECT, *state)),
                     slice_of(encode_cases[i].wanted));
}

/* RFC 2047 2 for each line: words of at most 75 octets in lines of at most 76, and each decodes to whole characters. */
static void check_words(const char *name, struct slice encoded, size_t name_size, struct arena *arena)
{
    struct slice line;

    for (size_t column = name_size; line_next(&encoded, &line); column = 0) {
        struct slice word = slice_trim(line);
        const char *text = words_decode(word, arena);

        assert_non_null(text);
        if (word.size > 75 || strstr(text, "\xEF\xBF\xBD"))
            fail_msg("%s: %.*s", name, SLICE_ARGS(word));
        /* The first line may be too long for even one character. */
        if (column + line_content(line).size > 76 && (column == 0 || name_size < 76 - 24))
            fail_msg("%s: %zu octets", name, column + line_content(line).size);
        assert_true(column + line_content(line).size <= LINE_MAX_OCTETS);
    }
}

static void check_round_trip(const char *name, struct slice text, size_t name_size, struct arena *arena)
{
    const char *encoded = words_encode(text, name_size, arena);

    assert_non_null(encoded);
    assert_true(text_is_ascii(slice_of(encoded)));
    fixture_same(name, slice_of(words_decode(slice_of(encoded), arena)), text);
    if (strstr(encoded, "=?"))
        check_words(name, slice_of(encoded), name_size, arena);
}

static void test_what_is_encoded_decodes_to_the_same(void **state)
{
    static const char *const pieces[] = {
        "a", "ab ", "\xC3\xA9", "x\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x93\xA7", "a\xF0\x9F\x93\xA7 ", "=?utf-8?Q?x?= ",
        "_", "=", " ", "\t", "perch\xC3\xA9 no? ", "\r\n", "a\x01", "\xE3\x81\x82\xE3\x81\x84 ",
    };
    static const size_t name_sizes[] = { 0, 4, 9, 28, 50, 51, 52, 60, 61, 62, 63, 64, 65, 76, 78, 100, 300 };

    (void)state;
    for (size_t i = 0; i < COUNT(pieces); i++) {
        for (size_t j = 0; j < COUNT(name_sizes); j++) {
            struct arena *arena = arena_new(FIXTURE_BUDGET);

            for (size_t count = 0; count < 130; count++)
                check_round_trip(pieces[i], fixture_repeat(arena, pieces[i], count), name_sizes[j], arena);
            arena_free(&arena);
        }
    }
}

static void test_every_character_survives(void **state)
{
    (void)state;
    for (uint32_t c = 1; c <= 0x10FFFF; c += c < 0x3000 ? 1 : 97) {
        struct arena *arena;
        char text[8] = "x";
        size_t size = utf8_write(c, text + 1) + 1;

        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        arena = arena_new(FIXTURE_BUDGET);
        fixture_same("character", slice_of(words_decode(slice_of(words_encode((struct slice){ text, size }, 9, arena)), arena)),
                     (struct slice){ text, size });
        arena_free(&arena);
    }
}

static void test_a_word_too_long_for_a_line_is_encoded(void **state)
{
    struct slice word = fixture_repeat(*state, "a", 5000);

    check_round_trip("long", word, SUBJECT, *state);
    word.size = LINE_MAX_OCTETS - SUBJECT + 1;
    assert_non_null(strstr(words_encode(word, SUBJECT, *state), "=?utf-8?"));
    word.size--;
    fixture_same("fits", slice_of(words_encode(word, SUBJECT, *state)), word);
}

static void test_encoding_takes_linear_time(void **state)
{
    static const char *const pieces[] = { "a", " ", "a ", "\xC3\xA9", "\xE9", "=?" };
    double start = fixture_seconds();

    for (size_t i = 0; i < COUNT(pieces); i++)
        assert_non_null(words_encode(fixture_repeat(*state, pieces[i], 500 * 1000), SUBJECT, *state));
    assert_true(fixture_seconds() - start < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_decode, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_size_of_a_word),
        cmocka_unit_test(test_decode_of_every_prefix_and_byte_is_utf8),
        cmocka_unit_test(test_hostile_values_take_linear_time),
        cmocka_unit_test(test_no_budget),
        cmocka_unit_test_setup_teardown(test_encode, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_what_is_encoded_decodes_to_the_same),
        cmocka_unit_test(test_every_character_survives),
        cmocka_unit_test_setup_teardown(test_a_word_too_long_for_a_line_is_encoded, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_encoding_takes_linear_time, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

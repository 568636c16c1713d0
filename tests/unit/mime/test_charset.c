/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mime/charset.h"
#include "mime/init.h"

static void check(const char *name, const char *charset, struct slice bytes, const char *wanted)
{
    char *in = fixture_exact(bytes), *out = malloc(3 * bytes.size + 1);
    size_t size;

    assert_non_null(out);
    size = charset_decode(slice_of(charset), (struct slice){ in, bytes.size }, out);
    fixture_same(name, (struct slice){ out, size }, slice_of(wanted));
    free(out);
    free(in);
}

static void test_charsets(void **state)
{
    static const struct {
        const char *name, *charset, *bytes, *wanted;
    } cases[] = {
        { "UTF-8", "utf-8", "perch\xC3\xA9", "perch\xC3\xA9" },
        { "any case of the name", "UtF-8", "\xC3\xA9", "\xC3\xA9" },
        { "what is no UTF-8", "utf-8", "a\xE9 b\xC3", "a\xEF\xBF\xBD b\xEF\xBF\xBD" },
        { "an overlong form", "utf-8", "\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD" },
        { "ASCII", "us-ascii", "abc", "abc" },
        { "what is no ASCII", "us-ascii", "perch\xE9", "perch\xEF\xBF\xBD" },
        { "ISO-8859-1", "iso-8859-1", "perch\xE9 \xA4", "perch\xC3\xA9 \xC2\xA4" },
        { "ISO-8859-15 has the euro", "iso-8859-15", "\xA4", "\xE2\x82\xAC" },
        { "Windows-1252 has it elsewhere, and quotes", "Windows-1252", "\x80 \x93x\x94", "\xE2\x82\xAC \xE2\x80\x9Cx\xE2\x80\x9D" },
        { "a hole in Windows-1252", "windows-1252", "a\x81" "b", "a\xEF\xBF\xBD" "b" },
        { "holes alone", "windows-1252", "\x81\x8D\x8F", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
        { "Windows-1251", "windows-1251", "\xCF\xF0", "\xD0\x9F\xD1\x80" },
        { "KOI8-R", "koi8-r", "\xF0\xD2", "\xD0\x9F\xD1\x80" },
        { "ISO-2022-JP", "iso-2022-jp", "\x1B$B$\"\x1B(B!", "\xE3\x81\x82!" },
        { "ISO-2022-JP that does not go back to ASCII", "iso-2022-jp", "\x1B$B$\"", "\xE3\x81\x82" },
        { "each text begins in ASCII", "iso-2022-jp", "$\"", "$\"" },
        { "Shift_JIS", "shift_jis", "\x82\xA0", "\xE3\x81\x82" },
        { "EUC-JP", "euc-jp", "\xA4\xA2", "\xE3\x81\x82" },
        { "GB2312 is read as its superset", "gb2312", "\xC4\xE3\x81\x30\x86\x30", "\xE4\xBD\xA0\xC2\xB8" },
        { "Big5", "big5", "\xA7\x41", "\xE4\xBD\xA0" },
        { "EUC-KR", "euc-kr", "\xB0\xA1", "\xEA\xB0\x80" },
        { "half a character at the end", "shift_jis", "a\x82", "a\xEF\xBF\xBD" },
        { "more than half of one", "gb18030", "a\x81\x30\x86", "a\xEF\xBF\xBD" },
        { "an unknown charset with UTF-8", "x-nonesuch", "\xC3\xA9", "\xC3\xA9" },
        { "an unknown charset without", "x-nonesuch", "\xE9", "\xC3\xA9" },
        { "no charset", "", "\xE9", "\xC3\xA9" },
        { "names that mean something to iconv alone are unknown", "UTF-8//TRANSLIT", "\xE9", "\xC3\xA9" },
        { "UTF-7 is not read", "utf-7", "+AOk-", "+AOk-" },
        { "nothing", "windows-1252", "", "" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        check(cases[i].name, cases[i].charset, slice_of(cases[i].bytes), cases[i].wanted);
}

static const char *const every_charset[] = {
    "utf-8", "us-ascii", "iso-8859-1", "iso-8859-2", "iso-8859-3", "iso-8859-4", "iso-8859-5", "iso-8859-6", "iso-8859-7",
    "iso-8859-8", "iso-8859-9", "iso-8859-10", "iso-8859-11", "iso-8859-13", "iso-8859-14", "iso-8859-15", "iso-8859-16",
    "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257",
    "windows-1258", "windows-874", "tis-620", "koi8-r", "koi8-u", "ibm437", "ibm850", "ibm866", "macintosh", "iso-2022-jp",
    "iso-2022-kr", "euc-jp", "shift_jis", "gb2312", "gbk", "gb18030", "big5", "euc-kr", "ks_c_5601-1987", "x-nonesuch",
};

/* Every pair of bytes in every charset: valid UTF-8 within the room, and the next text is not touched by it. */
static void test_every_pair_of_bytes_gives_valid_utf8(void **state)
{
    char *out = malloc(9);

    (void)state;
    assert_non_null(out);
    for (size_t i = 0; i < COUNT(every_charset); i++) {
        for (unsigned pair = 0; pair < 0x10000; pair++) {
            char bytes[3] = { (char)(pair >> 8), (char)pair, 'a' };
            size_t size = charset_decode(slice_of(every_charset[i]), (struct slice){ bytes, 3 }, out);

            if (size > 9 || !utf8_valid((struct slice){ out, size }))
                fail_msg("%s: %04x", every_charset[i], pair);
        }
        check(every_charset[i], every_charset[i], SLICE("abc"), "abc");
    }
    free(out);
}

/* If this C library lacks a charset of the table, 0x80 and above would be guessed as Latin-1. */
static void test_init_twice_leaves_all_charsets_working(void **state)
{
    mime_init();
    mime_init();
    test_charsets(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_charsets),
        cmocka_unit_test(test_every_pair_of_bytes_gives_valid_utf8),
        cmocka_unit_test(test_init_twice_leaves_all_charsets_working),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "mime/parameter.h"

static void test_first_words(void **state)
{
    static const struct {
        const char *name, *value, *word, *second;
    } cases[] = {
        { "a type", " text/plain; charset=x", "text", "plain" },
        { "a disposition", " attachment; filename=x", "attachment", "" },
        { "a word alone", "base64", "base64", "" },
        { "comments and folding", " (a) text (b)\r\n / (c) plain (d)", "text", "plain" },
        { "no subtype", "text/; x=y", "text", "" },
        { "no type", "/plain", "", "plain" },
        { "nothing", "", "", "" },
        { "a comment that does not end", "(text/plain", "", "" },
        { "an 8-bit byte ends a word", "text/pl\xE8in", "text", "pl" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice word, second, value = slice_of(cases[i].value);
        char *copy = fixture_exact(value);

        parameters_first_words((struct slice){ copy, value.size }, &word, &second);
        fixture_same(cases[i].name, word, slice_of(cases[i].word));
        fixture_same(cases[i].name, second, slice_of(cases[i].second));
        free(copy);
    }
}

static void test_raw_parameters(void **state)
{
    static const struct {
        const char *name, *value, *wanted; /* name|raw, joined by a blank line feed */
    } cases[] = {
        { "none", "text/plain", "" },
        { "one", "text/plain; charset=utf-8", "charset|utf-8\n" },
        { "quotes stay", "a/b; name=\"x; y\"", "name|\"x; y\"\n" },
        { "an escaped quote ends nothing", "a/b; name=\"x\\\"; y\"; z=1", "name|\"x\\\"; y\"\nz|1\n" },
        { "a quoted string that does not end", "a/b; name=\"x; y=z", "name|\"x; y=z\n" },
        { "blanks and folding around all", "a/b\r\n ;\r\n\tname = x\r\n ; y =z ", "name|x\ny|z\n" },
        { "RFC 2045 5.1: a comment behind a value", "text/plain; charset=us-ascii (Plain text)", "charset|us-ascii\n" },
        { "a comment with a semicolon", "text/plain (; x=y); z=1", "z|1\n" },
        { "RFC 5322 3.2.2: comments nest", "text/plain (a (b) ; x=y); z=1", "z|1\n" },
        { "an unquoted value with blanks", "a/b; name=my file.pdf; x=1", "name|my file.pdf\nx|1\n" },
        { "an unquoted value with slashes", "a/b; name=a/b=c; x=1", "name|a/b=c\nx|1\n" },
        { "semicolons without parameters", "a/b;; ;x=1;", "x|1\n" },
        { "a parameter without a value", "a/b; x; y=1", "y|1\n" },
        { "an empty value", "a/b; x=; y=", "x|\ny|\n" },
        { "a value without a name", "a/b; =x; y=1", "y|1\n" },
        { "names with sections", "a/b; n*0*=u'' ; n*1=\"y\"", "n*0*|u''\nn*1|\"y\"\n" },
        { "words behind a quoted value", "a/b; x=\"1\" 2; y=3", "x|\"1\"\ny|3\n" },
        { "the same name twice", "a/b; x=1; X=2", "x|1\nX|2\n" },
        { "8-bit bytes in a value", "a/b; x=\xE8", "x|\xE8\n" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice value = slice_of(cases[i].value);
        char *copy = fixture_exact(value);
        struct rope got = rope_new(*state);
        struct parameters p;

        assert_int_equal(parameters_read((struct slice){ copy, value.size }, *state, &p), 0);
        for (size_t j = 0; j < p.count; j++)
            rope_printf(&got, "%.*s|%.*s\n", SLICE_ARGS(p.items[j].name), SLICE_ARGS(p.items[j].raw));
        fixture_same(cases[i].name, rope_flat(&got), slice_of(cases[i].wanted));
        free(copy);
    }
}

struct value_case {
    const char *name, *value, *text, *utf8; /* NULL: absent */
};

static const struct value_case value_cases[] = {
    { "absent", "a/b; x=y", NULL, NULL },
    { "a token", "a/b; n=x", "x", "x" },
    { "any case of the name", "a/b; N=x", "x", "x" },
    { "a name that only begins so", "a/b; nn=x; n-=y", NULL, NULL },
    { "quotes and escapes go", "a/b; n=\"x \\\"y\\\" \\\\\"", "x \"y\" \\", "x \"y\" \\" },
    { "folding in quotes goes", "a/b; n=\"x\r\n y\"", "x y", "x y" },
    { "an empty value is not absent", "a/b; n=\"\"", "", "" },
    { "of two the first one counts", "a/b; n=x; n=y", "x", "x" },
    { "bytes stay as text, and are guessed for UTF-8", "a/b; n=\"\xE8\"", "\xE8", "\xC3\xA8" },
    { "encoded words are decoded for UTF-8 alone", "a/b; n=\"=?utf-8?Q?perch=C3=A9?=\"", "=?utf-8?Q?perch=C3=A9?=",
      "perch\xC3\xA9" },
    { "RFC 2231 4: the extended form", "a/b; n*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A", "This is ***fun***",
      "This is ***fun***" },
    { "an extended form in Latin-1", "a/b; n*=iso-8859-1'it'perch%E9", "perch\xC3\xA9", "perch\xC3\xA9" },
    { "an extended form whose text begins where its charset stood", "a/b; n*=iso-8859-15''abcdefghijklmnopq%A4",
      "abcdefghijklmnopq\xE2\x82\xAC", "abcdefghijklmnopq\xE2\x82\xAC" },
    { "an extended form in UTF-8 without language", "a/b; n*=UTF-8''%e2%82%ac", "\xE2\x82\xAC", "\xE2\x82\xAC" },
    { "an extended form with an empty charset", "a/b; n*=''%E9", "\xC3\xA9", "\xC3\xA9" },
    { "an extended form with an unknown charset", "a/b; n*=x-no'it'%C3%A9", "\xC3\xA9", "\xC3\xA9" },
    { "an extended form without quotes for its charset", "a/b; n*=a%20b", "a b", "a b" },
    { "an extended form in quotes", "a/b; n*=\"utf-8''a%20b\"", "a b", "a b" },
    { "quotes in the extended text stay", "a/b; n*=utf-8''it's%20'x'", "it's 'x'", "it's 'x'" },
    { "an empty extended text", "a/b; n*=utf-8''", "", "" },
    { "an extended text is not decoded twice", "a/b; n*=utf-8''=%3Futf-8%3FQ%3Fx%3F=", "=?utf-8?Q?x?=", "=?utf-8?Q?x?=" },
    { "an encoded NUL becomes a space", "a/b; n*=utf-8''a%00b", "a b", "a b" },
    { "the extended form goes before the plain one", "a/b; n=plain; n*=utf-8''ext", "ext", "ext" },
    { "RFC 2231 3: sections", "a/b; n*0=\"ftp://\"; n*1=\"x.y/z\"", "ftp://x.y/z", "ftp://x.y/z" },
    { "RFC 2231 3: in any order", "a/b; n*1=b; n*2=c; n*0=a", "abc", "abc" },
    { "RFC 2231 4.1: extended sections and plain ones", "a/b; n*0*=us-ascii'en'This%20is; n*1*=%20%2A; n*2=\"%20!\"",
      "This is *%20!",
      "This is *%20!" },
    { "a character split over two sections", "a/b; n*0*=utf-8''%C3; n*1*=%A9", "\xC3\xA9", "\xC3\xA9" },
    { "sections up to the first that is missing", "a/b; n*0=a; n*2=c", "a", "a" },
    { "no first section: absent", "a/b; n*1=b", NULL, NULL },
    { "no first section: the plain one", "a/b; n*1=b; n=p", "p", "p" },
    { "of two sections of a number the first one counts", "a/b; n*0=a; n*0=b", "a", "a" },
    { "an empty section is no end", "a/b; n*0=a; n*1=; n*2=c", "ac", "ac" },
    { "an empty section at the end of all", "a/b; n*1=c; n*0=", "c", "c" },
    { "numbers with zeros in front are none", "a/b; n*00=a; n=p", "p", "p" },
    { "a number that is none", "a/b; n*x=a; n*-1=b; n=p", "p", "p" },
    { "a number beyond all", "a/b; n*99999999999999999999999=a; n*0=b", "b", "b" },
    { "encoded words over sections", "a/b; n*0=\"=?utf-8?Q?perch\"; n*1=\"=C3=A9?=\"", "=?utf-8?Q?perch=C3=A9?=", "perch\xC3\xA9" },
};

static void check_text(const char *name, const char *got, const char *wanted)
{
    if (!got || !wanted)
        assert_ptr_equal(got, wanted);
    fixture_same(name, slice_of(got), slice_of(wanted));
}

static void test_values(void **state)
{
    for (size_t i = 0; i < COUNT(value_cases); i++) {
        const struct value_case *c = &value_cases[i];
        struct slice value = slice_of(c->value);
        char *copy = fixture_exact(value);
        struct parameters p;
        const char *text;

        assert_int_equal(parameters_read((struct slice){ copy, value.size }, *state, &p), 0);
        assert_int_equal(parameters_text(&p, "n", *state, &text), 0);
        check_text(c->name, text, c->text);
        assert_int_equal(parameters_utf8(&p, "n", *state, &text), 0);
        check_text(c->name, text, c->utf8);
        free(copy);
    }
}

static void test_a_thousand_parameters_and_no_more(void **state)
{
    struct slice value = fixture_repeat(*state, ";n*1=x", PARAMETERS_MAX + 1);
    struct parameters p = { .count = 77 };
    const char *text;

    assert_int_equal(parameters_read(value, *state, &p), ERROR_LIMIT);
    assert_int_equal(p.count, 77);
    value.size -= 6;
    assert_int_equal(parameters_read(value, *state, &p), 0);
    assert_int_equal(p.count, PARAMETERS_MAX);
    assert_int_equal(parameters_text(&p, "n", *state, &text), 0);
    assert_null(text);
}

static void test_no_budget(void **state)
{
    (void)state;
    for (size_t budget = 0; budget < 600; budget += 8) {
        struct arena *small = arena_new(budget);
        struct parameters p = { .count = 77 };
        const char *text = "untouched";
        int rc = parameters_read(SLICE("a/b; n*0*=utf-8''x; n*1=y"), small, &p);

        if (rc == 0)
            rc = parameters_utf8(&p, "n", small, &text);
        else
            assert_int_equal(p.count, 77);
        assert_true(rc == 0 || rc == ERROR_BUDGET);
        assert_string_equal(text, rc == 0 ? "xy" : "untouched");
        arena_free(&small);
    }
}

static void test_hostile_values_take_linear_time(void **state)
{
    static const char *const pieces[] = { ";", "\"", "(", "((x)", "\\", ";x", "=", "x/", ";\"", "' " };
    double start = fixture_seconds();

    for (size_t i = 0; i < COUNT(pieces); i++) {
        struct slice value = fixture_repeat(*state, pieces[i], 500 * 1000), word, second;
        struct parameters p;

        parameters_first_words(value, &word, &second);
        assert_int_equal(parameters_read(value, *state, &p), 0);
        assert_int_equal(p.count, 0);
    }
    assert_true(fixture_seconds() - start < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_words),
        cmocka_unit_test_setup_teardown(test_raw_parameters, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_values, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_thousand_parameters_and_no_more, fixture_set_up, fixture_tear_down),
        cmocka_unit_test(test_no_budget),
        cmocka_unit_test_setup_teardown(test_hostile_values_take_linear_time, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

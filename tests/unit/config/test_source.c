/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "given.h"

#include "config/source.h"

struct opened {
    struct arena *arena;
    struct faults faults;
    struct source source;
    bool good;
};

static void open_bytes(struct opened *o, struct slice text)
{
    o->arena = arena_new(1000000);
    o->faults = faults_new(o->arena);
    o->good = source_open(&o->source, text, &o->faults);
}

static void open_text(struct opened *o, const char *text)
{
    open_bytes(o, slice_of(text));
}

static const struct {
    const char *name, *text, *shown;
} comments[] = {
    { "# ends with the line", "a # b\nc", "a    \nc" },
    { "// ends with the line", "a // b\nc", "a     \nc" },
    { "/* */ keeps its lines", "a /* b\nc */ d", "a     \n     d" },
    { "/*/ is no end", "a /*/ b */ c", "a          c" },
    { "stars end it", "/***/ a", "      a" },
    { "a comment may be empty", "#\n//\n/**/a", " \n  \n    a" },
    { "marks in a comment do not count", "# { \" ' ${\na", "          \na" },
    { "# in quotes is none", "a = \"#b\" 'c//d' # e", "a = \"#b\" 'c//d'    " },
    { "// in a word is none", "a = ldap://b", "a = ldap://b" },
    { "/* in a word is none", "a = b/*c", "a = b/*c" },
    { "# ends a word", "a=b#c", "a=b  " },
    { "a quote escaped is no end", "a = \"b\\\"#c\"", "a = \"b\\\"#c\"" },
    { "a backslash escaped escapes nothing", "a = \"b\\\\\"#c", "a = \"b\\\\\"  " },
    { "single quotes escape their own", "a = 'b\\'#c'", "a = 'b\\'#c'" },
    { "a backslash is itself in single quotes", "a = 'b\\n#c'", "a = 'b\\n#c'" },
    { "a carriage return is a blank", "a\r\n# b\r\nc", "a\r\n    \nc" },
    { "nothing", "", "" },
};

static void comments_become_blank_and_lines_stay(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof comments / sizeof comments[0]; i++) {
        struct opened o;
        const char *shown = comments[i].shown;

        open_text(&o, comments[i].text);
        if (!o.good || strcmp(o.source.text, shown) != 0)
            fail_msg("%s: \"%s\"", comments[i].name, o.source.text);
        arena_free(&o.arena);
    }
}

static const struct {
    const char *name, *text;
    unsigned line;
    const char *words;
} refused[] = {
    { "a text without an end", "a = \"b\nc = \"d\"", 1, "the text that begins with \" has no end on its line" },
    { "the same in single quotes", "\na = 'b", 2, "the text that begins with ' has no end" },
    { "a backslash at the end of the line", "a = \"b\\\nc\"", 1, "has no end on its line" },
    { "a backslash at the end of the file", "a = \"b\\", 1, "has no end on its line" },
    { "a comment without an end", "a\n/* b\n* c", 2, "the comment that begins here has no end" },
    { "an unknown escape", "a = \"\\n\"", 1, "\"\\n\" is no escape" },
    { "an octal escape", "\n\na = \"\\000\"", 3, "\"\\0\" is no escape" },
    { "an environment variable in quotes", "a = \"${HOME}\"", 1, "environment variables are not read" },
    { "an environment variable in a word", "a = ${HOME}", 1, "environment variables are not read" },
};

static void what_the_scanner_must_not_see_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct opened o;

        open_text(&o, refused[i].text);
        if (o.good || !o.faults.first || o.faults.first->line != refused[i].line ||
            !strstr(o.faults.first->words, refused[i].words))
            fail_msg("%s: %s", refused[i].name, o.faults.first ? o.faults.first->words : "no fault");
        arena_free(&o.arena);
    }
}

static void a_nul_byte_is_refused_with_its_line(void **state)
{
    struct opened o;

    (void)state;
    open_bytes(&o, SLICE("a\n\0b\n"));
    assert_false(o.good);
    assert_int_equal(o.faults.first->line, 2);
    arena_free(&o.arena);
}

static void a_dollar_alone_or_escaped_is_itself(void **state)
{
    struct opened o;

    (void)state;
    open_text(&o, "a = \"$ $a \\${b}\" c = '${d}' e = $5");
    assert_true(o.good);
    arena_free(&o.arena);
}

static void sections_are_found_with_their_lines(void **state)
{
    struct opened o;

    (void)state;
    open_text(&o, "# x\nprovider { domains = { a, b }\n}\n\nlisten \"access\"\n{ socket = x }\n'limits' { }\nx + y { }");
    assert_true(o.good);
    assert_int_equal(o.source.section_count, 4);
    assert_true(slice_is(o.source.sections[0].name, "provider"));
    assert_int_equal(o.source.sections[0].title.size, 0);
    assert_int_equal(o.source.sections[0].line, 2);
    assert_true(slice_is(o.source.sections[1].name, "listen"));
    assert_true(slice_is(o.source.sections[1].title, "access"));
    assert_int_equal(o.source.sections[1].line, 5);
    assert_true(slice_is(o.source.sections[2].name, "limits"));
    assert_int_equal(o.source.sections[2].line, 7);
    /* As libConfuse reads it. */
    assert_true(slice_is(o.source.sections[3].name, "x"));
    assert_true(slice_is(o.source.sections[3].title, "y"));
    assert_int_equal(o.source.last_line, 8);
    arena_free(&o.arena);
}

static void too_many_sections_are_refused(void **state)
{
    char text[SOURCE_SECTIONS_MAX * 4 + 5] = "";
    struct opened o;

    (void)state;
    for (size_t i = 0; i < SOURCE_SECTIONS_MAX; i++)
        memcpy(text + 4 * i, "a{}\n", 4);
    open_text(&o, text);
    assert_true(o.good);
    arena_free(&o.arena);
    memcpy(text + sizeof text - 5, "a{}\n", 4);
    open_text(&o, text);
    assert_false(o.good);
    assert_int_equal(o.faults.first->line, SOURCE_SECTIONS_MAX + 1);
    arena_free(&o.arena);
}

static void the_brace_that_stays_open_is_known(void **state)
{
    static const struct {
        const char *text;
        unsigned line, last;
    } cases[] = {
        { "a { }\nb {\n c = { d }\n", 2, 3 },
        { "a {\n b = { c\n}", 1, 3 },
        { "a { }", 0, 1 },
        { "a { }\n", 0, 1 },
        { "} a {", 1, 1 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct opened o;

        open_text(&o, cases[i].text);
        assert_true(o.good);
        assert_int_equal(o.source.open_line, cases[i].line);
        assert_int_equal(o.source.last_line, cases[i].last);
        arena_free(&o.arena);
    }
}

static const struct {
    const char *name, *text;
    unsigned line;
    const char *drop, *left; /* NULL: nothing can be dropped */
} drops[] = {
    { "a key", "s {\n x = 1 y = 2\n}", 2, "x", "s {\n       y = 2\n}" },
    { "a key in quotes", "'x' = 1 y = 2", 1, "x", "        y = 2" },
    { "a list", "x = { a,\n b } y = 2", 1, "x", "        \n     y = 2" },
    { "an appended list", "x += { a } y = 2", 1, "x", "           y = 2" },
    { "a section", "x { a = 1\n b { } }\ny { }", 1, "x", "         \n        \ny { }" },
    { "a section with a title", "x 't' { } y { }", 1, "x", "          y { }" },
    { "the one on that line", "x = 1\nx = 2", 2, "x", "x = 1\n     " },
    { "a section that is not closed", "x { a = 1", 1, "x", NULL },
    { "no statement", "x y", 1, "x", NULL },
    { "no value", "x =", 1, "x", NULL },
    { "another line", "x = 1\n\n", 2, "x", NULL },
    { "another name", "x = 1", 1, "y", NULL },
};

static void a_statement_is_dropped_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof drops / sizeof drops[0]; i++) {
        const char *left = drops[i].left ? drops[i].left : drops[i].text;
        struct opened o;

        open_text(&o, drops[i].text);
        if (source_drop(&o.source, drops[i].line, drops[i].drop) != (drops[i].left != NULL) || strcmp(o.source.text, left) != 0)
            fail_msg("%s: \"%s\"", drops[i].name, o.source.text);
        arena_free(&o.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_become_blank_and_lines_stay), cmocka_unit_test(what_the_scanner_must_not_see_is_refused),
        cmocka_unit_test(a_nul_byte_is_refused_with_its_line),  cmocka_unit_test(a_dollar_alone_or_escaped_is_itself),
        cmocka_unit_test(sections_are_found_with_their_lines),  cmocka_unit_test(too_many_sections_are_refused),
        cmocka_unit_test(the_brace_that_stays_open_is_known),   cmocka_unit_test(a_statement_is_dropped_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

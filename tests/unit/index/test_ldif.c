/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rope.h"
#include "index/ldif.h"

enum { BUDGET = 4 * 1024 * 1024 };

/* Read all of it. *out is "dn@line{name=value@line ...}" for each record, NUL-terminated. */
static int read_all(struct slice text, struct arena *arena, const char **out, struct error *e)
{
    struct ldif ldif = ldif_reader(text, "t", arena);
    struct rope words = rope_new(arena);
    struct ldif_record r;
    int result;

    while ((result = ldif_next(&ldif, &r, e)) == 0) {
        rope_printf(&words, "%.*s@%zu{", SLICE_ARGS(r.dn), r.line);
        for (size_t i = 0; i < r.count; i++)
            rope_printf(&words, "%s%.*s=%.*s@%zu", i ? " " : "", SLICE_ARGS(r.attributes[i].name),
                        SLICE_ARGS(r.attributes[i].value), r.attributes[i].line);
        rope_text(&words, "}");
    }
    *out = arena_text(arena, rope_flat(&words));
    assert_non_null(*out);
    return result == ERROR_NOT_FOUND ? 0 : result;
}

/* A copy that ends where its memory ends, so that a memory checker sees a byte read too far. */
static struct slice exact_copy(struct slice s)
{
    char *copy = malloc(s.size ? s.size : 1);

    assert_non_null(copy);
    memcpy(copy, s.data, s.size);
    return (struct slice){ copy, s.size };
}

struct valid_case {
    const char *name;
    const char *text;
    const char *expected;
};

static const struct valid_case valid_cases[] = {
    { "an empty text has no record", "", "" },
    { "empty lines alone have no record", "\n\r\n\n", "" },
    { "a comment alone is no record", "# nothing\n", "" },
    { "the version line alone is no record", "version: 1\n", "" },
    { "one record", "dn: o=x\na: b\n", "o=x@1{a=b@2}" },
    { "the last line may lack its end", "dn: o=x\na: b", "o=x@1{a=b@2}" },
    { "lines end with CRLF", "dn: o=x\r\na: b\r\n\r\ndn: o=y\r\nc: d\r\n", "o=x@1{a=b@2}o=y@4{c=d@5}" },
    { "the version may stand right before the record", "version: 1\ndn: o=x\na: b\n", "o=x@2{a=b@3}" },
    { "the version may stand apart from the record", "# index\nversion: 1\n\n\ndn: o=x\na: b\n", "o=x@5{a=b@6}" },
    { "records are apart by several empty lines", "dn: o=x\na: b\n\n\n\ndn: o=y\nc: d\n", "o=x@1{a=b@2}o=y@6{c=d@7}" },
    { "spaces behind the colon do not count", "dn:o=x\na:   b\n", "o=x@1{a=b@2}" },
    { "a space at the end belongs to the value", "dn: o=x\na: b \n", "o=x@1{a=b @2}" },
    { "a value may hold colons and hashes", "dn: o=x\na: b:c#d<e\n", "o=x@1{a=b:c#d<e@2}" },
    { "a value may be empty", "dn: o=x\na:\nb: \n", "o=x@1{a=@2 b=@3}" },
    { "an attribute may come twice", "dn: o=x\na: 1\na: 2\n", "o=x@1{a=1@2 a=2@3}" },
    { "a line is folded at a space", "dn: o=x\na: bc\n d\n  e\nf: g\n", "o=x@1{a=bcd e@2 f=g@5}" },
    { "a value may begin in the folded line (RFC 6109 4.5.10)", "dn: o=x\na:\n b\n", "o=x@1{a=b@2}" },
    { "a name may be folded too", "dn: o=x\nlo\n ng: b\n", "o=x@1{long=b@2}" },
    { "a dn may be folded", "dn: o=\r\n x\r\na: b\r\n", "o=x@1{a=b@3}" },
    { "a folded line may hold nothing", "dn: o=x\na: b\n \nc: d\n", "o=x@1{a=b@2 c=d@4}" },
    { "a comment stands between attributes", "dn: o=x\na: b\n# c: d\ne: f\n", "o=x@1{a=b@2 e=f@4}" },
    { "a comment may be folded", "dn: o=x\n# c\n e: f\na: b\n", "o=x@1{a=b@4}" },
    { "a folded line may begin with a hash", "dn: o=x\na: b\n #c\n", "o=x@1{a=b#c@2}" },
    { "options are dropped from the name", "dn: o=x\ncert;binary: b\na;lang-it;x: c\n", "o=x@1{cert=b@2 a=c@3}" },
    { "a name may be an OID", "dn: o=x\n2.5.4.3: b\n", "o=x@1{2.5.4.3=b@2}" },
    { "base64 is undone", "dn: o=x\na:: Y2l0dMOg\n", "o=x@1{a=citt\xC3\xA0@2}" },
    { "base64 with one and with two pads", "dn: o=x\na:: YWI=\nb:: YQ==\n", "o=x@1{a=ab@2 b=a@3}" },
    { "base64 may be folded", "dn: o=x\na::\n Y2l\n 0dMOg\n", "o=x@1{a=citt\xC3\xA0@2}" },
    { "base64 of nothing", "dn: o=x\na::\nb:: \n", "o=x@1{a=@2 b=@3}" },
    { "a dn may be in base64", "dn:: bz14\na: b\n", "o=x@1{a=b@2}" },
    { "all digits of base64", "dn: o=x\na:: +/+/\n", "o=x@1{a=\xFB\xFF\xBF@2}" },
    { "UTF-8 need not be encoded (RFC 6109 4.5.6)", "dn: o=x\na: citt\xC3\xA0\n", "o=x@1{a=citt\xC3\xA0@2}" },
    { "names keep their case", "DN: o=x\nObjectClass: b\n", "o=x@1{ObjectClass=b@2}" },
};

static void valid_texts_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof valid_cases / sizeof valid_cases[0]; i++) {
        const struct valid_case *c = &valid_cases[i];
        struct slice text = exact_copy(slice_of(c->text));
        struct arena *arena = arena_new(BUDGET);
        struct error e = { 0 };
        const char *words;
        int result = read_all(text, arena, &words, &e);

        if (result != 0 || strcmp(words, c->expected) != 0)
            fail_msg("%s: %d \"%s\" %s", c->name, result, words, e.text);
        arena_free(&arena);
        free((void *)(uintptr_t)text.data);
    }
}

struct refused_case {
    const char *name;
    struct slice text;
    const char *words;
};

#define TEXT(literal) { literal, sizeof(literal) - 1 }

static const struct refused_case refused_cases[] = {
    { "a record without dn", TEXT("a: b\n"), "t:1: a record begins with its dn" },
    { "a dn without attributes", TEXT("dn: o=x\n\n"), "t:1: a record without attributes" },
    { "a line without colon", TEXT("dn: o=x\na: b\nnonsense\n"), "t:3: \"nonsense\" is no attribute with its value" },
    { "the dash of a change", TEXT("dn: o=x\n-\n"), "t:2: \"-\" is no attribute with its value" },
    { "a change", TEXT("dn: o=x\nchangetype: delete\n"), "t:2: a change is no record" },
    { "a control", TEXT("dn: o=x\ncontrol: 1.2.3 true\nchangetype: delete\n"), "t:2: a change is no record" },
    { "a value by URL", TEXT("dn: o=x\na:< file:///etc/passwd\n"), "t:2: a value by URL is not fetched" },
    { "a folded first line", TEXT(" dn: o=x\na: b\n"), "t:1: this line continues nothing" },
    { "a folded line behind an empty one", TEXT("dn: o=x\na: b\n\n c\n"), "t:4: this line continues nothing" },
    { "a missing empty line", TEXT("dn: o=x\na: b\ndn: o=y\n"), "t:3: a dn inside a record: the empty line before it is missing" },
    { "another version", TEXT("version: 2\n"), "t:1: only version 1 is known" },
    { "the version twice", TEXT("version: 1\nversion: 1\n"), "t:2: the version stands before the first record only" },
    { "the version between records", TEXT("dn: o=x\na: b\n\nversion: 1\n"), "t:4: the version stands before the first record only" },
    { "a name with a blank", TEXT("dn: o=x\na b: c\n"), "t:2: \"a b\" is no name of an attribute" },
    { "no name", TEXT("dn: o=x\n: c\n"), "t:2: \"\" is no name of an attribute" },
    { "no name before the option", TEXT("dn: o=x\n;binary: c\n"), "t:2: \";binary\" is no name of an attribute" },
    { "an empty option", TEXT("dn: o=x\na;: c\n"), "t:2: \"a;\" is no name of an attribute" },
    { "a dot in an option", TEXT("dn: o=x\na;b.c: d\n"), "t:2: \"a;b.c\" is no name of an attribute" },
    { "base64 with a foreign byte", TEXT("dn: o=x\na:: Y!==\n"), "t:2: the value is not base64" },
    { "base64 with a blank at its end", TEXT("dn: o=x\na:: YWI= \n"), "t:2: the value is not base64" },
    { "base64 without its pad", TEXT("dn: o=x\na:: YWI\n"), "t:2: the value is not base64" },
    { "base64 with three pads", TEXT("dn: o=x\na:: Y===\n"), "t:2: the value is not base64" },
    { "base64 with a pad inside", TEXT("dn: o=x\na:: YQ==YQ==\n"), "t:2: the value is not base64" },
    { "base64 with bits that nobody uses", TEXT("dn: o=x\na:: YR==\n"), "t:2: the value is not base64" },
    { "base64 with two bits that nobody uses", TEXT("dn: o=x\na:: YWJ=\n"), "t:2: the value is not base64" },
    { "a value that begins with a colon", TEXT("dn: o=x\na: :b\n"), "t:2: a value that begins with \":\" must be in base64" },
    { "a NUL", TEXT("dn: o=x\na: b\0c\n"), "t:2: a value with a NUL or CR must be in base64" },
    { "a CR inside", TEXT("dn: o=x\na: b\rc\n"), "t:2: a value with a NUL or CR must be in base64" },
    { "a CR at the end of the text", TEXT("dn: o=x\na: b\r"), "t:2: a value with a NUL or CR must be in base64" },
    { "Latin-1", TEXT("dn: o=x\na: citt\xE0\n"), "t:2: the value is not UTF-8" },
};

static void broken_texts_are_refused_with_their_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_cases / sizeof refused_cases[0]; i++) {
        const struct refused_case *c = &refused_cases[i];
        struct slice text = exact_copy(c->text);
        struct arena *arena = arena_new(BUDGET);
        struct error e = { 0 };
        const char *words;
        int result = read_all(text, arena, &words, &e);

        if (result != ERROR_SYNTAX || strcmp(e.text, c->words) != 0)
            fail_msg("%s: %d \"%s\"", c->name, result, e.text);
        arena_free(&arena);
        free((void *)(uintptr_t)text.data);
    }
}

/* Wherever a text is cut, it is read or refused, and nothing is read behind its end. */
static void a_text_may_end_anywhere(void **state)
{
    static const char text[] = "# c\n d\r\nversion: 1\r\n\r\ndn:: bz14\na;b: c\n d\ne:: YWI=\n\ndn: o=y\nf: g\n";

    (void)state;
    for (size_t size = 0; size < sizeof text; size++) {
        struct slice cut = exact_copy((struct slice){ text, size });
        struct arena *arena = arena_new(BUDGET);
        const char *words;
        int result = read_all(cut, arena, &words, NULL);

        assert_true(result == 0 || result == ERROR_SYNTAX);
        arena_free(&arena);
        free((void *)(uintptr_t)cut.data);
    }
}

/* A value of many short lines costs its size, not its square: nothing is copied twice. */
static void a_much_folded_value_is_copied_once(void **state)
{
    enum { LINES = 200000 };
    struct arena *arena = arena_new(2 * LINES);
    char *text = malloc(16 + 3 * LINES), *end = text;
    struct ldif_record r;
    struct ldif ldif;

    (void)state;
    assert_non_null(text);
    end = stpcpy(end, "dn: o=x\na: b\n");
    for (size_t i = 0; i < LINES; i++)
        end = stpcpy(end, " c\n");
    ldif = ldif_reader(slice_between(text, end), "t", arena);
    assert_int_equal(ldif_next(&ldif, &r, NULL), 0);
    assert_int_equal(r.attributes[0].value.size, LINES + 1);
    assert_int_equal(ldif.line, LINES + 2);
    arena_free(&arena);
    free(text);
}

static void a_budget_is_kept(void **state)
{
    enum { ENOUGH = 1024 };
    struct slice text = SLICE("dn: o=x\na: b\n c\nd:: YWI=\n");

    (void)state;
    for (size_t budget = 0; budget <= ENOUGH; budget += 16) {
        struct arena *arena = arena_new(budget);
        struct ldif ldif = ldif_reader(text, "t", arena);
        struct ldif_record r;
        int result = ldif_next(&ldif, &r, NULL);

        assert_true(result == ERROR_BUDGET || (result == 0 && budget > 0));
        assert_true(result == 0 || budget < ENOUGH);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_texts_are_read),
        cmocka_unit_test(broken_texts_are_refused_with_their_line),
        cmocka_unit_test(a_text_may_end_anywhere),
        cmocka_unit_test(a_much_folded_value_is_copied_once),
        cmocka_unit_test(a_budget_is_kept),
    };

    return cmocka_run_group_tests_name("ldif", tests, NULL, NULL);
}

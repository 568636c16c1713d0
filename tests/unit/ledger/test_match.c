/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/match.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <string.h>

struct match_case {
    const char *name, *term, *line;
    bool matches;
};

static const struct match_case cases[] = {
    { "the PEC id", "opec.1@alfa.example", "{\"pec_id\":\"opec.1@alfa.example\"}", true },
    { "the client's Message-ID", "a@b", "{\"msgid\":\"a@b\"}", true },
    { "the sender", "anna@alfa.example", "{\"sender\":\"anna@alfa.example\"}", true },
    { "one recipient", "bice@beta.example", "{\"recipient\":\"bice@beta.example\"}", true },
    { "one of the recipients", "bice@beta.example",
      "{\"recipients\":[{\"address\":\"aldo@alfa.example\"},{\"address\":\"bice@beta.example\",\"certified\":true}]}", true },
    { "a recipient without more", "bice@beta.example", "{\"recipients\":[\"bice@beta.example\"]}", true },
    { "a related message", "r@s", "{\"related\":[\"q@s\",\"r@s\"]}", true },
    { "the id of the event", "plan:3", "{\"event\":\"x\",\"id\":\"plan:3\"}", true },
    { "case does not count", "ANNA@Alfa.example", "{\"sender\":\"anna@aLFA.EXAMPLE\"}", true },
    { "angle brackets of the term do not count", " <a@b> ", "{\"msgid\":\"a@b\"}", true },
    { "angle brackets of the value do not count", "a@b", "{\"msgid\":\"<a@b>\"}", true },
    { "an escape in the line", "a/b@c", "{\"msgid\":\"a\\/b@c\"}", true },
    { "a quoted local part", "\"a b\"@alfa.example", "{\"sender\":\"\\\"a b\\\"@alfa.example\"}", true },
    { "letters beyond ASCII", "\xC3\xA8@alfa.example", "{\"sender\":\"\\u00e8@alfa.example\"}", true },
    { "only letters beyond ASCII", "\xC3\xA8", "{\"sender\":\"\xC3\xA8\"}", true },
    { "part of an address", "anna", "{\"sender\":\"anna@alfa.example\"}", false },
    { "another field", "anna@alfa.example", "{\"subject\":\"anna@alfa.example\"}", false },
    { "a field inside another", "anna@alfa.example", "{\"error\":{\"sender\":\"anna@alfa.example\"}}", false },
    { "another property of a recipient", "x@y", "{\"recipients\":[{\"address\":\"a@b\",\"other\":\"x@y\"}]}", false },
    { "a text that looks like a field", "x@y", "{\"subject\":\"\\\"sender\\\":\\\"x@y\\\"\"}", false },
    { "numbers and nothing", "7", "{\"pec_id\":7,\"sender\":null,\"recipients\":[null,[],{}],\"related\":{}}", false },
};

static void terms_are_found_in_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct match_case *c = &cases[i];
        struct ledger_match match = { 0 };
        struct ledger_term term;
        bool may, is_object;

        assert_int_equal(0, ledger_term_make(c->term, &term, NULL));
        may = ledger_term_may_match(&term, slice_of(c->line));
        is_object = ledger_term_match(&term, slice_of(c->line), &match);
        if (!is_object || match.matches != c->matches || (c->matches && !may))
            fail_msg("%s: matches %d, may match %d", c->name, match.matches, may);
        ledger_term_free(&term);
    }
}

static void what_cannot_match_is_not_parsed(void **state)
{
    struct ledger_term term;

    (void)state;
    assert_int_equal(0, ledger_term_make("anna@alfa.example", &term, NULL));
    assert_false(ledger_term_may_match(&term, SLICE("{\"sender\":\"bice@beta.example\"}")));
    assert_true(ledger_term_may_match(&term, SLICE("{\"subject\":\"ANNA@ALFA.EXAMPLE\"}")));
    ledger_term_free(&term);
}

static void an_empty_term_is_refused(void **state)
{
    static const char *const terms[] = { "", " ", "<>", " < > " };

    (void)state;
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++) {
        struct ledger_term term;

        assert_int_equal(ERROR_SYNTAX, ledger_term_make(terms[i], &term, NULL));
    }
}

static void what_is_no_object_says_nothing(void **state)
{
    static const char *const lines[] = { "", "{", "[]", "\"a@b\"", "{\"msgid\":\"a@b\"} x", "{\"msgid\":\"a@b\xFF\"}" };
    struct ledger_term term;

    (void)state;
    assert_int_equal(0, ledger_term_make("a@b", &term, NULL));
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct ledger_match match;

        assert_false(ledger_term_match(&term, slice_of(lines[i]), &match));
    }
    ledger_term_free(&term);
}

static void a_line_may_belong_to_a_transaction(void **state)
{
    static const struct {
        const char *line;
        bool may;
    } lines[] = {
        { "{\"pec_id\":\"opec.1\"}", true },
        { "{\"a\":1, \"pec_id\" : \"opec.1\", \"b\":2}", true },
        { "{\"pec_id\":\"opec.2\"}", false },
        { "{\"pec_id\":\"opec.2\",\"related\":{\"pec_id\":\"opec.1\"}}", true },
        { "{\"pec_id\":\"opec.\\u0031\"}", true },
        { "{\"pec_id\":7}", false },
        { "{\"pec_id\"", false },
        { "{\"pec_id\":\"opec.1", true },
        { "{\"id\":\"opec.1\"}", false },
        { "{\"subject\":\"\\\"pec_id\\\":\\\"opec.1\\\"\"}", false },
        { "", false },
    };
    struct ledger_ids ids = { 0 };
    struct ledger_id_key key;

    (void)state;
    assert_false(ledger_may_belong(&ids, slice_of(lines[0].line)));
    assert_int_equal(0, ledger_id_key(SLICE("opec.1"), &key));
    assert_int_equal(0, ledger_ids_reserve(&ids));
    ledger_ids_add(&ids, &key);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        if (ledger_may_belong(&ids, slice_of(lines[i].line)) != lines[i].may)
            fail_msg("%s", lines[i].line);
    ledger_ids_free(&ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_are_found_in_fields),
        cmocka_unit_test(what_cannot_match_is_not_parsed),
        cmocka_unit_test(an_empty_term_is_refused),
        cmocka_unit_test(what_is_no_object_says_nothing),
        cmocka_unit_test(a_line_may_belong_to_a_transaction),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

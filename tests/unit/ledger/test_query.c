/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/query.h"

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

static bool matches(struct ledger_query *query, const char *line)
{
    json_t *event = json_loads(line, 0, NULL);
    bool found;

    assert_non_null(event);
    assert_int_equal(0, ledger_query_match(query, event, &found));
    json_decref(event);
    return found;
}

static struct ledger_asked ask(const char *term)
{
    return (struct ledger_asked){ .term = term, .from = INT64_MIN, .to = INT64_MAX };
}

static void terms_are_found_in_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct match_case *c = &cases[i];
        const struct ledger_asked asked = ask(c->term);
        struct ledger_query query;
        bool may, is;

        assert_int_equal(0, ledger_query_make(&asked, &query, NULL));
        may = ledger_query_may_match(&query, slice_of(c->line));
        is = matches(&query, c->line);
        if (is != c->matches || (c->matches && !may))
            fail_msg("%s: matches %d, may match %d", c->name, is, may);
        ledger_query_free(&query);
    }
}

/* 2026-11-24T05:21:41Z is 1795497701. */
static const char event[] = "{\"utc\":\"2026-11-24T05:21:41Z\",\"event\":\"sent\",\"message\":\"acceptance\",\"pec_id\":\"opec.1@alfa.example\","
                            "\"sender\":\"anna@alfa.example\",\"recipients\":[{\"address\":\"bice@beta.example\"},{\"address\":\"carlo@beta.example\"}],"
                            "\"subject\":\"Fattura n. 12/B: la città è «PIENA»\"}";

static const struct {
    const char *name;
    struct ledger_asked asked;
    bool matches;
} asked_cases[] = {
    { "the sender", { .sender = "Anna@alfa.example", .from = INT64_MIN, .to = INT64_MAX }, true },
    { "the sender is no recipient", { .recipient = "anna@alfa.example", .from = INT64_MIN, .to = INT64_MAX }, false },
    { "a recipient", { .recipient = "carlo@beta.example", .from = INT64_MIN, .to = INT64_MAX }, true },
    { "a recipient is no sender", { .sender = "carlo@beta.example", .from = INT64_MIN, .to = INT64_MAX }, false },
    { "an id is no sender", { .sender = "opec.1@alfa.example", .from = INT64_MIN, .to = INT64_MAX }, false },
    { "both", { .sender = "anna@alfa.example", .recipient = "bice@beta.example", .from = INT64_MIN, .to = INT64_MAX }, true },
    { "one of both", { .sender = "anna@alfa.example", .recipient = "dino@beta.example", .from = INT64_MIN, .to = INT64_MAX }, false },
    { "words in another order and case", { .subject = "CITTÀ fattura", .from = INT64_MIN, .to = INT64_MAX }, true },
    { "a word within signs", { .subject = "piena", .from = INT64_MIN, .to = INT64_MAX }, true },
    { "numbers are words", { .subject = "12 b", .from = INT64_MIN, .to = INT64_MAX }, true },
    { "a part of a word is none", { .subject = "fatt", .from = INT64_MIN, .to = INT64_MAX }, false },
    { "a letter without its accent is another", { .subject = "citta", .from = INT64_MIN, .to = INT64_MAX }, false },
    { "one word of two", { .subject = "fattura vuota", .from = INT64_MIN, .to = INT64_MAX }, false },
    { "the event", { .event = "sent", .from = INT64_MIN, .to = INT64_MAX }, true },
    { "the kind of message", { .event = "Acceptance", .from = INT64_MIN, .to = INT64_MAX }, true },
    { "another event", { .event = "delivery", .from = INT64_MIN, .to = INT64_MAX }, false },
    { "from its second", { .from = 1795497701, .to = INT64_MAX }, true },
    { "from a second later", { .from = 1795497702, .to = INT64_MAX }, false },
    { "to its second, which is without", { .from = INT64_MIN, .to = 1795497701 }, false },
    { "to a second later", { .from = INT64_MIN, .to = 1795497702 }, true },
    { "all of it", { "opec.1@alfa.example", "anna@alfa.example", "bice@beta.example", "fattura", "sent", 1795497701, 1795497702 }, true },
};

static void all_that_is_asked_must_be_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof asked_cases / sizeof asked_cases[0]; i++) {
        struct ledger_query query;

        assert_int_equal(0, ledger_query_make(&asked_cases[i].asked, &query, NULL));
        if (matches(&query, event) != asked_cases[i].matches)
            fail_msg("%s", asked_cases[i].name);
        ledger_query_free(&query);
    }
}

static void an_event_without_time_is_in_no_span(void **state)
{
    const struct ledger_asked asked = { .from = 0, .to = INT64_MAX };
    struct ledger_query query;

    (void)state;
    assert_int_equal(0, ledger_query_make(&asked, &query, NULL));
    assert_false(matches(&query, "{\"event\":\"sent\"}"));
    assert_false(matches(&query, "{\"utc\":\"yesterday\"}"));
    ledger_query_free(&query);
}

static void what_cannot_match_is_not_parsed(void **state)
{
    const struct ledger_asked asked = ask("anna@alfa.example");
    struct ledger_query query;

    (void)state;
    assert_int_equal(0, ledger_query_make(&asked, &query, NULL));
    assert_false(ledger_query_may_match(&query, SLICE("{\"sender\":\"bice@beta.example\"}")));
    assert_true(ledger_query_may_match(&query, SLICE("{\"subject\":\"ANNA@ALFA.EXAMPLE\"}")));
    ledger_query_free(&query);
}

static void what_asks_for_nothing_is_refused(void **state)
{
    static const struct ledger_asked nothing[] = {
        { .term = "", .from = INT64_MIN, .to = INT64_MAX },
        { .term = " < > ", .from = INT64_MIN, .to = INT64_MAX },
        { .term = "a@b", .sender = "<>", .from = INT64_MIN, .to = INT64_MAX },
        { .subject = " - ", .from = INT64_MIN, .to = INT64_MAX },
        { .from = INT64_MIN, .to = INT64_MAX },
    };
    const struct ledger_asked words = { .subject = "a b c d e f g h i j k l m n o p q r s t u v w x y z 0 1 2 3 4 5 6 7", .from = 0, .to = 1 };
    struct ledger_query query;

    (void)state;
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
        assert_int_equal(ERROR_SYNTAX, ledger_query_make(&nothing[i], &query, NULL));
    assert_int_equal(ERROR_LIMIT, ledger_query_make(&words, &query, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_are_found_in_fields),
        cmocka_unit_test(all_that_is_asked_must_be_there),
        cmocka_unit_test(an_event_without_time_is_in_no_span),
        cmocka_unit_test(what_cannot_match_is_not_parsed),
        cmocka_unit_test(what_asks_for_nothing_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

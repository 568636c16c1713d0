/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The readable text (RFC 6109 4.3.1): placeholders filled in, the same facts plain and in HTML, operators' texts checked.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "pec/template.h"

static struct template_facts some_facts(struct arena *arena)
{
    struct transaction t = fixture_transaction(arena);

    return (struct template_facts){
        .day = "15/01/2026", .hour = "11:30:00", .zone = "+0100", .subject = t.subject, .sender = t.sender, .recipient = "anna@beta.example",
        .reason = "5.1.1 - Beta - no", .id = t.pec_id, .recipients = t.recipients, .recipient_count = t.recipient_count,
    };
}

/* 3.1.4: of each recipient, certified or ordinary mail. */
static void test_the_text_of_an_acceptance(void **state)
{
    const struct template_facts facts = some_facts(*state);

    fixture_same("acceptance", template_text(NULL, KIND_ACCEPTANCE, &facts, *state), slice_of(
        "Ricevuta di accettazione\n"
        "Il giorno 15/01/2026 alle ore 11:30:00 (+0100) il messaggio\n"
        "\"Città di Forlì\" proveniente da \"mario@alfa.example\"\n"
        "ed indirizzato a:\n"
        "anna@beta.example (\"posta certificata\")\n"
        "ugo@posta.example (\"posta ordinaria\")\n"
        "è stato accettato dal sistema ed inoltrato.\n"
        "Identificativo messaggio: opec3.20260115113000.0123456789abcdef.0@pec.alfa.example\n"));
}

/* 4.3.1: each fact that the official text names is there, in both forms; no placeholder is left. */
static void test_every_kind_states_its_facts(void **state)
{
    const struct template_facts facts = some_facts(*state);
    static const struct {
        const char *placeholder, *fact;
    } wanted[] = {
        { "{day}", "15/01/2026" }, { "{hour}", "11:30:00" }, { "{zone}", "(+0100)" }, { "{sender}", "mario@alfa.example" },
        { "{recipient}", "anna@beta.example" }, { "{recipients}", "ugo@posta.example" }, { "{reason}", "5.1.1 - Beta - no" },
        { "{id}", "opec3.20260115113000.0123456789abcdef.0@pec.alfa.example" },
    };

    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct slice official = slice_of(kind_rows[kind].text);
        struct slice text = template_text(NULL, (enum message_kind)kind, &facts, *state);
        struct slice html = template_html(NULL, (enum message_kind)kind, &facts, *state);

        fixture_has(kind_names[kind], text, "Citt\xC3\xA0 di Forl\xC3\xAC");
        fixture_has(kind_names[kind], html, "Citt&#224; di Forl&#236;");
        for (size_t i = 0; i < COUNT(wanted); i++) {
            if (!fixture_finds(official, wanted[i].placeholder))
                continue;
            fixture_has(kind_names[kind], text, wanted[i].fact);
            fixture_has(kind_names[kind], html, wanted[i].fact);
        }
        fixture_lacks(kind_names[kind], text, "{");
        fixture_lacks(kind_names[kind], html, "{");
        assert_true(text_is_ascii(html));
    }
}

/* What a reader sees of a page: no tags, references resolved, runs of blanks as one. */
static const char *seen(struct slice html, struct arena *arena)
{
    struct rope out = rope_new(arena);

    while (html.size) {
        size_t end = html.data[0] == '<' ? slice_find_byte(html, '>') : html.data[0] == '&' ? slice_find_byte(html, ';') : 0;
        char utf8[4];

        assert_true(end < html.size);
        if (html.data[0] == '&')
            rope_copy(&out, (struct slice){ utf8, utf8_write((uint32_t)strtoul(html.data + strlen("&#"), NULL, 10), utf8) });
        else if (html.data[0] != '<')
            rope_add(&out, (struct slice){ html.data, 1 });
        html = slice_skip(html, end + 1);
    }
    return text_one_line(arena, rope_flat(&out));
}

/* 4.3.1: the page "MUST contain the same information as related in the text part", hostile subject or not. */
static void test_a_page_says_what_its_text_says(void **state)
{
    static const char *const subjects[] = { "Citt\xC3\xA0 di Forl\xC3\xAC", "<b>a</b> &amp; \"b\" {id}", "\xE2\x82\xAC \xF0\x9F\x93\xA7" };
    struct template_facts facts = some_facts(*state);

    for (int kind = 0; kind < KIND_COUNT; kind++) {
        for (size_t i = 0; i < COUNT(subjects); i++) {
            facts.subject = subjects[i];
            fixture_same_text(kind_names[kind], seen(template_html(NULL, (enum message_kind)kind, &facts, *state), *state),
                              text_one_line(*state, template_text(NULL, (enum message_kind)kind, &facts, *state)));
        }
    }
}

/* 4.3.1: what every page of ours consists of. */
static void test_pages_have_no_references_and_no_active_content(void **state)
{
    static const char *const forbidden[] = { "<script", "<img", "<link", "<object", "<iframe", "src=", "href=", "url(", "@import",
                                             "javascript:", " on" };
    const struct template_facts facts = { .subject = "x" };

    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct slice html = template_html(NULL, (enum message_kind)kind, &facts, *state);

        for (size_t i = 0; i < COUNT(forbidden); i++)
            fixture_lacks(kind_names[kind], html, forbidden[i]);
        assert_true(slice_starts_nocase(html, "<!DOCTYPE html>"));
        fixture_has(kind_names[kind], html, "<h3>");
        fixture_has(kind_names[kind], html, "</body>\n</html>\n");
    }
}

/* A fact is never markup, and never a placeholder. */
static void test_facts_are_escaped_in_html(void **state)
{
    static const struct {
        const char *name, *subject, *html;
    } cases[] = {
        { "an element", "<script>alert(1)</script>", "&#60;script&#62;alert(1)&#60;/script&#62;" },
        { "an attribute (4.3.1)", "<img src=x onerror=y>", "&#60;img src&#61;x onerror&#61;y&#62;" },
        { "a reference", "&lt; &amp;", "&#38;lt; &#38;amp;" },
        { "quotes", "a \"b\"", "a &#34;b&#34;" },
        { "Latin", "perch\xC3\xA9", "perch&#233;" },
        { "other planes", "\xF0\x9F\x93\xA7", "&#128231;" },
        { "invalid bytes", "\xFF", "&#65533;" },
        { "a placeholder", "{id} {sender}", "&#34;{id} {sender}&#34;" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct template_facts facts = some_facts(*state);

        facts.subject = cases[i].subject;
        fixture_has(cases[i].name, template_html(NULL, KIND_DELIVERY_COMPLETE, &facts, *state), cases[i].html);
        fixture_has(cases[i].name, template_text(NULL, KIND_DELIVERY_COMPLETE, &facts, *state), cases[i].subject);
    }
}

static void test_absent_facts_are_empty(void **state)
{
    const struct template_facts facts = { 0 };

    fixture_has("no facts", template_text(NULL, KIND_NON_DELIVERY, &facts, *state), "nel messaggio\n\"\" proveniente da \"\"\n");
    fixture_has("no facts", template_html(NULL, KIND_NON_DELIVERY, &facts, *state), "&#34;&#34; proveniente da &#34;&#34;");
}

static void test_the_operators_text(void **state)
{
    struct template_facts facts = some_facts(*state);
    struct templates t = { 0 };

    t.of[KIND_ACCEPTANCE].text = "Accettato\r\n{id} {x y} {} {recipients}{";
    fixture_same("text", template_text(&t, KIND_ACCEPTANCE, &facts, *state), fixture_format(*state,
        "Accettato\r\n%s {x y} {} anna@beta.example\nugo@posta.example{", facts.id));
    fixture_has("its HTML", template_html(&t, KIND_ACCEPTANCE, &facts, *state), "<h3>Accettato</h3>");
    fixture_has("other kinds have the official text", template_text(&t, KIND_TAKE_CHARGE, &facts, *state), "Ricevuta di presa in carico");
    t.of[KIND_ACCEPTANCE].html = "<p>\xC3\xA8 {subject} {typed_recipients}</p>";
    facts.subject = "<b>";
    fixture_same("HTML", template_html(&t, KIND_ACCEPTANCE, &facts, *state), slice_of(
        "<p>&#232; &#60;b&#62; anna@beta.example (&#34;posta certificata&#34;)<br>\nugo@posta.example (&#34;posta ordinaria&#34;)</p>"));
}

static void test_the_official_texts_pass_their_own_check(void **state)
{
    (void)state;
    for (int kind = 0; kind < KIND_COUNT; kind++)
        assert_int_equal(template_check((enum message_kind)kind, kind_rows[kind].text, NULL), 0);
}

/* What the law wants in a text cannot be left out, each in turn. */
static void test_a_missing_placeholder_is_named(void **state)
{
    static const char *const names[] = { "{day}", "{hour}", "{zone}", "{subject}", "{sender}", "{recipients}", "{typed_recipients}",
                                         "{recipient}", "{reason}", "{id}" };

    for (int kind = 0; kind < KIND_COUNT; kind++) {
        for (size_t i = 0; i < COUNT(names); i++) {
            char *text = arena_text(*state, slice_of(kind_rows[kind].text)), *at = strstr(text, names[i]);
            struct error e = { 0 };

            if (!at)
                continue;
            while (at) {
                *at = '[';
                at = strstr(text, names[i]);
            }
            assert_int_equal(template_check((enum message_kind)kind, text, &e), ERROR_CONFIG);
            fixture_has("words", slice_of(e.text), names[i]);
        }
    }
}

static void test_an_unknown_placeholder_is_named(void **state)
{
    static const char *const unknown[] = { "{oggetto}", "{sender_name}", "{ids}", "x{{hours}}" };
    const char *official = kind_rows[KIND_TAKE_CHARGE].text;

    for (size_t i = 0; i < COUNT(unknown); i++) {
        struct error e = { 0 };

        assert_int_equal(template_check(KIND_TAKE_CHARGE, fixture_format(*state, "%s%s", official, unknown[i]).data, &e), ERROR_CONFIG);
        fixture_has("words", slice_of(e.text), strchr(unknown[i], 'h') && unknown[i][0] == 'x' ? "{hours}" : unknown[i]);
    }
    assert_int_equal(template_check(KIND_TAKE_CHARGE, fixture_format(*state, "%s {} {a b} {A} { color: red } {x", official).data, NULL), 0);
}

static void test_a_text_that_is_not_utf8_is_refused(void **state)
{
    struct error e = { 0 };

    assert_int_equal(template_check(KIND_TAKE_CHARGE, fixture_format(*state, "%s\xE8", kind_rows[KIND_TAKE_CHARGE].text).data, &e),
                     ERROR_CONFIG);
    fixture_has("words", slice_of(e.text), "UTF-8");
}

static void test_a_page_is_checked_for_what_it_must_not_have(void **state)
{
    const char *official = kind_rows[KIND_TAKE_CHARGE].text;
    struct error e = { 0 };

    assert_int_equal(template_check_html(KIND_TAKE_CHARGE, fixture_format(*state, "<p>%s</p>", official).data, &e), 0);
    assert_int_equal(template_check_html(KIND_TAKE_CHARGE, fixture_format(*state, "<img>%s", official).data, &e), ERROR_CONFIG);
    fixture_has("words", slice_of(e.text), "img");
    assert_int_equal(template_check_html(KIND_TAKE_CHARGE, "<p>x</p>", &e), ERROR_CONFIG);
}

static void test_without_budget_there_is_no_text(void **state)
{
    const struct template_facts facts = { 0 };
    struct arena *none = arena_new(16);

    (void)state;
    assert_null(template_text(NULL, KIND_ACCEPTANCE, &facts, none).data);
    assert_null(template_html(NULL, KIND_ACCEPTANCE, &facts, none).data);
    arena_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_text_of_an_acceptance, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_every_kind_states_its_facts, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_page_says_what_its_text_says, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_pages_have_no_references_and_no_active_content, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_facts_are_escaped_in_html, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_absent_facts_are_empty, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_operators_text, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_official_texts_pass_their_own_check, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_missing_placeholder_is_named, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_unknown_placeholder_is_named, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_text_that_is_not_utf8_is_refused, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_page_is_checked_for_what_it_must_not_have, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget_there_is_no_text, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec template", tests, NULL, NULL);
}

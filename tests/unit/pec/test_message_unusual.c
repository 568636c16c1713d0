/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages made of facts that are hostile, absent or unusual (RFC 6109 4.3).
 */
#include "sample.h"

#include <string.h>

#include "base/text.h"
#include "pec/daticert.h"

/* 4.3: 7-bit lines of bounded length, whatever a stranger has put into the facts; all of it still valid XML. */
static void test_hostile_facts(void **state)
{
    struct slice long_word = fixture_repeat(*state, "y", 3000);
    const char *const texts[] = { "", "a\r\nBcc: spia@x.example\r\n\r\nx", "\xFF\xFE<&>\"'", "\x01\x1B[31m", "\xF0\x9F\x93\xA7 \xD0\xBF",
                                  ".\n..\n", "From x", "--b--", long_word.data, "=?utf-8?Q?non finisce", "{id} {subject} %s %n" };

    for (size_t i = 0; i < COUNT(texts); i++) {
        for (int kind = 0; kind < KIND_COUNT; kind++) {
            struct transaction about = sample_about((enum message_kind)kind, *state);
            struct pec_message m = sample_message((enum message_kind)kind);
            const struct original o = fixture_original(*state, sample_original((enum message_kind)kind));
            const char *line = text_one_line(*state, slice_of(texts[i]));
            struct certification c;
            struct dissected t;
            struct slice made;

            about.subject = about.msgid = line;
            m.reason = m.detail = line;
            made = fixture_seal(*state, &fixture_provider, &about, &m, &o);
            fixture_wholesome(kind_names[kind], made);
            t = dissect(kind_names[kind], *state, made);
            assert_int_equal(header_count(&t.top.header, "Bcc"), 0);
            if (t.data)
                assert_int_equal(daticert_read(dissect_body(t.data, *state), *state, &c, NULL), 0);
        }
    }
}

/* 4.4: `oggetto?`, `msgid?`; 2.2.1: the reference "if present". */
static void test_absent_subject_and_client_id(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct transaction about = sample_about((enum message_kind)kind, *state);
        const struct pec_message m = sample_message((enum message_kind)kind);
        const struct original o = fixture_original(*state, SLICE("To: a@b.example\r\n\r\nx\r\n"));
        struct dissected t;

        about.subject = about.msgid = NULL;
        t = dissect(kind_names[kind], *state, fixture_seal(*state, &fixture_provider, &about, &m, &o));
        assert_int_equal(header_count(&t.top.header, "X-Riferimento-Message-ID"), 0);
        fixture_has(kind_names[kind], t.top.header.raw, fixture_format(*state, "Subject: %s\r\n", kind_rows[kind].subject_prefix).data);
        if (t.data) {
            fixture_lacks(kind_names[kind], dissect_body(t.data, *state), "<oggetto>");
            fixture_lacks(kind_names[kind], dissect_body(t.data, *state), "<msgid>");
        }
    }
}

/* 4.3 wants 7-bit transport, but message/rfc822 knows no such encoding (RFC 2046 5.2.1) and the original must stay as it is (3.1.5,
 * 3.2.2): a foreign one with bytes over 127 travels so, and every level says so (RFC 2045 6.2). */
static void test_an_eight_bit_original_is_declared(void **state)
{
    static const enum message_kind kinds[] = { KIND_ANOMALY_ENVELOPE, KIND_DELIVERY_COMPLETE, KIND_DELIVERY_BRIEF };

    for (size_t i = 0; i < COUNT(kinds); i++) {
        const struct transaction about = sample_about(kinds[i], *state);
        const struct pec_message m = sample_message(kinds[i]);
        const struct original o = fixture_original(*state, SLICE("To: a@b.example\r\n\r\nperch\xE8\r\n"));
        struct dissected t;
        struct composed c;
        struct rope sealed;
        const char *text;

        assert_int_equal(message_compose(&fixture_provider, &about, &m, &o, *state, &c), 0);
        assert_true(c.eight_bit);
        assert_int_equal(message_seal(&c, SLICE("s"), &sealed), 0);
        t = dissect(kind_names[kinds[i]], *state, rope_flat(&sealed));
        header_text(&t.top.header, "Content-Transfer-Encoding", *state, &text);
        fixture_same_text("top", text, "8bit");
        header_text(&t.content->header, "Content-Transfer-Encoding", *state, &text);
        fixture_same_text("content", text, "8bit");
        header_text(&t.original->header, "Content-Transfer-Encoding", *state, &text);
        fixture_same_text("original", text, "8bit");
        assert_true(text_is_ascii(t.top.header.raw));
        fixture_has("original", t.original->body, "perch\xE8");
    }
}

/* 3.2.2, "the entire message": the last line end of the original is its own, not the boundary's. */
static void test_the_last_line_end_of_the_original_is_kept(void **state)
{
    static const char *const originals[] = { "To: a@b.example\r\n\r\nx\r\n", "To: a@b.example\r\n\r\nx", "To: a@b.example\r\n\r\n\r\n\r\n" };

    for (size_t i = 0; i < COUNT(originals); i++) {
        const struct transaction about = sample_about(KIND_ANOMALY_ENVELOPE, *state);
        const struct pec_message m = sample_message(KIND_ANOMALY_ENVELOPE);
        const struct original o = fixture_original(*state, slice_of(originals[i]));

        fixture_same("original", dissect("anomaly", *state, fixture_seal(*state, &fixture_provider, &about, &m, &o)).original->body,
                     slice_of(originals[i]));
    }
}

/* An original that holds lines like boundaries ends no part of ours. */
static void test_boundaries_differ_by_message_and_place(void **state)
{
    struct slice envelope = sample_make(KIND_TRANSPORT_ENVELOPE, *state);
    struct dissected t = dissect("envelope", *state, envelope);
    struct transaction about = sample_about(KIND_DELIVERY_COMPLETE, *state);
    const struct pec_message m = sample_message(KIND_DELIVERY_COMPLETE);
    const struct original o = fixture_original(*state, envelope);
    const char *outer, *mixed, *inner;

    part_parameter(&t.top, "boundary", *state, &outer);
    part_parameter(t.content, "boundary", *state, &mixed);
    part_parameter(&t.content->children[0], "boundary", *state, &inner);
    assert_string_not_equal(outer, mixed);
    assert_string_not_equal(mixed, inner);
    assert_string_not_equal(outer, inner);
    t = dissect("a PEC message in a PEC message", *state, fixture_seal(*state, &fixture_provider, &about, &m, &o));
    assert_int_equal(t.content->child_count, 3);
    fixture_same("a PEC message in a PEC message", t.original->body, envelope);
}

/* 4.3.1: an operator's text and its page. */
static void test_operators_texts_are_used(void **state)
{
    const struct transaction about = sample_about(KIND_TAKE_CHARGE, *state);
    const struct pec_message m = sample_message(KIND_TAKE_CHARGE);
    struct templates templates = { 0 };
    struct pec_provider provider = fixture_provider;
    struct dissected t;

    templates.of[KIND_TAKE_CHARGE].text = "Preso {id}";
    templates.of[KIND_TAKE_CHARGE].html = "<p>Preso {id} \xE2\x82\xAC</p>";
    provider.templates = &templates;
    t = dissect("take-charge", *state, fixture_seal(*state, &provider, &about, &m, NULL));
    fixture_same("text", dissect_body(t.text, *state), fixture_format(*state, "Preso %s", about.pec_id));
    fixture_same("HTML", dissect_body(t.html, *state), fixture_format(*state, "<p>Preso %s &#8364;</p>", about.pec_id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_hostile_facts, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_absent_subject_and_client_id, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_eight_bit_original_is_declared, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_last_line_end_of_the_original_is_kept, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_boundaries_differ_by_message_and_place, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_operators_texts_are_used, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec message unusual", tests, NULL, NULL);
}

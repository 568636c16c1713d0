/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages made whole (RFC 6109 2.1, 4.3). Each of the 14 kinds is compared byte for byte with a file in data/messages; with PEC_RENEW=1
 * in the environment the files are written anew, to be read before they are kept.
 */
#include "sample.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pec/daticert.h"
#include "pec/reading.h"

static void write_file(const char *name, struct slice text)
{
    char path[1024];
    FILE *f;

    snprintf(path, sizeof path, "%s/messages/%s.eml", PEC_TEST_DATA, name);
    f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text.data, 1, text.size, f), text.size);
    assert_int_equal(fclose(f), 0);
}

static void test_every_kind_is_as_its_reference(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct slice made = sample_make((enum message_kind)kind, *state);

        if (getenv("PEC_RENEW"))
            write_file(kind_names[kind], made);
        fixture_same(kind_names[kind], made, fixture_file(*state, fixture_format(*state, "messages/%s.eml", kind_names[kind]).data));
    }
}

static void test_made_twice_it_is_the_same(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++)
        fixture_same(kind_names[kind], sample_make((enum message_kind)kind, *state), sample_make((enum message_kind)kind, *state));
}


static void expect_parameter(const char *kind, const struct part *p, const char *name, const char *wanted, struct arena *arena)
{
    const char *text;

    assert_int_equal(part_parameter(p, name, arena, &text), 0);
    fixture_same_text(kind, text, wanted);
}

/* Readers find a part by its name, some by that of Content-Type and some by that of Content-Disposition. */
static void expect_named(const char *kind, const struct part *p, const char *type, const char *name, struct arena *arena)
{
    const char *text;

    fixture_same_text(kind, p->type, type);
    expect_parameter(kind, p, "name", name, arena);
    assert_int_equal(header_text(&p->header, "Content-Disposition", arena, &text), 0);
    fixture_same_text(kind, text, arena_printf(arena, "inline; filename=\"%s\"", name));
}

/* 4.3, 4.3.1-4.3.3: the structure, part by part; the readable text comes first. No original where 3.1.2, 3.1.3, 3.1.6 and 3.2.3 forbid
 * it, nothing but text and message in an anomaly envelope (3.2.2). */
static void test_the_structure_of_4_3(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const struct kind_row *row = &kind_rows[kind];
        struct dissected t = dissect(row->name, *state, sample_make((enum message_kind)kind, *state));
        size_t parts = 1 + (size_t)(row->type != TYPE_NONE) + (size_t)(row->attachment != ATTACH_NOTHING);

        if (t.content->child_count != parts)
            fail_msg("%s: %zu parts", row->name, t.content->child_count);
        fixture_same_text(row->name, t.text->type, "text/plain");
        fixture_same_text(row->name, t.text->charset, "iso-8859-1");
        fixture_same_text(row->name, t.html->type, "text/html");
        fixture_same_text(row->name, t.html->charset, "iso-8859-1");
        assert_int_equal(t.data != NULL, row->type != TYPE_NONE);
        assert_int_equal(t.original != NULL, row->attachment != ATTACH_NOTHING);
        if (t.data)
            expect_named(row->name, t.data, "application/xml", "daticert.xml", *state);
        if (t.original)
            expect_named(row->name, t.original, "message/rfc822", "postacert.eml", *state);
    }
}

/* 2.1: "the multipart/signed format (.p7s), as described in section 3.4.3 of [SMIMEV3]", which wants both parameters. */
static void test_the_signature_has_the_format_of_2_1(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct dissected t = dissect(kind_names[kind], *state, sample_make((enum message_kind)kind, *state));
        const struct part *signature = &t.top.children[1];

        expect_parameter(kind_names[kind], &t.top, "protocol", "application/pkcs7-signature", *state);
        expect_parameter(kind_names[kind], &t.top, "micalg", "sha-256", *state);
        fixture_same_text(kind_names[kind], signature->type, "application/pkcs7-signature");
        fixture_same_text(kind_names[kind], signature->name, "smime.p7s");
        assert_int_equal(signature->encoding, ENCODING_BASE64);
        fixture_same(kind_names[kind], dissect_body(signature, *state), SLICE("signature"));
    }
}

/* 2.1: what is signed is what is composed: a verifier finds the same bytes in the sealed message. */
static void test_the_content_is_the_signed_part(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const struct transaction about = sample_about((enum message_kind)kind, *state);
        const struct pec_message m = sample_message((enum message_kind)kind);
        const struct original o = fixture_original(*state, sample_original((enum message_kind)kind));
        struct composed c;
        struct rope sealed;

        assert_int_equal(message_compose(&fixture_provider, &about, &m, &o, *state, &c), 0);
        assert_int_equal(message_seal(&c, SLICE("signature"), &sealed), 0);
        fixture_same(kind_names[kind], dissect(kind_names[kind], *state, rope_flat(&sealed)).content->raw, rope_flat(&c.content));
    }
}

/* 4.1: one instant in Date, text, HTML and daticert, in winter and in summer. */
static void check_time(enum message_kind kind, int64_t seconds, const char *date, const char *text, struct arena *arena)
{
    const struct transaction about = sample_about(kind, arena);
    const struct original o = fixture_original(arena, sample_original(kind));
    struct pec_message m = sample_message(kind);
    struct certification c;
    struct dissected t;
    struct slice made;

    m.time = seconds;
    made = fixture_seal(arena, &fixture_provider, &about, &m, &o);
    t = dissect(kind_names[kind], arena, made);
    fixture_has(kind_names[kind], t.top.header.raw, date);
    fixture_has(kind_names[kind], dissect_body(t.text, arena), text);
    fixture_has(kind_names[kind], dissect_body(t.html, arena), text);
    if (!t.data)
        return;
    assert_int_equal(daticert_read(dissect_body(t.data, arena), arena, &c, NULL), 0);
    assert_int_equal(c.time.seconds, seconds);
}

static void test_one_instant_everywhere(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        check_time((enum message_kind)kind, FIXTURE_WINTER, "\r\nDate: Thu, 15 Jan 2026 11:30:00 +0100\r\n",
                   "Il giorno 15/01/2026 alle ore 11:30:00 (+0100) ", *state);
        check_time((enum message_kind)kind, FIXTURE_SUMMER, "\r\nDate: Wed, 15 Jul 2026 12:30:00 +0200\r\n",
                   "Il giorno 15/07/2026 alle ore 12:30:00 (+0200) ", *state);
    }
}

/* daticert.xml states what the transaction and the message are (4.4), and the text the same. */
static void test_the_facts_of_daticert(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const struct kind_row *row = &kind_rows[kind];
        const struct pec_message m = sample_message((enum message_kind)kind);
        const struct transaction about = fixture_transaction(*state);
        struct dissected t = dissect(row->name, *state, sample_make((enum message_kind)kind, *state));
        struct certification c;

        if (row->type == TYPE_NONE)
            continue;
        assert_int_equal(daticert_read(dissect_body(t.data, *state), *state, &c, NULL), 0);
        assert_int_equal(c.type, row->type);
        assert_int_equal(c.error, m.error);
        assert_string_equal(c.about.sender, about.sender);
        assert_string_equal(c.about.subject, about.subject);
        assert_string_equal(c.about.pec_id, about.pec_id);
        assert_string_equal(c.about.msgid, about.msgid);
        assert_string_equal(c.issuer, fixture_provider.name);
        assert_int_equal(c.about.recipient_count, 2);
        assert_int_equal(c.states_form, row->states_form);
        fixture_same_text(row->name, c.delivered, m.recipient);
        fixture_same_text(row->name, c.detail, m.detail);
        assert_int_equal(c.taken_count, m.taken_count);
        fixture_has(row->name, dissect_body(t.text, *state), "\"Citt\xE0 di Forl\xEC\"");
        fixture_has(row->name, dissect_body(t.text, *state), about.pec_id);
    }
}

/* The header of notifications: what 3.1.2-3.1.4, 3.1.6, 3.2.1, 3.2.3, 3.2.4, 3.3.2 and 3.3.3 list, the id that every message has (2.2.1),
 * MIME's own, and no other field. From is bare, as live providers write it. */
static void test_the_header_of_notifications(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const struct kind_row *row = &kind_rows[kind];
        const struct pec_message m = sample_message((enum message_kind)kind);
        const struct dissected t = dissect(row->name, *state, sample_make((enum message_kind)kind, *state));
        const struct {
            const char *name, *value;
        } fields[] = {
            { "X-Ricevuta", row->header_value },
            { "X-VerificaSicurezza", row->is_security ? "errore" : NULL },
            { "X-Mittente", row->names_sender ? "mario@alfa.example" : NULL },
            { "Date", "Thu, 15 Jan 2026 11:30:00 +0100" },
            { "From", fixture_provider.address },
            { "To", m.to },
            { "Message-ID", "<opec3.20260115113000.0123456789abcdef.7@pec.alfa.example>" },
            { "X-Riferimento-Message-ID", "<client-1@studio.example>" },
        };
        size_t count = 3; /* Subject, MIME-Version, Content-Type */
        const char *subject;

        if (row->is_envelope)
            continue;
        assert_int_equal(read_subject(&t.top.header, *state, &subject), 0);
        fixture_same_text(row->name, subject, arena_printf(*state, "%sCitt\xC3\xA0 di Forl\xC3\xAC", row->subject_prefix));
        for (size_t i = 0; i < COUNT(fields); i++) {
            const char *text;

            assert_int_equal(header_text(&t.top.header, fields[i].name, *state, &text), 0);
            fixture_same_text(row->name, text, fields[i].value);
            count += text != NULL;
        }
        if (t.top.header.count != count)
            fail_msg("%s: %zu fields", row->name, t.top.header.count);
    }
}

/* 3.3.2.1-3.3.2.3: the whole original, its hashes, nothing. */
static void test_what_receipts_attach(void **state)
{
    struct dissected complete = dissect("complete", *state, sample_make(KIND_DELIVERY_COMPLETE, *state));
    struct dissected brief = dissect("brief", *state, sample_make(KIND_DELIVERY_BRIEF, *state));
    struct slice original = dissect_body(brief.original, *state);

    fixture_same("complete", dissect_body(complete.original, *state), sample_original(KIND_DELIVERY_COMPLETE));
    fixture_has("brief", original, "name=\"atto.pdf.hash\"");
    fixture_lacks("brief", original, "JVBERi0xLjQ=");
    fixture_has("brief", original, "In allegato l'atto.");
}

/* --- limits and records ----------------------------------------------------------------------------------------------------- */

static void test_a_brief_receipt_of_too_many_parts(void **state)
{
    const struct transaction about = sample_about(KIND_DELIVERY_BRIEF, *state);
    const struct pec_message m = sample_message(KIND_DELIVERY_BRIEF);
    struct slice parts = fixture_repeat(*state, "--b\r\n\r\nx\r\n", part_limits_default.parts);
    const struct original o = fixture_original(*state, fixture_format(*state, "Content-Type: multipart/mixed; boundary=b\r\n\r\n%s--b--\r\n",
                                                                      parts.data));
    struct composed c;

    assert_int_equal(message_compose(&fixture_provider, &about, &m, &o, *state, &c), ERROR_LIMIT);
}

static void test_without_budget(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const struct transaction about = sample_about((enum message_kind)kind, *state);
        const struct pec_message m = sample_message((enum message_kind)kind);
        const struct original o = fixture_original(*state, sample_original((enum message_kind)kind));
        bool is_done = false;

        for (size_t budget = 16; !is_done; budget += 97) {
            struct arena *small = arena_new(budget);
            struct composed c = { .boundary = "untouched" };
            struct rope sealed;
            int result = message_compose(&fixture_provider, &about, &m, &o, small, &c);

            if (result != 0)
                assert_string_equal(c.boundary, "untouched");
            else
                result = message_seal(&c, SLICE("signature"), &sealed);
            assert_true(result == 0 || result == ERROR_BUDGET);
            is_done = result == 0;
            arena_free(&small);
        }
    }
}

static void test_a_message_survives_its_record(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct pec_message m = sample_message((enum message_kind)kind), back = { 0 };
        struct record r = record_writer();
        char *json;

        message_visit(&r, &m);
        json = record_finish(&r, *state);
        assert_non_null(json);
        r = record_reader(slice_of(json), *state);
        message_visit(&r, &back);
        assert_true(record_drop(&r));
        assert_int_equal(back.kind, m.kind);
        assert_int_equal(back.time, m.time);
        assert_int_equal(back.error, m.error);
        fixture_same_text("id", back.id, m.id);
        fixture_same_text("to", back.to, m.to);
        fixture_same_text("recipient", back.recipient, m.recipient);
        fixture_same_text("reason", back.reason, m.reason);
        fixture_same_text("detail", back.detail, m.detail);
        assert_int_equal(back.taken_count, m.taken_count);
        for (size_t i = 0; i < m.taken_count; i++)
            assert_string_equal(back.taken[i], m.taken[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_kind_is_as_its_reference, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_made_twice_it_is_the_same, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_structure_of_4_3, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_signature_has_the_format_of_2_1, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_content_is_the_signed_part, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_one_instant_everywhere, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_facts_of_daticert, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_header_of_notifications, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_receipts_attach, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_brief_receipt_of_too_many_parts, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_message_survives_its_record, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec message", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages made whole (RFC 6109 2.1, 4.3). Each of the 14 kinds is compared byte for byte with a file in data/messages; with PEC_RENEW=1
 * in the environment the files are written anew, to be read before they are kept.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mime/line.h"
#include "mime/part.h"
#include "pec/daticert.h"

#define FIELDS \
    "Received: from studio.example by pec.alfa.example; Thu, 15 Jan 2026 11:29:59 +0100\r\nFrom: Mario Rossi <mario@alfa.example>\r\n" \
    "To: Anna <anna@beta.example>\r\nCc: ugo@posta.example\r\nSubject: =?utf-8?Q?Citt=C3=A0_di_Forl=C3=AC?=\r\n" \
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"b\"\r\n"
#define BODY \
    "\r\n--b\r\n" \
    "Content-Type: text/plain\r\n\r\nIn allegato l'atto.\r\n--b\r\nContent-Type: application/pdf; name=\"atto.pdf\"\r\n" \
    "Content-Transfer-Encoding: base64\r\n\r\nJVBERi0xLjQ=\r\n--b--\r\n"
#define SUBMITTED FIELDS "Message-ID: <client-1@studio.example>\r\n" BODY
#define POSTACERT \
    FIELDS "Message-ID: <opec3.20260115113000.0123456789abcdef.0@pec.alfa.example>\r\n" \
    "X-Riferimento-Message-ID: <client-1@studio.example>\r\n" BODY
#define STRANGE "Received: from mx by pec.alfa.example; Thu, 15 Jan 2026 11:29:59 +0100\r\nFrom: x@altrove.example\r\nTo: mario@alfa.example\r\n" \
    "Subject: Ciao\r\nMessage-ID: <z@altrove.example>\r\n\r\nciao\r\n"

static const char *taken[] = { "anna@beta.example", "ugo@posta.example" };

#define US " - Alfa Certificata S.p.A. - "
#define INFECTED US "presenza di un virus nel messaggio (Eicar-Test)"

static const struct {
    const char *reason, *detail;
} reasons[KIND_COUNT] = {
    [KIND_NON_ACCEPTANCE] = { "mancanza del campo To", "5.6.0" US "mancanza del campo To" },
    [KIND_NON_ACCEPTANCE_VIRUS] = { "Eicar-Test", "5.5.1" INFECTED },
    [KIND_FIRST_NOTICE] = { NULL, "4.4.1" US "nessuna risposta" },
    [KIND_SECOND_NOTICE] = { NULL, "5.4.1" US "nessuna risposta" },
    [KIND_ANOMALY_ENVELOPE] = { "la firma del gestore non è presente", NULL },
    [KIND_VIRUS_DETECTION] = { "Eicar-Test", "5.5.1" INFECTED },
    [KIND_NON_DELIVERY_VIRUS] = { "Eicar-Test", "5.5.1" INFECTED },
    [KIND_NON_DELIVERY] = { "5.1.1" US "indirizzo non valido", "5.1.1" US "indirizzo non valido" },
};

/* A message of each kind, as the decisions fill it in. */
static struct pec_message message_of(enum message_kind kind)
{
    const struct kind_row *row = &kind_rows[kind];
    struct pec_message m = { .kind = kind, .time = FIXTURE_WINTER, .id = "opec3.20260115113000.0123456789abcdef.7@pec.alfa.example",
                             .error = row->error };

    m.to = row->is_envelope ? NULL : "mario@alfa.example";
    if (kind == KIND_TRANSPORT_ENVELOPE)
        m.id = "opec3.20260115113000.0123456789abcdef.0@pec.alfa.example";
    if (kind == KIND_TAKE_CHARGE || kind == KIND_VIRUS_DETECTION)
        m.to = "ricevute@pec.beta.example";
    if (kind == KIND_TAKE_CHARGE) {
        m.taken = taken;
        m.taken_count = 2;
    }
    if (strstr(row->text, "{recipient}"))
        m.recipient = "anna@beta.example";
    m.reason = strstr(row->text, "{reason}") ? reasons[kind].reason : NULL;
    m.detail = reasons[kind].detail;
    if (kind == KIND_NON_DELIVERY)
        m.error = CERTIFIED_NO_RECIPIENT;
    return m;
}

static struct transaction about_of(enum message_kind kind, struct arena *arena)
{
    struct transaction t = fixture_transaction(arena);

    if (kind != KIND_ANOMALY_ENVELOPE)
        return t;
    t.pec_id = t.msgid = NULL;
    t.sender = t.reply_to = "x@altrove.example";
    t.subject = "Ciao";
    t.recipients[0].address = "mario@alfa.example";
    t.recipient_count = 1;
    return t;
}

static struct slice original_of(enum message_kind kind)
{
    return kind == KIND_TRANSPORT_ENVELOPE ? SLICE(SUBMITTED) : kind == KIND_ANOMALY_ENVELOPE ? SLICE(STRANGE) : SLICE(POSTACERT);
}

static struct slice make(enum message_kind kind, struct arena *arena)
{
    const struct transaction about = about_of(kind, arena);
    const struct pec_message m = message_of(kind);
    const struct original o = fixture_original(arena, original_of(kind));

    return fixture_seal(arena, &fixture_provider, &about, &m, kind_rows[kind].attachment == ATTACH_NOTHING ? NULL : &o);
}

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
        struct slice made = make((enum message_kind)kind, *state);

        if (getenv("PEC_RENEW"))
            write_file(kind_names[kind], made);
        fixture_same(kind_names[kind], made, fixture_file(*state, fixture_format(*state, "messages/%s.eml", kind_names[kind]).data));
    }
}

static void test_made_twice_it_is_the_same(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++)
        fixture_same(kind_names[kind], make((enum message_kind)kind, *state), make((enum message_kind)kind, *state));
}

/* --- taken apart ------------------------------------------------------------------------------------------------------------ */

struct taken_apart {
    struct part top;
    const struct part *content, *text, *html, *data, *original;
};

static struct taken_apart take_apart(const char *name, struct arena *arena, struct slice made)
{
    struct taken_apart t = { 0 };
    const struct part *alternative;

    assert_int_equal(part_read(made, &part_limits_default, arena, &t.top), 0);
    fixture_same_text(name, t.top.type, "multipart/signed");
    assert_int_equal(t.top.child_count, 2);
    t.content = &t.top.children[0];
    fixture_same_text(name, t.content->type, "multipart/mixed");
    alternative = &t.content->children[0];
    fixture_same_text(name, alternative->type, "multipart/alternative");
    assert_int_equal(alternative->child_count, 2);
    t.text = &alternative->children[0];
    t.html = &alternative->children[1];
    for (size_t i = 1; i < t.content->child_count; i++) {
        if (strcmp(t.content->children[i].type, "application/xml") == 0)
            t.data = &t.content->children[i];
        else
            t.original = &t.content->children[i];
    }
    return t;
}

static struct slice decoded(const struct part *p, struct arena *arena)
{
    struct slice out;

    assert_int_equal(part_decode(p, arena, &out), 0);
    return out;
}

/* 2.1, 4.3: the structure, part by part. */
static void test_the_structure_of_4_3(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const struct kind_row *row = &kind_rows[kind];
        struct taken_apart t = take_apart(row->name, *state, make((enum message_kind)kind, *state));
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
            fixture_same_text(row->name, t.data->name, "daticert.xml");
        if (t.original) {
            fixture_same_text(row->name, t.original->type, "message/rfc822");
            fixture_same_text(row->name, t.original->name, "postacert.eml");
        }
        fixture_same_text(row->name, t.top.children[1].type, "application/pkcs7-signature");
        fixture_same_text(row->name, t.top.children[1].name, "smime.p7s");
        fixture_same(row->name, decoded(&t.top.children[1], *state), SLICE("signature"));
    }
}

/* What is signed is what is composed: a verifier finds the same bytes in the sealed message. */
static void test_the_content_is_the_signed_part(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const struct transaction about = about_of((enum message_kind)kind, *state);
        const struct pec_message m = message_of((enum message_kind)kind);
        const struct original o = fixture_original(*state, original_of((enum message_kind)kind));
        struct composed c;
        struct rope sealed;

        assert_int_equal(message_compose(&fixture_provider, &about, &m, &o, *state, &c), 0);
        assert_int_equal(message_seal(&c, SLICE("signature"), &sealed), 0);
        fixture_same(kind_names[kind], take_apart(kind_names[kind], *state, rope_flat(&sealed)).content->raw, rope_flat(&c.content));
    }
}

/* 4.1: one instant in Date, text, HTML and daticert, in winter and in summer. */
static void check_time(enum message_kind kind, int64_t seconds, const char *date, const char *text, struct arena *arena)
{
    const struct transaction about = about_of(kind, arena);
    const struct original o = fixture_original(arena, original_of(kind));
    struct pec_message m = message_of(kind);
    struct certification c;
    struct taken_apart t;
    struct slice made;

    m.time = seconds;
    made = fixture_seal(arena, &fixture_provider, &about, &m, &o);
    t = take_apart(kind_names[kind], arena, made);
    fixture_has(kind_names[kind], t.top.header.raw, date);
    fixture_has(kind_names[kind], decoded(t.text, arena), text);
    fixture_has(kind_names[kind], decoded(t.html, arena), text);
    if (!t.data)
        return;
    assert_int_equal(daticert_read(decoded(t.data, arena), arena, &c, NULL), 0);
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
        const struct pec_message m = message_of((enum message_kind)kind);
        const struct transaction about = fixture_transaction(*state);
        struct taken_apart t = take_apart(row->name, *state, make((enum message_kind)kind, *state));
        struct certification c;

        if (row->type == TYPE_NONE)
            continue;
        assert_int_equal(daticert_read(decoded(t.data, *state), *state, &c, NULL), 0);
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
        fixture_has(row->name, decoded(t.text, *state), "\"Citt\xE0 di Forl\xEC\"");
        fixture_has(row->name, decoded(t.text, *state), about.pec_id);
    }
}

/* The header of receipts: what 3.1.2 to 3.3.3 list, in one field each, and no field of envelopes. */
static void test_the_header_of_receipts(void **state)
{
    static const char *const foreign[] = { "X-Trasporto", "X-TipoRicevuta", "Reply-To", "Cc", "Received", "Return-Path", "Sender" };

    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const struct kind_row *row = &kind_rows[kind];
        const struct pec_message m = message_of((enum message_kind)kind);
        struct taken_apart t = take_apart(row->name, *state, make((enum message_kind)kind, *state));
        const struct header *h = &t.top.header;
        const char *text;

        if (row->is_envelope)
            continue;
        for (size_t i = 0; i < COUNT(foreign); i++)
            assert_int_equal(header_count(h, foreign[i]), 0);
        assert_int_equal(header_count(h, "X-Ricevuta"), 1);
        header_text(h, "From", *state, &text);
        fixture_same_text(row->name, text, fixture_provider.address); /* bare, as live providers write it */
        header_text(h, "To", *state, &text);
        fixture_same_text(row->name, text, m.to);
        header_text(h, "Message-ID", *state, &text);
        fixture_same_text(row->name, text, "<opec3.20260115113000.0123456789abcdef.7@pec.alfa.example>");
        header_text(h, "X-Riferimento-Message-ID", *state, &text);
        fixture_same_text(row->name, text, "<client-1@studio.example>");
        header_text(h, "X-VerificaSicurezza", *state, &text);
        fixture_same_text(row->name, text, row->is_security ? "errore" : NULL);
        header_text(h, "X-Mittente", *state, &text);
        fixture_same_text(row->name, text, row->names_sender ? "mario@alfa.example" : NULL);
    }
}

/* 3.3.2.1-3.3.2.3: the whole original, its hashes, nothing. */
static void test_what_receipts_attach(void **state)
{
    struct taken_apart complete = take_apart("complete", *state, make(KIND_DELIVERY_COMPLETE, *state));
    struct taken_apart brief = take_apart("brief", *state, make(KIND_DELIVERY_BRIEF, *state));
    struct slice original = decoded(brief.original, *state);

    fixture_same("complete", decoded(complete.original, *state), SLICE(POSTACERT));
    fixture_has("brief", original, "name=\"atto.pdf.hash\"");
    fixture_lacks("brief", original, "JVBERi0xLjQ=");
    fixture_has("brief", original, "In allegato l'atto.");
}

/* --- hostile and unusual facts ---------------------------------------------------------------------------------------------- */

static void check_wholesome(const char *name, struct slice made, bool allow_eight_bit)
{
    struct slice rest = made, line;

    if (!allow_eight_bit && !text_is_ascii(made))
        fail_msg("%s: 8-bit bytes", name);
    while (line_next(&rest, &line)) {
        struct slice content = line_content(line);

        if (content.size > LINE_MAX_OCTETS || content.size + 2 != line.size || slice_find_byte(content, '\r') < content.size ||
            slice_find_byte(content, '\n') < content.size || slice_find_byte(content, '\0') < content.size)
            fail_msg("%s: a bad line: %.*s", name, SLICE_ARGS(line));
    }
}

/* 4.3: 7-bit lines of bounded length, whatever a stranger has put into the facts; all of it still valid XML. */
static void test_hostile_facts(void **state)
{
    struct slice long_word = fixture_repeat(*state, "y", 3000);
    const char *const texts[] = { "", "a\r\nBcc: spia@x.example\r\n\r\nx", "\xFF\xFE<&>\"'", "\x01\x1B[31m", "\xF0\x9F\x93\xA7 \xD0\xBF",
                                  ".\n..\n", "From x", "--b--", long_word.data, "=?utf-8?Q?non finisce", "{id} {subject} %s %n" };

    for (size_t i = 0; i < COUNT(texts); i++) {
        for (int kind = 0; kind < KIND_COUNT; kind++) {
            struct transaction about = about_of((enum message_kind)kind, *state);
            struct pec_message m = message_of((enum message_kind)kind);
            const struct original o = fixture_original(*state, original_of((enum message_kind)kind));
            const char *line = text_one_line(*state, slice_of(texts[i]));
            struct certification c;
            struct taken_apart t;
            struct slice made;

            about.subject = about.msgid = line;
            m.reason = m.detail = line;
            made = fixture_seal(*state, &fixture_provider, &about, &m, &o);
            check_wholesome(kind_names[kind], made, false);
            t = take_apart(kind_names[kind], *state, made);
            assert_int_equal(header_count(&t.top.header, "Bcc"), 0);
            if (t.data)
                assert_int_equal(daticert_read(decoded(t.data, *state), *state, &c, NULL), 0);
        }
    }
}

static void test_absent_subject_and_client_id(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct transaction about = about_of((enum message_kind)kind, *state);
        const struct pec_message m = message_of((enum message_kind)kind);
        const struct original o = fixture_original(*state, SLICE("To: a@b.example\r\n\r\nx\r\n"));
        struct taken_apart t;

        about.subject = about.msgid = NULL;
        t = take_apart(kind_names[kind], *state, fixture_seal(*state, &fixture_provider, &about, &m, &o));
        assert_int_equal(header_count(&t.top.header, "X-Riferimento-Message-ID"), 0);
        fixture_has(kind_names[kind], t.top.header.raw, fixture_format(*state, "Subject: %s\r\n", kind_rows[kind].subject_prefix).data);
        if (t.data) {
            fixture_lacks(kind_names[kind], decoded(t.data, *state), "<oggetto>");
            fixture_lacks(kind_names[kind], decoded(t.data, *state), "<msgid>");
        }
    }
}

/* A foreign original with bytes over 127 travels as it is, and every level says so (RFC 2045 6.2). */
static void test_an_eight_bit_original_is_declared(void **state)
{
    static const enum message_kind kinds[] = { KIND_ANOMALY_ENVELOPE, KIND_DELIVERY_COMPLETE, KIND_DELIVERY_BRIEF };

    for (size_t i = 0; i < COUNT(kinds); i++) {
        const struct transaction about = about_of(kinds[i], *state);
        const struct pec_message m = message_of(kinds[i]);
        const struct original o = fixture_original(*state, SLICE("To: a@b.example\r\n\r\nperch\xE8\r\n"));
        struct taken_apart t;
        struct composed c;
        struct rope sealed;
        const char *text;

        assert_int_equal(message_compose(&fixture_provider, &about, &m, &o, *state, &c), 0);
        assert_true(c.eight_bit);
        assert_int_equal(message_seal(&c, SLICE("s"), &sealed), 0);
        t = take_apart(kind_names[kinds[i]], *state, rope_flat(&sealed));
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

/* The last line end of the original is its own, not the boundary's. */
static void test_the_last_line_end_of_the_original_is_kept(void **state)
{
    static const char *const originals[] = { "To: a@b.example\r\n\r\nx\r\n", "To: a@b.example\r\n\r\nx", "To: a@b.example\r\n\r\n\r\n\r\n" };

    for (size_t i = 0; i < COUNT(originals); i++) {
        const struct transaction about = about_of(KIND_ANOMALY_ENVELOPE, *state);
        const struct pec_message m = message_of(KIND_ANOMALY_ENVELOPE);
        const struct original o = fixture_original(*state, slice_of(originals[i]));

        fixture_same("original", take_apart("anomaly", *state, fixture_seal(*state, &fixture_provider, &about, &m, &o)).original->body,
                     slice_of(originals[i]));
    }
}

/* An original that holds lines like boundaries ends no part of ours. */
static void test_boundaries_differ_by_message_and_place(void **state)
{
    struct slice envelope = make(KIND_TRANSPORT_ENVELOPE, *state);
    struct taken_apart t = take_apart("envelope", *state, envelope);
    struct transaction about = about_of(KIND_DELIVERY_COMPLETE, *state);
    const struct pec_message m = message_of(KIND_DELIVERY_COMPLETE);
    const struct original o = fixture_original(*state, envelope);
    const char *outer, *mixed, *inner;

    part_parameter(&t.top, "boundary", *state, &outer);
    part_parameter(t.content, "boundary", *state, &mixed);
    part_parameter(&t.content->children[0], "boundary", *state, &inner);
    assert_string_not_equal(outer, mixed);
    assert_string_not_equal(mixed, inner);
    assert_string_not_equal(outer, inner);
    t = take_apart("a PEC message in a PEC message", *state, fixture_seal(*state, &fixture_provider, &about, &m, &o));
    assert_int_equal(t.content->child_count, 3);
    fixture_same("a PEC message in a PEC message", t.original->body, envelope);
}

static void test_operators_texts_are_used(void **state)
{
    const struct transaction about = about_of(KIND_TAKE_CHARGE, *state);
    const struct pec_message m = message_of(KIND_TAKE_CHARGE);
    struct templates templates = { 0 };
    struct pec_provider provider = fixture_provider;
    struct taken_apart t;

    templates.of[KIND_TAKE_CHARGE].text = "Preso {id}";
    templates.of[KIND_TAKE_CHARGE].html = "<p>Preso {id} \xE2\x82\xAC</p>";
    provider.templates = &templates;
    t = take_apart("take-charge", *state, fixture_seal(*state, &provider, &about, &m, NULL));
    fixture_same("text", decoded(t.text, *state), fixture_format(*state, "Preso %s", about.pec_id));
    fixture_same("HTML", decoded(t.html, *state), fixture_format(*state, "<p>Preso %s &#8364;</p>", about.pec_id));
}

/* --- limits and records ----------------------------------------------------------------------------------------------------- */

static void test_a_brief_receipt_of_too_many_parts(void **state)
{
    const struct transaction about = about_of(KIND_DELIVERY_BRIEF, *state);
    const struct pec_message m = message_of(KIND_DELIVERY_BRIEF);
    struct slice parts = fixture_repeat(*state, "--b\r\n\r\nx\r\n", part_limits_default.parts);
    const struct original o = fixture_original(*state, fixture_format(*state, "Content-Type: multipart/mixed; boundary=b\r\n\r\n%s--b--\r\n",
                                                                      parts.data));
    struct composed c;

    assert_int_equal(message_compose(&fixture_provider, &about, &m, &o, *state, &c), ERROR_LIMIT);
}

static void test_without_budget(void **state)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const struct transaction about = about_of((enum message_kind)kind, *state);
        const struct pec_message m = message_of((enum message_kind)kind);
        const struct original o = fixture_original(*state, original_of((enum message_kind)kind));
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
        struct pec_message m = message_of((enum message_kind)kind), back = { 0 };
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
        cmocka_unit_test_setup_teardown(test_the_content_is_the_signed_part, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_one_instant_everywhere, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_facts_of_daticert, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_header_of_receipts, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_receipts_attach, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_hostile_facts, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_absent_subject_and_client_id, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_eight_bit_original_is_declared, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_last_line_end_of_the_original_is_kept, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_boundaries_differ_by_message_and_place, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_operators_texts_are_used, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_brief_receipt_of_too_many_parts, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_message_survives_its_record, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec message", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What envelopes inherit and what is put in its place (RFC 6109 2.1, 2.1.1.2, 3.1.5, 3.2.2), and the original under its PEC id (2.2.1).
 */
#include "fixture.h"

#include <string.h>

#include "base/text.h"
#include "mime/line.h"
#include "pec/envelope.h"

static struct slice head_of(struct arena *arena, enum message_kind kind, const struct transaction *about, const char *original)
{
    const struct pec_message m = { .kind = kind, .time = FIXTURE_WINTER, .id = about->pec_id ? about->pec_id : "anomalia-1@pec.alfa.example" };
    const struct original o = fixture_original(arena, fixture_text(arena, original));
    struct rope out = rope_new(arena);

    envelope_head(&fixture_provider, about, &m, &o, &out);
    assert_true(rope_ok(&out));
    return rope_flat(&out);
}

static struct slice transport_head(struct arena *arena, const char *original)
{
    struct transaction t = fixture_transaction(arena);

    return head_of(arena, KIND_TRANSPORT_ENVELOPE, &t, original);
}

static struct slice anomaly_head(struct arena *arena, const char *original)
{
    struct transaction t = fixture_transaction(arena);

    t.pec_id = t.msgid = NULL;
    return head_of(arena, KIND_ANOMALY_ENVELOPE, &t, original);
}

/* Wholesome, and nothing but fields. */
static void check_fields(const char *name, struct slice head)
{
    struct slice rest = head, line;

    fixture_wholesome(name, head);
    while (line_next(&rest, &line)) {
        struct slice content = line_content(line);

        if (content.size == 0 || (!line_is_blank(content.data[0]) && slice_find_byte(content, ':') == content.size))
            fail_msg("%s: a line that is no field: %.*s", name, SLICE_ARGS(head));
    }
}

#define ORIGINAL \
    "Return-Path: <mario@alfa.example>\r\nReceived: from a by b;\r\n\tThu, 15 Jan 2026 11:29:58 +0100\r\n" \
    "RECEIVED: from c by d; Thu, 15 Jan 2026 11:29:57 +0100\r\nDate: Thu, 15 Jan 2026 11:00:00 +0100\r\n" \
    "From: Mario Rossi <mario@alfa.example>\r\nSender: altri@alfa.example\r\nTo: \"Bianchi, Anna\" <anna@beta.example> (capo),\r\n" \
    "\tAltri:  =?utf-8?B?VcO5Z28=?= <ugo@posta.example>;\r\nCc: Gino  <gino@beta.example>\r\nBcc:\r\n" \
    "Reply-To: \"Segreteria\"  <studio@alfa.example>\r\nSubject: =?utf-8?Q?Citt=C3=A0?=  di\r\n =?iso-8859-1?Q?Forl=EC?=\r\n" \
    "Message-ID: <client-1@studio.example>\r\nX-Riferimento-Message-ID: <vecchio@x>\r\nX-TipoRicevuta: breve\r\n" \
    "X-Ricevuta: avvenuta-consegna\r\nX-Trasporto: errore\r\nX-VerificaSicurezza: errore\r\nX-Mittente: finto@x.example\r\n" \
    "DKIM-Signature: v=1\r\nDisposition-Notification-To: mario@alfa.example\r\nMIME-Version: 1.0\r\n" \
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\nX-Altro: x\r\n\r\nciao\r\n"

/* The whole header: the inherited fields to the byte, the others as 3.1.5 has them, and nothing else. */
static void test_a_transport_envelope(void **state)
{
    struct transaction t = fixture_transaction(*state);

    t.form = RECEIPT_BRIEF;
    fixture_same("transport", head_of(*state, KIND_TRANSPORT_ENVELOPE, &t, ORIGINAL), slice_of(
        "Return-Path: <mario@alfa.example>\r\nReceived: from a by b;\r\n\tThu, 15 Jan 2026 11:29:58 +0100\r\n"
        "RECEIVED: from c by d; Thu, 15 Jan 2026 11:29:57 +0100\r\n"
        "X-Trasporto: posta-certificata\r\nDate: Thu, 15 Jan 2026 11:30:00 +0100\r\n"
        "Subject: POSTA CERTIFICATA: =?utf-8?Q?Citt=C3=A0?=  di\r\n =?iso-8859-1?Q?Forl=EC?=\r\n"
        "From: \"Per conto di: mario@alfa.example\" <posta-certificata@pec.alfa.example>\r\n"
        "Reply-To: \"Segreteria\"  <studio@alfa.example>\r\nTo: \"Bianchi, Anna\" <anna@beta.example> (capo),\r\n"
        "\tAltri:  =?utf-8?B?VcO5Z28=?= <ugo@posta.example>;\r\nCc: Gino  <gino@beta.example>\r\n"
        "Message-ID: <opec3.20260115113000.0123456789abcdef.0@pec.alfa.example>\r\n"
        "X-Riferimento-Message-ID: <client-1@studio.example>\r\nX-TipoRicevuta: breve\r\nMIME-Version: 1.0\r\n"));
}

/* 3.2.2: Message-ID is inherited as well; nothing refers to a PEC message. */
static void test_an_anomaly_envelope(void **state)
{
    fixture_same("anomaly", anomaly_head(*state, ORIGINAL), slice_of(
        "Return-Path: <mario@alfa.example>\r\nReceived: from a by b;\r\n\tThu, 15 Jan 2026 11:29:58 +0100\r\n"
        "RECEIVED: from c by d; Thu, 15 Jan 2026 11:29:57 +0100\r\n"
        "X-Trasporto: errore\r\nDate: Thu, 15 Jan 2026 11:30:00 +0100\r\n"
        "Subject: ANOMALIA MESSAGGIO: =?utf-8?Q?Citt=C3=A0?=  di\r\n =?iso-8859-1?Q?Forl=EC?=\r\n"
        "From: \"Per conto di: mario@alfa.example\" <posta-certificata@pec.alfa.example>\r\n"
        "Reply-To: \"Segreteria\"  <studio@alfa.example>\r\nTo: \"Bianchi, Anna\" <anna@beta.example> (capo),\r\n"
        "\tAltri:  =?utf-8?B?VcO5Z28=?= <ugo@posta.example>;\r\nCc: Gino  <gino@beta.example>\r\n"
        "Message-ID: <client-1@studio.example>\r\nMIME-Version: 1.0\r\n"));
}

/* 3.2.2: where there is a Message-ID to inherit. */
static void test_an_anomaly_of_a_message_without_id_gets_one(void **state)
{
    fixture_has("none", anomaly_head(*state, "To: a@b\r\n\r\n"), "Message-ID: <anomalia-1@pec.alfa.example>\r\n");
    fixture_has("empty", anomaly_head(*state, "Message-ID: \r\n\r\n"), "Message-ID: <anomalia-1@pec.alfa.example>\r\n");
}

/* 2.1: created from the author where the original has none, or none that leads anywhere. */
static void test_reply_to(void **state)
{
    static const struct {
        const char *name, *original, *field;
    } cases[] = {
        { "none", "To: a@b\r\n\r\n", "\r\nReply-To: mario@alfa.example\r\n" },
        { "empty", "Reply-To: \r\n\r\n", "\r\nReply-To: mario@alfa.example\r\n" },
        { "an empty group", "Reply-To: nessuno:;\r\n\r\n", "\r\nReply-To: mario@alfa.example\r\n" },
        { "no address", "Reply-To: segreteria\r\n\r\n", "\r\nReply-To: mario@alfa.example\r\n" },
        { "the original's, unaltered", "reply-to:\tA  <a@b.example>,\r\n  c@d.example\r\n\r\n", "\r\nreply-to:\tA  <a@b.example>,\r\n  c@d.example\r\n" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice head = transport_head(*state, cases[i].original);

        fixture_has(cases[i].name, head, cases[i].field);
        fixture_has(cases[i].name, anomaly_head(*state, cases[i].original), cases[i].field);
        head = slice_skip(head, slice_find(head, slice_of(cases[i].field)) + strlen(cases[i].field));
        fixture_lacks(cases[i].name, head, "eply-to:");
        fixture_lacks(cases[i].name, head, "eply-To:");
    }
}

/* 3.2.2: a message from nobody has no sender to reply to. */
static void test_without_any_reply_address_there_is_no_field(void **state)
{
    struct transaction t = fixture_transaction(*state);

    t.reply_to = "";
    fixture_lacks("none", head_of(*state, KIND_ANOMALY_ENVELOPE, &t, "To: a@b\r\n\r\n"), "Reply-To");
}

/* 3.1.5: written even if it is the default. */
static void test_every_form_of_receipt_is_stated(void **state)
{
    struct transaction t = fixture_transaction(*state);

    for (int form = 0; form <= RECEIPT_CONCISE; form++) {
        t.form = (enum receipt_form)form;
        fixture_has("form", head_of(*state, KIND_TRANSPORT_ENVELOPE, &t, "\r\n"),
                    fixture_format(*state, "\r\nX-TipoRicevuta: %s\r\n", receipt_form_words[form]).data);
    }
}

/* 3.1.5, 3.2.2: of the acceptance, of the arrival; in legal time (4.2). */
static void test_the_date_is_that_of_the_event(void **state)
{
    struct rope winter = rope_new(*state), summer = rope_new(*state);

    envelope_date(FIXTURE_WINTER, &winter);
    envelope_date(FIXTURE_SUMMER, &summer);
    fixture_same("winter", rope_flat(&winter), SLICE("Date: Thu, 15 Jan 2026 11:30:00 +0100\r\n"));
    fixture_same("summer", rope_flat(&summer), SLICE("Date: Wed, 15 Jul 2026 12:30:00 +0200\r\n"));
}

static struct slice subject_of(struct arena *arena, const char *prefix, const char *header, const char *decoded)
{
    const struct original o = fixture_original(arena, header ? fixture_text(arena, header) : SLICE("\r\n"));
    struct rope out = rope_new(arena);

    envelope_subject(prefix, header_find(&o.header, "Subject"), decoded, &out);
    assert_true(rope_ok(&out));
    check_fields(header ? header : "subject", rope_flat(&out));
    return rope_flat(&out);
}

/* 3.1.5: "POSTA CERTIFICATA: [original subject]". Its own bytes where they can stand. */
static void test_forms_of_the_subject(void **state)
{
    static const struct {
        const char *name, *header, *decoded, *subject;
    } cases[] = {
        { "plain", "Subject: Ricorso n. 12\r\n", "Ricorso n. 12", "Subject: P: Ricorso n. 12\r\n" },
        { "blanks around it", "Subject:   Ricorso  n. 12\t \r\n", "Ricorso n. 12", "Subject: P: Ricorso  n. 12\r\n" },
        { "encoded", "Subject: =?utf-8?Q?Citt=C3=A0?=\r\n", "Citt\xC3\xA0", "Subject: P: =?utf-8?Q?Citt=C3=A0?=\r\n" },
        { "folded", "Subject: uno\r\n due\r\n", "uno due", "Subject: P: uno\r\n due\r\n" },
        { "on the second line alone", "Subject:\r\n uno\r\n", "uno", "Subject: P: uno\r\n" },
        { "a prefix of its own", "Subject: POSTA CERTIFICATA: x\r\n", "POSTA CERTIFICATA: x", "Subject: P: POSTA CERTIFICATA: x\r\n" },
        { "none", NULL, NULL, "Subject: P: \r\n" },
        { "empty", "Subject:\r\n", NULL, "Subject: P: \r\n" },
        { "no bytes, but a text", NULL, "Citt\xC3\xA0", "Subject: P: =?utf-8?B?Q2l0dMOg?=\r\n" },
        { "8-bit bytes", "Subject: citt\xE0\r\n", "citt\xC3\xA0", "Subject: P: =?utf-8?B?Y2l0dMOg?=\r\n" },
        { "a control", "Subject: a\x01" "b\r\n", "a b", "Subject: P: a b\r\n" },
        { "a bare CR", "Subject: a\rBcc: x\r\n", "a Bcc: x", "Subject: P: a Bcc: x\r\n" },
        { "a bare LF", "Subject: a\nBcc: x\r\n", "a Bcc: x", "Subject: P: a Bcc: x\r\n" },
        { "a line of blanks", "Subject: a\r\n \r\n b\r\n", "a b", "Subject: P: a b\r\n" },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        fixture_same(cases[i].name, subject_of(*state, "P: ", cases[i].header, cases[i].decoded), slice_of(cases[i].subject));
}

/* 998 octets with the longest prefix, and beyond. */
static void test_long_subjects(void **state)
{
    const char *prefix = kind_rows[KIND_FIRST_NOTICE].subject_prefix;
    size_t room = LINE_MAX_OCTETS - strlen("Subject: ") - strlen(prefix);
    struct slice fits = fixture_repeat(*state, "x", room), passes = fixture_repeat(*state, "x", room + 1);
    struct slice words = fixture_repeat(*state, "parola ", 1000);

    fixture_has("fits", subject_of(*state, prefix, fixture_format(*state, "Subject: %s\r\n", fits.data).data, fits.data), fits.data);
    fixture_has("passes", subject_of(*state, prefix, fixture_format(*state, "Subject: %s\r\n", passes.data).data, passes.data), "=?utf-8?Q?");
    fixture_has("words", subject_of(*state, prefix, fixture_format(*state, "Subject: %s\r\n", words.data).data,
                                    text_one_line(*state, words)), "parola");
}

/* 2.1.1.2 has "unmodified values", but not bytes that would be a field, a header or a body of their own: wherever a stranger writes, one
 * field comes of it. */
static void test_nothing_can_be_injected(void **state)
{
    static const struct {
        const char *name, *original;
    } cases[] = {
        { "a bare LF in To", "To: a@b\nBcc: spia@x.example\r\n\r\n" },
        { "two bare LFs in Cc", "Cc: a@b\n\nX-Ricevuta: accettazione\r\n\r\n" },
        { "a bare CR in Received", "Received: a\rX-Ricevuta: accettazione\r\n\r\n" },
        { "a NUL in Return-Path", "Return-Path: <a@b>\t\r\n x\r\n\r\n" },
        { "a bare LF in Reply-To", "Reply-To: a@b.example\nBcc: spia@x.example\r\n\r\n" },
        { "a bare LF in Message-ID", "Message-ID: <a@b>\nBcc: spia@x.example\r\n\r\n" },
        { "a line of blanks, then a field", "To: a@b\r\n \r\n Bcc: spia@x.example\r\n\r\n" },
        { "a bare LF before a folded line", "To: a@b,\n Bcc: spia@x.example\r\n\r\n" },
        { "8-bit bytes", "To: Nicol\xF2 <n@x.example>\r\nCc: \xC3\xA8@x\r\nReceived: \xFF\r\n\r\n" },
        { "a word that holds line ends", "To: =?utf-8?Q?a=0D=0ABcc:_x?= <a@b>\r\n\r\n" },
        { "DEL and ESC", "To: a\x7F\x1B@b\r\n\r\n" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct slice transport = transport_head(*state, cases[i].original), anomaly = anomaly_head(*state, cases[i].original);

        check_fields(cases[i].name, transport);
        check_fields(cases[i].name, anomaly);
        fixture_lacks(cases[i].name, transport, "\nBcc:");
        fixture_lacks(cases[i].name, transport, "\nX-Ricevuta:");
        fixture_lacks(cases[i].name, anomaly, "\nBcc:");
        fixture_lacks(cases[i].name, anomaly, "\nX-Ricevuta:");
    }
}

/* RFC 5322 2.1.1, for a field as it came and for one that passes. */
static void test_long_lines_of_inherited_fields(void **state)
{
    struct slice fits = fixture_repeat(*state, "x", LINE_MAX_OCTETS - 4), words = fixture_repeat(*state, "a@b.example, ", 200);

    fixture_has("fits", transport_head(*state, fixture_format(*state, "To: %s\r\n\r\n", fits.data).data),
                fixture_format(*state, "\r\nTo: %s\r\n", fits.data).data);
    check_fields("passes", transport_head(*state, fixture_format(*state, "To: %sx\r\n\r\n", fits.data).data));
    check_fields("words", transport_head(*state, fixture_format(*state, "To: %s\r\n\r\n", words.data).data));
}

/* The last field of a message that ends within its header. */
static void test_a_header_without_its_last_line_end(void **state)
{
    fixture_has("end", transport_head(*state, "Subject: x\r\nCc: a@b.example"), "\r\nCc: a@b.example\r\n");
}

/* 2.1: a display name in quotes, whatever the address is. */
static void test_the_display_name(void **state)
{
    struct transaction t = fixture_transaction(*state);

    t.sender = "\"a \\\"b\\\"\"@alfa.example";
    fixture_has("quotes", head_of(*state, KIND_TRANSPORT_ENVELOPE, &t, "\r\n"),
                "\r\nFrom: \"Per conto di: \\\"a \\\\\\\"b\\\\\\\"\\\"@alfa.example\" <posta-certificata@pec.alfa.example>\r\n");
    t.sender = "";
    check_fields("no sender", head_of(*state, KIND_ANOMALY_ENVELOPE, &t, "\r\n"));
}

/* 2.2.1: "X-Riferimento-Message-ID: <[msgid]>". */
static void test_the_reference(void **state)
{
    static const struct {
        const char *name, *msgid, *field;
    } cases[] = {
        { "none", NULL, "" },
        { "as the client wrote it", "<a@b.example>", "X-Riferimento-Message-ID: <a@b.example>\r\n" },
        { "without brackets", "a@b", "X-Riferimento-Message-ID: a@b\r\n" },
        { "one blank behind the colon, however long it is",
          "<aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b>",
          "X-Riferimento-Message-ID: <aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b>\r\n" },
        { "what cannot stand in a header", "<\xC3\xA8@b>", "X-Riferimento-Message-ID: =?utf-8?B?PMOoQGI+?=\r\n" },
    };
    struct transaction t = fixture_transaction(*state);
    struct rope longest = rope_new(*state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rope out = rope_new(*state);

        t.msgid = cases[i].msgid;
        envelope_reference(&t, &out);
        fixture_same(cases[i].name, rope_flat(&out), slice_of(cases[i].field));
    }
    t.msgid = fixture_repeat(*state, "y", 5000).data;
    envelope_reference(&t, &longest);
    check_fields("5000 octets", rope_flat(&longest));
}

/* 2.2.1, 3.1.5: every byte as submitted but for the two fields, wherever they stood. */
static void test_the_original_under_its_pec_id(void **state)
{
#define IDS "Message-ID: <opec3.20260115113000.0123456789abcdef.0@pec.alfa.example>\r\nX-Riferimento-Message-ID: <client-1@studio.example>\r\n"
    static const struct {
        const char *name, *original, *written;
    } cases[] = {
        { "in the middle", "A: 1\r\nMessage-ID: <x@y>\r\nB: 2\r\n\r\nbody", "A: 1\r\nB: 2\r\n" IDS "\r\nbody" },
        { "first", "Message-ID: <x@y>\r\nB: 2\r\n\r\nbody\r\n", "B: 2\r\n" IDS "\r\nbody\r\n" },
        { "last", "A: 1\r\nMessage-ID: <x@y>\r\n\r\n\r\n\r\n", "A: 1\r\n" IDS "\r\n\r\n\r\n" },
        { "none", "A: 1\r\n\r\nbody", "A: 1\r\n" IDS "\r\nbody" },
        { "several of both, in any case, folded", "message-id:\r\n <x@y>\r\nA: 1\r\nX-RIFERIMENTO-Message-ID: <o@l>\r\nMESSAGE-ID : <z@y>\r\nB: 2\r\n\r\nx",
          "A: 1\r\nB: 2\r\n" IDS "\r\nx" },
        { "other ids stay", "Resent-Message-ID: <x@y>\r\nContent-ID: <z>\r\nIn-Reply-To: <a@b>\r\n\r\nx",
          "Resent-Message-ID: <x@y>\r\nContent-ID: <z>\r\nIn-Reply-To: <a@b>\r\n" IDS "\r\nx" },
        { "odd fields are not touched", "x-Strano:valore\r\nX-Vuoto:\r\nX-Piegato: uno\r\n due\r\n\ttre  \r\nX: 1\r\nX: 2\r\n\r\nx",
          "x-Strano:valore\r\nX-Vuoto:\r\nX-Piegato: uno\r\n due\r\n\ttre  \r\nX: 1\r\nX: 2\r\n" IDS "\r\nx" },
        { "ids in the body stay", "A: 1\r\n\r\nMessage-ID: <x@y>\r\n", "A: 1\r\n" IDS "\r\nMessage-ID: <x@y>\r\n" },
        { "no body", "A: 1\r\n", "A: 1\r\n" IDS "\r\n" },
        { "no end of the last line", "A: 1", "A: 1\r\n" IDS "\r\n" },
        { "nothing but an id, without its end", "Message-ID: <x@y>", IDS "\r\n" },
        { "no header", "\r\nbody", IDS "\r\nbody" },
        { "nothing", "", IDS "\r\n" },
    };
    struct transaction t = fixture_transaction(*state);

    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct original o = fixture_original(*state, fixture_text(*state, cases[i].original));
        struct rope out = rope_new(*state);

        envelope_original(&o, &t, &out);
        fixture_same(cases[i].name, rope_flat(&out), slice_of(cases[i].written));
    }
}

/* 2.2.1: "if present". */
static void test_an_original_without_client_id_gets_no_reference(void **state)
{
    const struct original o = fixture_original(*state, SLICE("A: 1\r\n\r\nx"));
    struct transaction t = fixture_transaction(*state);
    struct rope out = rope_new(*state);

    t.msgid = NULL;
    envelope_original(&o, &t, &out);
    fixture_same("no reference", rope_flat(&out),
                 SLICE("A: 1\r\nMessage-ID: <opec3.20260115113000.0123456789abcdef.0@pec.alfa.example>\r\n\r\nx"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_transport_envelope, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_anomaly_envelope, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_anomaly_of_a_message_without_id_gets_one, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_reply_to, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_any_reply_address_there_is_no_field, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_every_form_of_receipt_is_stated, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_date_is_that_of_the_event, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_forms_of_the_subject, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_long_subjects, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_can_be_injected, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_long_lines_of_inherited_fields, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_header_without_its_last_line_end, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_display_name, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_reference, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_original_under_its_pec_id, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_original_without_client_id_gets_no_reference, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec envelope", tests, NULL, NULL);
}

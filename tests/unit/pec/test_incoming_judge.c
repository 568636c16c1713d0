/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a message from outside is (RFC 6109 2.2.2): the state of its signature, its author, its form.
 */
#include "foreign.h"

#include <string.h>

static struct judgement judge(struct arena *arena, struct slice message, const struct signer_facts *signer)
{
    struct incoming in = foreign_read(arena, "mario@alfa.example", message);
    struct judgement j;

    assert_int_equal(incoming_judge(&in, signer, arena, &j), 0);
    return j;
}

static struct judgement judge_foreign(struct arena *arena, struct foreign f)
{
    return judge(arena, foreign_message(arena, &f), &foreign_signer);
}

/* 2.2.2: existence, origin, validity. Without any of them it is ordinary mail, and the reason says which. */
static void test_every_state_of_the_signature(void **state)
{
    static const struct {
        enum signer_state state;
        const char *words;
    } states[] = {
        { SIGNER_ABSENT, "firma del gestore non è presente" },
        { SIGNER_UNREADABLE, "non è leggibile" },
        { SIGNER_STRANGER, "non appartiene ad un gestore" },
        { SIGNER_BROKEN, "contenuto è stato modificato" },
        { SIGNER_UNTRUSTED, "autorità riconosciuta" },
        { SIGNER_EXPIRED, "periodo di validità" },
        { SIGNER_REVOKED, "revocato" },
    };
    const struct foreign good = { 0 };

    for (size_t i = 0; i < COUNT(states); i++) {
        struct signer_facts signer = foreign_signer;
        struct judgement j;

        signer.state = states[i].state;
        j = judge(*state, foreign_message(*state, &good), &signer);
        assert_int_equal(j.verdict, VERDICT_ORDINARY);
        fixture_has("state", slice_of(j.reason), states[i].words);
    }
    assert_int_equal(COUNT(states), SIGNER_GOOD);
}

/* 3.1.5, 4.4: what is certified is read from daticert.xml, the original from postacert.eml. */
static void test_a_correct_envelope(void **state)
{
    struct judgement j = judge_foreign(*state, (struct foreign){ 0 });

    assert_int_equal(j.verdict, VERDICT_ENVELOPE);
    assert_null(j.reason);
    assert_int_equal(j.certification.type, TYPE_TRANSPORT);
    assert_string_equal(j.certification.about.pec_id, FOREIGN_ID);
    assert_string_equal(j.certification.about.sender, "luigi@beta.example");
    assert_string_equal(j.certification.about.msgid, "<luigi-1@studio.example>");
    assert_int_equal(j.certification.about.recipient_count, 2);
    fixture_has("postacert", j.postacert.whole, "From: Luigi <luigi@beta.example>");
    fixture_same("body", slice_trim(j.postacert.body), SLICE("ciao"));
    assert_false(j.postacert.eight_bit);
}

/* 3.3.2: the receipt asked for stands in the envelope's header, not in its daticert.xml. */
static void test_the_form_of_the_receipt_is_that_of_the_header(void **state)
{
    assert_int_equal(judge_foreign(*state, (struct foreign){ .more = "X-TipoRicevuta: sintetica\r\n" }).certification.about.form, RECEIPT_CONCISE);
    assert_int_equal(judge_foreign(*state, (struct foreign){ .more = "X-Tiporicevuta: Breve\r\n" }).certification.about.form, RECEIPT_BRIEF);
    assert_int_equal(judge_foreign(*state, (struct foreign){
        .parts = FOREIGN_XML(FOREIGN_DATI("posta-certificata", "<ricevuta tipo=\"breve\" />")) FOREIGN_ORIGINAL }).certification.about.form,
        RECEIPT_COMPLETE);
}

#define IDS "Message-ID: <" FOREIGN_ID ">\r\n"

/* What 4.3 and practice allow. */
static const struct {
    const char *name;
    struct foreign f;
} correct[] = {
    { "the parts in the other order (4.3)", { .parts = FOREIGN_ORIGINAL FOREIGN_ENVELOPE_XML } },
    { "parts for services beside them", { .parts = FOREIGN_ENVELOPE_XML FOREIGN_ORIGINAL "--m\r\nContent-Type: text/plain; name=servizi.txt\r\n\r\nx\r\n" } },
    { "a message of the provider's beside them", { .parts = FOREIGN_ENVELOPE_XML FOREIGN_ORIGINAL "--m\r\nContent-Type: message/rfc822; name=note.eml\r\n\r\nTo: x\r\n\r\n" } },
    { "another type of daticert.xml", { .parts = "--m\r\nContent-Type: application/octet-stream; name=daticert.xml\r\n\r\n"
      FOREIGN_DATI("posta-certificata", "") FOREIGN_ORIGINAL } },
    { "names in capitals", { .parts = "--m\r\nContent-Type: text/xml\r\nContent-Disposition: inline; filename=DATICERT.XML\r\n\r\n"
      FOREIGN_DATI("posta-certificata", "") FOREIGN_ORIGINAL } },
    { "a Sender equal to From", { .more = "Sender: \"Per conto di: luigi@beta.example\" <posta-certificata@pec.beta.example>\r\n" } },
    { "no Sender, a bare From", { .from = "From: posta-certificata@pec.beta.example\r\n" } },
    { "From in another case", { .from = "FROM: x <Posta-Certificata@PEC.beta.example>\r\n" } },
    { "no client id in the original", { .parts = FOREIGN_ENVELOPE_XML FOREIGN_ORIGINAL_OF(FOREIGN_TO, IDS) } },
    { "the mark in another case", { .mark = "x-trasporto: Posta-Certificata\r\n" } },
    { "the outer id folded", { .id = "Message-ID:\r\n <" FOREIGN_ID ">\r\n" } },
    { "an original without To", { .parts = FOREIGN_ENVELOPE_XML FOREIGN_ORIGINAL_OF("", IDS) } },
};

static void test_envelopes_that_are_correct(void **state)
{
    for (size_t i = 0; i < COUNT(correct); i++) {
        struct judgement j = judge_foreign(*state, correct[i].f);

        if (j.verdict != VERDICT_ENVELOPE)
            fail_msg("%s: %s", correct[i].name, j.reason);
    }
}

#define DATA "Content-Type: application/xml; name=daticert.xml\r\n\r\n" FOREIGN_DATI("posta-certificata", "")

/* 2.2.2, "formal correctness": signed by a provider, but not as it should be. An anomaly, with the reason in Italian. */
static const struct {
    const char *name;
    struct foreign f;
    const char *words;
} wrong[] = {
    { "no From", { .from = "" }, "campo From" },
    { "two From fields", { .from = FOREIGN_FROM FOREIGN_FROM }, "campo From" },
    { "a second From field with nothing in it", { .from = FOREIGN_FROM "From:\r\n" }, "campo From" },
    { "two authors", { .from = "From: posta-certificata@pec.beta.example, x@pec.beta.example\r\n" }, "campo From" },
    { "an author that is no address", { .from = "From: posta-certificata\r\n" }, "campo From" },
    { "neither envelope nor receipt", { .mark = "" }, "busta di trasporto né una ricevuta" },
    { "an anomaly envelope (a provider's own)", { .mark = "X-Trasporto: errore\r\n" }, "busta di trasporto né una ricevuta" },
    { "envelope and receipt", { .mark = "X-Trasporto: posta-certificata\r\nX-Ricevuta: accettazione\r\n" }, "busta di trasporto né una ricevuta" },
    { "a signed part that is no multipart/mixed", { .content = "multipart/alternative; boundary=m" }, "multipart/mixed" },
    { "a signed text", { .content = "text/plain" }, "multipart/mixed" },
    { "no daticert.xml", { .parts = FOREIGN_ORIGINAL }, "daticert.xml" },
    { "daticert.xml only in depth", { .parts = "--m\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n" DATA "--i--\r\n"
      FOREIGN_ORIGINAL }, "daticert.xml" },
    { "daticert.xml in place of the text", { .content = "multipart/mixed; boundary=n", .parts = "--n\r\n" DATA
      "--n\r\nContent-Type: message/rfc822; name=postacert.eml\r\n\r\n" IDS "\r\n" }, "daticert.xml" },
    { "two daticert.xml", { .parts = FOREIGN_ENVELOPE_XML FOREIGN_ENVELOPE_XML FOREIGN_ORIGINAL }, "daticert.xml" },
    { "the name of the RFC's translation", { .parts = "--m\r\nContent-Type: application/xml; name=certdata.xml\r\n\r\n"
      FOREIGN_DATI("posta-certificata", "") FOREIGN_ORIGINAL }, "daticert.xml" },
    { "no original", { .parts = FOREIGN_ENVELOPE_XML }, "postacert.eml" },
    { "two originals", { .parts = FOREIGN_ENVELOPE_XML FOREIGN_ORIGINAL FOREIGN_ORIGINAL }, "postacert.eml" },
    { "an original by another name", { .parts = FOREIGN_ENVELOPE_XML "--m\r\nContent-Type: message/rfc822; name=altro.eml\r\n\r\n" IDS "\r\n" }, "postacert.eml" },
    { "an original of another type", { .parts = FOREIGN_ENVELOPE_XML "--m\r\nContent-Type: text/plain; name=postacert.eml\r\n\r\n" IDS "\r\n" }, "postacert.eml" },
    { "daticert.xml that is no XML", { .parts = FOREIGN_XML("x\r\n") FOREIGN_ORIGINAL }, "ben formato" },
    { "daticert.xml that is not valid", { .parts = FOREIGN_XML("<postacert/>\r\n") FOREIGN_ORIGINAL }, "DTD" },
    { "daticert.xml with a DOCTYPE", { .parts = FOREIGN_XML("<!DOCTYPE postacert><postacert/>\r\n") FOREIGN_ORIGINAL }, "DOCTYPE" },
    { "daticert.xml of another type", { .parts = FOREIGN_XML(FOREIGN_DATI("accettazione", "")) FOREIGN_ORIGINAL }, "tipo di messaggio" },
    { "a receipt's mark on an envelope", { .mark = "X-Ricevuta: accettazione\r\n" }, "tipo di messaggio" },
    { "no Message-ID", { .id = "" }, "identificativo" },
    { "another Message-ID", { .id = "Message-ID: <altro@pec.beta.example>\r\n" }, "identificativo" },
    { "a Message-ID without brackets", { .id = "Message-ID: " FOREIGN_ID "\r\n" }, "identificativo" },
    { "an original without id", { .parts = FOREIGN_ENVELOPE_XML FOREIGN_ORIGINAL_OF(FOREIGN_TO, "") }, "identificativo" },
    { "an original with another id", { .parts = FOREIGN_ENVELOPE_XML FOREIGN_ORIGINAL_OF(FOREIGN_TO, "Message-ID: <luigi-1@studio.example>\r\n") }, "identificativo" },
};

static void test_anomalies_of_a_provider(void **state)
{
    for (size_t i = 0; i < COUNT(wrong); i++) {
        struct judgement j = judge_foreign(*state, wrong[i].f);

        if (j.verdict != VERDICT_ANOMALY)
            fail_msg("%s: %s", wrong[i].name, verdict_names[j.verdict]);
        fixture_has(wrong[i].name, slice_of(j.reason), wrong[i].words);
    }
}

/* 2.1: notifications go to the certified sender, so it must be somewhere to go to. */
static void test_a_certified_sender_that_is_no_address(void **state)
{
    static const char *const senders[] = { "", "luigi", "luigi@", "a@b.example, c@d.example", "Luigi &lt;luigi@beta.example&gt;", "l\xC3\xA8@beta.example" };

    for (size_t i = 0; i < COUNT(senders); i++) {
        struct slice parts = fixture_format(*state, FOREIGN_XML("<postacert tipo=\"posta-certificata\"><intestazione><mittente>%s</mittente>"
            "<destinatari>mario@alfa.example</destinatari><risposte>x</risposte></intestazione><dati><gestore-emittente>B</gestore-emittente>"
            "<data zona=\"+0100\"><giorno>15/01/2026</giorno><ora>11:29:00</ora></data><identificativo>" FOREIGN_ID "</identificativo></dati>"
            "</postacert>\r\n") FOREIGN_ORIGINAL, senders[i]);
        struct judgement j = judge_foreign(*state, (struct foreign){ .parts = parts.data });

        assert_int_equal(j.verdict, VERDICT_ANOMALY);
        fixture_has("sender", slice_of(j.reason), "mittente");
    }
}

/* 2.1, 2.2.2: the author's address is in the certificate, and its domain is managed by the certificate's holder. */
static void test_the_author_and_the_certificate(void **state)
{
    const struct foreign good = { 0 };
    struct signer_facts signer = foreign_signer;
    struct judgement j;

    signer.has_from = false;
    j = judge(*state, foreign_message(*state, &good), &signer);
    assert_int_equal(j.verdict, VERDICT_ANOMALY);
    fixture_has("certificate", slice_of(j.reason), "certificato di firma");
    signer = foreign_signer;
    signer.is_listed = false;
    j = judge(*state, foreign_message(*state, &good), &signer);
    assert_int_equal(j.verdict, VERDICT_ANOMALY);
    fixture_has("domain", slice_of(j.reason), "dominio del campo From");
}

/* 2.1.1.1, 4.4: all eight types but the envelope's are receipts, without postacert.eml. */
static void test_receipts_of_every_type(void **state)
{
    for (int type = 0; type < TYPE_NONE; type++) {
        struct judgement j;

        if (type == TYPE_TRANSPORT)
            continue;
        j = judge(*state, foreign_receipt(*state, certified_type_words[type], "<consegna>anna@beta.example</consegna>"), &foreign_signer);
        if (j.verdict != VERDICT_RECEIPT)
            fail_msg("%s: %s", certified_type_words[type], j.reason);
        assert_int_equal(j.certification.type, type);
        assert_string_equal(j.certification.about.pec_id, FOREIGN_ABOUT);
        assert_string_equal(j.certification.delivered, "anna@beta.example");
    }
}

/* 4.4: `tipo` is what X-Ricevuta says. */
static void test_a_receipt_of_another_type_than_it_says(void **state)
{
    struct slice message = foreign_receipt(*state, "avvenuta-consegna", "");
    char *at = strstr(message.data, "X-Ricevuta: avvenuta-consegna");

    memcpy(at, "X-Ricevuta: errore-consegna  ", strlen("X-Ricevuta: avvenuta-consegna"));
    assert_int_equal(judge(*state, message, &foreign_signer).verdict, VERDICT_ANOMALY);
}

/* 2.2.2: a header of the original beyond all measure. What a provider signed "MUST be propagated" and is not refused. */
static void test_an_original_beyond_measure(void **state)
{
    struct slice fields = fixture_repeat(*state, "X: y\r\n", HEADER_FIELDS_MAX + 1);
    struct slice parts = fixture_format(*state, FOREIGN_ENVELOPE_XML "--m\r\nContent-Type: message/rfc822; name=postacert.eml\r\n\r\n%s" IDS "\r\n",
                                        fields.data);
    struct judgement j = judge_foreign(*state, (struct foreign){ .parts = parts.data });

    assert_int_equal(j.verdict, VERDICT_ANOMALY);
    fixture_has("limit", slice_of(j.reason), "limiti");
}

/* 4.3: a peer should have encoded it; it is noted, for what we attach it to. */
static void test_an_eight_bit_original(void **state)
{
    struct judgement j = judge_foreign(*state, (struct foreign){
        .parts = FOREIGN_ENVELOPE_XML FOREIGN_ORIGINAL_OF("X-Nota: perch\xC3\xA9\r\n", IDS) });

    assert_int_equal(j.verdict, VERDICT_ENVELOPE);
    assert_true(j.postacert.eight_bit);
}

/* A plan that is resumed finds the same original again. */
static void test_the_original_of_an_envelope_judged_before(void **state)
{
    const struct foreign good = { 0 }, bad = { .parts = FOREIGN_ENVELOPE_XML };
    struct incoming in = foreign_read(*state, "mario@alfa.example", foreign_message(*state, &good));
    struct original o;
    struct judgement j;

    assert_int_equal(incoming_judge(&in, &foreign_signer, *state, &j), 0);
    assert_int_equal(incoming_postacert(&in, *state, &o), 0);
    fixture_same("original", o.whole, j.postacert.whole);
    in = foreign_read(*state, "mario@alfa.example", foreign_message(*state, &bad));
    assert_int_equal(incoming_postacert(&in, *state, &o), ERROR_CORRUPT);
}

static void test_without_budget(void **state)
{
    const struct foreign good = { 0 };
    struct incoming in = foreign_read(*state, "mario@alfa.example", foreign_message(*state, &good));
    bool is_done = false;

    for (size_t budget = 32; !is_done; budget += 53) {
        struct arena *small = arena_new(budget);
        struct judgement j;
        int result = incoming_judge(&in, &foreign_signer, small, &j);

        assert_true((result == 0 && j.verdict == VERDICT_ENVELOPE) || result == ERROR_BUDGET);
        is_done = result == 0;
        arena_free(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_state_of_the_signature, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_correct_envelope, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_form_of_the_receipt_is_that_of_the_header, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_envelopes_that_are_correct, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_anomalies_of_a_provider, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_certified_sender_that_is_no_address, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_author_and_the_certificate, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_receipts_of_every_type, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_receipt_of_another_type_than_it_says, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_original_beyond_measure, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_eight_bit_original, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_original_of_an_envelope_judged_before, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec incoming judge", tests, NULL, NULL);
}

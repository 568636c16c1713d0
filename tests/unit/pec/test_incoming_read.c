/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a message from outside claims to be (RFC 6109 2.1.1, 2.2.2); nothing of it is believed yet.
 */
#include "foreign.h"

#include <string.h>

/* 2.1.1: X-Ricevuta and X-Trasporto say what it is; live messages bear one of the two. */
static const struct {
    const char *name, *mark;
    enum claim claim;
    enum certified_type type;
} claims[] = {
    { "none", "", CLAIM_NOTHING, TYPE_NONE },
    { "an envelope", "X-Trasporto: posta-certificata\r\n", CLAIM_ENVELOPE, TYPE_TRANSPORT },
    { "an envelope in another case and with blanks", "x-trasporto:  POSTA-Certificata \r\n", CLAIM_ENVELOPE, TYPE_TRANSPORT },
    { "an anomaly envelope: nothing that travels", "X-Trasporto: errore\r\n", CLAIM_UNKNOWN, TYPE_NONE },
    { "an envelope that is none", "X-Trasporto: altro\r\n", CLAIM_UNKNOWN, TYPE_NONE },
    { "an envelope of nothing", "X-Trasporto:\r\n", CLAIM_UNKNOWN, TYPE_NONE },
    { "a receipt's type on an envelope", "X-Trasporto: accettazione\r\n", CLAIM_UNKNOWN, TYPE_NONE },
    { "acceptance", "X-Ricevuta: accettazione\r\n", CLAIM_RECEIPT, TYPE_ACCEPTANCE },
    { "non-acceptance", "X-Ricevuta: non-accettazione\r\n", CLAIM_RECEIPT, TYPE_NON_ACCEPTANCE },
    { "take-charge", "X-Ricevuta: presa-in-carico\r\n", CLAIM_RECEIPT, TYPE_TAKE_CHARGE },
    { "delivery", "X-Ricevuta: avvenuta-consegna\r\n", CLAIM_RECEIPT, TYPE_DELIVERY },
    { "non-delivery", "X-Ricevuta: errore-consegna\r\n", CLAIM_RECEIPT, TYPE_NON_DELIVERY },
    { "timeout", "X-Ricevuta: preavviso-errore-consegna\r\n", CLAIM_RECEIPT, TYPE_TIMEOUT },
    { "virus detection", "X-Ricevuta: rilevazione-virus\r\n", CLAIM_RECEIPT, TYPE_VIRUS_DETECTION },
    { "a receipt in another case", "X-RICEVUTA:\tAvvenuta-Consegna\r\n", CLAIM_RECEIPT, TYPE_DELIVERY },
    { "a value that people invent", "X-Ricevuta: mancata-consegna\r\n", CLAIM_UNKNOWN, TYPE_NONE },
    { "an envelope's type on a receipt", "X-Ricevuta: posta-certificata\r\n", CLAIM_UNKNOWN, TYPE_NONE },
    { "both fields, which are exclusive", "X-Ricevuta: accettazione\r\nX-Trasporto: posta-certificata\r\n", CLAIM_UNKNOWN, TYPE_NONE },
    { "a longer name", "X-Trasporto-2: posta-certificata\r\n", CLAIM_NOTHING, TYPE_NONE },
};

static void test_claims(void **state)
{
    for (size_t i = 0; i < COUNT(claims); i++) {
        const struct foreign f = { .mark = claims[i].mark };
        struct incoming in = foreign_read(*state, "mario@alfa.example", foreign_message(*state, &f));

        if (in.claim != claims[i].claim || in.claimed_type != claims[i].type)
            fail_msg("%s: %d %d", claims[i].name, in.claim, in.claimed_type);
    }
}

/* 2.2.2, "signature existence": multipart/signed of two parts, the second a PKCS #7 signature. */
static void test_signatures(void **state)
{
    static const struct {
        const char *name;
        struct foreign f;
        bool is_signed;
    } cases[] = {
        { "as it should be", { 0 }, true },
        { "the old type", { .signature = "\r\n--s\r\nContent-Type: application/x-pkcs7-signature\r\n\r\nxx\r\n" }, true },
        { "types in capitals", { .top = "MULTIPART/SIGNED; BOUNDARY=s", .signature = "\r\n--s\r\nContent-Type: APPLICATION/PKCS7-SIGNATURE\r\n\r\nxx\r\n" }, true },
        { "no signature part", { .signature = "" }, false },
        { "three parts", { .signature = "\r\n--s\r\n\r\nx\r\n--s\r\nContent-Type: application/pkcs7-signature\r\n\r\nx\r\n" }, false },
        { "another type", { .signature = "\r\n--s\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n" }, false },
        { "multipart/mixed at the top", { .top = "multipart/mixed; boundary=s" }, false },
        { "an opaque signature", { .top = "application/pkcs7-mime; smime-type=signed-data" }, false },
        { "no boundary", { .top = "multipart/signed" }, false },
    };

    for (size_t i = 0; i < COUNT(cases); i++)
        if (foreign_read(*state, "mario@alfa.example", foreign_message(*state, &cases[i].f)).is_signed != cases[i].is_signed)
            fail_msg("%s", cases[i].name);
}

/* 2.2.2: it is the message itself that is looked at. One that holds an envelope, as a bounce does or a list's digest, is none. */
static void test_an_envelope_within_another_message(void **state)
{
    static const char *const above[] = {
        "Content-Type: message/rfc822\r\n\r\n",
        "Content-Type: multipart/mixed; boundary=r\r\n\r\n--r\r\nContent-Type: message/rfc822\r\n\r\n",
        "Content-Type: multipart/report; boundary=r\r\n\r\n--r\r\n\r\nx\r\n--r\r\nContent-Type: message/rfc822\r\n\r\n",
        "Content-Type: multipart/mixed; boundary=r\r\n\r\n--r\r\n",
        "Content-Type: multipart/signed; boundary=r\r\n\r\n--r\r\n",
    };
    const struct foreign f = { 0 };
    struct slice envelope = foreign_message(*state, &f);

    for (size_t i = 0; i < COUNT(above); i++) {
        struct slice whole = fixture_format(*state, "From: x@y.example\r\n%s%s--r--\r\n", above[i], envelope.data);
        struct incoming in = foreign_read(*state, "mario@alfa.example", whole);

        assert_int_equal(in.claim, CLAIM_NOTHING);
        assert_false(in.is_signed);
        assert_string_equal(in.from.items[0].address, "x@y.example");
    }
}

static void test_the_signed_part_is_given_as_it_stands(void **state)
{
    const struct foreign f = { .parts = "" };
    struct incoming in = foreign_read(*state, "mario@alfa.example", foreign_message(*state, &f));

    fixture_same("signature", in.signature, SLICE("signature"));
    fixture_same("content", in.content.raw, SLICE("Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n"
                 "Content-Type: text/plain; charset=\"iso-8859-1\"\r\n\r\nMessaggio di posta certificata\r\n--m--\r\n"));
}

static void test_the_facts_of_the_header(void **state)
{
    const struct foreign f = { .more = "X-TipoRicevuta: breve\r\nReply-To: r@beta.example\r\n" };
    struct incoming in = foreign_read(*state, "mario@alfa.example gina@alfa.example", foreign_message(*state, &f));

    assert_int_equal(in.from.count, 1);
    assert_string_equal(in.from.items[0].address, "posta-certificata@pec.beta.example");
    assert_string_equal(in.about.sender, "luigi@beta.example");
    assert_string_equal(in.about.subject, "POSTA CERTIFICATA: Convocazione");
    assert_string_equal(in.about.msgid, "<" FOREIGN_ID ">");
    assert_string_equal(in.about.reply_to, "r@beta.example");
    assert_int_equal(in.about.form, RECEIPT_BRIEF);
    assert_null(in.about.pec_id);
    assert_null(in.about.provider);
    assert_int_equal(in.about.recipient_count, 2);
    assert_string_equal(in.about.recipients[1].address, "gina@alfa.example");
}

/* 2.1: who is shown for the null path is the author, if he has an address that can stand in a header of ours. */
static void test_the_sender_of_a_null_path(void **state)
{
    struct slice long_local = fixture_repeat(*state, "x", 900);
    const struct {
        const char *name, *message, *sender;
    } cases[] = {
        { "an author", "From: Mail System <mailer-daemon@x.example>\r\n\r\n", "mailer-daemon@x.example" },
        { "the first of two", "From: a@x.example, b@x.example\r\n\r\n", "a@x.example" },
        { "no author", "Subject: x\r\n\r\n", "" },
        { "an author without a domain", "From: MAILER-DAEMON\r\n\r\n", "" },
        { "an author beyond all length", fixture_format(*state, "From: %s@x.example\r\n\r\n", long_local.data).data, "" },
    };

    for (size_t i = 0; i < COUNT(cases); i++) {
        struct incoming in;

        assert_int_equal(incoming_read(fixture_arrival(*state, "", "mario@alfa.example", slice_of(cases[i].message)), *state, &in), 0);
        fixture_same_text(cases[i].name, in.about.sender, cases[i].sender);
        fixture_same_text(cases[i].name, in.about.reply_to, cases[i].sender);
    }
}

static void test_more_parts_than_can_be_followed_are_no_signature(void **state)
{
    struct slice parts = fixture_repeat(*state, "--m\r\n\r\nx\r\n", 6000);
    const struct foreign f = { .parts = parts.data };
    struct incoming in = foreign_read(*state, "mario@alfa.example", foreign_message(*state, &f));

    assert_false(in.is_signed);
    assert_int_equal(in.claim, CLAIM_ENVELOPE);
}

static void test_a_header_beyond_all_measure(void **state)
{
    struct slice fields = fixture_repeat(*state, "X: y\r\n", HEADER_FIELDS_MAX + 1);
    struct incoming in;

    assert_int_equal(incoming_read(fixture_arrival(*state, "a@b.example", "mario@alfa.example", fields), *state, &in), ERROR_LIMIT);
}

static void test_every_prefix(void **state)
{
    const struct foreign f = { 0 };
    struct slice message = foreign_message(*state, &f);

    for (size_t size = 0; size < message.size; size += 3) {
        struct incoming in = foreign_read(*state, "mario@alfa.example", (struct slice){ message.data, size });

        assert_true(!in.is_signed || in.signature.size <= strlen("signature"));
    }
}

static void test_without_budget(void **state)
{
    const struct foreign f = { 0 };
    struct arrival *a = fixture_arrival(*state, "luigi@beta.example", "mario@alfa.example", foreign_message(*state, &f));
    bool is_done = false;

    for (size_t budget = 32; !is_done; budget += 101) {
        struct arena *small = arena_new(budget);
        struct incoming in;
        int result = incoming_read(a, small, &in);

        assert_true(result == 0 || result == ERROR_BUDGET);
        is_done = result == 0;
        arena_free(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_claims, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_signatures, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_envelope_within_another_message, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_signed_part_is_given_as_it_stands, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_facts_of_the_header, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_sender_of_a_null_path, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_more_parts_than_can_be_followed_are_no_signature, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_header_beyond_all_measure, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_every_prefix, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec incoming read", tests, NULL, NULL);
}

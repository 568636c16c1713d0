/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a message is and whether it holds, on messages of a provider of our own. The argument is the script of the world.
 */
#include "printed.h"

#include "base/rope.h"
#include "mime/header.h"
#include "opec/verify/judge.h"
#include "opec/verify/words.h"
#include "pki.h"
#include "provider.h"

enum { BUDGET = 64 << 20, MAY_2025 = 1746057600, MARCH_2026 = 1772323200, JUNE_2009 = 1243814400, JUNE_2016 = 1464739200 };

static const char *const lists[] = { "sub.crl", "root.crl" };

struct judging {
    struct arena *arena;
    struct trust *trust;
    struct index *index;
};

static int set_up(void **state)
{
    struct judging *j = calloc(1, sizeof *j);

    assert_non_null(j);
    j->arena = arena_new(BUDGET);
    j->trust = provider_trust(lists, COUNT(lists));
    *state = j;
    return 0;
}

static int tear_down(void **state)
{
    struct judging *j = *state;

    index_close(&j->index);
    trust_close(&j->trust);
    arena_free(&j->arena);
    free(j);
    return 0;
}

static struct verify_report judge(struct judging *j, struct slice message)
{
    const struct verify_sources sources = { .trust = j->trust, .index = j->index, .now = PKI_NOW };
    struct verify_report report;
    struct error e = { 0 };

    if (verify_judge(message, &sources, j->arena, &report, &e) != 0)
        fail_msg("%s", e.text);
    return report;
}

/* --- what it is ------------------------------------------------------------------------------------------------------------- */

static const enum verify_kind kinds[KIND_COUNT] = {
    [KIND_ACCEPTANCE] = VERIFY_ACCEPTANCE,
    [KIND_NON_ACCEPTANCE] = VERIFY_NON_ACCEPTANCE,
    [KIND_NON_ACCEPTANCE_VIRUS] = VERIFY_NON_ACCEPTANCE_VIRUS,
    [KIND_TRANSPORT_ENVELOPE] = VERIFY_ENVELOPE,
    [KIND_FIRST_NOTICE] = VERIFY_TIMEOUT,
    [KIND_SECOND_NOTICE] = VERIFY_TIMEOUT,
    [KIND_TAKE_CHARGE] = VERIFY_TAKE_CHARGE,
    [KIND_ANOMALY_ENVELOPE] = VERIFY_ANOMALY,
    [KIND_VIRUS_DETECTION] = VERIFY_VIRUS_DETECTION,
    [KIND_NON_DELIVERY_VIRUS] = VERIFY_NON_DELIVERY_VIRUS,
    [KIND_DELIVERY_COMPLETE] = VERIFY_DELIVERY,
    [KIND_DELIVERY_BRIEF] = VERIFY_DELIVERY_BRIEF,
    [KIND_DELIVERY_CONCISE] = VERIFY_DELIVERY_CONCISE,
    [KIND_NON_DELIVERY] = VERIFY_NON_DELIVERY,
};

static void every_kind_of_a_provider_holds_as_what_it_is(void **state)
{
    struct judging *j = *state;

    j->index = provider_index("good", "alfa.example");
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct verify_report r = judge(j, provider_message((enum message_kind)kind, "good", provider_address, PKI_NOW, j->arena));

        if (r.finding != FINDING_HOLDS || r.kind != kinds[kind])
            fail_msg("%s: %s, %s", kind_rows[kind].name, words_kind(r.kind, ENGLISH), words_finding_name(r.finding));
        assert_string_equal(r.type, kind_rows[kind].header_value);
        assert_string_equal(r.signer.provider, "Alfa PEC S.p.A.");
        assert_int_equal(r.signer.time, PKI_NOW);
        assert_int_equal(r.is_certified, kind != KIND_ANOMALY_ENVELOPE);
        if (r.is_certified)
            assert_string_equal(r.certification.about.msgid, "<a@client>");
    }
}

static void ordinary_mail_is_no_pec_message(void **state)
{
    struct verify_report r = judge(*state, SLICE("From: u@example.it\r\nSubject: =?utf-8?q?perch=C3=A9?=\r\n\r\nciao\r\n"));

    assert_int_equal(r.finding, FINDING_UNSIGNED);
    assert_false(r.is_pec);
    assert_int_equal(r.kind, VERIFY_ORDINARY);
    assert_string_equal(r.subject, "perch\xC3\xA9");
    assert_int_equal(r.signer.signature, SIGNATURE_ABSENT);
}

static void nothing_at_all_is_ordinary_too(void **state)
{
    assert_int_equal(judge(*state, SLICE("")).kind, VERIFY_ORDINARY);
}

/* RFC 6109 2.2.2: whoever writes the header fields alone has written no envelope. */
static void a_header_alone_proves_nothing(void **state)
{
    struct verify_report r = judge(*state, SLICE("From: posta-certificata@alfa.example\r\nX-Trasporto: posta-certificata\r\n\r\nciao\r\n"));

    assert_int_equal(r.finding, FINDING_UNSIGNED);
    assert_true(r.is_pec);
    assert_int_equal(r.kind, VERIFY_ENVELOPE);
    assert_false(r.is_certified);
}

static void a_signature_that_is_garbage_is_unreadable(void **state)
{
    struct verify_report r = judge(*state, SLICE("From: posta-certificata@alfa.example\r\nX-Trasporto: posta-certificata\r\n"
                                                 "Content-Type: multipart/signed; boundary=b; protocol=\"application/pkcs7-signature\"\r\n\r\n"
                                                 "--b\r\n\r\nciao\r\n--b\r\nContent-Type: application/pkcs7-signature\r\n\r\nMAA=\r\n--b--\r\n"));

    assert_int_equal(r.finding, FINDING_UNREADABLE);
    assert_int_equal(r.signer.signature, SIGNATURE_UNREADABLE);
    assert_non_null(r.signer.words);
    assert_null(r.signer.subject);
}

/* --- whether it holds ------------------------------------------------------------------------------------------------------- */

struct hold_case {
    const char *name, *certificate;
    const char *from;           /* NULL: the provider's address */
    int64_t time;               /* of signing */
    const char *index, *domain; /* in the index: a certificate and its domain; NULL: the index is not asked */
    enum verify_finding finding;
    enum trust_verdict then, now;
    unsigned remarks;
};

#define REMARK(name) (1U << REMARK_##name)

static const struct hold_case hold_cases[] = {
    { "good then and now", "good", NULL, PKI_NOW, "good", "alfa.example", FINDING_HOLDS, TRUST_GOOD, TRUST_GOOD, 0 },
    { "the index is not asked", "good", NULL, PKI_NOW, NULL, NULL, FINDING_HOLDS, TRUST_GOOD, TRUST_GOOD, 0 },
    { "design 4: expired since it signed", "expired", NULL, MAY_2025, "expired", "alfa.example", FINDING_HOLDS, TRUST_GOOD, TRUST_EXPIRED,
      REMARK(ENDED) },
    { "the same, and it has left the index", "expired", NULL, MAY_2025, "good", "alfa.example", FINDING_HOLDS, TRUST_GOOD, TRUST_EXPIRED,
      REMARK(ENDED) | REMARK(LEFT) },
    { "expired when it signed, and it has left the index", "expired", NULL, MARCH_2026, "good", "alfa.example", FINDING_STRANGER,
      TRUST_EXPIRED, TRUST_EXPIRED, 0 },
    { "expired when it signed", "expired", NULL, MARCH_2026, "expired", "alfa.example", FINDING_CERTIFICATE, TRUST_EXPIRED, TRUST_EXPIRED, 0 },
    { "not valid yet when it signed", "early", NULL, MARCH_2026, "early", "alfa.example", FINDING_CERTIFICATE, TRUST_NOT_YET, TRUST_NOT_YET, 0 },
    { "revoked since it signed", "revoked", NULL, MARCH_2026, "revoked", "alfa.example", FINDING_HOLDS, TRUST_GOOD, TRUST_REVOKED,
      REMARK(REVOKED) },
    { "revoked when it signed", "revoked", NULL, PKI_NOW, "revoked", "alfa.example", FINDING_CERTIFICATE, TRUST_REVOKED, TRUST_REVOKED, 0 },
    { "of an authority that nobody trusts", "stranger", NULL, PKI_NOW, "stranger", "alfa.example", FINDING_CERTIFICATE, TRUST_NO_CHAIN,
      TRUST_NO_CHAIN, 0 },
    { "the same where the index is not asked", "stranger", NULL, PKI_NOW, NULL, NULL, FINDING_CERTIFICATE, TRUST_NO_CHAIN, TRUST_NO_CHAIN, 0 },
    { "2.2.2: a certificate that is not in the index", "good", NULL, PKI_NOW, "plain", "alfa.example", FINDING_STRANGER, TRUST_GOOD,
      TRUST_GOOD, 0 },
    { "2.1: From is not in the certificate", "good", "x@alfa.example", PKI_NOW, "good", "alfa.example", FINDING_FROM_OTHER, TRUST_GOOD,
      TRUST_GOOD, 0 },
    { "7: the domain is another provider's", "good", NULL, PKI_NOW, "good", "beta.example", FINDING_FROM_DOMAIN, TRUST_GOOD, TRUST_GOOD, 0 },
    { "5.5.3: keys of 2008, in their time", "ancient", NULL, JUNE_2009, NULL, NULL, FINDING_HOLDS, TRUST_GOOD, TRUST_UNFIT,
      REMARK(ENDED) | REMARK(WEAK) | REMARK(UNLISTED) },
    { "5.5.3: keys of 2008, too late", "ancient", NULL, JUNE_2016, NULL, NULL, FINDING_CERTIFICATE, TRUST_UNFIT, TRUST_UNFIT, 0 },
};

static unsigned remarks_of(const struct verify_report *r)
{
    unsigned bits = 0;

    for (int i = 0; i < VERIFY_REMARKS; i++)
        bits |= r->remarks[i] ? 1U << i : 0;
    return bits;
}

static void the_chain_is_judged_at_the_time_of_signing(void **state)
{
    struct judging *j = *state;

    for (size_t i = 0; i < COUNT(hold_cases); i++) {
        const struct hold_case *c = &hold_cases[i];
        struct slice message = provider_message(KIND_TRANSPORT_ENVELOPE, c->certificate, c->from ? c->from : provider_address, c->time,
                                                j->arena);
        struct verify_report r;

        index_close(&j->index);
        if (c->index)
            j->index = provider_index(c->index, c->domain);
        r = judge(j, message);
        if (r.finding != c->finding)
            fail_msg("%s: %s", c->name, words_finding_name(r.finding));
        if (r.signer.then.verdict != c->then || r.signer.now.verdict != c->now)
            fail_msg("%s: then: %s, now: %s", c->name, r.signer.then.why, r.signer.now.why);
        if (remarks_of(&r) != c->remarks)
            fail_msg("%s: remarks %x, wanted %x", c->name, remarks_of(&r), c->remarks);
    }
}

/* Signatures as other programs make them: with SHA-1 (RFC 6109 5.1 and what providers do), without a time (RFC 5652 11.3). */
static void a_signature_of_another_make_is_remarked_upon(void **state)
{
    static const struct {
        const char *options, *from, *to; /* a change in the header; NULL: none */
        unsigned remarks;
    } rows[] = {
        { "-md sha1", NULL, NULL, REMARK(SHA1) | REMARK(APART) | REMARK(UNLISTED) },
        { "-md sha256", NULL, NULL, REMARK(APART) | REMARK(UNLISTED) },
        { "-md sha256 -noattr", NULL, NULL, REMARK(UNDATED_DATE) },
        { "-md sha256 -noattr", "Date: ", "X-Da: ", REMARK(UNDATED_NOW) },
    };
    struct judging *j = *state;

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice message = provider_message_by_openssl(rows[i].options, j->arena);
        char *text = arena_text(j->arena, message), *at = rows[i].from ? strstr(text, rows[i].from) : NULL;
        struct verify_report r;

        if (rows[i].from)
            memcpy(at, rows[i].to, strlen(rows[i].to));
        r = judge(j, (struct slice){ text, message.size });
        if (r.finding != FINDING_HOLDS || remarks_of(&r) != rows[i].remarks)
            fail_msg("%s: %s, remarks %x", rows[i].options, words_finding_name(r.finding), remarks_of(&r));
    }
}

/* A message of that kind in which a text has been overwritten with another of its length. */
static struct verify_report judge_forged(struct judging *j, enum message_kind kind, const char *original, const char *forged)
{
    struct slice message = provider_message(kind, "good", provider_address, PKI_NOW, j->arena);
    char *text = arena_text(j->arena, message), *at = strstr(text, original);

    assert_non_null(at);
    assert_int_equal(strlen(original), strlen(forged));
    memcpy(at, forged, strlen(forged));
    return judge(j, (struct slice){ text, message.size });
}

/* 2.2.2 */
static void a_changed_byte_is_noticed(void **state)
{
    struct verify_report r = judge_forged(*state, KIND_ACCEPTANCE, "multipart/alternative", "Multipart/alternative");

    assert_int_equal(r.finding, FINDING_BROKEN);
    assert_int_equal(r.signer.signature, SIGNATURE_BROKEN);
    assert_false(r.is_certified);
}

/* 2.2.2: signed by a provider, but under the name of another kind. */
static void a_header_that_does_not_fit_the_data_is_a_fault_of_form(void **state)
{
    struct verify_report r = judge_forged(*state, KIND_TAKE_CHARGE, "X-Ricevuta: presa-in-carico", "X-Ricevuta: errore-consegna");

    assert_int_equal(r.finding, FINDING_FORM);
    assert_int_equal(r.signer.signature, SIGNATURE_HOLDS);
    assert_non_null(r.form);
}

/* 3.2.2: a take-charge under the header of an anomaly envelope has no message in it that it could report. */
static void an_anomaly_envelope_has_its_message_inside(void **state)
{
    struct verify_report r = judge_forged(*state, KIND_TAKE_CHARGE, "X-Ricevuta: presa-in-carico", "X-Trasporto: errore        ");

    assert_int_equal(r.finding, FINDING_NO_MESSAGE);
    assert_int_equal(r.kind, VERIFY_ANOMALY);
}

/* 3.2.2: "MUST NOT contain MIME parts other than the entire message": a transport envelope under that header has its data too. */
static void an_anomaly_envelope_has_nothing_but_its_message(void **state)
{
    struct verify_report r = judge_forged(*state, KIND_TRANSPORT_ENVELOPE, "X-Trasporto: posta-certificata", "X-Trasporto: errore           ");

    assert_int_equal(r.finding, FINDING_MORE_PARTS);
    assert_int_equal(r.kind, VERIFY_ANOMALY);
}

static void a_header_beyond_all_measure_is_an_error(void **state)
{
    struct judging *j = *state;
    const struct verify_sources sources = { .trust = j->trust, .now = PKI_NOW };
    struct rope many = rope_new(j->arena);
    struct verify_report report;
    struct error e = { 0 };

    for (int i = 0; i <= HEADER_FIELDS_MAX; i++)
        rope_text(&many, "A: b\r\n");
    assert_int_equal(verify_judge(rope_flat(&many), &sources, j->arena, &report, &e), ERROR_LIMIT);
    assert_true(*e.text);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_kind_of_a_provider_holds_as_what_it_is, set_up, tear_down),
        cmocka_unit_test_setup_teardown(ordinary_mail_is_no_pec_message, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_at_all_is_ordinary_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_header_alone_proves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_signature_that_is_garbage_is_unreadable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_chain_is_judged_at_the_time_of_signing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_signature_of_another_make_is_remarked_upon, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_changed_byte_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_header_that_does_not_fit_the_data_is_a_fault_of_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_anomaly_envelope_has_its_message_inside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_anomaly_envelope_has_nothing_but_its_message, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_header_beyond_all_measure_is_an_error, set_up, tear_down),
    };
    int failed;

    if (count != 2) {
        fprintf(stderr, "usage: test_verify_judge SCRIPT\n");
        return 2;
    }
    pki_begin(arguments[1]);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return failed;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 6109 2.2.2, "signature validity": the path, the revocation lists, the time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "pki.h"
#include "sign/trust.h"

struct trust_case {
    const char *name;
    const char *ca;          /* bundle */
    const char *certificate; /* judged */
    const char *others;      /* one that comes along; NULL: none */
    const char *lists;       /* a folder of revocation lists; NULL: none */
    bool required;
    int64_t at;
    enum trust_verdict verdict;
    const char *why;
};

enum { DAY = 86400 };

/* The folders: "all" has the lists of sub (fresh) and root, "sub" that of sub alone, "stale" an old one of sub, "forged" one that
 * another signed, "root" that of the root alone, "revokes" the root's that revokes sub, "part" that of part and root. */
static const struct trust_case cases[] = {
    { "a good one", "bundle.pem", "good.crt", NULL, "all", true, PKI_NOW, TRUST_GOOD, "" },
    { "a good one without extendedKeyUsage", "bundle.pem", "plain.crt", NULL, "all", true, PKI_NOW, TRUST_GOOD, "" },
    { "RSA 2048", "bundle.pem", "rsa2048.crt", NULL, "all", true, PKI_NOW, TRUST_GOOD, "" },
    { "the intermediate is an anchor, the root's list is absent", "bundle.pem", "good.crt", "sub.crt", "sub", true, PKI_NOW,
      TRUST_GOOD, "" },
    { "the root alone is an anchor, the intermediate comes along", "root.crt", "good.crt", "sub.crt", "all", true, PKI_NOW,
      TRUST_GOOD, "" },
    { "the same without the root's list", "root.crt", "good.crt", "sub.crt", "sub", true, PKI_NOW, TRUST_NO_CRL,
      "no fresh revocation list for: CN=Test sub" },
    { "the same without the intermediate's list", "root.crt", "good.crt", "sub.crt", "root", true, PKI_NOW, TRUST_NO_CRL,
      "no fresh revocation list for: CN=Posta Certificata" },
    { "the intermediate alone is an anchor", "sub.crt", "good.crt", NULL, "sub", true, PKI_NOW, TRUST_GOOD, "" },
    { "an intermediate that is not in the bundle, with its list", "root.crt", "member.crt", "part.crt", "part", true, PKI_NOW,
      TRUST_GOOD, "" },
    { "no intermediate anywhere", "root.crt", "good.crt", NULL, "all", true, PKI_NOW,
      TRUST_NO_CHAIN, "unable to get local issuer" },
    { "an unknown authority", "bundle.pem", "stranger.crt", NULL, "all", true, PKI_NOW,
      TRUST_NO_CHAIN, "unable to get local issuer" },
    { "an unknown authority that comes along", "bundle.pem", "stranger.crt", "other.crt", "all", true, PKI_NOW, TRUST_NO_CHAIN,
      "self-signed certificate in certificate chain: CN=Test other" },
    { "one signed by itself", "bundle.pem", "alone.crt", NULL, NULL, false, PKI_NOW, TRUST_NO_CHAIN, "self-signed certificate" },
    { "a revoked one", "bundle.pem", "revoked.crt", NULL, "all", true, PKI_NOW, TRUST_REVOKED,
      "certificate revoked: CN=Posta Certificata,O=Alfa PEC S.p.A.,C=IT" },
    { "a revoked one when no list is required", "bundle.pem", "revoked.crt", NULL, "all", false, PKI_NOW,
      TRUST_REVOKED, "revoked" },
    { "revoked by a stale list", "bundle.pem", "revoked.crt", NULL, "stale", true, PKI_NOW, TRUST_REVOKED, "revoked" },
    { "revoked although another list is missing", "root.crt", "revoked.crt", "sub.crt", "sub", true, PKI_NOW,
      TRUST_REVOKED, "revoked" },
    { "the intermediate revoked by the root", "root.crt", "good.crt", "sub.crt", "revokes", true, PKI_NOW, TRUST_REVOKED,
      "revoked: CN=Test sub" },
    { "the same although it is an anchor itself", "bundle.pem", "good.crt", NULL, "revokes", false, PKI_NOW, TRUST_REVOKED,
      "revoked: CN=Test sub" },
    { "good before its revocation", "bundle.pem", "revoked.crt", NULL, "all", true, PKI_NOW - 40 * DAY, TRUST_GOOD, "" },
    { "an expired one", "bundle.pem", "expired.crt", NULL, "all", true, PKI_NOW,
      TRUST_EXPIRED, "certificate has expired: CN=Posta" },
    { "an expired one without a list", "bundle.pem", "expired.crt", NULL, NULL, true, PKI_NOW, TRUST_EXPIRED, "expired" },
    { "an expired one at its time", "bundle.pem", "expired.crt", NULL, "all", true, PKI_NOW - 300 * DAY, TRUST_GOOD, "" },
    { "one that begins later", "bundle.pem", "early.crt", NULL, "all", true, PKI_NOW, TRUST_NOT_YET, "not yet valid" },
    { "one whose authority begins later", "bundle.pem", "good.crt", NULL, "all", true, 0, TRUST_NOT_YET, "not yet valid" },
    { "no list, required", "bundle.pem", "good.crt", NULL, NULL, true, PKI_NOW, TRUST_NO_CRL, "no fresh revocation list for" },
    { "no list, not required", "bundle.pem", "good.crt", NULL, NULL, false, PKI_NOW, TRUST_GOOD, "" },
    { "a stale list, required", "bundle.pem", "good.crt", NULL, "stale", true, PKI_NOW,
      TRUST_NO_CRL, "no fresh revocation list for" },
    { "a stale list, not required", "bundle.pem", "good.crt", NULL, "stale", false, PKI_NOW, TRUST_GOOD, "" },
    { "a forged list, required", "bundle.pem", "good.crt", NULL, "forged", true, PKI_NOW,
      TRUST_NO_CRL, "no fresh revocation list for" },
    { "a forged list, not required", "bundle.pem", "good.crt", NULL, "forged", false, PKI_NOW, TRUST_GOOD, "" },
    { "keyUsage without digitalSignature", "bundle.pem", "usage.crt", NULL, "all", true, PKI_NOW, TRUST_UNFIT, "digitalSignature" },
    { "extendedKeyUsage of a server", "bundle.pem", "purpose.crt", NULL, "all", true, PKI_NOW, TRUST_UNFIT, "purpose" },
    { "an address outside of the name constraints", "bundle.pem", "outside.crt", NULL, "all", true, PKI_NOW,
      TRUST_UNFIT, "subtree violation" },
    { "a name outside of the name constraints", "bundle.pem", "alien.crt", NULL, "all", true, PKI_NOW,
      TRUST_UNFIT, "subtree violation" },
    { "a key of 1024 bits", "bundle.pem", "weak.crt", NULL, "all", true, PKI_NOW, TRUST_UNFIT, "key too weak" },
    { "a user's certificate as an authority", "bundle.pem", "by-user.crt", "good.crt", "all", true, PKI_NOW, TRUST_UNFIT,
      "invalid CA certificate" },
    { "the certificate itself is an anchor", "good.crt", "good.crt", NULL, NULL, true, PKI_NOW, TRUST_GOOD, "" },
};

static void make_folders(void)
{
    assert_int_equal(pki_shell("mkdir all sub stale forged root revokes part && cp sub.crl all/a.r0 && cp root-der.crl all/b.r0 && "
                               "echo no > all/c.r0 && cp sub.crl sub/a.r0 && cp stale.crl stale/a.r0 && "
                               "cp forged.crl forged/a.r0 && cp root.crl root/a.r0 && cp sub.crl revokes/a.r0 && cp root-revokes.crl revokes/b.r0 && "
                               "cp part.crl part/a.r0 && cp root.crl part/b.r0"),
                     0);
    assert_int_equal(pki_shell("openssl x509 -req -in rsa2048.csr -CA good.crt -CAkey leaf.key -set_serial 9 -out by-user.crt"), 0);
}

static struct trust *open_trust(const struct trust_case *c)
{
    struct trust_settings settings = {
        .ca = pki_path(c->ca), .crl_dir = c->lists ? pki_path(c->lists) : NULL, .crl_required = c->required,
    };
    struct trust *trust = NULL;
    struct error e = { 0 };

    if (trust_open(&settings, &trust, &e) != 0)
        print_error("%s\n", e.text);
    assert_non_null(trust);
    return trust;
}

static void a_chain_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct trust_case *c = &cases[i];
        X509 *certificate = pki_certificate(c->certificate);
        STACK_OF(X509) *others = c->others ? sk_X509_new_null() : NULL;
        struct trust *trust = open_trust(c);

        print_message("  %s\n", c->name);
        if (others)
            assert_true(sk_X509_push(others, pki_certificate(c->others)) > 0);
        for (int again = 0; again < 2; again++) {
            struct trust_answer answer = { .verdict = (enum trust_verdict)42 };

            assert_int_equal(trust_check(trust, certificate, others, c->at, &answer, NULL), 0);
            if (answer.verdict != c->verdict || !strstr(answer.why, c->why))
                print_error("%d %s\n", answer.verdict, answer.why);
            assert_int_equal(answer.verdict, c->verdict);
            assert_non_null(strstr(answer.why, c->why));
            assert_int_equal(answer.why[0] == '\0', c->verdict == TRUST_GOOD);
            assert_int_equal(ERR_peek_error(), 0);
        }
        sk_X509_pop_free(others, X509_free);
        trust_close(&trust);
        assert_null(trust);
        X509_free(certificate);
    }
}

enum { JUNE_2009 = 1243814400, JUNE_2016 = 1464739200 };

/* RFC 6109 5.5.3: the first certificates had RSA 1024 and SHA-1. They count for reading what they signed, while they were all there was. */
static void a_chain_of_the_first_years_is_judged_by_its_time(void **state)
{
    static const struct {
        bool historic;
        int64_t at;
        enum trust_verdict verdict;
    } rows[] = { { true, JUNE_2009, TRUST_GOOD }, { true, JUNE_2016, TRUST_UNFIT }, { false, JUNE_2009, TRUST_UNFIT } };
    X509 *certificate = pki_certificate("ancient.crt");

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct trust_settings settings = { .ca = pki_path("bundle-historic.pem"), .historic = rows[i].historic };
        struct trust *trust = NULL;
        struct trust_answer answer;

        assert_int_equal(trust_open(&settings, &trust, NULL), 0);
        assert_int_equal(trust_check(trust, certificate, NULL, rows[i].at, &answer, NULL), 0);
        assert_int_equal(answer.verdict, rows[i].verdict);
        assert_int_equal(answer.is_weak, rows[i].verdict == TRUST_GOOD);
        trust_close(&trust);
    }
    X509_free(certificate);
}

/* Whether no list speaks for a certificate, or one that it is not revoked, can be told apart. */
static void a_good_one_says_whether_a_list_knows_it(void **state)
{
    X509 *certificate = pki_certificate("good.crt");

    (void)state;
    for (int with_lists = 0; with_lists < 2; with_lists++) {
        const struct trust_case c = { .ca = "bundle.pem", .lists = with_lists ? "all" : NULL };
        struct trust *trust = open_trust(&c);
        struct trust_answer answer;

        assert_int_equal(trust_check(trust, certificate, NULL, PKI_NOW, &answer, NULL), 0);
        assert_int_equal(answer.verdict, TRUST_GOOD);
        assert_int_equal(answer.is_unlisted, !with_lists);
        trust_close(&trust);
    }
    X509_free(certificate);
}

static void a_tampered_certificate_has_no_chain(void **state)
{
    X509 *certificate = pki_certificate("good.crt"), *tampered;
    unsigned char *der = NULL;
    const unsigned char *at;
    int size = i2d_X509(certificate, &der);
    struct trust *trust = open_trust(&cases[0]);
    struct trust_answer answer;

    (void)state;
    der[size - 1] ^= 1; /* in the signature */
    at = der;
    tampered = d2i_X509(NULL, &at, size);
    assert_non_null(tampered);
    assert_int_equal(trust_check(trust, tampered, NULL, PKI_NOW, &answer, NULL), 0);
    assert_int_equal(answer.verdict, TRUST_NO_CHAIN);
    trust_close(&trust);
    OPENSSL_free(der);
    X509_free(certificate);
    X509_free(tampered);
}

static void lists_and_their_faults_are_told(void **state)
{
    struct trust *trust = open_trust(&cases[0]);
    struct trust_crl list;

    (void)state;
    assert_int_equal(trust_crl_count(trust), 3);
    trust_crl_at(trust, 0, &list);
    assert_string_equal(list.file, pki_path("all/a.r0"));
    assert_string_equal(list.issuer, "CN=Test sub,O=Test sub,C=IT");
    assert_int_equal(list.next_update, PKI_NOW + 16 * DAY);
    assert_null(list.fault);
    trust_crl_at(trust, 2, &list);
    assert_string_equal(list.file, pki_path("all/c.r0"));
    assert_string_equal(list.issuer, "");
    assert_non_null(list.fault);
    trust_close(&trust);
    trust_close(&trust);
}

static void a_bad_bundle_or_folder_is_refused_with_its_path(void **state)
{
    struct trust_settings settings = { .ca = pki_path("missing.pem") };
    struct trust *trust = NULL;
    struct error e = { 0 };

    (void)state;
    assert_int_equal(trust_open(&settings, &trust, &e), ERROR_CONFIG);
    assert_non_null(strstr(e.text, "missing.pem: No such file"));
    settings.ca = pki_path("leaf.key");
    assert_int_equal(trust_open(&settings, &trust, &e), ERROR_CONFIG);
    assert_non_null(strstr(e.text, "leaf.key: no certificate in PEM"));
    settings.ca = pki_path("bundle.pem");
    settings.crl_dir = pki_path("bundle.pem");
    assert_int_equal(trust_open(&settings, &trust, &e), ERROR_CONFIG);
    assert_non_null(strstr(e.text, "bundle.pem: Not a directory"));
    assert_null(trust);
}

static void sha1_is_a_setting(void **state)
{
    struct trust_settings settings = { .ca = pki_path("bundle.pem"), .sha1_accepted = true };
    struct trust *trust = open_trust(&cases[0]);

    (void)state;
    assert_false(trust_accepts_sha1(trust));
    trust_close(&trust);
    assert_int_equal(trust_open(&settings, &trust, NULL), 0);
    assert_true(trust_accepts_sha1(trust));
    trust_close(&trust);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_judged),
        cmocka_unit_test(a_chain_of_the_first_years_is_judged_by_its_time),
        cmocka_unit_test(a_good_one_says_whether_a_list_knows_it),
        cmocka_unit_test(a_tampered_certificate_has_no_chain),
        cmocka_unit_test(lists_and_their_faults_are_told),
        cmocka_unit_test(a_bad_bundle_or_folder_is_refused_with_its_path),
        cmocka_unit_test(sha1_is_a_setting),
    };
    int failed;

    (void)count;
    pki_begin(arguments[1]);
    make_folders();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return failed;
}

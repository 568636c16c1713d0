/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "pki.h"
#include "sign/certificate.h"

/* What was told, one fault a line. */
struct told {
    char text[4000];
    int count;
};

static void remember(void *arg, const char *words)
{
    struct told *told = arg;
    size_t used = strlen(told->text);

    snprintf(told->text + used, sizeof told->text - used, "%s\n", words);
    told->count++;
    /* Each names its section. */
    assert_non_null(strstr(words, "RFC 6109 5.5"));
}

struct profile_case {
    const char *name;
    const char *file;
    const char *faults[8]; /* words of each, in their order */
};

static const struct profile_case cases[] = {
    { "a provider's certificate has no fault", "rsa2048.crt", { NULL } },
    { "nor has one of P-256 without extendedKeyUsage", "plain.crt", { NULL } },
    { "the name may stand in commonName alone (5.5.1)", "p-common-name.crt", { NULL } },
    { "another's name (5.5.1)", "p-name.crt", { "5.5.1" } },
    { "another's address (5.5.1)", "outside.crt", { "subjectAltName" } },
    { "basicConstraints even of a user (5.5.2)", "p-constraints.crt", { "basicConstraints is present" } },
    { "keyUsage not critical (5.5.2)", "p-usage-relaxed.crt", { "keyUsage is not marked as critical" } },
    { "keyUsage without digitalSignature (5.5.2)", "usage.crt", { "keyUsage does not have digitalSignature" } },
    { "identifiers and name critical (5.5.2)",
      "p-identifiers-critical.crt",
      { "authorityKeyIdentifier is marked as critical", "subjectKeyIdentifier is marked as critical",
        "subjectAltName is marked as critical" } },
    { "an authority named by issuer and serial alone (5.5.2)", "p-identifier-serial.crt", { "does not have a keyIdentifier" } },
    { "another extension critical (5.5.2)", "p-purpose-critical.crt", { "\"X509v3 Extended Key Usage\" is marked as critical" } },
    { "no extension at all (5.5.2), which makes it of version 1",
      "bare.crt",
      { "version 1", "keyUsage is missing", "authorityKeyIdentifier is missing", "subjectKeyIdentifier is missing",
        "subjectAltName is missing" } },
    { "a short key", "weak.crt", { "1024 bits is too short" } },
    { "an expired certificate", "expired.crt", { "expired at 2025-12-31T23:59:59Z" } },
    { "one that begins later", "early.crt", { "not valid before 2027-01-01T00:00:00Z" } },
};

static void each_point_of_the_profile_is_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        X509 *certificate = pki_certificate(cases[i].file);
        struct told told = { 0 };
        const char *line = told.text;
        int expected = 0, faults;

        print_message("  %s\n", cases[i].name);
        faults = certificate_profile(certificate, "Alfa PEC S.p.A.", "Posta-Certificata@alfa.example", PKI_NOW, remember, &told);
        assert_int_equal(faults, told.count);
        for (; cases[i].faults[expected]; expected++) {
            line = strstr(line, cases[i].faults[expected]);
            assert_non_null(line);
        }
        assert_int_equal(told.count, expected);
        X509_free(certificate);
    }
}

static void an_old_version_is_told(void **state)
{
    X509 *certificate = pki_certificate("p-version.crt");
    struct told told = { 0 };

    (void)state;
    assert_true(certificate_profile(certificate, "nobody", "nobody@alfa.example", PKI_NOW, remember, &told) > 1);
    assert_non_null(strstr(told.text, "version 1, RFC 6109 5.5 wants version 3"));
    X509_free(certificate);
}

static int faults_at(X509 *certificate, int64_t now)
{
    struct told told = { 0 };

    return certificate_profile(certificate, "Alfa PEC S.p.A.", "posta-certificata@alfa.example", now, remember, &told);
}

static void validity_counts_from_its_first_to_its_last_second(void **state)
{
    X509 *certificate = pki_certificate("expired.crt");

    (void)state;
    assert_int_equal(faults_at(certificate, 1767225599), 0);
    assert_int_equal(faults_at(certificate, 1767225600), 1);
    assert_int_equal(faults_at(certificate, 1704067200), 0);
    assert_int_equal(faults_at(certificate, 1704067199), 1);
    X509_free(certificate);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_point_of_the_profile_is_told),
        cmocka_unit_test(an_old_version_is_told),
        cmocka_unit_test(validity_counts_from_its_first_to_its_last_second),
    };
    int failed;

    (void)count;
    pki_begin(arguments[1]);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return failed;
}

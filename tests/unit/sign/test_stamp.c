/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Time stamps (RFC 3161), given by another program: openssl ts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/digest.h"
#include "pki.h"
#include "sign/certificate.h"
#include "sign/stamp.h"

static const struct slice document = SLICE("{\"file\":\"legal-20261124T052141Z-000000000001.log\"}\n");

#define CONFIGURATION \
    "[ tsa ]\ndefault_tsa = one\n[ one ]\nserial = serial\ncrypto_device = builtin\nsigner_cert = tsa.crt\ncerts = tsa-ca.crt\n" \
    "signer_key = tsa.key\nsigner_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256\naccuracy = secs:1\n" \
    "clock_precision_digits = 3\ntsa_name = yes\ness_cert_id_alg = sha256\n"

#define ISSUE(name, purpose, days) \
    "printf 'keyUsage=critical,digitalSignature\\nextendedKeyUsage=" purpose "\\n' > ext && " \
    "openssl req -newkey rsa:2048 -nodes -keyout " name ".key -out r.csr -subj /CN=" name " && " \
    "openssl x509 -req -in r.csr -CA tsa-ca.crt -CAkey tsa-ca.key -CAcreateserial -days " days " -extfile ext -out " name ".crt"

static void make_authority(void)
{
    pki_write("ts.cnf", SLICE(CONFIGURATION));
    pki_write("serial", SLICE("01\n"));
    assert_int_equal(pki_shell("openssl req -x509 -newkey rsa:2048 -nodes -keyout tsa-ca.key -out tsa-ca.crt -subj /CN=ca -days 10"), 0);
    assert_int_equal(pki_shell(ISSUE("tsa", "critical,timeStamping", "9")), 0);
    assert_int_equal(pki_shell(ISSUE("usual", "critical,timeStamping,emailProtection", "9")), 0);
    assert_int_equal(pki_shell(ISSUE("mail", "emailProtection", "9")), 0);
}

static void digest(struct slice content, unsigned char out[STAMP_IMPRINT_SIZE])
{
    assert_int_equal(digest_slice(DIGEST_SHA256, content, out), 0);
}

/* A request of ours as a file. */
static void make_request(const char *name, struct slice content)
{
    unsigned char imprint[STAMP_IMPRINT_SIZE];
    struct arena *arena = arena_new(8192);
    struct slice request;

    digest(content, imprint);
    assert_int_equal(stamp_request(imprint, arena, &request, NULL), 0);
    pki_write(name, request);
    arena_free(&arena);
}

static void make_answers(void)
{
    make_authority();
    make_request("ours.tsq", document);
    make_request("again.tsq", document);
    make_request("other.tsq", SLICE("another"));
    pki_write("bad.tsq", SLICE("0\x03\x02\x01\x01"));
    assert_int_equal(pki_shell("for q in ours again other bad; do openssl ts -reply -config ts.cnf -queryfile $q.tsq -out $q.tsr; done; "
                               "test -s ours.tsr -a -s again.tsr -a -s other.tsr -a -s bad.tsr"), 0);
    assert_int_equal(pki_shell("head -c 1200 ours.tsr > cut.tsr; cat ours.tsr again.tsr > two.tsr; : > empty.tsr; "
                               "head -c 70000 /dev/zero > large.tsr; openssl ts -reply -config ts.cnf -queryfile ours.tsq -token_out "
                               "-out token.tsr"), 0);
}

/* What openssl thinks of our request. */
static void a_request_says_what_is_to_be_stamped(void **state)
{
    struct slice text;

    (void)state;
    assert_int_equal(pki_shell("openssl ts -query -in ours.tsq -text > query.txt && openssl dgst -sha256 -hex query.txt"), 0);
    text = pki_read("query.txt");
    assert_true(slice_find(text, SLICE("Version: 1")) < text.size);
    assert_true(slice_find(text, SLICE("Hash Algorithm: sha256")) < text.size);
    assert_true(slice_find(text, SLICE("Certificate required: yes")) < text.size);
    assert_true(slice_find(text, SLICE("Nonce: 0x")) < text.size);
    free((char *)(uintptr_t)text.data);
    assert_int_not_equal(pki_shell("cmp ours.tsq again.tsq"), 0);
}

struct answer_case {
    const char *name, *answer, *request, *ca;
    int64_t clock; /* seconds that ours is ahead */
    int result;
    const char *words;
};

static const struct answer_case answer_cases[] = {
    { "the answer to our request", "ours.tsr", "ours.tsq", "tsa-ca.crt", 0, 0, "" },
    { "the authority's certificate itself in the bundle", "ours.tsr", "ours.tsq", "tsa.crt", 0, 0, "" },
    { "the answer to another request for the same bytes", "again.tsr", "ours.tsq", "tsa-ca.crt", 0, ERROR_SIGNATURE, "another request" },
    { "a stamp of other bytes", "other.tsr", "ours.tsq", "tsa-ca.crt", 0, ERROR_SIGNATURE, "" },
    { "a refusal", "bad.tsr", "ours.tsq", "tsa-ca.crt", 0, ERROR_REFUSED, "status 2" },
    { "another authority", "ours.tsr", "ours.tsq", "root.crt", 0, ERROR_CERTIFICATE, "certificate" },
    { "a clock of yesterday", "ours.tsr", "ours.tsq", "tsa-ca.crt", 86400, ERROR_CERTIFICATE, "away" },
    { "a clock of tomorrow", "ours.tsr", "ours.tsq", "tsa-ca.crt", -86400, ERROR_CERTIFICATE, "away" },
    { "a few minutes", "ours.tsr", "ours.tsq", "tsa-ca.crt", 300, 0, "" },
    { "half an answer", "cut.tsr", "ours.tsq", "tsa-ca.crt", 0, ERROR_SYNTAX, "no time stamp" },
    { "two answers", "two.tsr", "ours.tsq", "tsa-ca.crt", 0, ERROR_SYNTAX, "no time stamp" },
    { "no answer", "empty.tsr", "ours.tsq", "tsa-ca.crt", 0, ERROR_SYNTAX, "no time stamp" },
    { "a token without its answer", "token.tsr", "ours.tsq", "tsa-ca.crt", 0, ERROR_SYNTAX, "no time stamp" },
    { "more than any stamp is", "large.tsr", "ours.tsq", "tsa-ca.crt", 0, ERROR_SYNTAX, "larger" },
    { "our own request", "ours.tsq", "ours.tsq", "tsa-ca.crt", 0, ERROR_SYNTAX, "no time stamp" },
};

static STACK_OF(X509) *authorities(const char *ca)
{
    STACK_OF(X509) *stack = NULL;

    assert_int_equal(certificate_read_file(pki_path(ca), &stack, NULL), 0);
    return stack;
}

static void each_answer_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answer_cases / sizeof answer_cases[0]; i++) {
        const struct answer_case *c = &answer_cases[i];
        struct slice answer = pki_read(c->answer), request = pki_read(c->request);
        STACK_OF(X509) *ca = authorities(c->ca);
        struct error e = { 0 };
        struct stamp stamp = { .time = 77 };
        int64_t now = clock_now();

        print_message("  %s\n", c->name);
        assert_int_equal(stamp_check_answer(answer, request, ca, now + c->clock, &stamp, &e), c->result);
        assert_non_null(strstr(e.text, c->words));
        if (c->result == 0)
            assert_in_range(stamp.time, now - 120, now);
        else
            assert_int_equal(stamp.time, 77);
        sk_X509_pop_free(ca, X509_free);
        free((char *)(uintptr_t)answer.data);
        free((char *)(uintptr_t)request.data);
    }
}

static void a_kept_stamp_holds_over_its_bytes_and_no_others(void **state)
{
    struct slice answer = pki_read("ours.tsr");
    STACK_OF(X509) *ca = authorities("tsa-ca.crt");
    unsigned char imprint[STAMP_IMPRINT_SIZE];
    struct stamp stamp;
    struct error e;

    (void)state;
    digest(document, imprint);
    assert_int_equal(stamp_check(answer, imprint, ca, &stamp, NULL), 0);
    imprint[31] ^= 1;
    assert_int_equal(stamp_check(answer, imprint, ca, &stamp, &e), ERROR_SIGNATURE);
    assert_string_equal(e.text, "the stamp is of other bytes");
    sk_X509_pop_free(ca, X509_free);
    free((char *)(uintptr_t)answer.data);
}

/* Wherever it is: in the status, in the certificates, in the signature. */
static void no_byte_of_a_stamp_can_be_changed(void **state)
{
    struct slice answer = pki_read("ours.tsr");
    char *bytes = (char *)(uintptr_t)answer.data;
    STACK_OF(X509) *ca = authorities("tsa-ca.crt");
    unsigned char imprint[STAMP_IMPRINT_SIZE];
    struct stamp stamp, first;
    size_t held = 0;

    (void)state;
    digest(document, imprint);
    assert_int_equal(stamp_check(answer, imprint, ca, &first, NULL), 0);
    for (size_t i = 0; i < answer.size; i++) {
        bytes[i] ^= 1;
        if (stamp_check(answer, imprint, ca, &stamp, NULL) == 0) {
            assert_int_equal(stamp.time, first.time);
            held++;
        }
        bytes[i] ^= 1;
    }
    print_message("  %zu of %zu bytes say nothing\n", held, answer.size);
    assert_in_range(held, 0, answer.size / 50); /* numbers of versions, parameters of algorithms */
    sk_X509_pop_free(ca, X509_free);
    free(bytes);
}

/* What was stamped, signed anew by another certificate. */
#define SIGN_ANEW(name) \
    "openssl cms -verify -noverify -inform DER -in token.tsr -out tst.der && openssl cms -sign -binary -nodetach -cades -md sha256 " \
    "-econtent_type 1.2.840.113549.1.9.16.1.4 -in tst.der -signer " name ".crt -inkey " name ".key -outform DER -out signed.der && " \
    "openssl ts -reply -in signed.der -token_in -out " name "-anew.tsr"

static int check_anew(const char *command, const char *file, struct error *e)
{
    STACK_OF(X509) *ca = authorities("tsa-ca.crt");
    unsigned char imprint[STAMP_IMPRINT_SIZE];
    struct stamp stamp;
    struct slice answer;
    int result;

    assert_int_equal(pki_shell(command), 0);
    answer = pki_read(file);
    digest(document, imprint);
    result = stamp_check(answer, imprint, ca, &stamp, e);
    sk_X509_pop_free(ca, X509_free);
    free((char *)(uintptr_t)answer.data);
    return result;
}

/* RFC 3161 2.3: its certificate is for time stamping and for nothing else. */
static void a_certificate_for_other_things_is_refused(void **state)
{
    struct error e = { 0 };

    (void)state;
    assert_int_equal(check_anew(SIGN_ANEW("tsa"), "tsa-anew.tsr", &e), 0);
    assert_int_equal(check_anew(SIGN_ANEW("usual"), "usual-anew.tsr", &e), ERROR_CERTIFICATE);
    assert_int_equal(check_anew(SIGN_ANEW("mail"), "mail-anew.tsr", &e), ERROR_CERTIFICATE);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_says_what_is_to_be_stamped),
        cmocka_unit_test(each_answer_is_judged),
        cmocka_unit_test(a_kept_stamp_holds_over_its_bytes_and_no_others),
        cmocka_unit_test(no_byte_of_a_stamp_can_be_changed),
        cmocka_unit_test(a_certificate_for_other_things_is_refused),
    };
    int status;

    assert_int_equal(argc, 2);
    pki_begin(argv[1]);
    make_answers();
    status = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return status;
}

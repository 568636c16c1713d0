/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 6109 2.2.2, "signature validity". Signatures made by the openssl command, as peers make them, and by our own cms_sign.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/rope.h"
#include "pki.h"
#include "sign/cms.h"
#include "sign/verify.h"

static const struct slice content = SLICE("Content-Type: text/plain\r\n\r\nIl giorno 15/06/2026\r\n");

static struct trust *trust, *modern; /* with and without SHA-1 */

/* Sign "content" with the words of a command line behind "openssl cms -sign". */
static struct slice signed_with(const char *words)
{
    char command[600];

    snprintf(command, sizeof command, "openssl cms -sign -binary -in content -outform DER -out made %s", words);
    assert_int_equal(pki_shell(command), 0);
    return pki_read("made");
}

static void release(struct slice *s)
{
    free((char *)(uintptr_t)s->data);
    *s = SLICE_NONE;
}

#define RSA "-signer rsa2048.crt -inkey rsa2048.key -certfile sub.crt "
#define EC "-signer good.crt -inkey leaf.key -certfile sub.crt "

struct good_case {
    const char *name;
    const char *words;
    const char *digest;
};

static const struct good_case good_cases[] = {
    { "RSA and SHA-256", RSA "-md sha256", "sha256" },
    { "RSA 3072", "-signer rsa3072.crt -inkey rsa3072.key -md sha256", "sha256" },
    { "RSA and SHA-384", RSA "-md sha384", "sha384" },
    { "RSA and SHA-512", RSA "-md sha512", "sha512" },
    { "RSA-PSS", RSA "-md sha256 -keyopt rsa_padding_mode:pss", "sha256" },
    { "P-256", EC "-md sha256", "sha256" },
    { "P-256 and SHA-512", EC "-md sha512", "sha512" },
    { "SHA-1 with sMIMECapabilities, as old OpenPEC signs", RSA "-md sha1", "sha1" },
    { "P-256 and SHA-1", EC "-md sha1", "sha1" },
    { "without sMIMECapabilities", RSA "-md sha256 -nosmimecap", "sha256" },
    { "with signingCertificateV2 (RFC 5035)", RSA "-md sha256 -cades", "sha256" },
    { "a signer named by his key's identifier", RSA "-md sha256 -keyid", "sha256" },
};

static void what_peers_send_is_read_and_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good_cases / sizeof good_cases[0]; i++) {
        const struct good_case *c = &good_cases[i];
        struct slice der = signed_with(c->words);
        struct signature *s = NULL;
        struct trust_answer answer;
        struct error e = { 0 };

        print_message("  %s\n", c->name);
        if (signature_read(der, trust, &s, &e) != 0)
            print_error("%s\n", e.text);
        assert_non_null(s);
        assert_string_equal(signature_digest_name(s), c->digest);
        assert_true(certificate_has_address(signature_certificate(s), "posta-certificata@alfa.example"));
        assert_true(signature_time(s) >= clock_now() - 60 && signature_time(s) <= clock_now());
        assert_int_equal(signature_holds(s, content, &e), 0);
        assert_int_equal(signature_holds(s, content, &e), 0);
        assert_int_equal(signature_trust(s, trust, PKI_NOW, &answer, &e), 0);
        assert_int_equal(answer.verdict, TRUST_GOOD);
        assert_int_equal(signature_holds(s, (struct slice){ content.data, content.size - 1 }, &e), ERROR_SIGNATURE);
        assert_string_equal(e.text, "the content is not what was signed (RFC 5652 5.4)");
        assert_int_equal(signature_holds(s, SLICE_NONE, &e), ERROR_SIGNATURE);
        assert_int_equal(ERR_peek_error(), 0);
        signature_free(&s);
        assert_null(s);
        signature_free(&s);
        release(&der);
    }
}

static const char *const bare_cases[] = { RSA "-md sha256 -noattr", EC "-md sha256 -noattr", RSA "-md sha1 -noattr",
                                          RSA "-md sha256 -noattr -keyopt rsa_padding_mode:pss" };

/* RFC 5751 2.5: receivers handle "zero or one" of each signed attribute. */
static void a_signature_without_attributes_is_over_the_content(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bare_cases / sizeof bare_cases[0]; i++) {
        struct slice der = signed_with(bare_cases[i]);
        struct signature *s = NULL;
        struct error e = { 0 };

        assert_int_equal(signature_read(der, trust, &s, &e), 0);
        assert_true(signature_time(s) == 0);
        assert_int_equal(signature_holds(s, content, &e), 0);
        assert_int_equal(signature_holds(s, content, &e), 0);
        assert_int_equal(signature_holds(s, (struct slice){ content.data, content.size - 1 }, &e), ERROR_SIGNATURE);
        assert_int_equal(signature_holds(s, SLICE_NONE, &e), ERROR_SIGNATURE);
        assert_int_equal(ERR_peek_error(), 0);
        signature_free(&s);
        release(&der);
    }
}

/* The three outer structures with indefinite lengths (X.690 8.1.3.6), as libraries write that do not know the size yet. */
static void ber_is_read(void **state)
{
    struct slice der = signed_with(RSA "-md sha256"), oid = { der.data + 4, 11 }, inner = slice_skip(der, 23);
    struct arena *arena = arena_new(64 * 1024);
    struct rope ber = rope_new(arena);
    struct signature *s = NULL;

    (void)state;
    assert_memory_equal(der.data + 15, "\xA0\x82", 2);
    assert_memory_equal(der.data + 19, "\x30\x82", 2);
    rope_add(&ber, SLICE("\x30\x80"));
    rope_add(&ber, oid);
    rope_add(&ber, SLICE("\xA0\x80\x30\x80"));
    rope_add(&ber, inner);
    rope_add(&ber, SLICE("\0\0\0\0\0\0"));
    assert_int_equal(signature_read(rope_flat(&ber), trust, &s, NULL), 0);
    assert_int_equal(signature_holds(s, content, NULL), 0);
    signature_free(&s);
    arena_free(&arena);
    release(&der);
}

static void read_refused(struct slice der, const struct trust *by, const char *words)
{
    struct signature *s = NULL;
    struct error e = { 0 };

    assert_int_equal(signature_read(der, by, &s, &e), ERROR_SIGNATURE);
    if (!strstr(e.text, words))
        print_error("%s\n", e.text);
    assert_non_null(strstr(e.text, words));
    assert_null(s);
    assert_int_equal(ERR_peek_error(), 0);
}

struct refused_case {
    const char *name;
    const char *words; /* of the command line */
    const char *reason;
};

static const struct refused_case refused_cases[] = {
    { "with the content inside", RSA "-md sha256 -nodetach", "content of its own" },
    { "with another type of content", RSA "-md sha256 -econtent_type 1.2.3.4", "content of its own" },
    { "without the certificate (RFC 6109 2.1)", RSA "-md sha256 -nocerts", "the signer's certificate is not in the signature" },
    { "with an intermediate alone", RSA "-md sha256 -nocerts -certfile sub.crt", "the signer's certificate is not in" },
    { "two signers", RSA "-md sha256 " EC, "2 signers, not one" },
    { "MD5", RSA "-md md5", "the digest is none of those accepted" },
    { "SHA-224", RSA "-md sha224", "the digest is none of those accepted" },
    { "SHA-3", RSA "-md sha3-256", "the digest is none of those accepted" },
};

static void what_is_no_signature_of_a_message_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused_cases / sizeof refused_cases[0]; i++) {
        struct slice der = signed_with(refused_cases[i].words);

        print_message("  %s\n", refused_cases[i].name);
        read_refused(der, trust, refused_cases[i].reason);
        release(&der);
    }
}

static void sha1_is_refused_where_it_is_not_accepted(void **state)
{
    struct slice der = signed_with(RSA "-md sha1");

    (void)state;
    read_refused(der, modern, "the digest is none of those accepted");
    read_refused(der, NULL, "the digest is none of those accepted");
    release(&der);
}

static void other_structures_are_refused(void **state)
{
    struct slice der;

    (void)state;
    assert_int_equal(pki_shell("openssl cms -data_create -in content -outform DER -out data && "
                               "openssl cms -encrypt -in content -outform DER -out enveloped rsa2048.crt"),
                     0);
    der = pki_read("data");
    read_refused(der, trust, "no SignedData");
    release(&der);
    der = pki_read("enveloped");
    read_refused(der, trust, "no SignedData");
    release(&der);
    der = pki_read("good.crt");
    read_refused(der, trust, "not the structure of a signature");
    release(&der);
    read_refused(SLICE_NONE, trust, "not the structure of a signature");
    read_refused(SLICE("\x30\x80"), trust, "not the structure of a signature");
}

static void nothing_may_stand_behind_it_and_nothing_may_lack(void **state)
{
    struct slice der = signed_with(RSA "-md sha256");
    char *longer = calloc(1, SIGNATURE_DER_MAX + 1);

    (void)state;
    assert_non_null(longer);
    memcpy(longer, der.data, der.size);
    read_refused((struct slice){ longer, der.size + 1 }, trust, "bytes after the end");
    read_refused((struct slice){ longer, SIGNATURE_DER_MAX }, trust, "bytes after the end");
    read_refused((struct slice){ longer, SIGNATURE_DER_MAX + 1 }, trust, "too long");
    free(longer);
    for (size_t size = 0; size < der.size; size++) {
        /* A copy of that size, so that a reader that goes too far is caught. */
        char *copy = malloc(size + 1);
        struct signature *s = NULL;

        assert_non_null(copy);
        memcpy(copy, der.data, size);
        copy = realloc(copy, size ? size : 1);
        assert_int_equal(signature_read((struct slice){ copy, size }, trust, &s, NULL), ERROR_SIGNATURE);
        free(copy);
    }
    release(&der);
}

static void too_many_certificates_are_refused(void **state)
{
    struct slice der;

    (void)state;
    assert_int_equal(pki_shell("for i in $(seq 1 33); do openssl x509 -req -in leaf.csr -CA other.crt -CAkey other.key "
                               "-set_serial $i; done > many.pem"),
                     0);
    der = signed_with("-signer rsa2048.crt -inkey rsa2048.key -md sha256 -certfile many.pem");
    read_refused(der, trust, "too many certificates");
    release(&der);
}

/* Replace every `from` in the structure by `to`, of the same length; how many there were. */
static int patch(struct slice der, struct slice from, struct slice to)
{
    char *bytes = (char *)(uintptr_t)der.data;
    int count = 0;

    for (size_t at = 0; at + from.size <= der.size; at++)
        if (memcmp(bytes + at, from.data, from.size) == 0) {
            memcpy(bytes + at, to.data, to.size);
            count++;
        }
    return count;
}

#define PKCS9 "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x09"

struct patch_case {
    const char *name;
    struct slice from, to;
    const char *reason;
};

static const struct patch_case patch_cases[] = {
    { "contentType missing (RFC 5652 11.1)", { PKCS9 "\x03", 11 }, { PKCS9 "\x2A", 11 }, "contentType is missing or wrong" },
    { "contentType of another content", { PKCS9 "\x03\x31\x0B\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01", 24 },
      { PKCS9 "\x03\x31\x0B\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02", 24 }, "contentType is missing or wrong" },
    { "contentType without a value", { PKCS9 "\x03\x31\x0B\x06\x09", 15 }, { PKCS9 "\x03\x31\x0B\x05\x09", 15 }, "" },
    { "messageDigest missing (RFC 5652 11.2)", { PKCS9 "\x04", 11 }, { PKCS9 "\x2A", 11 }, "messageDigest is missing or wrong" },
    { "messageDigest that is no octet string", { PKCS9 "\x04\x31\x22\x04", 14 }, { PKCS9 "\x04\x31\x22\x0C", 14 },
      "messageDigest is missing or wrong" },
    { "signingTime twice (RFC 5652 11.3)", { PKCS9 "\x0F", 11 }, { PKCS9 "\x05", 11 }, "stands twice" },
    { "messageDigest twice", { PKCS9 "\x05", 11 }, { PKCS9 "\x04", 11 }, "stands twice" },
    { "an unknown attribute twice", { PKCS9 "\x0F", 11 }, { PKCS9 "\x2A", 11 }, NULL },
};

static void signed_attributes_are_complete_and_single(void **state)
{
    struct slice der = signed_with(RSA "-md sha256");

    (void)state;
    for (size_t i = 0; i < sizeof patch_cases / sizeof patch_cases[0]; i++) {
        const struct patch_case *c = &patch_cases[i];
        struct slice copy = { malloc(der.size), der.size };

        print_message("  %s\n", c->name);
        assert_non_null(copy.data);
        memcpy((char *)(uintptr_t)copy.data, der.data, der.size);
        assert_int_equal(patch(copy, c->from, c->to), 1);
        if (!c->reason)
            assert_int_equal(patch(copy, (struct slice){ PKCS9 "\x05", 11 }, (struct slice){ PKCS9 "\x2A", 11 }), 1);
        read_refused(copy, trust, c->reason ? c->reason : "stands twice");
        release(&copy);
    }
    release(&der);
}

static void the_signature_algorithm_goes_with_digest_and_key(void **state)
{
    static const struct slice rsa = SLICE("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00\x04\x82\x01\x00");
    static const struct slice sha256_rsa = SLICE("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B\x05\x00\x04\x82\x01\x00");
    static const struct slice sha512_rsa = SLICE("\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0D\x05\x00\x04\x82\x01\x00");
    static const struct slice dsa = SLICE("\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x02\x05\x00\x04\x82\x01\x00");
    static const struct slice ecdsa = SLICE("\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x02\x04");
    static const struct slice ecdsa_512 = SLICE("\x06\x08\x2A\x86\x48\xCE\x3D\x04\x03\x04\x04");
    struct slice der = signed_with(RSA "-md sha256");
    struct signature *s = NULL;

    (void)state;
    assert_int_equal(patch(der, rsa, sha256_rsa), 1);
    assert_int_equal(signature_read(der, trust, &s, NULL), 0);
    assert_int_equal(signature_holds(s, content, NULL), 0);
    signature_free(&s);
    assert_int_equal(patch(der, sha256_rsa, sha512_rsa), 1);
    read_refused(der, trust, "signature algorithm");
    assert_int_equal(patch(der, sha512_rsa, dsa), 1);
    read_refused(der, trust, "signature algorithm");
    release(&der);
    der = signed_with(EC "-md sha256");
    assert_int_equal(patch(der, ecdsa, ecdsa_512), 1);
    read_refused(der, trust, "signature algorithm");
    release(&der);
}

static void a_key_of_another_kind_is_refused(void **state)
{
    struct slice der;

    (void)state;
    assert_int_equal(pki_shell("openssl genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -out param && "
                               "openssl req -x509 -newkey param:param -noenc -keyout dsa.key -subj /CN=dsa -out dsa.crt"),
                     0);
    der = signed_with("-signer dsa.crt -inkey dsa.key -md sha256");
    read_refused(der, trust, "signature algorithm");
    release(&der);
}

static void a_changed_bit_is_found(void **state)
{
    struct slice der = signed_with(RSA "-md sha256 -nosmimecap");
    char *bytes = (char *)(uintptr_t)der.data;
    struct error e = { 0 };
    size_t held = 0;

    /* Each byte of the last 380: the attributes, the algorithm and the signature. The parameter of rsaEncryption (the tag of a
     * NULL, before the signature of 4 + 256 bytes) says nothing and is not signed. */
    (void)state;
    for (size_t at = der.size - 380; at < der.size; at++) {
        struct signature *s = NULL;

        if (at == der.size - 262)
            continue;
        bytes[at] ^= 0x01;
        if (signature_read(der, trust, &s, &e) == 0 && signature_holds(s, content, &e) == 0)
            held++;
        signature_free(&s);
        bytes[at] ^= 0x01;
    }
    assert_int_equal(held, 0);
    bytes[der.size - 1] ^= 1;
    {
        struct signature *s = NULL;

        assert_int_equal(signature_read(der, trust, &s, &e), 0);
        assert_int_equal(signature_holds(s, content, &e), ERROR_SIGNATURE);
        assert_ptr_equal(strstr(e.text, "the signature does not hold"), e.text);
        signature_free(&s);
    }
    release(&der);
}

static void without_a_signing_time_it_is_zero(void **state)
{
    struct slice der = signed_with(RSA "-md sha256");
    struct signature *s = NULL;

    (void)state;
    assert_int_equal(patch(der, (struct slice){ PKCS9 "\x05", 11 }, (struct slice){ PKCS9 "\x2A", 11 }), 1);
    assert_int_equal(signature_read(der, trust, &s, NULL), 0);
    assert_int_equal(signature_time(s), 0);
    signature_free(&s);
    release(&der);
}

static void an_unknown_signer_is_read_and_not_trusted(void **state)
{
    struct slice der = signed_with("-signer stranger.crt -inkey leaf.key -certfile other.crt -md sha256");
    struct signature *s = NULL;
    struct trust_answer answer;

    (void)state;
    assert_int_equal(signature_read(der, trust, &s, NULL), 0);
    assert_int_equal(signature_holds(s, content, NULL), 0);
    assert_int_equal(signature_trust(s, trust, PKI_NOW, &answer, NULL), 0);
    assert_int_equal(answer.verdict, TRUST_NO_CHAIN);
    signature_free(&s);
    release(&der);
}

static void what_we_sign_holds(void **state)
{
    struct certificate_chain chain = { 0 };
    struct key_settings settings = { .file = pki_path("leaf.key") };
    struct cms_request request = { .signing_time = PKI_NOW };
    struct arena *arena = arena_new(1 << 20);
    struct signer *signer;
    struct signature *s = NULL;
    struct key *key = NULL;

    (void)state;
    assert_int_equal(certificate_chain_read(pki_path("good-chain.pem"), &chain, NULL), 0);
    assert_int_equal(key_open(&settings, &key, NULL), 0);
    signer = signer_of_key(key);
    assert_int_equal(digest_slice(DIGEST_SHA256, content, request.content_digest), 0);
    assert_int_equal(cms_sign(&chain, signer, "plan", &request, 1, clock_monotonic_ms() + 10000, arena, NULL), 0);
    assert_int_equal(signature_read(request.out_der, modern, &s, NULL), 0);
    assert_int_equal(X509_cmp(signature_certificate(s), chain.leaf), 0);
    assert_int_equal(signature_time(s), PKI_NOW);
    assert_string_equal(signature_digest_name(s), "sha256");
    assert_int_equal(signature_holds(s, content, NULL), 0);
    signature_free(&s);
    signer_close(&signer);
    certificate_chain_free(&chain);
    arena_free(&arena);
}

static void open_trusts(void)
{
    struct trust_settings settings = { .ca = pki_path("bundle.pem"), .sha1_accepted = true };

    assert_int_equal(trust_open(&settings, &trust, NULL), 0);
    settings.sha1_accepted = false;
    assert_int_equal(trust_open(&settings, &modern, NULL), 0);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_peers_send_is_read_and_holds),
        cmocka_unit_test(a_signature_without_attributes_is_over_the_content),
        cmocka_unit_test(ber_is_read),
        cmocka_unit_test(what_is_no_signature_of_a_message_is_refused),
        cmocka_unit_test(sha1_is_refused_where_it_is_not_accepted),
        cmocka_unit_test(other_structures_are_refused),
        cmocka_unit_test(nothing_may_stand_behind_it_and_nothing_may_lack),
        cmocka_unit_test(too_many_certificates_are_refused),
        cmocka_unit_test(signed_attributes_are_complete_and_single),
        cmocka_unit_test(the_signature_algorithm_goes_with_digest_and_key),
        cmocka_unit_test(a_key_of_another_kind_is_refused),
        cmocka_unit_test(a_changed_bit_is_found),
        cmocka_unit_test(without_a_signing_time_it_is_zero),
        cmocka_unit_test(an_unknown_signer_is_read_and_not_trusted),
        cmocka_unit_test(what_we_sign_holds),
    };
    int failed;

    (void)count;
    pki_begin(arguments[1]);
    pki_write("content", content);
    open_trusts();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    trust_close(&trust);
    trust_close(&modern);
    pki_end();
    return failed;
}

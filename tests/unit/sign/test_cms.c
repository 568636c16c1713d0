/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is written is held against OpenSSL twice: its command must verify it, and what its own CMS functions make of the same
 * input must be the same bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/clock.h"
#include "base/digest.h"
#include "pki.h"
#include "sign/cms.h"

static const struct slice content = SLICE("Content-Type: text/plain\r\n\r\nIl giorno 15/06/2026\r\n");

struct pair {
    const char *name;
    const char *certificate;
    const char *key;
};

static const struct pair pairs[] = {
    { "RSA 2048", "rsa2048.crt", "rsa2048.key" },
    { "RSA 3072", "rsa3072.crt", "rsa3072.key" },
    { "P-256", "good.crt", "leaf.key" },
};

enum { PAIRS = sizeof pairs / sizeof pairs[0] };

static struct signer *signer_for(const struct pair *p)
{
    struct key_settings settings = { .file = pki_path(p->key) };
    struct key *key = NULL;
    struct signer *signer;

    assert_int_equal(key_open(&settings, &key, NULL), 0);
    signer = signer_of_key(key);
    assert_non_null(signer);
    return signer;
}

/* The certificate with the intermediate behind it. */
static struct certificate_chain chain_for(const struct pair *p)
{
    struct certificate_chain chain = { 0 };

    assert_int_equal(pki_run((const char *[]){ "sh", "-c", "cat \"$1\" sub.crt > chain.pem", "sh", p->certificate, NULL }), 0);
    assert_int_equal(certificate_chain_read(pki_path("chain.pem"), &chain, NULL), 0);
    return chain;
}

static struct cms_request request_of(struct slice text, int64_t time)
{
    struct cms_request request = { .signing_time = time };

    assert_int_equal(digest_slice(DIGEST_SHA256, text, request.content_digest), 0);
    return request;
}

static int64_t soon(void)
{
    return clock_monotonic_ms() + 10000;
}

static int command_verifies(const char *text)
{
    return pki_run((const char *[]){ "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature", "-content", text,
                                     "-CAfile", "root.crt", "-attime", "1781481600", NULL });
}

/* RFC 6109 2.1: by the certificate "included in the aforementioned structure", for the command is given none but the root. */
static void openssl_verifies_them(void **state)
{
    (void)state;
    pki_write("content", content);
    pki_write("changed", SLICE("Content-Type: text/plain\r\n\r\nIl giorno 16/06/2026\r\n"));
    for (size_t i = 0; i < PAIRS; i++) {
        struct certificate_chain chain = chain_for(&pairs[i]);
        struct signer *signer = signer_for(&pairs[i]);
        struct arena *arena = arena_new(1 << 20);
        struct cms_request requests[2] = { request_of(content, PKI_NOW), request_of(SLICE("another"), PKI_NOW + 1) };

        print_message("  %s\n", pairs[i].name);
        assert_int_equal(cms_sign(&chain, signer, "plan", requests, 2, soon(), arena, NULL), 0);
        assert_int_equal(ERR_peek_error(), 0);
        pki_write("signature", requests[0].out_der);
        assert_int_equal(command_verifies("content"), 0);
        assert_int_not_equal(command_verifies("changed"), 0);
        pki_write("signature", requests[1].out_der);
        assert_int_not_equal(command_verifies("content"), 0);
        arena_free(&arena);
        signer_close(&signer);
        certificate_chain_free(&chain);
    }
}

/* RFC 6109 4.5: file, signature and certificate in one structure. A long one too, whose lengths take more octets. */
static void a_signed_document_holds_its_content(void **state)
{
    size_t long_size = 300000;
    char *long_text = malloc(long_size);
    const struct slice documents[] = { SLICE("version: 1\n\ndn: o=postacert\n"), { long_text, long_size } };

    (void)state;
    assert_non_null(long_text);
    memset(long_text, 'x', long_size);
    for (size_t i = 0; i < 2 * PAIRS; i++) {
        struct certificate_chain chain = chain_for(&pairs[i / 2]);
        struct signer *signer = signer_for(&pairs[i / 2]);
        struct arena *arena = arena_new(1 << 20);
        struct cms_request request = request_of(documents[i % 2], PKI_NOW);
        struct slice read;

        request.content = documents[i % 2];
        assert_int_equal(cms_sign(&chain, signer, "plan", &request, 1, soon(), arena, NULL), 0);
        pki_write("signed.p7m", request.out_der);
        assert_int_equal(pki_run((const char *[]){ "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "signed.p7m", "-out",
                                                   "content", "-CAfile", "root.crt", "-attime", "1781481600", NULL }), 0);
        read = pki_read("content");
        assert_true(slice_equal(read, documents[i % 2]));
        free((void *)(uintptr_t)read.data);
        arena_free(&arena);
        signer_close(&signer);
        certificate_chain_free(&chain);
    }
    free(long_text);
}

static void add_attribute(CMS_SignerInfo *signer, int nid, int type, const void *value, int size)
{
    assert_int_equal(CMS_signed_add1_attr_by_NID(signer, nid, type, value, size), 1);
}

/* OpenSSL's own, with the time and the digest given; under RSA every byte is determined. */
static struct slice by_openssl(const struct pair *p, const struct certificate_chain *chain, const struct cms_request *request)
{
    BIO *file = BIO_new_file(pki_path(p->key), "r");
    EVP_PKEY *key = PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
    unsigned flags = CMS_DETACHED | CMS_BINARY | CMS_STREAM | CMS_PARTIAL | CMS_NOSMIMECAP;
    CMS_ContentInfo *cms = CMS_sign(chain->leaf, key, chain->intermediates, NULL, flags);
    CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), 0);
    ASN1_TIME *time = ASN1_TIME_set(NULL, (time_t)request->signing_time);
    unsigned char *der = NULL;
    int size;

    add_attribute(signer, NID_pkcs9_contentType, V_ASN1_OBJECT, OBJ_nid2obj(NID_pkcs7_data), -1);
    add_attribute(signer, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, request->content_digest, SIGNED_DIGEST_SIZE);
    add_attribute(signer, NID_pkcs9_signingTime, time->type, time, -1);
    assert_int_equal(CMS_SignerInfo_sign(signer), 1);
    size = i2d_CMS_ContentInfo(cms, &der);
    assert_true(size > 0);
    ASN1_TIME_free(time);
    CMS_ContentInfo_free(cms);
    EVP_PKEY_free(key);
    BIO_free(file);
    return (struct slice){ (const char *)der, (size_t)size };
}

static void they_are_what_openssl_writes_byte_for_byte(void **state)
{
    /* RFC 5652 11.3: UTCTime to the end of 2049. */
    static const int64_t times[] = { 0, PKI_NOW, 2524607999, 2524608000, 4102444800 };

    (void)state;
    for (size_t i = 0; i < PAIRS; i++) {
        struct certificate_chain chain = chain_for(&pairs[i]);
        struct signer *signer = signer_for(&pairs[i]);
        struct arena *arena = arena_new(1 << 20);
        bool rsa = strncmp(pairs[i].name, "RSA", 3) == 0;

        for (size_t k = 0; k < sizeof times / sizeof times[0]; k++) {
            struct cms_request request = request_of(content, times[k]);
            struct slice theirs = by_openssl(&pairs[i], &chain, &request);

            assert_int_equal(cms_sign(&chain, signer, "plan", &request, 1, soon(), arena, NULL), 0);
            if (rsa) {
                assert_int_equal(request.out_der.size, theirs.size);
                assert_memory_equal(request.out_der.data, theirs.data, theirs.size);
            } else {
                /* Up to the signature, save the lengths in the first heads, which it may change by some octets. */
                size_t head = 30, tail = 90;

                assert_memory_equal(request.out_der.data + head, theirs.data + head, theirs.size - head - tail - 300);
            }
            OPENSSL_free((void *)(uintptr_t)theirs.data);
        }
        arena_free(&arena);
        signer_close(&signer);
        certificate_chain_free(&chain);
    }
}

static void a_repeated_effect_is_equal_byte_for_byte_under_rsa(void **state)
{
    struct certificate_chain chain = chain_for(&pairs[0]);
    struct signer *signer = signer_for(&pairs[0]);
    struct arena *arena = arena_new(1 << 20);
    struct cms_request once = request_of(content, PKI_NOW), again = once;

    (void)state;
    assert_int_equal(cms_sign(&chain, signer, "plan", &once, 1, soon(), arena, NULL), 0);
    assert_int_equal(cms_sign(&chain, signer, "plan", &again, 1, soon(), arena, NULL), 0);
    assert_true(slice_equal(once.out_der, again.out_der));
    arena_free(&arena);
    signer_close(&signer);
    certificate_chain_free(&chain);
}

/* A signer that counts, and answers as it is told. */
struct told_signer {
    struct signer base;
    size_t calls, largest, fail_at;
    size_t signature_size;
    int64_t deadline_ms;
    const char *plan;
};

static int told_sign(struct signer *self, const char *plan, const unsigned char (*digests)[SIGNED_DIGEST_SIZE], size_t count,
                     struct signature_value *out, int64_t deadline_ms, struct error *e)
{
    struct told_signer *told = (struct told_signer *)self;

    told->calls++;
    told->plan = plan;
    told->deadline_ms = deadline_ms;
    told->largest = count > told->largest ? count : told->largest;
    if (told->calls == told->fail_at)
        return error_set(e, ERROR_OUT, "no signer");
    for (size_t i = 0; i < count; i++) {
        out[i].size = told->signature_size;
        memcpy(out[i].bytes, digests[i], SIGNED_DIGEST_SIZE);
    }
    return 0;
}

enum { MANY = 2 * SIGNER_BATCH_MAX + 1 };

static void many_go_in_as_few_questions_as_the_signer_allows(void **state)
{
    struct certificate_chain chain = chain_for(&pairs[0]);
    struct told_signer told = { .base = { told_sign, NULL }, .signature_size = 256 };
    struct arena *arena = arena_new(4 << 20);
    struct cms_request *requests = calloc(MANY, sizeof *requests);

    (void)state;
    assert_non_null(requests);
    for (size_t i = 0; i < MANY; i++)
        requests[i].signing_time = (int64_t)i;
    assert_int_equal(cms_sign(&chain, &told.base, "the plan", requests, MANY, 123, arena, NULL), 0);
    assert_int_equal(told.calls, 3);
    assert_int_equal(told.largest, SIGNER_BATCH_MAX);
    assert_int_equal(told.deadline_ms, 123);
    assert_string_equal(told.plan, "the plan");
    for (size_t i = 1; i < MANY; i++)
        assert_false(slice_equal(requests[i].out_der, requests[i - 1].out_der));
    assert_int_equal(cms_sign(&chain, &told.base, "the plan", requests, 0, 123, arena, NULL), 0);
    assert_int_equal(told.calls, 3);
    free(requests);
    arena_free(&arena);
    certificate_chain_free(&chain);
}

static void on_failure_no_request_is_changed(void **state)
{
    struct certificate_chain chain = chain_for(&pairs[0]);
    struct told_signer told = { .base = { told_sign, NULL }, .signature_size = 256, .fail_at = 2 };
    struct arena *arena = arena_new(4 << 20), *small = arena_new(3000);
    struct cms_request *requests = calloc(MANY, sizeof *requests);
    struct error e = { 0 };

    (void)state;
    assert_non_null(requests);
    assert_int_equal(cms_sign(&chain, &told.base, "plan", requests, MANY, 0, arena, &e), ERROR_OUT);
    assert_string_equal(e.text, "no signer");
    assert_int_equal(cms_sign(&chain, &told.base, "plan", requests, 2, 0, small, &e), ERROR_BUDGET);
    told.signature_size = 0;
    assert_int_equal(cms_sign(&chain, &told.base, "plan", requests, 1, 0, arena, &e), ERROR_PROTOCOL);
    told.signature_size = SIGNATURE_MAX + 1;
    assert_int_equal(cms_sign(&chain, &told.base, "plan", requests, 1, 0, arena, &e), ERROR_PROTOCOL);
    for (size_t i = 0; i < MANY; i++)
        assert_null(requests[i].out_der.data);
    free(requests);
    arena_free(&arena);
    arena_free(&small);
    certificate_chain_free(&chain);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_verifies_them),
        cmocka_unit_test(a_signed_document_holds_its_content),
        cmocka_unit_test(they_are_what_openssl_writes_byte_for_byte),
        cmocka_unit_test(a_repeated_effect_is_equal_byte_for_byte_under_rsa),
        cmocka_unit_test(many_go_in_as_few_questions_as_the_signer_allows),
        cmocka_unit_test(on_failure_no_request_is_changed),
    };
    int failed;

    (void)count;
    pki_begin(arguments[1]);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return failed;
}

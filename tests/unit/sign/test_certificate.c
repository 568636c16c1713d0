/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/text.h"
#include "pki.h"
#include "sign/certificate.h"

/* One file after another into a new one. */
static void join(const char *name, const char *const *parts)
{
    char *all = NULL;
    size_t size = 0;

    for (; *parts; parts++) {
        struct slice one = pki_read(*parts);

        all = realloc(all, size + one.size + 1);
        assert_non_null(all);
        memcpy(all + size, one.data, one.size);
        size += one.size;
        free((char *)(uintptr_t)one.data);
    }
    pki_write(name, (struct slice){ all, size });
    free(all);
}

static void a_chain_is_the_certificate_and_its_intermediates(void **state)
{
    struct certificate_chain chain = { 0 };
    X509 *good = pki_certificate("good.crt"), *sub = pki_certificate("sub.crt");

    (void)state;
    assert_int_equal(certificate_chain_read(pki_path("good-chain.pem"), &chain, NULL), 0);
    assert_int_equal(X509_cmp(chain.leaf, good), 0);
    assert_int_equal(sk_X509_num(chain.intermediates), 1);
    assert_int_equal(X509_cmp(sk_X509_value(chain.intermediates, 0), sub), 0);
    assert_int_equal(chain.set_der.size, i2d_X509(good, NULL) + i2d_X509(sub, NULL));
    certificate_chain_free(&chain);
    assert_null(chain.leaf);
    certificate_chain_free(&chain);
    X509_free(good);
    X509_free(sub);
}

static void a_chain_may_have_no_intermediate(void **state)
{
    struct certificate_chain chain = { 0 };

    (void)state;
    assert_int_equal(certificate_chain_read(pki_path("good.crt"), &chain, NULL), 0);
    assert_int_equal(sk_X509_num(chain.intermediates), 0);
    certificate_chain_free(&chain);
}

static void other_pem_blocks_are_passed_over_and_a_double_is_taken_once(void **state)
{
    struct certificate_chain chain = { 0 };
    X509 *good = pki_certificate("good.crt"), *sub = pki_certificate("sub.crt");

    (void)state;
    join("mixed.pem", (const char *[]){ "leaf.key", "good.crt", "sub.crl", "sub.crt", "sub.crt", NULL });
    assert_int_equal(certificate_chain_read(pki_path("mixed.pem"), &chain, NULL), 0);
    assert_int_equal(X509_cmp(chain.leaf, good), 0);
    assert_int_equal(chain.set_der.size, i2d_X509(good, NULL) + i2d_X509(sub, NULL));
    certificate_chain_free(&chain);
    X509_free(good);
    X509_free(sub);
}

static void the_set_is_sorted_whatever_the_order_of_the_file(void **state)
{
    struct certificate_chain one = { 0 }, two = { 0 };

    (void)state;
    join("one.pem", (const char *[]){ "good.crt", "sub.crt", "root.crt", NULL });
    join("two.pem", (const char *[]){ "good.crt", "root.crt", "sub.crt", NULL });
    assert_int_equal(certificate_chain_read(pki_path("one.pem"), &one, NULL), 0);
    assert_int_equal(certificate_chain_read(pki_path("two.pem"), &two, NULL), 0);
    assert_true(slice_equal(one.set_der, two.set_der));
    certificate_chain_free(&one);
    certificate_chain_free(&two);
}

static void refused(const char *name, const char *words)
{
    struct certificate_chain chain = { 0 };
    struct error e = { 0 };

    print_message("  %s\n", words);
    assert_int_equal(certificate_chain_read(pki_path(name), &chain, &e), ERROR_CONFIG);
    assert_int_equal(e.code, ERROR_CONFIG);
    assert_ptr_equal(strstr(e.text, pki_path(name)), e.text);
    assert_non_null(strstr(e.text, words));
    assert_null(chain.leaf);
    assert_int_equal(ERR_peek_error(), 0);
}

static void what_is_no_chain_is_refused_with_the_path(void **state)
{
    const char *many[CERTIFICATE_CHAIN_MAX + 2] = { NULL };
    struct slice good = pki_read("good.crt");

    (void)state;
    for (size_t i = 0; i < CERTIFICATE_CHAIN_MAX + 1; i++)
        many[i] = "good.crt";
    join("many.pem", many);
    pki_write("nothing.pem", SLICE_NONE);
    pki_write("cut.pem", (struct slice){ good.data, good.size / 2 });
    pki_write("broken.pem", SLICE("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
    join("then-broken.pem", (const char *[]){ "good.crt", "broken.pem", NULL });
    assert_int_equal(pki_shell("openssl req -x509 -newkey ed25519 -noenc -keyout ed.key -subj /CN=ed -out ed.crt"), 0);
    refused("missing.pem", "No such file");
    refused("nothing.pem", "no certificate in PEM");
    refused("leaf.key", "no certificate in PEM");
    refused("cut.pem", "certificate 1 cannot be read");
    refused("broken.pem", "certificate 1 cannot be read");
    refused("then-broken.pem", "certificate 2 cannot be read");
    refused("many.pem", "more than 16 certificates");
    refused("ed.crt", "neither RSA nor EC");
    free((char *)(uintptr_t)good.data);
}

static void the_hash_is_sha1_of_the_der_form(void **state)
{
    X509 *good = pki_certificate("good.crt");
    unsigned char hash[CERTIFICATE_HASH_SIZE], expected[CERTIFICATE_HASH_SIZE];
    struct slice text;

    /* RFC 6109 4.5.1; openssl writes it as the index does, in hexadecimal. */
    (void)state;
    assert_int_equal(pki_shell("openssl x509 -in good.crt -outform DER | openssl sha1 -r | cut -c1-40 | tr -d '\\n' > hash"), 0);
    text = pki_read("hash");
    assert_true(hex_read(text, expected, sizeof expected));
    certificate_hash(good, hash);
    assert_memory_equal(hash, expected, sizeof hash);
    free((char *)(uintptr_t)text.data);
    X509_free(good);
}

static void addresses_are_the_rfc822_names_alone(void **state)
{
    X509 *names = pki_certificate("names.crt"), *bare = pki_certificate("bare.crt");
    struct arena *arena = arena_new(4096), *small = arena_new(20);
    const char **addresses = NULL;
    size_t count = 42;

    (void)state;
    assert_int_equal(certificate_addresses(names, small, &addresses, &count), ERROR_BUDGET);
    assert_int_equal(count, 42);
    assert_int_equal(certificate_addresses(names, arena, &addresses, &count), 0);
    assert_int_equal(count, 2);
    assert_string_equal(addresses[0], "one@alfa.example");
    assert_string_equal(addresses[1], "Two@Alfa.Example");
    assert_true(certificate_has_address(names, "ONE@alfa.example"));
    assert_true(certificate_has_address(names, "two@alfa.example"));
    assert_false(certificate_has_address(names, "alfa.example"));
    assert_false(certificate_has_address(names, "one@alfa.exampl"));
    assert_int_equal(certificate_addresses(bare, arena, &addresses, &count), 0);
    assert_int_equal(count, 0);
    assert_false(certificate_has_address(bare, ""));
    arena_free(&arena);
    arena_free(&small);
    X509_free(names);
    X509_free(bare);
}

static X509 *with_name(struct slice address)
{
    X509 *certificate = X509_new();
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();

    assert_int_equal(ASN1_STRING_set(text, address.data, (int)address.size), 1);
    GENERAL_NAME_set0_value(name, GEN_EMAIL, text);
    assert_true(sk_GENERAL_NAME_push(names, name) > 0);
    assert_int_equal(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0), 1);
    GENERAL_NAMES_free(names);
    return certificate;
}

static void an_address_that_would_read_as_another_is_passed_over(void **state)
{
    static const struct slice tricks[] = {
        { "a@b.example\0.evil.example", 25 },
        { "a@b.example\n", 12 },
        { "a @b.example", 12 },
        { "a@b.exampl\xC3\xA9", 12 },
        { "", 0 },
    };
    struct arena *arena = arena_new(4096);

    (void)state;
    for (size_t i = 0; i < sizeof tricks / sizeof tricks[0]; i++) {
        X509 *certificate = with_name(tricks[i]);
        const char **addresses;
        size_t count = 42;

        assert_int_equal(certificate_addresses(certificate, arena, &addresses, &count), 0);
        assert_int_equal(count, 0);
        assert_false(certificate_has_address(certificate, "a@b.example"));
        X509_free(certificate);
    }
    arena_free(&arena);
}

static void names_are_text_for_people(void **state)
{
    X509 *names = pki_certificate("names.crt");
    struct arena *arena = arena_new(4096), *none = arena_new(1);

    (void)state;
    assert_string_equal(certificate_subject(names, arena), "CN=Posta Certificata,O=Perch\xC3\xA9 no\\, \\\"S.p.A.\\\",C=IT");
    assert_string_equal(certificate_issuer(names, arena), "CN=Test root,O=Test root,C=IT");
    assert_null(certificate_subject(names, none));
    arena_free(&arena);
    arena_free(&none);
    X509_free(names);
}

static void validity_is_in_seconds(void **state)
{
    X509 *expired = pki_certificate("expired.crt"), *empty = X509_new();
    int64_t from, until;

    (void)state;
    certificate_validity(expired, &from, &until);
    assert_int_equal(from, 1704067200);
    assert_int_equal(until, 1767225599);
    certificate_validity(empty, &from, &until);
    assert_int_equal(from, 0);
    assert_int_equal(until, 0);
    X509_free(expired);
    X509_free(empty);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_is_the_certificate_and_its_intermediates),
        cmocka_unit_test(a_chain_may_have_no_intermediate),
        cmocka_unit_test(other_pem_blocks_are_passed_over_and_a_double_is_taken_once),
        cmocka_unit_test(the_set_is_sorted_whatever_the_order_of_the_file),
        cmocka_unit_test(what_is_no_chain_is_refused_with_the_path),
        cmocka_unit_test(the_hash_is_sha1_of_the_der_form),
        cmocka_unit_test(addresses_are_the_rfc822_names_alone),
        cmocka_unit_test(an_address_that_would_read_as_another_is_passed_over),
        cmocka_unit_test(names_are_text_for_people),
        cmocka_unit_test(validity_is_in_seconds),
    };
    int failed;

    (void)count;
    pki_begin(arguments[1]);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return failed;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 6109 4.5, design 4 (signer.next_certificate): checked now, used once the first one has ended.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/own_certificate.h"
#include "pki.h"

enum { LAST_SECOND = 1767225599 /* 2025-12-31T23:59:59Z, the end of expired.crt */ };

static struct config config_with(const char *certificate, const char *next)
{
    struct config c = { .signer = { .key = "first.key", .next_certificate = "", .next_key = "second.key" } };

    c.signer.certificate = pki_path(certificate);
    if (next)
        c.signer.next_certificate = pki_path(next);
    return c;
}

static void the_next_one_is_used_from_the_end_of_the_first(void **state)
{
    const struct config c = config_with("expired.crt", "good.crt");
    struct own_certificate own;

    (void)state;
    assert_int_equal(own_certificate_at(&c, LAST_SECOND, &own, NULL), 0);
    assert_string_equal(own.path, c.signer.certificate);
    assert_string_equal(own.key, "first.key");
    assert_false(own.is_next);
    assert_int_equal(own_certificate_at(&c, LAST_SECOND + 1, &own, NULL), 0);
    assert_string_equal(own.path, c.signer.next_certificate);
    assert_string_equal(own.key, "second.key");
    assert_true(own.is_next);
}

/* Nobody is helped by a signature that is missing: `check` and `start` speak of it. */
static void without_a_next_one_the_first_stays(void **state)
{
    const struct config c = config_with("expired.crt", NULL);
    struct own_certificate own;

    (void)state;
    assert_int_equal(own_certificate_at(&c, PKI_NOW, &own, NULL), 0);
    assert_string_equal(own.path, c.signer.certificate);
    assert_false(own.is_next);
}

static void one_that_cannot_be_read_is_said(void **state)
{
    const struct config c = config_with("no-such.crt", "good.crt");
    struct own_certificate own;
    struct error e = { 0 };

    (void)state;
    assert_int_equal(own_certificate_at(&c, PKI_NOW, &own, &e), ERROR_CONFIG);
    assert_non_null(strstr(e.text, "no-such.crt"));
}

/* Signer and worker mean the same one: the chain's first certificate, not an intermediate. */
static void its_hash_is_that_of_the_leaf(void **state)
{
    const struct config c = config_with("good-chain.pem", NULL);
    unsigned char hash[CERTIFICATE_HASH_SIZE], expected[CERTIFICATE_HASH_SIZE];
    X509 *leaf = pki_certificate("good.crt");

    (void)state;
    certificate_hash(leaf, expected);
    assert_int_equal(own_certificate_hash(&c, hash, NULL), 0);
    assert_memory_equal(hash, expected, sizeof hash);
    X509_free(leaf);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_one_is_used_from_the_end_of_the_first),
        cmocka_unit_test(without_a_next_one_the_first_stays),
        cmocka_unit_test(one_that_cannot_be_read_is_said),
        cmocka_unit_test(its_hash_is_that_of_the_leaf),
    };
    int failed;

    (void)count;
    pki_begin(arguments[1]);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return failed;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "sign/key_backend.h"
#include "sign/signer.h"

/* A key that signs with the digest itself, up to a point. */
struct test_key {
    struct key base;
    unsigned signatures, left;
    bool *closed;
};

static int test_sign(struct key *base, const unsigned char digest[SIGNED_DIGEST_SIZE], struct signature_value *out, struct error *e)
{
    struct test_key *key = (struct test_key *)base;

    if (key->left == 0)
        return error_set(e, ERROR_OUT, "gone");
    key->left--;
    key->signatures++;
    out->size = SIGNED_DIGEST_SIZE;
    memcpy(out->bytes, digest, SIGNED_DIGEST_SIZE);
    return 0;
}

static void test_close(struct key *base)
{
    *((struct test_key *)base)->closed = true;
    free(base);
}

static const struct key_backend test_backend = { .sign = test_sign, .close = test_close };

static struct test_key *new_key(unsigned left, bool *closed)
{
    struct test_key *key = calloc(1, sizeof *key);

    assert_non_null(key);
    *key = (struct test_key){ .base = { &test_backend }, .left = left, .closed = closed };
    return key;
}

static unsigned char digests[SIGNER_BATCH_MAX + 1][SIGNED_DIGEST_SIZE];
static struct signature_value signatures[SIGNER_BATCH_MAX + 1];

static int sign(struct signer *signer, size_t count, int64_t deadline_ms, struct error *e)
{
    return signer->sign(signer, "plan", (const unsigned char (*)[SIGNED_DIGEST_SIZE])digests, count, signatures, deadline_ms, e);
}

static void each_digest_gets_its_signature(void **state)
{
    bool closed = false;
    struct signer *signer = signer_of_key(&new_key(1000, &closed)->base);

    (void)state;
    for (size_t i = 0; i <= SIGNER_BATCH_MAX; i++)
        digests[i][0] = (unsigned char)i;
    assert_int_equal(sign(signer, SIGNER_BATCH_MAX, clock_monotonic_ms() + 10000, NULL), 0);
    for (size_t i = 0; i < SIGNER_BATCH_MAX; i++)
        assert_memory_equal(signatures[i].bytes, digests[i], SIGNED_DIGEST_SIZE);
    assert_int_equal(sign(signer, 0, clock_monotonic_ms() + 10000, NULL), 0);
    signer_close(&signer);
    assert_null(signer);
    assert_true(closed);
    signer_close(&signer);
}

static void a_key_that_fails_fails_the_batch(void **state)
{
    bool closed = false;
    struct signer *signer = signer_of_key(&new_key(3, &closed)->base);
    struct error e = { 0 };

    (void)state;
    assert_int_equal(sign(signer, 4, clock_monotonic_ms() + 10000, &e), ERROR_OUT);
    assert_string_equal(e.text, "gone");
    signer_close(&signer);
}

static void nothing_is_signed_after_the_deadline_or_beyond_the_limit(void **state)
{
    bool closed = false;
    struct test_key *key = new_key(1000, &closed);
    struct signer *signer = signer_of_key(&key->base);
    struct error e = { 0 };

    (void)state;
    assert_int_equal(sign(signer, 1, clock_monotonic_ms() - 1, &e), ERROR_TIMEOUT);
    assert_string_equal(e.text, "plan: no time left to sign");
    assert_int_equal(sign(signer, SIGNER_BATCH_MAX + 1, clock_monotonic_ms() + 10000, &e), ERROR_LIMIT);
    assert_int_equal(key->signatures, 0);
    signer_close(&signer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_digest_gets_its_signature),
        cmocka_unit_test(a_key_that_fails_fails_the_batch),
        cmocka_unit_test(nothing_is_signed_after_the_deadline_or_beyond_the_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

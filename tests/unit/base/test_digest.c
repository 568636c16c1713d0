/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/text.h"

/* FIPS 180-4, the examples of NIST. */
static const struct {
    const char *text, *sha1, *sha256;
} vectors[] = {
    { "", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
    { "abc", "a9993e364706816aba3e25717850c26c9cd0d89d", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
    { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

static void assert_hash(const unsigned char *hash, enum digest_kind kind, const char *expected)
{
    char hex[DIGEST_HEX_MAX];

    hex_write((struct slice){ (const char *)hash, digest_size(kind) }, hex);
    assert_string_equal(hex, expected);
}

static void known_texts_have_their_known_hashes(void **state)
{
    unsigned char hash[DIGEST_MAX];

    (void)state;
    assert_int_equal(digest_size(DIGEST_SHA1), 20);
    assert_int_equal(digest_size(DIGEST_SHA256), 32);
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        assert_int_equal(digest_slice(DIGEST_SHA1, slice_of(vectors[i].text), hash), 0);
        assert_hash(hash, DIGEST_SHA1, vectors[i].sha1);
        assert_int_equal(digest_slice(DIGEST_SHA256, slice_of(vectors[i].text), hash), 0);
        assert_hash(hash, DIGEST_SHA256, vectors[i].sha256);
    }
    assert_int_equal(digest_slice(DIGEST_SHA256, SLICE_NONE, hash), 0);
    assert_hash(hash, DIGEST_SHA256, vectors[0].sha256);
}

static void a_rope_hashes_as_its_bytes(void **state)
{
    struct arena *a = arena_new(10000);
    struct rope r = rope_new(a);
    unsigned char hash[DIGEST_MAX];

    (void)state;
    assert_int_equal(digest_rope(DIGEST_SHA1, &r, hash), 0);
    assert_hash(hash, DIGEST_SHA1, vectors[0].sha1);
    rope_text(&r, "a");
    rope_text(&r, "b");
    rope_text(&r, "c");
    assert_int_equal(digest_rope(DIGEST_SHA256, &r, hash), 0);
    assert_hash(hash, DIGEST_SHA256, vectors[1].sha256);
    arena_free(&a);
}

static void a_digest_is_fed_piece_by_piece_and_begins_anew(void **state)
{
    struct digest *d = digest_new(DIGEST_SHA256);
    unsigned char hash[DIGEST_MAX];

    (void)state;
    assert_non_null(d);
    for (int again = 0; again < 2; again++) {
        for (const char *at = vectors[2].text; *at; at++)
            digest_update(d, (struct slice){ at, 1 });
        digest_update(d, SLICE_NONE);
        digest_final(d, hash);
        assert_hash(hash, DIGEST_SHA256, vectors[2].sha256);
    }
    digest_final(d, hash);
    assert_hash(hash, DIGEST_SHA256, vectors[0].sha256);
    digest_free(&d);
    assert_null(d);
    digest_free(&d);
}

/* RFC 4231 4.2, 4.3, 4.4. */
static void hmac_is_that_of_the_rfc(void **state)
{
    unsigned char key[20], out[DIGEST_MAX], data[50];

    (void)state;
    memset(key, 0x0b, sizeof key);
    assert_int_equal(digest_hmac((struct slice){ (char *)key, 20 }, SLICE("Hi There"), out), 0);
    assert_hash(out, DIGEST_SHA256, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    assert_int_equal(digest_hmac(SLICE("Jefe"), SLICE("what do ya want for nothing?"), out), 0);
    assert_hash(out, DIGEST_SHA256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    memset(data, 0xdd, sizeof data);
    assert_int_equal(digest_hmac((struct slice){ (char *)key, 20 }, (struct slice){ (char *)data, 50 }, out), 0);
    assert_hash(out, DIGEST_SHA256, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts_have_their_known_hashes),
        cmocka_unit_test(a_rope_hashes_as_its_bytes),
        cmocka_unit_test(a_digest_is_fed_piece_by_piece_and_begins_anew),
        cmocka_unit_test(hmac_is_that_of_the_rfc),
    };

    return cmocka_run_group_tests_name("digest", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One suite for all back ends: what holds of a key in a file holds of a key in a token.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "pki.h"
#include "sign/key.h"
#include "token.h"

static const char *module; /* NULL: no SoftHSM2 here */

struct key_case {
    const char *name;
    const char *certificate;
    const char *file;  /* of the key, or */
    const char *label; /* in the token */
};

static const struct key_case key_cases[] = {
    { "RSA 2048 in a file", "rsa2048.crt", "rsa2048.key", NULL },
    { "RSA 3072 in a file", "rsa3072.crt", "rsa3072.key", NULL },
    { "P-256 in a file", "good.crt", "leaf.key", NULL },
    { "RSA 2048 in a token", "rsa2048.crt", NULL, "rsa" },
    { "RSA 3072 in a token", "rsa3072.crt", NULL, "rsa3072" },
    { "P-256 in a token", "good.crt", NULL, "ec" },
};

enum { KEY_CASES = sizeof key_cases / sizeof key_cases[0] };

static struct key_settings settings_of(const struct key_case *c)
{
    return c->file ? (struct key_settings){ .file = pki_path(c->file) } : token_settings(module, c->label);
}

static bool skipped(const struct key_case *c)
{
    print_message("  %s%s\n", c->name, !c->file && !module ? " (skipped: no SoftHSM2)" : "");
    return !c->file && !module;
}

static struct key *open_case(const struct key_case *c)
{
    struct key_settings settings = settings_of(c);
    struct key *key = NULL;
    struct error e = { 0 };

    if (key_open(&settings, &key, &e) != 0)
        print_error("%s\n", e.text);
    assert_non_null(key);
    return key;
}

/* By OpenSSL's own means. */
static bool verifies(const char *certificate, const unsigned char *digest, const struct signature_value *s)
{
    X509 *x = pki_certificate(certificate);
    EVP_PKEY *key = X509_get0_pubkey(x);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool holds;

    assert_int_equal(EVP_PKEY_verify_init(context), 1);
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()), 1);
    holds = EVP_PKEY_verify(context, s->bytes, s->size, digest, SIGNED_DIGEST_SIZE) == 1;
    EVP_PKEY_CTX_free(context);
    X509_free(x);
    ERR_clear_error();
    return holds;
}

static void its_signatures_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEY_CASES; i++) {
        struct signature_value s;
        struct key *key;

        if (skipped(&key_cases[i]))
            continue;
        key = open_case(&key_cases[i]);
        for (int round = 0; round < 20; round++) {
            unsigned char digest[SIGNED_DIGEST_SIZE] = { (unsigned char)round, 1, 2, 3 };

            assert_int_equal(key_sign(key, digest, &s, NULL), 0);
            assert_int_equal(ERR_peek_error(), 0);
            assert_true(verifies(key_cases[i].certificate, digest, &s));
            digest[31] ^= 1;
            assert_false(verifies(key_cases[i].certificate, digest, &s));
        }
        key_close(&key);
        assert_null(key);
        key_close(&key);
    }
}

static void it_matches_its_certificate_and_no_other(void **state)
{
    (void)state;
    for (size_t i = 0; i < KEY_CASES; i++) {
        struct key *key;

        if (skipped(&key_cases[i]))
            continue;
        key = open_case(&key_cases[i]);
        for (size_t k = 0; k < 3; k++) {
            X509 *certificate = pki_certificate(key_cases[k].certificate);
            bool own = strcmp(key_cases[k].certificate, key_cases[i].certificate) == 0;
            struct error e = { 0 };

            assert_int_equal(key_matches(key, X509_get0_pubkey(certificate), &e), own ? 0 : ERROR_CONFIG);
            assert_string_equal(e.text, own ? "" : "the private key does not belong to the certificate");
            X509_free(certificate);
        }
        key_close(&key);
    }
}

static void rsa_signatures_repeat_byte_for_byte(void **state)
{
    static const unsigned char digest[SIGNED_DIGEST_SIZE] = { 7 };
    struct signature_value file, again, token;
    struct key *key = open_case(&key_cases[0]);

    (void)state;
    assert_int_equal(key_sign(key, digest, &file, NULL), 0);
    assert_int_equal(key_sign(key, digest, &again, NULL), 0);
    key_close(&key);
    assert_int_equal(file.size, 256);
    assert_memory_equal(file.bytes, again.bytes, 256);
    if (!module)
        return;
    key = open_case(&key_cases[3]);
    assert_int_equal(key_sign(key, digest, &token, NULL), 0);
    key_close(&key);
    assert_int_equal(token.size, 256);
    assert_memory_equal(file.bytes, token.bytes, 256);
}

/* A child opens the key for itself, whatever its parent has open, and does the parent no harm. */
static void a_child_opens_its_own(void **state)
{
    static const unsigned char digest[SIGNED_DIGEST_SIZE] = { 9 };

    (void)state;
    for (size_t i = 0; i < KEY_CASES; i++) {
        const struct key_case *c = &key_cases[i];
        struct signature_value s;
        struct key *key, *own = NULL;
        int status;
        pid_t child;

        if (skipped(c))
            continue;
        key = open_case(c);
        child = fork();
        if (child == 0) {
            struct key_settings settings = settings_of(c);
            bool fine = key_open(&settings, &own, NULL) == 0 && key_sign(own, digest, &s, NULL) == 0;

            key_close(&key);
            fine = fine && key_sign(own, digest, &s, NULL) == 0 && verifies(c->certificate, digest, &s);
            key_close(&own);
            _exit(fine ? 0 : 1);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_int_equal(key_sign(key, digest, &s, NULL), 0);
        assert_true(verifies(c->certificate, digest, &s));
        key_close(&key);
    }
}

static void several_may_be_open_at_once(void **state)
{
    static const unsigned char digest[SIGNED_DIGEST_SIZE] = { 11 };
    struct key *keys[KEY_CASES] = { NULL };

    (void)state;
    for (size_t i = 0; i < KEY_CASES; i++)
        if (!skipped(&key_cases[i]))
            keys[i] = open_case(&key_cases[i]);
    for (size_t i = 0; i < KEY_CASES; i++) {
        struct signature_value s;

        for (size_t k = i; k < KEY_CASES; k++) {
            if (!keys[k])
                continue;
            assert_int_equal(key_sign(keys[k], digest, &s, NULL), 0);
            assert_true(verifies(key_cases[k].certificate, digest, &s));
        }
        key_close(&keys[i]);
    }
}

struct refused_case {
    const char *name;
    struct key_settings settings; /* paths are names in the folder; module "" stands for that of SoftHSM2 */
    int code;
    const char *words;
};

#define TOKEN(module_name, token_label, key_label, pin) \
    { .module = (module_name), .token = (token_label), .label = (key_label), .pin_file = (pin) }

static const struct refused_case refused_cases[] = {
    { "a file that is not there", { .file = "missing.key" }, ERROR_CONFIG, "No such file" },
    { "a file without a key", { .file = "good.crt" }, ERROR_CONFIG, "no private key in PEM" },
    { "an empty file", { .file = "empty.key" }, ERROR_CONFIG, "empty" },
    { "a key cut short", { .file = "cut.key" }, ERROR_CONFIG, "no private key in PEM" },
    { "a key under a passphrase", { .file = "locked.key" }, ERROR_CONFIG, "passphrase" },
    { "a key that is neither RSA nor EC", { .file = "ed.key" }, ERROR_CONFIG, "neither an RSA nor an EC key" },
    { "no settings at all", { .file = NULL }, ERROR_CONFIG, "needs module, token, label and PIN file" },
    { "a module without the rest", { .module = "" }, ERROR_CONFIG, "needs module, token, label and PIN file" },
    { "a module that is not there", TOKEN("missing.so", "pec", "rsa", "pin"), ERROR_CONFIG, "missing.so" },
    { "a module that is no library", TOKEN("good.crt", "pec", "rsa", "pin"), ERROR_CONFIG, "good.crt" },
    { "a token that is not there", TOKEN("", "pe", "rsa", "pin"), ERROR_OUT, "token pe: not there" },
    { "a token with a longer label", TOKEN("", "pec2", "rsa", "pin"), ERROR_OUT, "not there" },
    { "a label no token can have", TOKEN("", "longer than the 32 bytes there are", "rsa", "pin"), ERROR_OUT, "not there" },
    { "no key of that label", TOKEN("", "pec", "none", "pin"), ERROR_CONFIG, "no private key of label none" },
    { "two keys of that label", TOKEN("", "pec", "twin", "pin"), ERROR_CONFIG, "more than one private key" },
    { "a PIN file that is not there", TOKEN("", "pec", "rsa", "no-pin"), ERROR_CONFIG, "no-pin: No such file" },
    { "a PIN file that begins with an empty line", TOKEN("", "pec", "rsa", "late-pin"), ERROR_CONFIG, "no PIN" },
    { "a wrong PIN", TOKEN("", "pec", "rsa", "wrong-pin"), ERROR_CONFIG, "CKR_PIN_INCORRECT" },
};

static void make_bad_files(void)
{
    struct slice good = pki_read("rsa2048.key");

    pki_write("empty.key", SLICE_NONE);
    pki_write("cut.key", (struct slice){ good.data, good.size / 2 });
    pki_write("late-pin", SLICE("\n1234\n"));
    pki_write("wrong-pin", SLICE("4321\n"));
    assert_int_equal(pki_shell("openssl pkcs8 -topk8 -in rsa2048.key -passout pass:secret -out locked.key"), 0);
    assert_int_equal(pki_shell("openssl genpkey -algorithm ed25519 -out ed.key"), 0);
    free((char *)(uintptr_t)good.data);
}

static void what_is_no_key_is_refused_with_the_reason(void **state)
{
    (void)state;
    make_bad_files();
    for (size_t i = 0; i < sizeof refused_cases / sizeof refused_cases[0]; i++) {
        const struct refused_case *c = &refused_cases[i];
        struct key_settings settings = c->settings;
        struct key *key = NULL;
        struct error e = { 0 };

        print_message("  %s\n", c->name);
        if (settings.module && !settings.module[0] && !module)
            continue;
        if (settings.file)
            settings.file = pki_path(settings.file);
        if (settings.module)
            settings.module = settings.module[0] ? pki_path(settings.module) : module;
        if (settings.pin_file)
            settings.pin_file = pki_path(settings.pin_file);
        assert_int_equal(key_open(&settings, &key, &e), c->code);
        assert_null(key);
        assert_int_equal(e.code, c->code);
        assert_non_null(strstr(e.text, c->words));
        assert_null(strstr(e.text, "4321"));
        assert_int_equal(ERR_peek_error(), 0);
    }
}

static void a_token_that_goes_is_out_and_one_that_is_back_opens_again(void **state)
{
    static const unsigned char digest[SIGNED_DIGEST_SIZE] = { 13 };
    struct signature_value s = { .size = 42 };
    struct key *key = NULL;
    struct error e = { 0 };

    (void)state;
    if (!module)
        skip();
    key = open_case(&key_cases[3]);
    token_take_away();
    assert_int_equal(key_sign(key, digest, &s, &e), ERROR_OUT);
    assert_int_equal(s.size, 42);
    key_close(&key);
    {
        struct key_settings settings = settings_of(&key_cases[3]);

        assert_int_equal(key_open(&settings, &key, &e), ERROR_OUT);
        assert_null(key);
    }
    token_bring_back();
    key = open_case(&key_cases[3]);
    assert_int_equal(key_sign(key, digest, &s, NULL), 0);
    assert_true(verifies("rsa2048.crt", digest, &s));
    key_close(&key);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(its_signatures_hold),
        cmocka_unit_test(it_matches_its_certificate_and_no_other),
        cmocka_unit_test(rsa_signatures_repeat_byte_for_byte),
        cmocka_unit_test(a_child_opens_its_own),
        cmocka_unit_test(several_may_be_open_at_once),
        cmocka_unit_test(what_is_no_key_is_refused_with_the_reason),
        cmocka_unit_test(a_token_that_goes_is_out_and_one_that_is_back_opens_again),
    };
    int failed;

    pki_begin(arguments[1]);
    module = count > 2 && token_begin(arguments[2]) ? arguments[2] : NULL;
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return failed;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A private key in a PEM file.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#include "sign/key_backend.h"
#include "sign/openssl.h"
#include "sign/secret.h"

struct file_key {
    struct key base;
    EVP_PKEY *pkey;
    EVP_PKEY_CTX *context; /* ready to sign; setting it up costs as much as an ECDSA signature */
};

static void file_close_key(struct key *base)
{
    struct file_key *key = (struct file_key *)base;

    EVP_PKEY_CTX_free(key->context);
    EVP_PKEY_free(key->pkey);
    free(key);
}

/* A daemon has nobody to ask; without this OpenSSL would read from the terminal. */
static int refuse_passphrase(char *out, int size, int writing, void *asked)
{
    (void)out;
    (void)size;
    (void)writing;
    *(bool *)asked = true;
    return -1;
}

static int read_pem(const char *path, EVP_PKEY **out, struct error *e)
{
    struct secret pem = { 0 };
    bool asked = false;
    BIO *bio = NULL;
    int result = secret_read(path, &pem, e);

    if (result != 0)
        return result;
    ERR_clear_error();
    bio = BIO_new_mem_buf(pem.bytes, (int)pem.size);
    *out = bio ? PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, &asked) : NULL;
    if (asked)
        result = error_set(e, ERROR_CONFIG, "%s: protected by a passphrase, which a daemon cannot be asked for", path);
    else if (!*out)
        result = openssl_failed(e, ERROR_CONFIG, "%s: no private key in PEM", path);
    ERR_clear_error();
    BIO_free(bio);
    secret_wipe(&pem);
    return result;
}

static int prepare(struct file_key *key, const char *path, struct error *e)
{
    bool rsa = EVP_PKEY_get_base_id(key->pkey) == EVP_PKEY_RSA;

    if (!rsa && EVP_PKEY_get_base_id(key->pkey) != EVP_PKEY_EC)
        return error_set(e, ERROR_CONFIG, "%s: neither an RSA nor an EC key", path);
    if (EVP_PKEY_get_size(key->pkey) > SIGNATURE_MAX)
        return error_set(e, ERROR_CONFIG, "%s: a key of %d bits is too long", path, EVP_PKEY_get_bits(key->pkey));
    key->context = EVP_PKEY_CTX_new_from_pkey(NULL, key->pkey, NULL);
    if (!key->context || EVP_PKEY_sign_init(key->context) != 1 ||
        (rsa && EVP_PKEY_CTX_set_rsa_padding(key->context, RSA_PKCS1_PADDING) != 1) ||
        EVP_PKEY_CTX_set_signature_md(key->context, EVP_sha256()) != 1)
        return openssl_failed(e, ERROR_CONFIG, "%s: not fit for signing", path);
    return 0;
}

static int file_open_key(const struct key_settings *settings, struct key **out, struct error *e)
{
    struct file_key *key = calloc(1, sizeof *key);
    int result;

    if (!key)
        return error_set(e, ERROR_MEMORY, "%s: no memory", settings->file);
    key->base.backend = &key_file_backend;
    result = read_pem(settings->file, &key->pkey, e);
    if (result == 0)
        result = prepare(key, settings->file, e);
    if (result != 0)
        file_close_key(&key->base);
    else
        *out = &key->base;
    return result;
}

static int file_sign(struct key *base, const unsigned char digest[SIGNED_DIGEST_SIZE], struct signature_value *out, struct error *e)
{
    struct file_key *key = (struct file_key *)base;
    struct signature_value made = { .size = SIGNATURE_MAX };

    ERR_clear_error();
    if (EVP_PKEY_sign(key->context, made.bytes, &made.size, digest, SIGNED_DIGEST_SIZE) != 1)
        return openssl_failed(e, ERROR_OUT, "signing with the key of the file");
    *out = made;
    return 0;
}

/* It has no session that could end. */
static int file_reopen(struct key *base, struct error *e)
{
    (void)base;
    (void)e;
    return 0;
}

const struct key_backend key_file_backend = { file_open_key, file_sign, file_reopen, file_close_key };

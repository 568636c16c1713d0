/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sign/key.h"

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/digest.h"
#include "sign/key_backend.h"

int key_open(const struct key_settings *settings, struct key **out, struct error *e)
{
    const struct key_backend *backend = settings->file ? &key_file_backend : &key_pkcs11_backend;

    return backend->open(settings, out, e);
}

void key_close(struct key **key)
{
    if (*key)
        (*key)->backend->close(*key);
    *key = NULL;
}

int key_sign(struct key *key, const unsigned char digest[SIGNED_DIGEST_SIZE], struct signature_value *out, struct error *e)
{
    return key->backend->sign(key, digest, out, e);
}

int key_reopen(struct key *key, struct error *e)
{
    return key->backend->reopen(key, e);
}

bool key_verify(EVP_PKEY *public_key, const unsigned char digest[SIGNED_DIGEST_SIZE], const struct signature_value *signature)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, public_key, NULL);
    bool rsa = EVP_PKEY_get_base_id(public_key) == EVP_PKEY_RSA;
    bool holds = context && EVP_PKEY_verify_init(context) == 1 &&
                 (!rsa || EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1) &&
                 EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
                 EVP_PKEY_verify(context, signature->bytes, signature->size, digest, SIGNED_DIGEST_SIZE) == 1;

    EVP_PKEY_CTX_free(context);
    ERR_clear_error();
    return holds;
}

int key_matches(struct key *key, EVP_PKEY *public_key, struct error *e)
{
    unsigned char digest[SIGNED_DIGEST_SIZE];
    struct signature_value signature;
    int result = digest_slice(DIGEST_SHA256, SLICE("OpenPEC: does this key belong to the certificate?"), digest);

    if (result != 0)
        return error_set(e, result, "no memory to try the key");
    result = key_sign(key, digest, &signature, e);
    if (result != 0)
        return result;
    if (!key_verify(public_key, digest, &signature))
        return error_set(e, ERROR_CONFIG, "the private key does not belong to the certificate");
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A private key, wherever it lives: a PEM file or a PKCS#11 token. A back end is a table of functions; one test suite runs on
 * all of them. Only the signer process opens a key (design 6.6).
 */
#ifndef OPEC_SIGN_KEY_H
#define OPEC_SIGN_KEY_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { SIGNATURE_MAX = 1024, SIGNED_DIGEST_SIZE = 32 };

struct signature_value {
    size_t size;
    unsigned char bytes[SIGNATURE_MAX]; /* RSA: PKCS#1 v1.5 block. ECDSA: DER of r and s */
};

struct key;

struct key_settings {
    const char *file;   /* PEM file; NULL: a token */
    const char *module; /* PKCS#11 library */
    const char *token;  /* its label */
    const char *label;  /* CKA_LABEL of the private key */
    const char *pin_file;
    EVP_PKEY *public_key; /* or NULL. Among several keys of one label in a token, that which signs for it is taken */
};

/* Open the key. The PIN (the first line of its file) is read here, handed to the module and wiped. ERROR_CONFIG for what no retry
 * can mend (no such file, wrong PIN, unsupported type), ERROR_OUT for a token that is not there. Of keys in tokens one process
 * may have several open; a child of fork opens its own, and may close those of its parent without effect on them. */
int key_open(const struct key_settings *settings, struct key **out, struct error *e);

/* Wipe and forget it; *key becomes NULL. NULL is allowed. */
void key_close(struct key **key);

/* Sign a SHA-256 digest (RSA PKCS#1 v1.5 or ECDSA). ERROR_OUT when the token does not answer as it should: the caller may close
 * and open the key again. */
int key_sign(struct key *key, const unsigned char digest[SIGNED_DIGEST_SIZE], struct signature_value *out, struct error *e);

/* After a failure of key_sign: begin a new session in place of one that is dead, without loading the library anew. The PIN is read again
 * only if the token has forgotten that we had logged in. What key_open gives; the key may be closed or tried again all the same. */
int key_reopen(struct key *key, struct error *e);

/* Is it a signature of the digest by the other half of `public_key`? */
bool key_verify(EVP_PKEY *public_key, const unsigned char digest[SIGNED_DIGEST_SIZE], const struct signature_value *signature);

/* ERROR_CONFIG unless the key's public half is `public_key`. It is tried with a signature, since not every token tells the
 * public half: so what key_sign gives may come too. */
int key_matches(struct key *key, EVP_PKEY *public_key, struct error *e);

#endif

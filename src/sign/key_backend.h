/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a place where keys live must provide. Only the files key*.c see this.
 */
#ifndef OPEC_SIGN_KEY_BACKEND_H
#define OPEC_SIGN_KEY_BACKEND_H

#include "sign/key.h"

/* The functions keep the contracts of key_open, key_sign, key_reopen and key_close; `close` never sees NULL and frees the key. */
struct key_backend {
    int (*open)(const struct key_settings *settings, struct key **out, struct error *e);
    int (*sign)(struct key *key, const unsigned char digest[SIGNED_DIGEST_SIZE], struct signature_value *out, struct error *e);
    int (*reopen)(struct key *key, struct error *e);
    void (*close)(struct key *key);
};

/* The first member of each back end's own struct. */
struct key {
    const struct key_backend *backend;
};

extern const struct key_backend key_file_backend;
extern const struct key_backend key_pkcs11_backend;

#endif

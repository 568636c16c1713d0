/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#include "base/error.h"

struct digest {
    EVP_MD_CTX *context;
    const EVP_MD *method;
};

/* Fetched once: an implicit fetch at each use costs more than hashing a small message. */
static const EVP_MD *method_of(enum digest_kind kind)
{
    static EVP_MD *fetched[2];

    if (!fetched[kind])
        fetched[kind] = EVP_MD_fetch(NULL, kind == DIGEST_SHA1 ? "SHA1" : "SHA256", NULL);
    return fetched[kind];
}

struct digest *digest_new(enum digest_kind kind)
{
    struct digest *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->method = method_of(kind);
    d->context = EVP_MD_CTX_new();
    if (!d->method || !d->context || EVP_DigestInit_ex(d->context, d->method, NULL) != 1)
        digest_free(&d);
    return d;
}

void digest_free(struct digest **d)
{
    if (!*d)
        return;
    EVP_MD_CTX_free((*d)->context);
    free(*d);
    *d = NULL;
}

void digest_update(struct digest *d, struct slice s)
{
    if (s.size)
        EVP_DigestUpdate(d->context, s.data, s.size);
}

void digest_final(struct digest *d, unsigned char *out)
{
    EVP_DigestFinal_ex(d->context, out, NULL);
    EVP_DigestInit_ex(d->context, d->method, NULL);
}

size_t digest_size(enum digest_kind kind)
{
    return kind == DIGEST_SHA1 ? 20 : 32;
}

int digest_slice(enum digest_kind kind, struct slice s, unsigned char *out)
{
    const EVP_MD *method = method_of(kind);

    return method && EVP_Digest(s.data ? s.data : "", s.size, out, NULL, method, NULL) == 1 ? 0 : ERROR_MEMORY;
}

int digest_rope(enum digest_kind kind, const struct rope *r, unsigned char *out)
{
    struct digest *d = digest_new(kind);

    if (!d)
        return ERROR_MEMORY;
    for (size_t i = 0; i < r->count; i++)
        digest_update(d, r->pieces[i]);
    digest_final(d, out);
    digest_free(&d);
    return 0;
}

int digest_hmac(struct slice key, struct slice s, unsigned char out[DIGEST_MAX])
{
    const EVP_MD *method = method_of(DIGEST_SHA256);
    const unsigned char *data = (const unsigned char *)(s.data ? s.data : "");
    unsigned size = 0;

    if (!method || key.size > 1024 || !HMAC(method, key.data, (int)key.size, data, s.size, out, &size))
        return ERROR_MEMORY;
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Hashes of ropes and files in progress.
 */
#ifndef OPEC_BASE_DIGEST_H
#define OPEC_BASE_DIGEST_H

#include <stddef.h>

#include "base/rope.h"
#include "base/slice.h"

enum digest_kind { DIGEST_SHA1, DIGEST_SHA256 };

enum { DIGEST_MAX = 32, DIGEST_HEX_MAX = 2 * DIGEST_MAX + 1 };

struct digest;

/* A digest to be fed; NULL without memory. It may be used again after digest_final. */
struct digest *digest_new(enum digest_kind kind);
void digest_free(struct digest **d);
void digest_update(struct digest *d, struct slice s);
/* Writes digest_size(kind) bytes and begins anew. */
void digest_final(struct digest *d, unsigned char *out);

/* 20 or 32. */
size_t digest_size(enum digest_kind kind);

/* At one stroke. ERROR_MEMORY. */
int digest_slice(enum digest_kind kind, struct slice s, unsigned char *out);
int digest_rope(enum digest_kind kind, const struct rope *r, unsigned char *out);

/* HMAC-SHA-256, for tags that only we can make. */
int digest_hmac(struct slice key, struct slice s, unsigned char out[DIGEST_MAX]);

#endif

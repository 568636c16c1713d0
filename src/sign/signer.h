/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who signs, seen from the one who wants a signature: the signer process in the daemon, a key in this process for `debug` and
 * tests. It is given digests only.
 */
#ifndef OPEC_SIGN_SIGNER_H
#define OPEC_SIGN_SIGNER_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "sign/key.h"

enum { SIGNER_BATCH_MAX = 64 };

/* How long a signer may have `count` digests in hand before it is given up, in ms: signer.timeout for the first, an eighth of it for each
 * further one. */
int64_t signer_patience_ms(int64_t timeout_seconds, size_t count);

struct signer {
    /* Sign `count` digests (at most SIGNER_BATCH_MAX) for the plan of that name, which goes to the log. On failure the
     * content of `out` has no meaning. */
    int (*sign)(struct signer *self, const char *plan, const unsigned char (*digests)[SIGNED_DIGEST_SIZE], size_t count,
                struct signature_value *out, int64_t deadline_ms, struct error *e);
    void (*close)(struct signer *self);
};

/* A signer over a key of this process; it owns the key. NULL without memory. */
struct signer *signer_of_key(struct key *key);

/* NULL is allowed; *signer becomes NULL. */
void signer_close(struct signer **signer);

#endif

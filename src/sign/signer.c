/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sign/signer.h"

#include <stdlib.h>

#include "base/clock.h"

int64_t signer_patience_ms(int64_t timeout_seconds, size_t count)
{
    int64_t one = timeout_seconds * 1000;

    return one + (count > 1 ? (int64_t)(count - 1) * one / 8 : 0);
}

struct local_signer {
    struct signer base;
    struct key *key;
};

static int local_sign(struct signer *self, const char *plan, const unsigned char (*digests)[SIGNED_DIGEST_SIZE], size_t count,
                      struct signature_value *out, int64_t deadline_ms, struct error *e)
{
    struct local_signer *signer = (struct local_signer *)self;

    if (count > SIGNER_BATCH_MAX)
        return error_set(e, ERROR_LIMIT, "%s: %zu digests to sign, more than %d at once", plan, count, SIGNER_BATCH_MAX);
    for (size_t i = 0; i < count; i++) {
        int result;

        if (clock_left_ms(deadline_ms) == 0)
            return error_set(e, ERROR_TIMEOUT, "%s: no time left to sign", plan);
        result = key_sign(signer->key, digests[i], &out[i], e);
        if (result != 0)
            return result;
    }
    return 0;
}

static void local_close(struct signer *self)
{
    struct local_signer *signer = (struct local_signer *)self;

    key_close(&signer->key);
    free(signer);
}

struct signer *signer_of_key(struct key *key)
{
    struct local_signer *signer = calloc(1, sizeof *signer);

    if (!signer)
        return NULL;
    signer->base.sign = local_sign;
    signer->base.close = local_close;
    signer->key = key;
    return &signer->base;
}

void signer_close(struct signer **signer)
{
    if (*signer)
        (*signer)->close(*signer);
    *signer = NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/own_certificate.h"

#include "base/clock.h"

int own_certificate_at(const struct config *config, int64_t now, struct own_certificate *out, struct error *e)
{
    struct certificate_chain chain = { 0 };
    int64_t from, until;
    int result;

    *out = (struct own_certificate){ .path = config->signer.certificate, .key = config->signer.key };
    if (!*config->signer.next_certificate)
        return 0;
    result = certificate_chain_read(config->signer.certificate, &chain, e);
    if (result != 0)
        return result;
    certificate_validity(chain.leaf, &from, &until);
    certificate_chain_free(&chain);
    if (now > until)
        *out = (struct own_certificate){ .path = config->signer.next_certificate, .key = config->signer.next_key, .is_next = true };
    return 0;
}

int own_certificate_hash(const struct config *config, unsigned char out[CERTIFICATE_HASH_SIZE], struct error *e)
{
    struct certificate_chain chain = { 0 };
    struct own_certificate own;
    int result = own_certificate_at(config, clock_now(), &own, e);

    if (result == 0)
        result = certificate_chain_read(own.path, &chain, e);
    if (result == 0)
        certificate_hash(chain.leaf, out);
    certificate_chain_free(&chain);
    return result;
}

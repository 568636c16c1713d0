/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which certificate of ours is in use: that of signer.certificate, and from its end on that of signer.next_certificate (RFC 6109 4.5: the
 * validity of the new one overlaps the old one's).
 */
#ifndef OPEC_FLOW_OWN_CERTIFICATE_H
#define OPEC_FLOW_OWN_CERTIFICATE_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "sign/certificate.h"

struct own_certificate {
    const char *path; /* of the certificate and its intermediates */
    const char *key;  /* kind file: of the key; else "" */
    bool is_next;
};

/* The pair in use at a time. ERROR_CONFIG when signer.certificate cannot be read. */
int own_certificate_at(const struct config *config, int64_t now, struct own_certificate *out, struct error *e);

/* The SHA-1 of the certificate in use now: signer and worker must mean the same one. */
int own_certificate_hash(const struct config *config, unsigned char out[CERTIFICATE_HASH_SIZE], struct error *e);

#endif

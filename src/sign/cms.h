/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Making a CMS SignedData over a digest that is known already (RFC 5652, RFC 5751), with the certificate and its intermediates
 * inside, the private key elsewhere: the detached signature of a message, or a signed document (RFC 6109 4.5, ".p7m").
 */
#ifndef OPEC_SIGN_CMS_H
#define OPEC_SIGN_CMS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "sign/certificate.h"
#include "sign/signer.h"

/* One signature to be made. */
struct cms_request {
    unsigned char content_digest[SIGNED_DIGEST_SIZE]; /* SHA-256 of the signed part, its lines ended by CRLF */
    int64_t signing_time;                             /* of the plan, so that a repeated effect is equal byte for byte */
    struct slice content;                             /* stands in the SignedData; NULL: a detached signature */
    struct slice out_der;                             /* the result, in the arena */
};

/* Make them all, with one question to the signer (for each SIGNER_BATCH_MAX of them). ERROR_OUT, ERROR_TIMEOUT and the like
 * come from it; ERROR_BUDGET. On failure no request is changed. */
int cms_sign(const struct certificate_chain *chain, struct signer *signer, const char *plan, struct cms_request *requests,
             size_t count, int64_t deadline_ms, struct arena *arena, struct error *e);

#endif

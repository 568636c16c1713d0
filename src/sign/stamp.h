/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Time stamps (RFC 3161): asking an authority to date some bytes, and judging what it answers.
 *
 * An answer is kept as it came, a whole TimeStampResp in DER, so that any other program can judge it as well.
 */
#ifndef OPEC_SIGN_STAMP_H
#define OPEC_SIGN_STAMP_H

#include <openssl/x509.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

enum {
    STAMP_IMPRINT_SIZE = 32,        /* SHA-256 of what is stamped */
    STAMP_ANSWER_MAX = 64 * 1024,   /* a token with a long chain of certificates has a tenth of it */
    STAMP_CLOCK_S = 600,            /* how far a fresh stamp may be from our clock (RFC 3161 2.2: "timeliness") */
};

/* The media types of the two (RFC 3161 3.4). */
extern const char stamp_request_type[], stamp_answer_type[];

/* What a good stamp says. */
struct stamp {
    int64_t time; /* genTime, seconds since 1970; fractions are dropped */
};

/* A request (RFC 3161 2.4.1) for that imprint, in the arena: a random nonce of 64 bits, and the authority's certificate is to come along.
 * ERROR_MEMORY, ERROR_BUDGET. */
int stamp_request(const unsigned char imprint[STAMP_IMPRINT_SIZE], struct arena *arena, struct slice *out_der, struct error *e);

/* Is this the answer to that request, just come? All of RFC 3161 2.4.2: granted, the imprint and the nonce asked for, a signature that
 * holds by a certificate for nothing but time stamping (2.3) below one of `authorities`, each of which ends a chain; its time within
 * STAMP_CLOCK_S of `now`. ERROR_SYNTAX (no TimeStampResp, bytes behind it, too large), ERROR_REFUSED (the authority says no, and why),
 * ERROR_SIGNATURE (another's bytes or nonce, a signature that does not hold), ERROR_CERTIFICATE (of the authority, or a time that is not
 * now's), ERROR_MEMORY. */
int stamp_check_answer(struct slice answer, struct slice request, STACK_OF(X509) *authorities, int64_t now, struct stamp *out,
                       struct error *e);

/* Does the kept answer hold over that imprint, years later perhaps? The same but for nonce and clock: the certificate must have been good
 * at the stamp's own time. (Revocation is not asked: RFC 3161 4 lets a stamp outlive its certificate.) */
int stamp_check(struct slice answer, const unsigned char imprint[STAMP_IMPRINT_SIZE], STACK_OF(X509) *authorities, struct stamp *out,
                struct error *e);

#endif

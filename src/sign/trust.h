/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whom we trust: the authorities of PEC certificates and their revocation lists, as they stand now.
 */
#ifndef OPEC_SIGN_TRUST_H
#define OPEC_SIGN_TRUST_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct trust_settings {
    const char *ca;      /* PEM bundle; each of its certificates is an anchor */
    const char *crl_dir; /* <issuer hash>.r0 (.r1, ...) PEM or DER files; may be NULL */
    bool crl_required;   /* crl_missing = "defer" */
    bool sha1_accepted;  /* as the digest of a signature */
};

struct trust;

/* Read the bundle and the folder. ERROR_CONFIG names the file that is bad; a CRL file that is bad, of an unknown issuer or with a
 * signature that does not hold is passed over and reported by trust_each_crl. */
int trust_open(const struct trust_settings *settings, struct trust **out, struct error *e);
void trust_close(struct trust **trust);

struct trust_crl {
    const char *file;
    const char *issuer;
    int64_t this_update, next_update;
    const char *fault; /* NULL if it is used */
};

size_t trust_crl_count(const struct trust *trust);
void trust_crl_at(const struct trust *trust, size_t i, struct trust_crl *out);

/* Is the chain of `certificate` good at that time: authorities, validity, name constraints, key usage, revocation (of every
 * certificate below the anchor)? */
enum trust_verdict {
    TRUST_GOOD,
    TRUST_NO_CHAIN,    /* no path to an authority of ours */
    TRUST_NOT_YET,     /* not valid yet */
    TRUST_EXPIRED,
    TRUST_REVOKED,
    TRUST_NO_CRL,      /* no fresh list says anything, and one is required */
    TRUST_UNFIT,       /* key usage, name constraints, path length, weak key */
};

struct trust_answer {
    enum trust_verdict verdict;
    char why[160]; /* OpenSSL's words and the certificate's subject, for the log */
};

int trust_check(const struct trust *trust, X509 *certificate, STACK_OF(X509) *others, int64_t at, struct trust_answer *out,
                struct error *e);

#endif

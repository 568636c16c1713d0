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
    const char *crl_dir; /* <issuer hash>.r0 (.r1, ...) PEM or DER files; may be NULL or not exist (yet) */
    bool crl_required;   /* crl_missing = "defer" */
    bool sha1_accepted;  /* as the digest of a signature */
    bool historic;       /* for reading old messages: RSA 1024 and certificates signed with SHA-1 count until 2016 */
};

struct trust;

/* Read the bundle and the folder. ERROR_CONFIG names the file that is bad; a CRL file that is bad, of an unknown issuer or with a
 * signature that does not hold is passed over and reported by trust_crl_at. (A list whose issuer is not in the bundle still
 * speaks for what an intermediate has issued that comes along in a signature and hangs below an authority of ours.) */
int trust_open(const struct trust_settings *settings, struct trust **out, struct error *e);
/* NULL is allowed; *trust becomes NULL. */
void trust_close(struct trust **trust);

bool trust_accepts_sha1(const struct trust *trust);

/* A revocation list; its texts belong to the trust. */
struct trust_crl {
    const char *file;
    const char *issuer;               /* as certificate_subject writes it; "" if the file cannot be read */
    int64_t this_update, next_update; /* 0 if the file cannot be read */
    const char *fault;                /* NULL if it speaks for an authority of ours */
};

size_t trust_crl_count(const struct trust *trust);
void trust_crl_at(const struct trust *trust, size_t i, struct trust_crl *out);

enum trust_verdict {
    TRUST_GOOD,
    TRUST_NO_CHAIN, /* no path to an authority of ours */
    TRUST_NOT_YET,  /* not valid yet */
    TRUST_EXPIRED,
    TRUST_REVOKED,
    TRUST_NO_CRL, /* no fresh list says anything, and one is required */
    TRUST_UNFIT,  /* key usage, name constraints, path length, weak key (below RSA 2048, P-256, SHA-256) */
};

struct trust_answer {
    enum trust_verdict verdict;
    bool is_weak;     /* good by the measure of its time alone (`historic`) */
    bool is_unlisted; /* good, but no fresh revocation list says so */
    char why[160]; /* OpenSSL's words and the certificate's subject, for the log; "" if it is good */
};

/* Is the chain of `certificate` good at that time: authorities, validity, name constraints, key usage, revocation (of every
 * certificate below the anchor)? `others` may help to build the chain. Of several faults the first of this order is told: the
 * chain and the fitness of its certificates, revocation, validity, a list that is missing. The newest list of an issuer counts;
 * past its nextUpdate it can refuse but not acquit. A list newer than `at` revokes what it dates before it. ERROR_MEMORY. */
int trust_check(const struct trust *trust, X509 *certificate, STACK_OF(X509) *others, int64_t at, struct trust_answer *out,
                struct error *e);

#endif

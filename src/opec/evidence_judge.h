/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Does a signature or a time stamp hold over a manifest of the legal log, and by whom? On any machine: with the authorities of a
 * configuration, with those of a file, or with none; then what needs none is looked at all the same.
 */
#ifndef OPEC_OPEC_EVIDENCE_JUDGE_H
#define OPEC_OPEC_EVIDENCE_JUDGE_H

#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "config/config.h"
#include "ledger/evidence.h"
#include "sign/certificate.h"
#include "sign/trust.h"

/* Whom to believe; each may be NULL. */
struct evidence_settings {
    const char *ca;      /* PEM: the authorities of the signature's certificate */
    const char *crl_dir;
    const char *tsa_ca;  /* PEM: the authorities of the stamp's */
    const char *address; /* who must have signed */
};

struct evidence_judge {
    const char *address;
    struct trust *trust;
    STACK_OF(X509) *authorities;
    char unchecked[LEDGER_EVIDENCE_KINDS][300]; /* why the chains of a kind are not judged; "" if they are */
};

/* What one says. */
struct evidence_finding {
    int64_t time;     /* of the signature or the stamp; 0 if it says none, or was not judged */
    char signer[256]; /* address in the certificate of a signature; "" without one */
};

struct evidence_settings evidence_settings_of(const struct config *config);

/* Never fails: what cannot be read makes a kind unchecked. The settings must live as long. */
void evidence_judge_open(const struct evidence_settings *settings, struct evidence_judge *out);
void evidence_judge_close(struct evidence_judge *judge);

/* A signature must hold over the manifest's bytes, by a certificate of `address` below `ca` that was good when it signed; a stamp, by one
 * below `tsa_ca` that was good when it stamped. Unchecked: a signature must hold by the certificate in it; of a stamp nothing is looked at.
 * `now` dates a signature without a time. ERROR_SIGNATURE, ERROR_CERTIFICATE, ERROR_SYNTAX, ERROR_MEMORY. */
int evidence_judge(const struct evidence_judge *judge, enum ledger_evidence kind, struct slice manifest, struct slice evidence, int64_t now,
                   struct evidence_finding *out, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Evidence for closed files of the legal log: each manifest gets the provider's signature and the stamp of tsa.url, the oldest first, each
 * judged before it is kept. Who gives them may be out for days: it is asked again, ever more seldom, and nothing else waits for it.
 */
#ifndef OPEC_SCHEDULE_EVIDENCE_H
#define OPEC_SCHEDULE_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "ledger/evidence.h"
#include "sign/certificate.h"
#include "sign/signer.h"

/* How it stands with who gives one kind of evidence: a file in the spool, since those who ask are short-lived. All zeros: all is well. */
struct evidence_state {
    int64_t out_since; /* seconds since 1970; 0: what was asked last was given */
    int64_t tried;     /* the last failure */
    int64_t next_try;  /* not before, unless another file has been closed */
    int64_t failures;  /* in a row */
    char newest[LEDGER_NAME_SIZE]; /* the newest manifest at the last failure */
    char words[400];   /* what was wrong */
};

void evidence_state_read(const struct config *config, enum ledger_evidence kind, struct evidence_state *out);

/* Is this kind wanted? Signatures always, stamps if there is a tsa.url. */
bool evidence_is_wanted(const struct config *config, enum ledger_evidence kind);

/* Does a manifest want something that may be asked for now? `anyhow`: also of one that is out and was asked a moment ago. *out_waits: a
 * manifest wants something, if not now. Reads the folder; one that cannot be read has nothing to do. */
bool evidence_is_due(const struct config *config, bool anyhow, bool *out_waits);

/* Who signs: `signer` may be NULL, and `fault` says why. */
struct evidence_hand {
    const struct certificate_chain *chain;
    struct signer *signer;
    struct error fault;
};

/* Where lines for the log go: one for each evidence that came, one when its giver is out and one when it is back. */
typedef void evidence_teller(void *arg, enum error_level level, const char *words);

/* Get what may be asked for now. A manifest that is not as it was written gets nothing; the others go on. False if something failed.
 * fetch_begin comes first. */
bool evidence_work(const struct config *config, const struct evidence_hand *hand, bool anyhow, evidence_teller *tell, void *arg);

/* Does the authority of tsa.url stamp, and do we take its stamp for good? It gives one for it. fetch_begin comes first. The errors of
 * fetch_document and stamp_check_answer, ERROR_CONFIG for tsa.ca. */
int evidence_try_authority(const struct config *config, struct error *e);

#endif

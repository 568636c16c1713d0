/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who signed a message, and how that stands: now, and when it was signed.
 */
#ifndef OPEC_OPEC_VERIFY_SIGNER_H
#define OPEC_OPEC_VERIFY_SIGNER_H

#include "base/arena.h"
#include "index/index.h"
#include "opec/verify/report.h"
#include "pec/incoming.h"

/* What a message is judged by. */
struct verify_sources {
    const struct trust *trust; /* `historic`, requiring no revocation list */
    const struct index *index; /* NULL: not asked */
    int64_t now;
};

/* Fill report->signer (report->date stands already) with all there is to know, the remarks about it, and *out with what the judgement of
 * RFC 6109 2.2.2 needs. ERROR_BUDGET, ERROR_MEMORY. */
int verify_signer(const struct incoming *in, const struct verify_sources *sources, struct arena *arena, struct verify_report *report,
                  struct signer_facts *out, struct error *e);

#endif

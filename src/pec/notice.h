/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Timeout notices (RFC 6109 3.1.6): what the sender is told when nobody answers for a recipient.
 */
#ifndef OPEC_PEC_NOTICE_H
#define OPEC_PEC_NOTICE_H

#include "pec/plan.h"

/* The plan of the first notice (12 hours) or of the second (24 hours) for one recipient of a tracked transaction. */
int notice_decide(const struct pec_provider *provider, const struct transaction *about, const char *recipient, bool is_second,
                  int64_t now, const char *seed, struct arena *arena, struct plan *out);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Whether header and text of a message say what its certification data say (RFC 6109 2.1.1.1: they state the same facts). The header
 * is not signed: whoever shows a message to a court could have changed it, and it is what mail programs show.
 */
#ifndef OPEC_OPEC_VERIFY_AGREEMENT_H
#define OPEC_OPEC_VERIFY_AGREEMENT_H

#include "base/arena.h"
#include "opec/verify/report.h"
#include "pec/incoming.h"

/* Fill report->differences of a message that is certified; of any other there is nothing to compare. What a message does not have at
 * all in its header is no difference. ERROR_BUDGET. */
int verify_agreement(const struct incoming *in, struct arena *arena, struct verify_report *report, struct error *e);

#endif

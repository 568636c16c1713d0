/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a message is and whether it holds, judged as the incoming point judges it (RFC 6109 2.2.2), but at the time of signing: an
 * envelope of years ago is no worse because its signer's certificate has ended since.
 */
#ifndef OPEC_OPEC_VERIFY_JUDGE_H
#define OPEC_OPEC_VERIFY_JUDGE_H

#include "opec/verify/report.h"
#include "opec/verify/signer.h"

/* The message has CRLF line ends and outlives the report, whose texts are made in the arena. ERROR_BUDGET, ERROR_MEMORY, ERROR_LIMIT
 * (a header beyond all measure): nothing is known then. */
int verify_judge(struct slice message, const struct verify_sources *sources, struct arena *arena, struct verify_report *out,
                 struct error *e);

#endif

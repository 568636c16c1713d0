/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * daticert.xml, the certification data (RFC 6109 4.3.3, 4.4): written as live providers write it, read strictly.
 */
#ifndef OPEC_PEC_DATICERT_H
#define OPEC_PEC_DATICERT_H

#include "base/arena.h"
#include "base/error.h"
#include "base/rope.h"
#include "base/slice.h"
#include "pec/certification.h"

/* The XML in UTF-8: `tipo` and `errore` written out, no DOCTYPE, four blanks of indentation, a final line end (LF). */
void daticert_write(const struct certification *c, struct rope *out);

/* Read and validate against the DTD of 4.4. Refused (ERROR_SYNTAX with the reason in Italian, for an anomaly envelope): not well-formed,
 * not valid, another character set than UTF-8, a DOCTYPE or entity of its own, a date or zone that is none, no identifier. ERROR_LIMIT,
 * with a reason as well: above 16 MB, or more elements than 20,000 recipients need. `time.seconds` is set from day, hour and zone.
 * about.provider is the issuer. ERROR_BUDGET, ERROR_MEMORY. */
int daticert_read(struct slice xml, struct arena *arena, struct certification *out, struct error *e);

#endif

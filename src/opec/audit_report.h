/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an audit of the legal log has found, for people, for programs and for tables.
 */
#ifndef OPEC_OPEC_AUDIT_REPORT_H
#define OPEC_OPEC_AUDIT_REPORT_H

#include <stdio.h>

#include "pec/reconcile.h"

/* Does everything agree? What is open is no fault. */
bool audit_agrees(const struct reconcile_result *result);

/* Return STATUS_DONE, or STATUS_FAILED with a line on stderr when it could not be written. `now`: as of when it was judged. */
int audit_print_text(FILE *out, const struct reconcile_result *result, int64_t now);
int audit_print_json(FILE *out, const struct reconcile_result *result, int64_t now);
/* Comma-separated values (RFC 4180): the tallies, a row for each day ("day") and each mailbox ("mailbox"). */
int audit_print_csv(FILE *out, const struct reconcile_result *result);

/* The findings alone, a line each. */
int audit_print_findings(FILE *out, const struct reconcile_result *result);

#endif

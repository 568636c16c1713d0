/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A delivery status report (RFC 3464) of ours: some mailboxes refused a message that is not certified, and its sender is told as any mail
 * system would (RFC 6109 2.2.2).
 */
#ifndef OPEC_FLOW_REPORT_H
#define OPEC_FLOW_REPORT_H

#include "base/rope.h"
#include "config/config.h"
#include "pec/plan.h"

/* Write the report about the refused steps of the plan. ERROR_BUDGET. */
int report_write(const struct config *config, const struct plan *plan, const struct original *original, const char *id, struct rope *out);

#endif

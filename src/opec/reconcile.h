/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The verb `log reconcile [FROM [TO]] [--csv]`; see opec/audit.h.
 */
#ifndef OPEC_OPEC_RECONCILE_H
#define OPEC_OPEC_RECONCILE_H

#include "opec/verb.h"

/* Returns the exit status: 1 if something does not agree. */
int log_reconcile(const struct call *call, const struct config *config);

#endif

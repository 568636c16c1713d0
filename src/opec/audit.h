/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The audit (pec/reconcile.h) of a folder of the legal log, with the copies of other nodes' logs below it (opec/log_nodes.h).
 */
#ifndef OPEC_OPEC_AUDIT_H
#define OPEC_OPEC_AUDIT_H

#include "pec/reconcile.h"

/* Read the log's files, those that cannot concern the span left out, and judge it as of `now`; settings->log_begins is found here. What is
 * behind the last line end of a file is passed over: it is being written, or `log verify` has more to say. *out is to be freed.
 * ERROR_NOT_FOUND without the folder, ERROR_FILE, ERROR_CORRUPT for a line without end, ERROR_MEMORY. */
int audit_log(const char *dir, const struct reconcile_settings *settings, int64_t now, struct reconcile **out, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A journal whose keeper is another process. A connection is kept; when the keeper dies it is made anew and the request is put again,
 * within the deadline (every request is idempotent).
 */
#ifndef OPEC_PROCESS_KEEPER_CLIENT_H
#define OPEC_PROCESS_KEEPER_CLIENT_H

#include "config/config.h"
#include "flow/journal.h"

/* No connection is made yet. ERROR_CONFIG, ERROR_MEMORY. */
int keeper_client_new(const struct config *config, struct journal **out, struct error *e);

#endif

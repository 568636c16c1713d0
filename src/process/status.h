/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the board shows, for `opec status`.
 */
#ifndef OPEC_PROCESS_STATUS_H
#define OPEC_PROCESS_STATUS_H

#include <jansson.h>

#include "config/config.h"
#include "flow/board.h"
#include "process/family.h"

/* "running", "paused", "suspended" or "stopping". */
const char *status_state(const struct board *board);

/* {"done": true, "state": ..., "processes": ..., "workers": ..., "dependencies": ..., "signing": ..., "messages": ..., "phases": ...}. NULL without memory. */
json_t *status_of(const struct config *config, const struct board *board, const struct family *family);

#endif

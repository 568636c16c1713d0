/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The process that watches the clock: notices that are due, dependencies that are out, files that have changed, what is over.
 */
#ifndef OPEC_PROCESS_SCHEDULER_H
#define OPEC_PROCESS_SCHEDULER_H

#include "config/config.h"
#include "flow/board.h"

/* Run until SIGTERM; the exit status. `ready` (see role_ready): the index has been looked at for the first time. */
int scheduler_process(const struct config *config, struct board *board, int ready);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The whole daemon in one process, for a debugger: the same receiver, keeper, key and flow, called in turn.
 */
#ifndef OPEC_PROCESS_DEBUG_H
#define OPEC_PROCESS_DEBUG_H

#include "process/settings.h"

/* Serve until SIGINT or SIGTERM, log on stderr; the exit status. Here alone one process reads mail and holds the key. */
int debug_run(struct settings *settings);

#endif

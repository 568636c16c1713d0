/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A worker: one message at a time, from facts to last effect, for a bounded life.
 */
#ifndef OPEC_PROCESS_WORKER_H
#define OPEC_PROCESS_WORKER_H

#include "config/config.h"
#include "flow/board.h"
#include "pec/template.h"

/* Serve jobs of the channel until it is closed, SIGTERM, or the end of this life; the exit status. */
int worker_process(const struct config *config, struct board *board, unsigned slot, const struct templates *templates, int channel);

#endif

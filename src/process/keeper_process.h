/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The only writer of store and legal log: it takes every request that has come, carries them out as one batch, and answers when the batch
 * is as durable as they ask (group commit).
 */
#ifndef OPEC_PROCESS_KEEPER_PROCESS_H
#define OPEC_PROCESS_KEEPER_PROCESS_H

#include "config/config.h"
#include "flow/board.h"
#include "flow/keeper.h"

/* Serve until SIGTERM; the exit status. `ready`: see role_ready. */
int keeper_process(const struct config *config, struct board *board, int listener, int ready);

/* The keeper's settings in a configuration. */
struct keeper_settings keeper_settings_of(const struct config *config);

#endif

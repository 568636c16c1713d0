/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way of a verb to the store and the legal log: the running daemon's keeper, or without a daemon a keeper of our own, with the
 * lock of the one writer.
 */
#ifndef OPEC_OPEC_KEEPER_WAY_H
#define OPEC_OPEC_KEEPER_WAY_H

#include <stdbool.h>

#include "config/config.h"
#include "flow/keeper.h"

struct keeper_way {
    struct journal *journal;
    struct keeper *keeper; /* our own; NULL: the daemon's */
    bool daemon_runs;
};

/* Does a daemon answer? 0, ERROR_STOPPED if there is none, or why one that is there does not answer. */
int keeper_way_daemon(const struct config *config, struct error *e);

/* Without a daemon the process becomes daemon.user for good, so that no file of root's is left in the daemon's way. ERROR_BUSY if
 * somebody else writes though no daemon answers. */
int keeper_way_open(const struct config *config, struct keeper_way *out, struct error *e);
void keeper_way_close(struct keeper_way *way);

/* One request, with the time now in it. The texts of the response are made in the arena. */
int keeper_way_ask(struct keeper_way *way, const struct journal_request *request, struct arena *arena, struct journal_response *out,
                   struct error *e);

/* Put a verb to the daemon if one runs (control.h), and wait until it is in force. One that is busy with another reload, or with its
 * start, is asked again for a while. Without a daemon, 0. */
int keeper_way_tell(const struct config *config, const char *verb, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The ritual that every child goes through, in the same order (the signer opens its key between the first and the last step, the only
 * one to do so): its name, the death of its parent, what it inherited, its identity, what it may never do.
 */
#ifndef OPEC_PROCESS_ROLE_H
#define OPEC_PROCESS_ROLE_H

#include <stdbool.h>

#include "base/error.h"
#include "config/config.h"

/* In the master, before it has children: whose death theirs follows. */
void role_be_parent(void);

/* After fork: die with the parent, default signals, a name ("opec: worker") and a role for the log, no core dump. */
void role_begin(const char *name);

/* Become daemon.user (if it is set and we are root), for good; no new privileges from here on. ERROR_CONFIG for a user that does not
 * exist. */
int role_become(const struct config *config, struct error *e);

/* Tell the master over a pipe that this child is ready, or why it will never be; the pipe is closed. A pipe of -1 has nobody at its end. */
void role_ready(int *pipe_end);
void role_failed(int *pipe_end, const char *words);

/* Has SIGTERM come? Roles that loop look at it between two things to do; blocking calls end early. */
bool role_is_ending(void);

/* A folder that is there or can be made; one that we make belongs to daemon.user. */
int role_make_folder(const struct config *config, const char *path, struct error *e);

/* The user and group of daemon.user; the caller's own if it is "". */
int role_identity(const struct config *config, unsigned *out_uid, unsigned *out_gid, struct error *e);

#endif

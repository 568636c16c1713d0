/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sharing out jobs to workers, within the receiver: whole messages and notices wait in a queue until a worker is idle. No point may hold
 * more than half of the workers (design 3).
 */
#ifndef OPEC_PROCESS_POOL_H
#define OPEC_PROCESS_POOL_H

#include <systemd/sd-event.h>

#include "flow/board.h"
#include "flow/services.h"
#include "process/channel.h"

struct pool;

/* A job in the queue or in a worker's hands. */
struct pool_job;

/* What came of it: `reply` is the answer of a message; a job that was lost with its worker has 451. */
typedef void pool_done(void *arg, int error, const char *reply);

/* A pool on an event loop. Without workers yet; they come by pool_add. NULL without memory. */
struct pool *pool_new(sd_event *loop, struct board *board);

/* A pool without workers, whose jobs are done in this process, one after the other between two turns of the loop (`debug`). */
struct pool *pool_new_local(sd_event *loop, struct board *board, struct services *services);
void pool_free(struct pool **pool);

/* A worker has been born in a slot: its channel. The one before in that slot, if it is still there, is gone. */
int pool_add(struct pool *p, unsigned slot, int channel, struct error *e);

/* All workers are to be replaced (a reload): idle ones are let go now, others after their job. */
void pool_retire_all(struct pool *p);

/* Hand a message on. The pool takes the descriptor. ERROR_MEMORY, ERROR_LIMIT when too many wait. *out_job may be given to pool_abandon. */
int pool_submit(struct pool *p, enum point point, int fd, uint64_t message_size, pool_done *done, void *arg, struct pool_job **out_job,
                struct error *e);
int pool_submit_notice(struct pool *p, const struct stored_task *task, pool_done *done, void *arg, struct pool_job **out_job, struct error *e);

/* Nobody waits for the answer any more: `done` is not called. A job that has not begun is forgotten. */
void pool_abandon(struct pool *p, struct pool_job *job);

/* Jobs waiting and in hand. */
size_t pool_load(const struct pool *p);

#endif

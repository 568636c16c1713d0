/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The receiver's door for the scheduler: a due task comes in, a worker carries it out, what came of it goes back.
 */
#ifndef OPEC_PROCESS_NOTICES_H
#define OPEC_PROCESS_NOTICES_H

#include <systemd/sd-event.h>

#include "base/wire.h"
#include "process/pool.h"

struct notices;

/* Serve a listener for as long as the loop runs. ERROR_MEMORY. */
int notices_new(sd_event *loop, struct pool *pool, int listener, struct notices **out, struct error *e);

/* The dialogue, for both sides: a task, then a result. */
struct notices_result {
    int error;
    const char *words;
};

void notices_task_visit(struct wire *w, struct stored_task *task);
void notices_result_visit(struct wire *w, struct notices_result *result);

#endif

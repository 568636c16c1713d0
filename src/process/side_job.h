/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a process has done beside its own work by a child of its own, one at a time: a server that is slow keeps nothing else waiting, and
 * what libraries leave behind is gone with the child.
 */
#ifndef OPEC_PROCESS_SIDE_JOB_H
#define OPEC_PROCESS_SIDE_JOB_H

#include <stdbool.h>
#include <sys/types.h>

#include "config/config.h"

struct side_job {
    pid_t child;       /* 0: none is under way */
    const char *name;  /* of the process and of its role in the log */
    bool (*work)(const struct config *config, void *arg); /* in the child; what it gives is what side_job_ended tells */
    void *arg;
};

/* Begin it; nothing happens if it is under way. A child dies with its parent. False, with a line in the log, if it cannot be begun. */
bool side_job_begin(struct side_job *job, const struct config *config);

/* Has it ended since the last call? *out_good: it did what it should. A death by a signal is told in the log. */
bool side_job_ended(struct side_job *job, bool *out_good);

/* End it now. */
void side_job_stop(struct side_job *job);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Evidence for closed files of the legal log (schedule/evidence.h), got by the scheduler in a child of its own: a process with the network
 * and without the key, which asks a signer process as a worker does.
 */
#ifndef OPEC_PROCESS_NOTARY_H
#define OPEC_PROCESS_NOTARY_H

#include <stdint.h>

#include "flow/board.h"
#include "process/side_job.h"

struct notary {
    struct side_job job;
    int64_t look_at_ms;    /* monotonic: when to look at the folder again, whatever it */
    uint64_t folder_stamp; /* was like when it was looked at last */
    bool anyhow;           /* the child asks those that are out before their time */
};

/* A start and a reload ask at once: somebody may have mended what was wrong. */
void notary_begin(struct notary *n);

/* Look after what has ended, and begin what is due. What waits is shown on the board. Called at every tick; a folder that
 * has not changed costs one stat. */
void notary_tick(struct notary *n, const struct config *config, struct board *board);

void notary_end(struct notary *n);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The index of the legal log (ledger/indexing.h), kept in step by the scheduler in a child of its own: the keeper has nothing to do with it.
 */
#ifndef OPEC_PROCESS_INDEXER_H
#define OPEC_PROCESS_INDEXER_H

#include <stdint.h>

#include "process/side_job.h"

struct indexer {
    struct side_job job;
    bool anyhow;        /* begin, whether something is due or not */
    int64_t look_at_ms; /* monotonic: when to look at the folder again */
};

/* At a start and a reload the index is looked through for damage as well, and for one of another program's form. */
void indexer_begin(struct indexer *x);

/* Look after what has ended, and begin what is due. Called at every tick; the folder is looked at every three seconds, after a failure every
 * minute. */
void indexer_tick(struct indexer *x, const struct config *config);

void indexer_end(struct indexer *x);

#endif

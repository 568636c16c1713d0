/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the scheduler brings from the network, the index and the revocation lists, and brings to it, the mirror of the index, in a child of
 * its own: a server that is slow keeps no notice waiting. The child leaves files; that they have changed is noticed like any other change.
 */
#ifndef OPEC_PROCESS_DOWNLOAD_H
#define OPEC_PROCESS_DOWNLOAD_H

#include <stdint.h>

#include "process/side_job.h"

struct download {
    struct side_job job;
    int64_t at_ms; /* monotonic: when to look again */
};

void download_begin(struct download *d);

/* Begin what is due, unless the last one is still under way; bury the one that has ended. Called at every tick. */
void download_tick(struct download *d, const struct config *config);

/* At the start: without an index from directory.source's LDAP server yet, begin to fetch it and wait for it a few seconds. */
void download_first(struct download *d, const struct config *config);

/* End the child, at the end of the scheduler. */
void download_end(struct download *d);

#endif

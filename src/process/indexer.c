/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/indexer.h"

#include <errno.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ledger/indexing.h"

enum { LOOK_MS = 3000, AFTER_FAILURE_MS = 60000, NICENESS = 10 };

/* In the child. Mail comes first. */
static bool work(const struct config *config, void *arg)
{
    struct ledger_indexed made;
    struct error e;

    (void)arg;
    if (nice(NICENESS) == -1)
        errno = 0;
    if (ledger_index_update(config->log.legal_dir, &made, &e) != 0) {
        log_error("the index of the legal log: %s; log search reads the files themselves until it is mended", e.text);
        return false;
    }
    log_debug("the index of the legal log: %llu bytes in %llu files", (unsigned long long)made.bytes, (unsigned long long)made.pieces);
    return true;
}

void indexer_begin(struct indexer *x)
{
    *x = (struct indexer){ .job = { .name = "opec-indexer", .work = work }, .anyhow = true };
}

void indexer_tick(struct indexer *x, const struct config *config)
{
    int64_t now = clock_monotonic_ms();
    bool is_good = true;

    if (side_job_ended(&x->job, &is_good) && !is_good)
        x->look_at_ms = now + AFTER_FAILURE_MS;
    if (x->job.child || now < x->look_at_ms)
        return;
    x->look_at_ms = now + LOOK_MS;
    if (x->anyhow || ledger_index_is_due(config->log.legal_dir))
        side_job_begin(&x->job, config);
    x->anyhow = false;
}

void indexer_end(struct indexer *x)
{
    side_job_stop(&x->job);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What has been kept for its time goes: closed files of the legal log (RFC 6109 2.3, 30 months) and infected messages (2.2.4). The log
 * tells of each removal, and is on the disk with it before anything is removed; so a crash between the two is mended by the next look.
 */
#ifndef OPEC_FLOW_RETENTION_H
#define OPEC_FLOW_RETENTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "flow/journal.h"

struct retention_settings {
    const char *legal_dir, *quarantine_dir; /* NULL: is left alone */
    int64_t log_kept, quarantine_kept;      /* seconds */
};

enum { RETENTION_AT_ONCE = 32, RETENTION_PATHS = 2 };

/* Something whose time is over. */
struct outlived {
    struct journal_line line;                 /* the event of its removal */
    const char *paths[RETENTION_PATHS];       /* what is removed, in this order; NULL: nothing more */
};

/* What is due at `now`, at most RETENTION_AT_ONCE of it; texts in the arena. A file of the log goes only once it is sealed and that long
 * closed, and none before an older one, nor while the newest manifest is over a month old (the clock may have leapt). Its manifest stays:
 * the chain goes on through it (ledger/verify.h). An infected message goes by the time of its event's file. ERROR_FILE, ERROR_MEMORY,
 * ERROR_BUDGET. */
int retention_find(const struct retention_settings *settings, int64_t now, struct arena *arena, struct outlived out[RETENTION_AT_ONCE],
                   size_t *out_count, struct error *e);

/* Remove it. What is gone already is no fault; what cannot be removed is said in the log, and found again at the next look. */
void retention_remove(const struct outlived *outlived);

#endif

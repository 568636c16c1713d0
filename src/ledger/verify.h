/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Proving that a ledger is as it was written. Needs the files alone; with the head of the store the last lines are proved too.
 */
#ifndef OPEC_LEDGER_VERIFY_H
#define OPEC_LEDGER_VERIFY_H

#include <stdint.h>

#include "base/error.h"
#include "ledger/ledger.h"

struct ledger_report {
    uint64_t lines, files, sealed;
    uint64_t skipped;        /* files outside the span: not read, their manifests stand for their lines */
    uint64_t first;          /* number of the first line that is still there; 0 without lines */
    struct ledger_head head; /* of the last good line */
    char fault[400];         /* "" if all holds; else FILE:LINE: what is wrong with the first bad line */
};

/* Read every file of the folder `path`. `known` may be NULL; lines behind it that continue the chain are good (the keeper may be
 * writing). A half-written line at the very end is no fault unless the known head says that it should be whole. Log files may be
 * missing at the beginning, for their age, as long as their manifests are there (out->first says where lines begin): if they were
 * closed before `kept_since` (Unix seconds; RFC 6109 2.3 wants 30 months). Any other missing file is a fault. Returns 0 when it could
 * be read, whatever it found: see out->fault. Stops at the first fault. ERROR_NOT_FOUND, ERROR_FILE, ERROR_MEMORY. */
int ledger_verify(const char *path, const struct ledger_head *known, int64_t kept_since, struct ledger_report *out,
                  struct error *e);

/* What is verified. */
struct ledger_scope {
    const struct ledger_head *known; /* NULL */
    int64_t kept_since;
    int64_t from, to; /* seconds since 1970; a closed file of which no line was written from <= t < to is not read through */
};

extern const struct ledger_scope ledger_scope_all;

/* The same for the files of a span of time; of the others only the manifest is read, its place in the chain judged, and the size of its
 * log. The file in use is read in any case. */
int ledger_verify_scope(const char *path, const struct ledger_scope *scope, struct ledger_report *out, struct error *e);

#endif

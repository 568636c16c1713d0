/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Does an export of the legal log (facts.h) hold?
 *
 * Each line of events.jsonl has its own hash, and with the nodes of proofs.jsonl makes the root that its file's manifest names; the
 * manifest has its own hash, and its signature and stamp hold over it (evidence_judge.h). What is made of the lines (events.csv,
 * README.txt) is made anew and compared. That each line is one of the mailbox is looked at; that none was left out cannot be.
 */
#ifndef OPEC_OPEC_EXPORT_CHECK_H
#define OPEC_OPEC_EXPORT_CHECK_H

#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "ledger/evidence.h"
#include "opec/evidence_judge.h"

struct export_report {
    char address[321];                   /* as it says; "" if it does not come to that */
    char provider[LEDGER_PROVIDER_SIZE]; /* of the last manifest; one may change its name */
    uint64_t sealed, open; /* lines that were looked at: proved, and of a file that was in use */
    uint64_t files;        /* manifests */
    uint64_t of[LEDGER_EVIDENCE_KINDS]; /* manifests that have it */
    char first_closed[CLOCK_DATE_SIZE], last_closed[CLOCK_DATE_SIZE]; /* RFC 3339; "" without files */
    char signer[256];      /* of the last manifest */
    char fault[400];       /* MEMBER:LINE: what is wrong first; "" if all holds */
};

/* Both go on until the first fault, and return 0 whatever it is: see out->fault, also for what is no ZIP. ERROR_NOT_FOUND, ERROR_FILE,
 * ERROR_MEMORY. Memory is bounded by the longest line; the bytes must live as long as the call. */
int export_check(const char *path, const struct evidence_judge *by, int64_t now, struct export_report *out, struct error *e);
int export_check_bytes(struct slice zip, const struct evidence_judge *by, int64_t now, struct export_report *out, struct error *e);

#endif

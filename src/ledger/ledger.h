/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The legal log (RFC 6109 2.3): every event as one line of JSON in a chain, so that a line that is changed, removed, added or moved
 * is found (design 6.7).
 *
 * A line is the event's object with three more fields at its end: "n" (its number since the beginning, from 1), "previous" (the hash
 * of the line before, 64 zeros for the first) and "hash" (SHA-256 of the line's text up to the comma before "hash"). Files are named
 * by the time of their first line and hold whole lines; a closed file has a manifest beside it (seal.h). The last line is guarded by
 * the head (number and hash), which the keeper keeps in the store as well.
 */
#ifndef OPEC_LEDGER_LEDGER_H
#define OPEC_LEDGER_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

enum { LEDGER_HASH_SIZE = 32 };

struct ledger_head {
    uint64_t count; /* lines ever written */
    unsigned char hash[LEDGER_HASH_SIZE];
};

struct ledger_settings {
    const char *dir;
    uint64_t close_size;     /* bytes */
    int64_t close_age;       /* seconds since a file's first line */
    const char *provider;    /* named in manifests */
};

struct ledger;

/* Open for appending; the keeper alone does it. `known` is the head that the store remembers (count 0: a new ledger). Lines behind it
 * that continue the chain are taken in (a crash came between log and store), half a line at the very end is cut off. Fewer lines than
 * known, or others: the ledger is opened all the same, goes on from the known head in a new file, and *out_damage is filled with what
 * is wrong (empty otherwise): mail must go on, and `log verify` names the line. */
int ledger_open(const struct ledger_settings *settings, const struct ledger_head *known, struct ledger **out, struct error *out_damage,
                struct error *e);
void ledger_close(struct ledger **ledger);

/* The head with everything appended so far. */
struct ledger_head ledger_head(const struct ledger *ledger);

/* Append one event. `event` is a JSON object of one line. `id` names it for ever (plan, step): an event whose id stands among the
 * lines behind the head known at ledger_open is not written again, so that the keeper may be asked twice. Written, not synced. */
int ledger_append(struct ledger *ledger, const char *id, struct slice event, int64_t now, struct error *e);

/* Everything appended is on the disk when this returns. */
int ledger_sync(struct ledger *ledger, struct error *e);

/* Close the file in use if it is due (by size or age), or if `force`, and seal it; the next line begins a new one. An empty file is
 * not closed. *out_closed: the path of the file closed, or "". */
enum { LEDGER_PATH_SIZE = 512 };
int ledger_rotate(struct ledger *ledger, int64_t now, bool force, char out_closed[LEDGER_PATH_SIZE], struct error *e);

#endif

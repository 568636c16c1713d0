/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The legal log (RFC 6109 2.3): every event as one line of JSON in a chain, so that a line that is changed, removed, added or moved
 * is found (design 6.7).
 *
 * A line is the event's object with four more fields at its end: "id" (of the event, for ever), "n" (its number since the beginning,
 * from 1), "previous" (the hash of the line before, 64 zeros for the first) and "hash" (SHA-256 of the line's text up to the comma
 * before "hash"). Files are named by the time and the number of their first line (name.h) and hold whole lines; a closed file has a
 * manifest beside it (manifest.h). The last line is guarded by the head (number and hash), which the keeper keeps in the store as well.
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

/* Open for appending; the keeper alone does it (ERROR_BUSY if another process does). `known` is the head that the store remembers
 * (count 0: a new ledger, or a lost store). Lines behind it that continue the chain are taken in (a crash came between log and store),
 * half a line at the very end is cut off. Fewer lines than known, or others: the ledger is opened all the same, goes on from the known
 * head in a new file, and *out_damage is filled with what is wrong (code 0 otherwise): mail must go on, and `log verify` names the
 * line. What is wrong behind good lines that were taken in is damage too; the ledger then goes on from the last good line, in a new
 * file. Nothing damaged is ever changed, removed or sealed. ERROR_NOT_FOUND without the folder, ERROR_LIMIT for settings too long. */
int ledger_open(const struct ledger_settings *settings, const struct ledger_head *known, struct ledger **out, struct error *out_damage,
                struct error *e);
void ledger_close(struct ledger **ledger);

/* The head with everything appended so far. */
struct ledger_head ledger_head(const struct ledger *ledger);

/* Append one event. `event` is a JSON object of one line with at least one field and without those named above; `id` is 1 to 255
 * printable ASCII characters save " and \ (ERROR_SYNTAX otherwise), and names the event for ever (plan, step): an event whose id
 * stands among the lines behind the head known at ledger_open (of those appended since then, the last 65536 at least) is not written
 * again, so that the keeper may be asked twice. Written, not synced; whole or not at all, and after ERROR_FULL the ledger is as it
 * was. ERROR_LIMIT for an event beyond 16 MB. */
int ledger_append(struct ledger *ledger, const char *id, struct slice event, int64_t now, struct error *e);

/* Everything appended is on the disk when this returns. After a failure nothing more is accepted (ERROR_FILE): what a failed sync left
 * out may be missing though the next one succeeds, so the ledger must be closed and opened anew. */
int ledger_sync(struct ledger *ledger, struct error *e);

/* Close the file in use if it is due (by size or age), or if `force`, and seal it; the next line begins a new one. An empty file is
 * not closed. *out_closed: the path of the file closed, or "". The file is read through for its manifest; ERROR_CORRUPT if it is not
 * as it was written: it is left without a manifest then, and the next line begins a new file all the same. After any other error the
 * file stays in use. */
enum { LEDGER_PATH_SIZE = 512 };
int ledger_rotate(struct ledger *ledger, int64_t now, bool force, char out_closed[LEDGER_PATH_SIZE], struct error *e);

#endif

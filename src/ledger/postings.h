/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The index of a piece of a log file: which of its lines have which term. A file of its own, mapped to be read:
 *
 *     header, offsets[lines] of each line in the log, postings[count] in ascending order, times[lines]
 *
 * A posting is, from its highest bit, 30 bits of the keyed hash of a term's text, 2 bits for its kind and 32 for the line's number in the
 * piece; so the lines of a text stand together, under whichever kind. Two texts may meet in a hash: what is found is looked at in the log
 * itself. Nothing here is evidence; it can be made anew from the log.
 */
#ifndef OPEC_LEDGER_POSTINGS_H
#define OPEC_LEDGER_POSTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/keyed_hash.h"
#include "base/slice.h"
#include "ledger/folder.h"
#include "ledger/terms.h"

struct ledger_postings_header {
    char magic[8];
    uint64_t from, to; /* bytes of the log: whole lines */
    uint64_t line_count, posting_count;
    struct hash_key key;
};

/* One that is open. */
struct ledger_postings {
    struct slice mapped;
    const struct ledger_postings_header *header;
    const uint64_t *offsets;
    const uint64_t *postings;
    const uint32_t *times; /* Unix seconds; 0 for a line that does not say */
};

/* ERROR_NOT_FOUND, ERROR_FILE; ERROR_CORRUPT for a file that was made otherwise, or not for these bytes of a log. */
int ledger_postings_open(const char *path, uint64_t from, uint64_t to, struct ledger_postings *out, struct error *e);
void ledger_postings_close(struct ledger_postings *p);

/* The postings of a text, of all its kinds; all those of one hash. */
struct ledger_hits {
    const uint64_t *first;
    size_t count;
};

struct ledger_hits ledger_postings_find(const struct ledger_postings *p, struct slice text);

enum ledger_term_kind ledger_posting_kind(uint64_t posting);

/* A posting's line; a number that no line has (in a damaged file) gives line_count. */
uint64_t ledger_posting_line(const struct ledger_postings *p, uint64_t posting);

/* Without line. */
uint64_t ledger_posting_make(struct hash_key key, enum ledger_term_kind kind, struct slice text);

/* Index the whole lines of a log of the folder that begin at byte `from` or behind it and before byte `to`. The index's file (pieces.h)
 * appears whole; durable it need not be. *out_to: behind the last of the lines; no file if there are none. If the log is closed, `to` is
 * its end, and what stands there and is no line counts as indexed. ERROR_NOT_FOUND without the log; ERROR_FILE, ERROR_FULL,
 * ERROR_MEMORY. */
int ledger_postings_write(const char *dir, const struct ledger_file *file, uint64_t from, uint64_t to, bool is_closed, uint64_t *out_to,
                          struct error *e);

extern const char ledger_postings_magic[8];

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One line of the ledger, and the chain that its lines make.
 *
 *     line  = event-without-last-brace ,"id":"ID","n":N,"previous":"HASH","hash":"HASH"} LF
 *     ID    = 1*255 printable ASCII characters save " and \
 *     N     = decimal number without leading zero
 *     HASH  = 64 lower-case hexadecimal digits
 *
 * The added fields stand at the end in this one form, so that a line is read from behind without knowing JSON, and a byte that
 * is not as it was written is found wherever it stands.
 */
#ifndef OPEC_LEDGER_LINE_H
#define OPEC_LEDGER_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/slice.h"
#include "ledger/ledger.h"

enum {
    LEDGER_HEX_SIZE = 2 * LEDGER_HASH_SIZE,
    LEDGER_ID_MAX = 255,
    LEDGER_LINE_MAX = 16 * 1024 * 1024, /* an event of 10,000 recipients has some 3 MB */
};

struct ledger_line {
    struct slice text; /* what is hashed */
    struct slice id;
    uint64_t n;
    struct slice previous, hash; /* hexadecimal */
};

/* Take a line (with its LF) apart; the slices point into it. False if it has another form. */
bool ledger_line_read(struct slice line, struct ledger_line *out);

/* Make the line that follows `head` and append it to `out`; *head becomes the new head. ERROR_SYNTAX for an event that is no JSON
 * object of one line with at least one field, has a field of ours, or for an id that is none; ERROR_LIMIT, ERROR_MEMORY. */
int ledger_line_write(struct buffer *out, struct slice event, const char *id, struct ledger_head *head, struct error *e);

/* The chain while its lines are read one after the other. */
struct ledger_chain {
    struct digest *digest;
    uint64_t count;                 /* number of the last line */
    char hash[LEDGER_HEX_SIZE + 1]; /* of the last line; "" when the next one is taken as it comes */
};

enum ledger_verdict {
    LEDGER_GOOD,      /* follows the line before it */
    LEDGER_CHANGED,   /* has no such form, or its hash is not that of its text */
    LEDGER_MISPLACED, /* whole, but not the next number */
    LEDGER_UNLINKED,  /* the next number, but written behind another line than the one before it */
};

/* The chain after `head`. ERROR_MEMORY. */
int ledger_chain_begin(struct ledger_chain *chain, const struct ledger_head *head, struct error *e);
void ledger_chain_end(struct ledger_chain *chain);

/* Judge the next line; the chain goes on if it is good. *out_line is filled unless it is LEDGER_CHANGED. */
enum ledger_verdict ledger_chain_next(struct ledger_chain *chain, struct slice line, struct ledger_line *out_line);

/* Its head, in bytes. */
struct ledger_head ledger_chain_head(const struct ledger_chain *chain);

/* Lines and manifests end alike: ,"hash":"HASH"} LF, where HASH is the SHA-256 of all that stands before. */
bool ledger_hash_split(struct slice line, struct slice *out_text, struct slice *out_hash);
bool ledger_hash_holds(struct digest *sha256, struct slice text, struct slice hash);
/* Give such an end to what stands in the buffer behind its first `start` bytes. ERROR_LIMIT, ERROR_MEMORY. */
int ledger_hash_append(struct buffer *out, size_t start, unsigned char out_hash[LEDGER_HASH_SIZE]);

#endif

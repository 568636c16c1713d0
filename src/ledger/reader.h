/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The lines of a log file from its disk, in bounded memory, also while the keeper appends to it.
 */
#ifndef OPEC_LEDGER_READER_H
#define OPEC_LEDGER_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

enum ledger_found {
    LEDGER_LINE,    /* a whole line, with its LF */
    LEDGER_HALF,    /* the file ends without one */
    LEDGER_ENDLESS, /* no LF within LEDGER_LINE_MAX bytes */
    LEDGER_END,     /* nothing more */
};

struct ledger_reader {
    int fd;
    struct buffer buffer;
    size_t step;     /* bytes to ask for next */
    size_t searched; /* bytes of the buffer known to hold no LF */
    bool at_end;     /* the file has no more bytes for us */
    uint64_t offset; /* of what comes next */
};

/* ERROR_NOT_FOUND, ERROR_FILE (not a regular file, too). */
int ledger_reader_open(const char *path, struct ledger_reader *out, struct error *e);
void ledger_reader_close(struct ledger_reader *r);

/* Bytes of the file at this moment. ERROR_FILE. */
int ledger_reader_size(const struct ledger_reader *r, uint64_t *out_size, struct error *e);

/* What comes next begins at `offset`. */
void ledger_reader_seek(struct ledger_reader *r, uint64_t offset);

/* The next line, valid until the next call; what is LEDGER_HALF or LEDGER_ENDLESS is given as it is and not passed over.
 * ERROR_FILE, ERROR_MEMORY. */
int ledger_reader_next(struct ledger_reader *r, enum ledger_found *out_found, struct slice *out_line, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The lines of one mailbox out of the legal log, with what proves them, in one reading of its files.
 */
#ifndef OPEC_OPEC_EXPORT_EXTRACT_H
#define OPEC_OPEC_EXPORT_EXTRACT_H

#include <jansson.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "opec/span.h"

/* Told in the order of the ledger; other than 0 ends it. */
struct extract_tellers {
    /* A line, with its LF, and the same parsed. Not sealed: of the file in use. */
    int (*line)(void *arg, struct slice text, const json_t *event, bool is_sealed);
    /* Lines `from` to `to` of a log are not shown: their node of the hash tree (ledger/tree.h), in hexadecimal. Between the lines of its
     * file, in their order. */
    int (*gap)(void *arg, const char *log, uint64_t from, uint64_t to, const char *hash);
    /* A closed file has lines that were shown. */
    int (*file)(void *arg, const char *manifest);
    void *arg;
};

struct extract_settings {
    const char *dir;
    const char *address;
    struct span span; /* of the events' time ("utc") */
};

struct extract_counts {
    uint64_t sealed, open, withheld; /* lines */
    uint64_t files;                  /* closed ones, with lines that were shown */
};

/* Memory for one line. What was told counts only if this returns 0: ERROR_CORRUPT (FILE: ...) if a file that is needed is not the one that
 * its manifest speaks of; ERROR_NOT_FOUND, ERROR_FILE, ERROR_MEMORY; what a teller returned. */
int extract(const struct extract_settings *settings, const struct extract_tellers *tellers, struct extract_counts *out, struct error *e);

#endif

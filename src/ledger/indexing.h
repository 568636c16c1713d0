/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keeping the log's index (ledger/pieces.h) in step with the log, beside the keeper and without its help: whatever of it is missing is
 * made from the log's files, be it the last minute's or all of it.
 */
#ifndef OPEC_LEDGER_INDEXING_H
#define OPEC_LEDGER_INDEXING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* So much of the log in use may be without index: it is read through in some milliseconds. */
enum { LEDGER_PIECE_SIZE = 4 * 1024 * 1024 };

struct ledger_indexed {
    uint64_t pieces; /* files made */
    uint64_t bytes;  /* of the log */
};

/* Is something to be done? Reads names and sizes alone, and so knows nothing of damage. A folder that cannot be read has nothing. */
bool ledger_index_is_due(const char *dir);

/* Make what is missing or damaged: for each closed log one file, for the log in use one for each LEDGER_PIECE_SIZE; then remove those that another
 * one has taken the place of, and those whose log is gone. A closed log that is gone meanwhile is no fault. ERROR_NOT_FOUND without the
 * folder, ERROR_FILE, ERROR_FULL, ERROR_MEMORY. */
int ledger_index_update(const char *dir, struct ledger_indexed *out, struct error *e);

/* Remove the whole index. ERROR_FILE. */
int ledger_index_remove(const char *dir, struct error *e);

#endif

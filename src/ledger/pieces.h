/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The files of the log's index: in the folder "index" of the log's own, each for a piece of a log file, named
 * legal-20261124T052141Z-000000000001.log.0-4194304.index by the log and the bytes of it.
 *
 * A closed log has one for the whole of it. The log in use has one for every few megabytes, so that little of it must be read through.
 */
#ifndef OPEC_LEDGER_PIECES_H
#define OPEC_LEDGER_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ledger/folder.h"
#include "ledger/ledger.h"

struct ledger_piece {
    int64_t seconds; /* of the log's name */
    uint64_t first;
    uint64_t from, to; /* bytes */
};

/* All of a folder: by log, those of one log by their beginning, the longer one first. */
struct ledger_pieces {
    struct ledger_piece *pieces;
    size_t count;
};

/* DIR/index/NAME. ERROR_LIMIT. */
int ledger_piece_path(const char *dir, const struct ledger_piece *piece, char out[LEDGER_PATH_SIZE], struct error *e);

/* None without such a folder; other names in it are passed over. ERROR_FILE, ERROR_MEMORY. */
int ledger_pieces_read(const char *dir, struct ledger_pieces *out, struct error *e);
void ledger_pieces_free(struct ledger_pieces *pieces);

/* Those of one log, which stand together. */
struct ledger_pieces ledger_pieces_of(const struct ledger_pieces *all, const struct ledger_file *file);

/* Of one log's: the one to go on with from byte `from`, NULL if there is none that begins there and ends within `size`. */
const struct ledger_piece *ledger_piece_at(const struct ledger_pieces *of_log, uint64_t from, uint64_t size);

#endif

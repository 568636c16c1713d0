/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a manifest says of a file's lines, counted while they are read: to write it when the file is closed, and to compare it later.
 */
#ifndef OPEC_LEDGER_TALLY_H
#define OPEC_LEDGER_TALLY_H

#include "base/digest.h"
#include "base/error.h"
#include "base/slice.h"
#include "ledger/line.h"
#include "ledger/manifest.h"
#include "ledger/tree.h"

struct ledger_tally {
    struct digest *sha256; /* of the whole file */
    struct ledger_tree tree;
    struct ledger_manifest seen;
};

/* Nothing read yet; `tell` as in ledger_tree_begin. ERROR_MEMORY. */
int ledger_tally_begin(struct ledger_tally *tally, ledger_tree_teller *tell, void *arg, struct error *e);
void ledger_tally_end(struct ledger_tally *tally);

/* The next line, with its LF, and as it was read. `is_shown` as in ledger_tree_add, and its errors. */
int ledger_tally_add(struct ledger_tally *tally, struct slice text, const struct ledger_line *line, bool is_shown);

/* Behind the last line: count, first, last, previous, head, size, sha256 and tree of tally->seen are those of the lines. What `tell`
 * returned. */
int ledger_tally_finish(struct ledger_tally *tally);

/* Does a manifest say the same of its lines? Names, provider, time and link are not compared. */
bool ledger_tally_is(const struct ledger_tally *tally, const struct ledger_manifest *manifest);

#endif

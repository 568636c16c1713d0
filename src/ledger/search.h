/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finding the life of a message in the ledger.
 */
#ifndef OPEC_LEDGER_SEARCH_H
#define OPEC_LEDGER_SEARCH_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

/* Call `found` with each line (without its line end) that has the term as the value of one of its fields for ids, message-ids and
 * addresses (case does not count, angle brackets neither), and with all other lines of the same transaction (the field "pec_id"), in
 * the order of the ledger. A `found` that returns false ends the search. */
int ledger_search(const char *dir, const char *term, bool (*found)(void *arg, struct slice line), void *arg, struct error *e);

#endif

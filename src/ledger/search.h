/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Finding the life of a message in the ledger.
 */
#ifndef OPEC_LEDGER_SEARCH_H
#define OPEC_LEDGER_SEARCH_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"
#include "ledger/query.h"

/* Use the index (ledger/indexing.h) where there is one and read the rest, or read all. */
enum ledger_search_way { LEDGER_SEARCH_INDEX, LEDGER_SEARCH_FILES };

/* Call `found` with each line (without its line end) that the query matches, and with all other lines of the same transaction (the field
 * "pec_id"): transaction by transaction, in the order in which the ledger first matches, the lines of each in the ledger's order. A line
 * without transaction stands alone. A `found` that returns false ends the search. Lines that are none are passed over. ERROR_NOT_FOUND,
 * ERROR_FILE, ERROR_MEMORY. */
int ledger_search(const char *dir, struct ledger_query *query, enum ledger_search_way way, bool (*found)(void *arg, struct slice line),
                  void *arg, struct error *e);

#endif

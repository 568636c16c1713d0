/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The lines of an indexed piece of the log that a query may match.
 */
#ifndef OPEC_LEDGER_CANDIDATES_H
#define OPEC_LEDGER_CANDIDATES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ledger/postings.h"
#include "ledger/query.h"

struct ledger_candidates {
    uint32_t *lines; /* in the piece, ascending; each is one of it */
    size_t count;
};

/* No line that matches is left out; others may be among them. ERROR_MEMORY, ERROR_LIMIT; nothing is to be freed then. */
int ledger_candidates_find(const struct ledger_postings *p, const struct ledger_query *query, struct ledger_candidates *out);
void ledger_candidates_free(struct ledger_candidates *candidates);

#endif

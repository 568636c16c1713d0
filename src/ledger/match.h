/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Does a line of the ledger speak of an id, a message-id or an address?
 *
 * The fields looked at are pec_id, msgid, sender, recipient, id, recipients and related; a field's value is a text, an object with
 * a text "address", or a list of those. Case does not count, nor do blanks and angle brackets around a value.
 */
#ifndef OPEC_LEDGER_MATCH_H
#define OPEC_LEDGER_MATCH_H

#include <stdbool.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"
#include "ledger/ids.h"

struct ledger_term {
    char *text;          /* in lower case, without what does not count */
    struct slice needle; /* the longest part of it that JSON never writes in another way; may be empty */
    struct buffer lower; /* the line looked at, in lower case */
};

/* ERROR_SYNTAX for a term with nothing in it, ERROR_MEMORY. */
int ledger_term_make(const char *text, struct ledger_term *out, struct error *e);
void ledger_term_free(struct ledger_term *term);

/* Might the line match? False if surely not; costs no parsing. ERROR_MEMORY is answered with true. */
bool ledger_term_may_match(struct ledger_term *term, struct slice line);

/* What a line says once it is parsed. */
struct ledger_match {
    bool matches;                /* one of its fields is the term */
    bool has_pec_id;
    struct ledger_id_key pec_id; /* of the transaction */
};

/* False for a line that is no JSON object. */
bool ledger_term_match(const struct ledger_term *term, struct slice line, struct ledger_match *out);

/* Is a "pec_id" of the line among `ids`? Reads the text alone: may say true where the parsed line says no, never the reverse. */
bool ledger_may_belong(const struct ledger_ids *ids, struct slice line);

#endif

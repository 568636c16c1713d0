/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Terms: what a line of the legal log is found by.
 *
 * An id or an address counts without regard to case, and without the blanks and angle brackets around it; of a subject each word counts
 * by itself, a run of letters and digits in any script.
 */
#ifndef OPEC_LEDGER_TERMS_H
#define OPEC_LEDGER_TERMS_H

#include <stdbool.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

enum ledger_term_kind {
    LEDGER_TERM_ID = 1,        /* pec_id, msgid, related, id */
    LEDGER_TERM_SENDER = 2,    /* sender */
    LEDGER_TERM_RECIPIENT = 4, /* recipient, recipients */
    LEDGER_TERM_WORD = 8,      /* of subject */
};

/* A term in its normal form; the text is valid during the call. */
typedef void ledger_term_visit(void *arg, enum ledger_term_kind kind, struct slice text);

/* Visit the terms of an event, one that it names twice perhaps twice. A field's value is a text, an object with a text "address", or a
 * list of those; others have no terms. `scratch` is room to work in. ERROR_MEMORY, ERROR_LIMIT (of scratch). */
int ledger_terms_of(const json_t *event, struct buffer *scratch, ledger_term_visit *visit, void *arg);

/* The normal form of an id or address, in place of what was in `out`. The errors of ledger_terms_of. */
int ledger_term_normal(struct slice text, struct buffer *out);

/* Take the next word off a subject in UTF-8, in its normal form. False at the end and for a failed buffer_append (*out_result). */
bool ledger_term_word(struct slice *subject, struct buffer *out, int *out_result);

#endif

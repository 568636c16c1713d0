/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is looked for in the legal log, and whether a line has it.
 */
#ifndef OPEC_LEDGER_QUERY_H
#define OPEC_LEDGER_QUERY_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"
#include "ledger/terms.h"

/* Asked for by a person; what is NULL, and the time from INT64_MIN to INT64_MAX, is not asked for. */
struct ledger_asked {
    const char *term;       /* an id, a message-id or an address, whosever */
    const char *sender, *recipient;
    const char *subject;    /* words, which all must be in the subject, in any order */
    const char *event;      /* its name, or the kind of message that it is about */
    int64_t from, to;       /* Unix seconds; `to` itself is not in it */
};

enum { LEDGER_WANTED_MAX = 32 };

/* A line must have a term of one of these kinds with this text. */
struct ledger_wanted {
    unsigned kinds;
    char *text; /* in its normal form; NUL-terminated */
};

struct ledger_query {
    struct ledger_wanted wanted[LEDGER_WANTED_MAX];
    size_t wanted_count;
    const char *event; /* the caller's */
    int64_t from, to;
    struct slice needle;   /* the longest part of an id or address that JSON never writes in another way; may be empty */
    struct buffer scratch; /* room to work in */
};

/* The texts of `asked` must last as long as the query. ERROR_SYNTAX if nothing is asked for, or something that is empty; ERROR_LIMIT for
 * more than LEDGER_WANTED_MAX words; ERROR_MEMORY. */
int ledger_query_make(const struct ledger_asked *asked, struct ledger_query *out, struct error *e);
void ledger_query_free(struct ledger_query *query);

/* Might the line match? False if surely not; costs no parsing. Without memory it might. */
bool ledger_query_may_match(struct ledger_query *query, struct slice line);

/* ERROR_MEMORY, ERROR_LIMIT. */
int ledger_query_match(struct ledger_query *query, const json_t *event, bool *out_matches);

/* When an event was, in Unix seconds; INT64_MIN if it does not say. */
int64_t ledger_event_time(const json_t *event);

#endif

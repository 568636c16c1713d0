/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An event of the legal log, read back: what event.h wrote (RFC 6109 2.3).
 */
#ifndef OPEC_PEC_LOGGED_H
#define OPEC_PEC_LOGGED_H

#include "pec/plan.h"

enum logged_what { LOGGED_RECEIVED, LOGGED_SENT, LOGGED_DELIVERED, LOGGED_REFUSED, LOGGED_QUARANTINED, LOGGED_OTHER };

struct logged_list {
    const char **items;
    size_t count;
};

struct logged {
    enum logged_what what;
    int64_t time;             /* seconds since 1970, UTC: the one temporal value (4.1) */
    int64_t done;             /* when it took place */
    char day[11];             /* "2026-11-24", legal time */
    int point, verdict;       /* of plan.h; -1: it has none */
    int message;              /* enum message_kind, of one of ours; -1 */
    enum certified_type receipt; /* that came; TYPE_NONE */
    const char *pec_id, *sender, *provider; /* NULL */
    const char *related;      /* the id of the message of ours, or of the receipt that came; NULL */
    struct recipient *recipients;
    size_t recipient_count;
    struct logged_list concerned, settles;
    int64_t size;             /* octets of the message that came */
};

/* Read a line of the log; texts in the arena. Events of other kinds (a file that was removed) are LOGGED_OTHER, and nothing else of them is
 * read. ERROR_SYNTAX for what is no event, ERROR_BUDGET. */
int logged_read(struct slice line, struct arena *arena, struct logged *out);

/* Was a message of ours issued by it: handed over, whatever became of it? */
bool logged_issues(const struct logged *l);

#endif

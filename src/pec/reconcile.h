/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A provider's audit of its own legal log: does what was promised agree with what was done? (RFC 6109 2.1 to 3.3 as supervision asks it.)
 *
 * Of each message of a user of ours: one acceptance, one transport envelope; each certified recipient once taken in charge, and once
 * delivered or refused, or told of by the notices of timeout. Of each envelope that came: taken in charge, and each mailbox of ours that it
 * is for answered by one receipt. What is younger than the hours of the second notice may be under way, and is open.
 *
 * The events are given in the order of the log, once; lines of one transaction may stand in any order. A transaction at which nothing
 * happens any more is judged and forgotten, so that memory hangs on the traffic of some days. Of what comes behind that (or never began)
 * the whole is wanted again: reconcile_end asks for a second reading then, which keeps those alone.
 */
#ifndef OPEC_PEC_RECONCILE_H
#define OPEC_PEC_RECONCILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"
#include "pec/tally.h"

/* What can be wrong; texts in finding_texts. Of a transaction, or of one of its recipients. */
enum finding_kind {
    FINDING_NOT_RECEIVED,      /* an envelope or acceptance of ours for what no access point has received */
    FINDING_RECEIVED_TWICE,
    FINDING_NO_ENVELOPE,
    FINDING_ENVELOPE_TWICE,
    FINDING_NO_ACCEPTANCE,
    FINDING_ACCEPTED_TWICE,
    FINDING_REFUSED_YET_SENT,  /* not accepted, and yet an acceptance or an envelope */
    FINDING_NO_NON_ACCEPTANCE,
    FINDING_NON_ACCEPTANCE_TWICE,
    FINDING_NOT_KEPT,          /* infected, and not in the quarantine (2.2.4) */
    FINDING_UNKNOWN,           /* a receipt that counts, for no transaction of ours */
    FINDING_OTHER_SENDER,      /* its events name different ones */
    FINDING_OTHER_RECIPIENT,   /* an event is about somebody who is no recipient */
    FINDING_STRANGER,          /* a receipt of a provider that does not manage the recipient's domain */
    FINDING_NO_TAKE_CHARGE,
    FINDING_TAKE_CHARGE_TWICE,
    FINDING_NO_END,            /* neither delivered nor refused, and no second notice */
    FINDING_END_TWICE,
    FINDING_VIRUS_UNTOLD,      /* a virus was detected, and the sender has no notice of it (3.2.4) */
    FINDING_MAILBOX_TWICE,     /* a mailbox has answered twice */
    FINDING_NO_RECEIPT,        /* a mailbox has answered, and the sender has no receipt */
    FINDING_NO_DELIVERY,       /* a receipt says what no mailbox did */
    FINDING_NO_FIRST_NOTICE,
    FINDING_NO_SECOND_NOTICE,
    FINDING_NOTICE_TWICE,
    FINDING_NOTICE_EARLY,
    FINDING_COUNT,
};

extern const char *const finding_texts[FINDING_COUNT]; /* "no acceptance was issued", ... */
extern const char *const finding_names[FINDING_COUNT]; /* "no-acceptance", ... */

struct reconcile_finding {
    enum finding_kind kind;
    char *pec_id, *recipient; /* recipient NULL: of the transaction as a whole */
    int64_t since;            /* when the transaction began, as far as the log tells */
};

/* Something that may still come. */
struct reconcile_open {
    char *pec_id, *recipient;
    enum finding_kind waits_for; /* what it would be if it did not come */
    int64_t since;
    int64_t notice; /* of timeout, the last that went; 0 for none */
};

struct reconcile_settings {
    const char *provider;  /* our name: envelopes of ours bear it */
    int64_t first, second; /* seconds: hours of the notices */
    int64_t from, to;      /* from <= t < to: what has an event there is judged, over the whole of it; the tallies are of that time alone */
    int64_t log_begins;    /* 0: the log is here from its first line; else before this nothing is known, and nothing is missed */
};

enum { RECONCILE_LISTED_MAX = 100000 /* of findings, and of what is open; what is more is counted */ };

struct reconcile_result {
    struct reconcile_finding *findings;
    size_t finding_count;  /* listed */
    struct reconcile_open *open;
    size_t open_count;
    uint64_t unlisted_findings, unlisted_open;
    uint64_t transactions; /* judged */
    uint64_t recipients;   /* of those: that had to be answered for */
    uint64_t unreadable;   /* lines that are no events: a finding each */
    struct tally days, mailboxes;
};

struct reconcile;

/* The settings' texts are the caller's, for as long. NULL without memory. */
struct reconcile *reconcile_new(const struct reconcile_settings *settings);
void reconcile_free(struct reconcile **r);

/* The next line of the log, of this reading. ERROR_MEMORY. */
int reconcile_line(struct reconcile *r, struct slice line, struct error *e);

/* May reading end here: is it past `to`, with nothing under way that began before? */
bool reconcile_is_past(const struct reconcile *r);

/* The log has ended; what is left is judged as of `now`. *out_again: give all of the log once more, from its very beginning, and end it
 * again. ERROR_MEMORY. */
int reconcile_end(struct reconcile *r, int64_t now, bool *out_again, struct error *e);

/* Afterwards; lives as long as `r`. */
const struct reconcile_result *reconcile_result(const struct reconcile *r);

#endif

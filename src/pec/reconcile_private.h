/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The audit's insides, for its own files: reconcile.c (what is kept of the log, and for how long), reconcile_event.c (what an event tells),
 * reconcile_judge.c (what is wrong with a transaction).
 */
#ifndef OPEC_PEC_RECONCILE_PRIVATE_H
#define OPEC_PEC_RECONCILE_PRIVATE_H

#include "pec/reconcile.h"

/* How a recipient's transaction ended. */
enum party_end {
    END_NONE,
    END_DELIVERED,
    END_REFUSED,  /* by whoever answers for the mailbox */
    END_RETURNED, /* by a mail system on the way: nobody had taken it in charge */
    END_VIRUS,
};

/* A receipt that tells of a recipient: when, and which one it was. */
struct told {
    int64_t time; /* 0: none did */
    uint64_t id;
    bool is_issued, has_come;
};

/* One recipient. */
struct party {
    char *address;
    bool certified;
    bool is_named;            /* the transaction itself has it */
    bool is_here;             /* taken in charge by us: the mailbox is ours */
    bool is_answered;         /* a receipt of a delivery or non-delivery was issued by us */
    enum party_end end;
    uint8_t taken, refused;   /* answers of the mailbox */
    struct told charge, ended;
    int64_t detected, first_notice, second_notice; /* when; 0 for never */
    uint32_t seen;            /* findings that an event itself has shown: 1 << kind */
};

struct audited {
    struct audited *next; /* of the table */
    size_t hash;
    char *pec_id, *sender;
    int64_t begun;        /* the first event */
    int64_t last;         /* the last one */
    bool is_touched;      /* has an event within the span */
    bool is_infected;     /* as we found at the incoming point */
    bool is_foreign;      /* an envelope of it came whose provider is another */
    int verdict;          /* of the access point; -1 */
    uint8_t received, envelopes, returned /* refused by the relay */, acceptances, non_acceptances, kept, came, charges, receipts, notices;
    uint32_t seen;
    struct party *parties;
    size_t party_count, party_capacity;
};

struct reconcile {
    struct reconcile_settings settings;
    struct arena *arena; /* of a line */
    struct audited **slots;
    size_t capacity, count;
    size_t touched;       /* of them, within the span */
    int64_t now;          /* of the log */
    int64_t swept;        /* when it was last looked for what is over */
    bool is_second;       /* reading */
    char **suspects;      /* first reading: what must be read again; second: sorted */
    size_t suspect_count, suspect_capacity;
    struct reconcile_result result;
};

/* --- reconcile_event.c */

/* What an event tells of its transaction. ERROR_MEMORY. */
int audited_event(struct audited *a, const struct logged *l, const char *provider);

/* --- reconcile_judge.c */

/* Is nothing missing yet? */
bool audited_is_whole(const struct audited *a);

/* Does it lack its beginning, so that another reading may find it? */
bool audited_is_headless(const struct audited *a);

/* Put what is wrong with it, and what is open, to the result. ERROR_MEMORY. */
int audited_judge(struct reconcile *r, const struct audited *a, int64_t now);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A plan: what is to be done about a message, decided before anything is done.
 *
 * A decision (access.h, incoming.h, notice.h) makes a plan of facts. The executor (flow/) records it, carries out its steps and tells
 * the plan what came of each: an outcome. plan_apply() is the law's answer to an outcome; it may add steps (a mailbox that took an
 * envelope yields its receipt). It is a pure function, so a plan that was interrupted is brought back by applying its recorded
 * outcomes again, with the same ids and times.
 */
#ifndef OPEC_PEC_PLAN_H
#define OPEC_PEC_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "pec/certification.h"
#include "pec/message.h"

enum point { POINT_ACCESS, POINT_INCOMING, POINT_NOTICE /* of the scheduler: no message came */, POINT_COUNT };

/* What a message turned out to be. */
enum verdict {
    VERDICT_ACCEPTED,          /* access: certified */
    VERDICT_NOT_ACCEPTED,      /* access: formal exception (3.1.2) */
    VERDICT_NOT_ACCEPTED_VIRUS, /* access (3.1.3) */
    VERDICT_ENVELOPE,          /* incoming: a correct transport envelope */
    VERDICT_ENVELOPE_VIRUS,    /* incoming: the same, infected (3.2.3) */
    VERDICT_RECEIPT,           /* incoming: a correct receipt or notice */
    VERDICT_ANOMALY,           /* incoming: of a provider, not correct (3.2.2) */
    VERDICT_ORDINARY,          /* incoming: ordinary mail, wrapped (3.2.2) */
    VERDICT_REJECTED,          /* incoming: ordinary mail, refused by policy */
    VERDICT_DISCARDED,         /* incoming: ordinary mail, thrown away by policy, or infected */
    VERDICT_BOUNCE,            /* incoming: the bounce of an envelope of ours */
    VERDICT_BOUNCE_OF_RECEIPT, /* incoming: the bounce of a receipt of ours */
    VERDICT_TIMEOUT,           /* notice (3.1.6) */
    VERDICT_COUNT,
};

/* The part that a step plays: what is sent where, and what follows from the answer, hang on it (role_rows in plan.c). */
enum step_role {
    ROLE_QUARANTINE, /* keep the infected message (2.2.4) */
    ROLE_ENVELOPE,   /* our transport envelope, to the relay */
    ROLE_HOME,       /* a receipt of ours to a mailbox of ours */
    ROLE_HOME_LATE,  /* the same by the queue, because the mailbox deferred it */
    ROLE_ABROAD,     /* a receipt of ours to somebody else, by the relay */
    ROLE_DELIVERY,   /* a correct envelope to a mailbox: certified */
    ROLE_PASS,       /* another provider's receipt to a mailbox, unchanged */
    ROLE_WRAPPED,    /* an anomaly envelope to a mailbox */
    ROLE_REPORT,     /* that a mailbox refused ordinary mail, to the reverse path */
    ROLE_COUNT,
};

enum step_way { WAY_FILE, WAY_RELAY, WAY_MAILBOX };
enum step_matter { MATTER_MADE /* step.message */, MATTER_AS_CAME, MATTER_REPORT };

struct role_row {
    const char *name;
    enum step_way way;
    enum step_matter matter;
};

extern const struct role_row role_rows[ROLE_COUNT];

struct step {
    enum step_role role;
    struct pec_message message; /* MATTER_MADE */
    const char *sender;         /* reverse path */
    const char **recipients;    /* one for WAY_MAILBOX */
    size_t recipient_count;
    /* Not recorded; what follows from the outcomes: */
    bool is_done;
    bool is_deferred;             /* in this attempt; the next one tries again */
    const struct answer *refused; /* ROLE_WRAPPED: the mailbox's refusal */
};

/* What became of one recipient of a step. */
enum fate { FATE_UNTRIED, FATE_TAKEN, FATE_DEFERRED, FATE_REFUSED, FATE_COUNT };

struct answer {
    const char *address;
    enum fate fate;
    int code;             /* SMTP */
    const char *enhanced; /* NULL if there was none */
    const char *text;
};

/* What came of a step. Only outcomes that change something are recorded: a step that was deferred stays open. */
struct outcome {
    size_t step;
    int64_t time;
    struct answer *answers;
    size_t answer_count;
};

/* A receipt has come, or was issued by ourselves: the waiting for it ends (3.1.6). */
struct release {
    const char *pec_id;
    const char *address;
    bool is_final; /* else only the first notice is called off */
};

struct plan {
    enum point point;
    enum verdict verdict;
    int64_t time;              /* the one temporal value of the transaction (4.1) */
    const char *seed;          /* hexadecimal; the ids of what is made come from it */
    struct transaction about;
    const char *reverse_path;  /* of the message that came; "" for <> */
    const char *reason;        /* of a refusal or an anomaly; NULL */
    int64_t size;              /* octets of the message that came */
    bool sender_is_home;       /* the sender's mailbox is ours: receipts go straight there */
    bool is_tracked;           /* access: receipts are waited for */
    int64_t number;            /* of the tracked transaction */
    struct step *steps;
    size_t step_count, step_capacity;
    struct release *releases;  /* committed with the plan */
    size_t release_count;
    const char *refusal;       /* what the client is told in the end; NULL: 250 */
    /* For the log, of a receipt that came: */
    const char *receipt_id;    /* its own Message-ID; NULL if it has none */
    const char *receipt_type;  /* `tipo` of its certification; NULL: no receipt came */
    const char **concerned;    /* the recipients that it is about; of a bounce, those that are told of */
    size_t concerned_count;
    /* Not recorded: */
    size_t refused_count;      /* steps of ROLE_WRAPPED that were refused */
};

/* Something for the legal log (event.h). */
struct event {
    const char *what;                  /* "received", "sent", "delivered", "refused", "quarantined" */
    const struct pec_message *message; /* of ours; NULL */
    const char **recipients;           /* whom it concerns */
    size_t recipient_count;            /* 0: all recipients of the transaction */
    const char *reason; /* an answer in words; NULL */
    int64_t time;       /* the one temporal value of the transaction (4.1), which its messages bear too */
    int64_t done;       /* when it took place, if that was later; 0 */
    size_t number;      /* of the step, from 1, for the line's id; 0: of the plan's beginning */
    struct slice report; /* a bounce that came: its bytes; SLICE_NONE */
};

/* What follows from a plan's beginning, or from an outcome, besides steps. */
struct effects {
    struct event *events;
    size_t event_count;
    struct release *releases;
    size_t release_count;
};

/* A plan without steps yet. `seed` is random. */
struct plan plan_new(enum point point, enum verdict verdict, int64_t time, const char *seed);

/* Add a step of a message of ours, with its id; *out_step may be changed until the next step is added. ERROR_BUDGET. */
int plan_add_message(const struct pec_provider *provider, struct plan *plan, enum step_role role, enum message_kind kind,
                     struct arena *arena, struct step **out_step);
/* Add a step of another matter. */
int plan_add_step(struct plan *plan, enum step_role role, struct arena *arena, struct step **out_step);

/* "opec3.<legal time>.<seed>.<number>@<domain>" (2.2.1), without brackets; NULL without budget. */
char *plan_id(const struct pec_provider *provider, const struct plan *plan, size_t number, struct arena *arena);

/* What follows from its beginning: that the message was received (nothing was, of a notice), and its releases. ERROR_BUDGET. */
int plan_begin(const struct plan *plan, struct arena *arena, struct effects *out);

/* The law's answer to an outcome: the step is done, steps are added, effects follow. ERROR_BUDGET; ERROR_CORRUPT for an outcome that
 * does not fit the plan. */
int plan_apply(const struct pec_provider *provider, struct plan *plan, const struct outcome *outcome, struct arena *arena,
               struct effects *out);

/* Are all steps done? */
bool plan_is_done(const struct plan *plan);

/* For the store. */
void plan_visit(struct record *r, struct plan *p);
void outcome_visit(struct record *r, struct outcome *o);

extern const char *const verdict_names[VERDICT_COUNT];
extern const char *const point_names[POINT_COUNT];

#endif

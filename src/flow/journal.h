/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What workers and verbs ask of the keeper, the only writer of the store and of the legal log: one request, one response.
 *
 * In the daemon the requests cross a socket (process/); in `debug`, in tests and for verbs without a daemon they are function calls
 * (flow/keeper.h). Every change is idempotent, so that a worker asks again after a keeper's death.
 */
#ifndef OPEC_FLOW_JOURNAL_H
#define OPEC_FLOW_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/wire.h"
#include "ledger/ledger.h"
#include "store/store.h"

enum journal_verb {
    JOURNAL_CLAIM,       /* take a message in hand: is it new, begun, finished, in other hands? */
    JOURNAL_BEGIN,       /* a plan, before its first effect; durable. It has no lines: see settle.c */
    JOURNAL_OUTCOME,     /* what came of a step that is not the last */
    JOURNAL_END,         /* what came of the last step: all are done; durable, with everything before it */
    JOURNAL_RELEASE,     /* out of hand, to be tried again later */
    JOURNAL_CRASHED,     /* the worker died over it */
    JOURNAL_TRANSACTION, /* a tracked transaction by its number */
    JOURNAL_DUE,         /* tasks that are due */
    JOURNAL_TASK_DONE,   /* a task that has become void */
    JOURNAL_WELCOME,     /* what a worker needs at its start: own domains, the key of tags */
    JOURNAL_HOUSEKEEPING, /* purge what is over, close the log if it is due */
    JOURNAL_LOG_CLOSE,
    JOURNAL_LOG_HEAD,    /* how far the log reaches */
    JOURNAL_NOTE,        /* lines for the legal log alone, of what a verb is about to do; durable */
    JOURNAL_DOMAIN_ADD,
    JOURNAL_DOMAIN_REMOVE,
    JOURNAL_DOMAIN_LIST,
    JOURNAL_ACCOUNT_ADD,
    JOURNAL_ACCOUNT_SET,
    JOURNAL_ACCOUNT_REMOVE,
    JOURNAL_ACCOUNT_LIST,
    JOURNAL_STATUS,
    JOURNAL_VERB_COUNT,
};

struct journal_release {
    const char *pec_id, *address;
    bool is_final;
};

/* A line for the legal log; its id is made of the plan's key, the step and the place. */
struct journal_line {
    const char *id;
    struct slice text;
};

enum { TAG_KEY_SIZE = 32 };

/* Which fields count hangs on the verb (journal_request_visit). */
struct journal_request {
    enum journal_verb verb;
    unsigned char key[STORE_KEY_SIZE];
    int64_t time;
    uint32_t number;     /* OUTCOME: its number. DUE: at most so many */
    struct slice record; /* BEGIN: the plan. OUTCOME: the outcome */
    bool is_tracked;     /* BEGIN: with `transaction` */
    struct stored_transaction transaction; /* BEGIN; TRANSACTION: its number alone */
    int64_t first_due, second_due;
    struct journal_release *releases;
    size_t release_count;
    struct journal_line *lines;
    size_t line_count;
    const char *text;    /* END: the answer. DOMAIN_*: the name. ACCOUNT_*: the address */
    uint64_t task;       /* END, TASK_DONE: 0 for none */
    struct stored_account account;
};

enum journal_state {
    JOURNAL_DONE,     /* as asked */
    JOURNAL_FRESH,    /* CLAIM: never seen; it is in hand now */
    JOURNAL_FOUND,    /* CLAIM: begun; it is in hand now. TRANSACTION: here it is */
    JOURNAL_FINISHED, /* CLAIM: done before */
    JOURNAL_BUSY,     /* CLAIM: in other hands */
    JOURNAL_POISONED, /* CLAIM: it has killed too many workers */
    JOURNAL_UNKNOWN,  /* TRANSACTION: no such */
    JOURNAL_STATE_COUNT,
};

struct journal_status {
    size_t open_plans;
    int64_t oldest_plan; /* 0 without one */
    int64_t next_task;   /* INT64_MAX without one */
    uint64_t log_lines;
    const char *log_damage; /* "" if the log was whole at start */
};

/* Another node of the same store. */
struct journal_node {
    const char *name;
    int64_t seen;            /* when it last said something */
    struct ledger_head head; /* of its legal log */
};

struct journal_response {
    int error; /* 0, or why it could not be done */
    const char *words;
    enum journal_state state;
    const char *text;    /* FINISHED: the answer. LOG_CLOSE: the file closed */
    struct slice record; /* FOUND */
    struct slice *outcomes;
    size_t outcome_count;
    uint32_t number;     /* CRASHED: how often so far */
    struct stored_transaction transaction;
    struct stored_task *tasks;
    size_t task_count;
    int64_t time;        /* DUE: when the next one will be */
    const char **names;  /* WELCOME, DOMAIN_LIST: domains */
    size_t name_count;
    unsigned char tag_key[TAG_KEY_SIZE];
    struct stored_account *accounts;
    size_t account_count;
    struct journal_status status;
    struct journal_node *nodes; /* STATUS, LOG_HEAD: the others */
    size_t node_count;
};

void journal_request_visit(struct wire *w, struct journal_request *r);
void journal_response_visit(struct wire *w, struct journal_response *r);

struct journal {
    /* Ask, and wait for the response, whose texts are made in the arena. A failure of the way there, or `error` of the response. */
    int (*ask)(struct journal *self, const struct journal_request *request, struct arena *arena, struct journal_response *out,
               int64_t deadline_ms, struct error *e);
    void (*close)(struct journal *self);
};

/* NULL is allowed; *journal becomes NULL. */
void journal_close(struct journal **journal);

#endif

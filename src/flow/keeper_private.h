/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The keeper's insides, for its own files: keeper.c (its life, batches), keeper_nodes.c (other nodes), keeper_plan.c (what is asked about a plan), keeper_verbs.c (what
 * else it is asked).
 */
#ifndef OPEC_FLOW_KEEPER_PRIVATE_H
#define OPEC_FLOW_KEEPER_PRIVATE_H

#include "flow/claims.h"
#include "flow/keeper.h"

struct keeper {
    struct keeper_settings settings;
    struct store *store;
    struct ledger *ledger;
    struct error damage; /* of the log at start; code 0 if it was whole */
    struct claims claims;
    struct arena *batch; /* the lines of the batch */
    struct journal_line *lines;
    size_t line_count, line_capacity;
    struct outlived outlived[RETENTION_AT_ONCE]; /* to be removed once the batch is durable */
    size_t outlived_count;
    int64_t retention_at;            /* when to look again */
    uint64_t known_lines;            /* of the log, as the store knows it */
    uint64_t session;                /* of the store, in which `claims` are locked */
    bool is_durable;                 /* a request of the batch asks for it */
    struct error spoiled;            /* why the batch cannot stand; code 0 if it can */
};

/* One request being carried out. */
struct keeper_turn {
    struct keeper *k;
    keeper_client client;
    const struct journal_request *request;
    struct arena *arena;
    struct journal_response *response;
    struct error error;
};

typedef int keeper_verb(struct keeper_turn *t);

extern keeper_verb *const keeper_verbs[JOURNAL_VERB_COUNT];

/* --- keeper_nodes.c */

/* Count 0 for none. */
int keeper_read_head(struct store *store, struct arena *arena, struct ledger_head *out, struct error *e);
int keeper_write_head(struct keeper *k, struct error *e);
/* The other nodes of the store, and how far their logs reach. */
int keeper_others(struct store *store, struct arena *arena, struct journal_node **out, size_t *out_count, struct error *e);

/* Take the message of a request in hand. *out_taken is false if it is in other hands, here or on another node. */
int keeper_take(struct keeper_turn *t, bool *out_taken);
/* In a batch on a new connection: lock again what is in hand. */
int keeper_regain(struct keeper *k, struct error *e);
/* After a batch: unlock what is no longer in hand. */
void keeper_let_go(struct keeper *k);

/* --- keeper_plan.c */

/* A line for the end of the batch. False without budget: the batch cannot stand then. */
bool keeper_queue_line(struct keeper *k, const struct journal_line *line);

keeper_verb keeper_claim, keeper_begin, keeper_outcome, keeper_end, keeper_release, keeper_crashed, keeper_note;

#endif

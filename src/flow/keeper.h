/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The keeper's work: requests (journal.h) carried out on the store and the legal log, many to one commit.
 *
 *     keeper_batch_begin
 *     keeper_apply       for each request that has come
 *     keeper_batch_end   everything is as durable as its requests ask; only now may the responses be given
 */
#ifndef OPEC_FLOW_KEEPER_H
#define OPEC_FLOW_KEEPER_H

#include "flow/journal.h"
#include "flow/retention.h"
#include "ledger/ledger.h"

struct keeper_settings {
    const char *store_url, *store_node;
    struct ledger_settings ledger;
    uint32_t crashes_max;     /* a message that killed so many workers is poisoned */
    int64_t finished_kept;    /* seconds that a finished plan is remembered (design 3: two days) */
    int64_t tracked_kept;     /* seconds that a closed transaction is remembered */
    struct retention_settings retention;
};

struct keeper;

/* Open store and log; takes the lock of the one writer. ERROR_BUSY if there is another. A log that is not as the store remembers it is
 * opened all the same (see ledger_open); the damage is in JOURNAL_STATUS. */
int keeper_open(const struct keeper_settings *settings, struct keeper **out, struct error *e);
void keeper_close(struct keeper **keeper);

/* How far the log reaches by what the store remembers, without a keeper and without changing anything. ERROR_FILE without a store. */
int keeper_known_head(const char *store_url, const char *store_node, struct ledger_head *out, struct error *e);

/* Who asks: claims belong to it. 0 is nobody: its claims bind no one. */
typedef uint64_t keeper_client;

int keeper_batch_begin(struct keeper *k, struct error *e);

/* Carry out one request. What cannot be done is response.error; the batch goes on without it, unless it is lost as a whole
 * (keeper_batch_end tells). The response's texts live in the arena until it is reset. */
void keeper_apply(struct keeper *k, keeper_client client, const struct journal_request *request, struct arena *arena,
                  struct journal_response *out);

/* Make it durable. On failure nothing of the batch has happened, and every one of its requests must be answered with this error. */
int keeper_batch_end(struct keeper *k, struct error *e);

/* No batch can begin. A message that is given back (JOURNAL_RELEASE) is free all the same: kept in a hand that has let it go it would be
 * refused to everybody, on every node. All else is left undone. */
void keeper_apply_without_store(struct keeper *k, keeper_client client, const struct journal_request *request);

/* The client is gone: its claims are free. */
void keeper_client_gone(struct keeper *k, keeper_client client);

/* A journal that calls the keeper directly, one batch for each request. It does not own the keeper. NULL without memory. */
struct journal *journal_of_keeper(struct keeper *keeper, keeper_client client);

#endif

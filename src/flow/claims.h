/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which messages are in hand, and whose: a second delivery of one that is gets 451 (design 3). In memory only: a claim ends with the
 * keeper or with its holder. Against other nodes the keeper locks each in the store; what is to be unlocked there is gathered here, since it
 * must be locked until all that was said of it has been committed.
 */
#ifndef OPEC_FLOW_CLAIMS_H
#define OPEC_FLOW_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

struct claim {
    unsigned char key[STORE_KEY_SIZE];
    uint64_t holder;
    uint64_t session; /* of the store, in which it was taken, or found to be its holder's still */
    bool is_new;      /* since the last claims_settle */
};

struct claims {
    struct claim *items;
    size_t count, capacity;
    unsigned char (*ended)[STORE_KEY_SIZE]; /* no longer in hand; to be unlocked by the owner of this structure, who then empties it */
    size_t ended_count, ended_capacity;
};

/* NULL if nobody has it. */
struct claim *claims_find(struct claims *c, const unsigned char key[STORE_KEY_SIZE]);

/* False if another holder has it (the same one may take it again), or without memory. Holder 0 takes nothing and is refused nothing. */
bool claims_take(struct claims *c, const unsigned char key[STORE_KEY_SIZE], uint64_t holder);
/* What was taken since the last call stays taken, or is given back: its takers were never told. */
void claims_settle(struct claims *c, bool kept);
void claims_drop(struct claims *c, const unsigned char key[STORE_KEY_SIZE], uint64_t holder);
/* It was never locked: nothing is to be unlocked. */
void claims_forget(struct claims *c, struct claim *claim);
void claims_drop_all(struct claims *c, uint64_t holder);
void claims_free(struct claims *c);

#endif

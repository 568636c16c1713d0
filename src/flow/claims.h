/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which messages are in hand, and whose: a second delivery of one that is gets 451 (design 3). In memory only: a claim ends with the
 * keeper or with its holder.
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
    bool is_new; /* since the last claims_settle */
};

struct claims {
    struct claim *items;
    size_t count, capacity;
};

/* False if another holder has it (the same one may take it again), or without memory. Holder 0 takes nothing and is refused nothing. */
bool claims_take(struct claims *c, const unsigned char key[STORE_KEY_SIZE], uint64_t holder);
/* What was taken since the last call stays taken, or is given back: its takers were never told. */
void claims_settle(struct claims *c, bool kept);
void claims_drop(struct claims *c, const unsigned char key[STORE_KEY_SIZE], uint64_t holder);
void claims_drop_all(struct claims *c, uint64_t holder);
void claims_free(struct claims *c);

#endif

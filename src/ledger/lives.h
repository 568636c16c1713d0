/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The transactions that a search has met, numbered in the order in which it met them.
 */
#ifndef OPEC_LEDGER_LIVES_H
#define OPEC_LEDGER_LIVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/keyed_hash.h"
#include "base/slice.h"

enum { LEDGER_NO_LIFE = UINT32_MAX };

struct ledger_lives {
    char **pec_ids; /* by number; NULL for a line without transaction */
    size_t count, room;
    uint32_t *slots; /* numbers plus 1, by hash; 0 is free */
    size_t slot_count;
    struct hash_key key;
};

/* The number of this PEC id, LEDGER_NO_LIFE if it has not been met. */
uint32_t ledger_lives_find(const struct ledger_lives *lives, struct slice pec_id);

/* The number of one that may be new; SLICE_NONE is always new. LEDGER_NO_LIFE without memory. */
uint32_t ledger_lives_add(struct ledger_lives *lives, struct slice pec_id);

void ledger_lives_free(struct ledger_lives *lives);

/* Might the line be of one of them? Reads its text alone: may say true where the parsed line says no, never the reverse. */
bool ledger_lives_may_have(const struct ledger_lives *lives, struct slice line);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A set of ids, kept as the first half of their SHA-256: no sender can choose two that meet.
 */
#ifndef OPEC_LEDGER_IDS_H
#define OPEC_LEDGER_IDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/slice.h"

enum { LEDGER_ID_KEY_SIZE = 16 };

struct ledger_id_key {
    unsigned char bytes[LEDGER_ID_KEY_SIZE];
};

struct ledger_ids {
    struct ledger_id_key *slots; /* all zero: free */
    size_t capacity;             /* a power of two */
    size_t count;
};

/* ERROR_MEMORY. */
int ledger_id_key(struct slice id, struct ledger_id_key *out);

bool ledger_ids_has(const struct ledger_ids *ids, const struct ledger_id_key *key);

/* After it, one ledger_ids_add cannot fail. ERROR_MEMORY. */
int ledger_ids_reserve(struct ledger_ids *ids);
void ledger_ids_add(struct ledger_ids *ids, const struct ledger_id_key *key);

/* The set is empty again. */
void ledger_ids_free(struct ledger_ids *ids);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/ids.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

enum { FIRST_CAPACITY = 64 };

int ledger_id_key(struct slice id, struct ledger_id_key *out)
{
    unsigned char hash[DIGEST_MAX];
    int result = digest_slice(DIGEST_SHA256, id, hash);

    if (result != 0)
        return result;
    memcpy(out->bytes, hash, sizeof out->bytes);
    return 0;
}

static bool is_free(const struct ledger_id_key *slot)
{
    static const struct ledger_id_key none = { 0 };

    return memcmp(slot, &none, sizeof none) == 0;
}

/* Where the key stands or would stand. There is always a free slot. */
static struct ledger_id_key *place(const struct ledger_ids *ids, const struct ledger_id_key *key)
{
    uint64_t start;

    memcpy(&start, key->bytes, sizeof start);
    for (size_t i = (size_t)start;; i++) {
        struct ledger_id_key *slot = &ids->slots[i & (ids->capacity - 1)];

        if (is_free(slot) || memcmp(slot, key, sizeof *key) == 0)
            return slot;
    }
}

bool ledger_ids_has(const struct ledger_ids *ids, const struct ledger_id_key *key)
{
    return ids->capacity && !is_free(place(ids, key));
}

int ledger_ids_reserve(struct ledger_ids *ids)
{
    struct ledger_ids larger = { .capacity = ids->capacity ? ids->capacity * 2 : FIRST_CAPACITY, .count = ids->count };

    if ((ids->count + 1) * 2 <= ids->capacity)
        return 0;
    larger.slots = calloc(larger.capacity, sizeof *larger.slots);
    if (!larger.slots)
        return ERROR_MEMORY;
    for (size_t i = 0; i < ids->capacity; i++)
        if (!is_free(&ids->slots[i]))
            *place(&larger, &ids->slots[i]) = ids->slots[i];
    free(ids->slots);
    *ids = larger;
    return 0;
}

void ledger_ids_add(struct ledger_ids *ids, const struct ledger_id_key *key)
{
    struct ledger_id_key *slot = place(ids, key);

    ids->count += is_free(slot);
    *slot = *key;
}

void ledger_ids_free(struct ledger_ids *ids)
{
    free(ids->slots);
    *ids = (struct ledger_ids){ 0 };
}

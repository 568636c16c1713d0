/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/relation.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/error.h"

enum { REPEATED = UINT32_MAX };

static int compare_pairs(const void *a, const void *b)
{
    const struct relation_pair *x = a, *y = b;
    int order = slice_compare(x->key, y->key);

    return order != 0 ? order : (x->position > y->position) - (x->position < y->position);
}

static bool allocate(struct relation *r, size_t count, uint32_t provider_count, struct arena *arena)
{
    r->keys = arena_array(arena, count, sizeof *r->keys);
    r->owner_first = arena_array(arena, count + 1, sizeof *r->owner_first);
    r->owners = arena_array(arena, count, sizeof *r->owners);
    r->held_first = arena_array(arena, (size_t)provider_count + 1, sizeof *r->held_first);
    r->held = arena_array(arena, count, sizeof *r->held);
    return r->keys && r->owner_first && r->owners && r->held_first && r->held;
}

/* Number the keys and list their owners. The pairs are sorted: those of one key stand together, and among them those of one
 * provider. key_of[position] is the key of a pair, or REPEATED. */
static void list_owners(struct relation *r, const struct relation_pair *pairs, size_t count, uint32_t *key_of)
{
    for (size_t i = 0; i < count; i++) {
        bool new_key = i == 0 || !slice_equal(pairs[i].key, pairs[i - 1].key);

        if (new_key) {
            r->owner_first[r->key_count] = r->link_count;
            r->keys[r->key_count++] = pairs[i].key;
        }
        if (new_key || pairs[i].provider != pairs[i - 1].provider) {
            r->owners[r->link_count++] = pairs[i].provider;
            key_of[pairs[i].position] = r->key_count - 1;
        } else {
            key_of[pairs[i].position] = REPEATED;
        }
    }
    r->owner_first[r->key_count] = r->link_count;
}

/* provider_of[position] does not fall, so that each provider's list ends where the next one begins. */
static void list_held(struct relation *r, const uint32_t *key_of, const uint32_t *provider_of, size_t count,
                      uint32_t provider_count)
{
    uint32_t filled = 0, provider = 0;

    for (size_t i = 0; i < count; i++) {
        while (provider < provider_of[i])
            r->held_first[++provider] = filled;
        if (key_of[i] != REPEATED)
            r->held[filled++] = key_of[i];
    }
    while (provider < provider_count)
        r->held_first[++provider] = filled;
}

int relation_build(struct relation_pair *pairs, size_t count, uint32_t provider_count, struct arena *arena, struct relation *out)
{
    struct relation r = { 0 };
    uint32_t *key_of = arena_array(arena, count, sizeof *key_of);
    uint32_t *provider_of = arena_array(arena, count, sizeof *provider_of);

    if (!key_of || !provider_of || !allocate(&r, count, provider_count, arena))
        return ERROR_BUDGET;
    for (size_t i = 0; i < count; i++) {
        pairs[i].position = (uint32_t)i;
        provider_of[i] = pairs[i].provider;
    }
    qsort(pairs, count, sizeof *pairs, compare_pairs);
    list_owners(&r, pairs, count, key_of);
    list_held(&r, key_of, provider_of, count, provider_count);
    *out = r;
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Who holds what: built once from pairs of a provider and a key (a domain, or the hash of a certificate), to be read in both
 * directions. Lists stand one behind the other; list i goes from first[i] to before first[i + 1].
 */
#ifndef OPEC_INDEX_RELATION_H
#define OPEC_INDEX_RELATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

struct relation_pair {
    struct slice key;
    uint32_t provider;
    uint32_t position; /* for relation_build */
};

struct relation {
    struct slice *keys; /* in order, each once */
    uint32_t key_count;
    uint32_t link_count;   /* different pairs */
    uint32_t *owner_first; /* key_count + 1 */
    uint32_t *owners;      /* the providers of each key, in order */
    uint32_t *held_first;  /* provider_count + 1 */
    uint32_t *held;        /* the keys of each provider, in the order of the pairs */
};

/* Build it from pairs that stand in the order of their providers (whose numbers are below provider_count); the pairs are sorted
 * on the way. Both counts are below 2^32 - 1. ERROR_BUDGET. */
int relation_build(struct relation_pair *pairs, size_t count, uint32_t provider_count, struct arena *arena, struct relation *out);

#endif

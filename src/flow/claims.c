/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/claims.h"

#include <stdlib.h>
#include <string.h>

/* There are never more than workers, so a list is searched faster than a table. */
struct claim *claims_find(struct claims *c, const unsigned char key[STORE_KEY_SIZE])
{
    for (size_t i = 0; i < c->count; i++)
        if (memcmp(c->items[i].key, key, STORE_KEY_SIZE) == 0)
            return &c->items[i];
    return NULL;
}

static bool make_room(struct claims *c)
{
    size_t capacity = c->capacity ? 2 * c->capacity : 64;
    struct claim *items;

    if (c->count < c->capacity)
        return true;
    items = reallocarray(c->items, capacity, sizeof *items);
    if (!items)
        return false;
    c->items = items;
    c->capacity = capacity;
    return true;
}

bool claims_take(struct claims *c, const unsigned char key[STORE_KEY_SIZE], uint64_t holder)
{
    struct claim *held = claims_find(c, key);

    if (holder == 0)
        return true;
    if (held)
        return held->holder == holder;
    if (!make_room(c))
        return false;
    c->items[c->count] = (struct claim){ .holder = holder, .is_new = true };
    memcpy(c->items[c->count++].key, key, STORE_KEY_SIZE);
    return true;
}

void claims_forget(struct claims *c, struct claim *claim)
{
    *claim = c->items[--c->count];
}

/* Without memory it stays locked until the connection to the store ends: then other nodes defer it for so long. */
static void end(struct claims *c, struct claim *claim)
{
    if (c->ended_count == c->ended_capacity) {
        size_t capacity = c->ended_capacity ? 2 * c->ended_capacity : 64;
        void *ended = reallocarray(c->ended, capacity, sizeof *c->ended);

        if (ended) {
            c->ended = ended;
            c->ended_capacity = capacity;
        }
    }
    if (c->ended_count < c->ended_capacity)
        memcpy(c->ended[c->ended_count++], claim->key, STORE_KEY_SIZE);
    claims_forget(c, claim);
}

void claims_settle(struct claims *c, bool kept)
{
    for (size_t i = c->count; i-- > 0;) {
        if (c->items[i].is_new && !kept)
            end(c, &c->items[i]);
        else
            c->items[i].is_new = false;
    }
}

void claims_drop(struct claims *c, const unsigned char key[STORE_KEY_SIZE], uint64_t holder)
{
    struct claim *held = claims_find(c, key);

    if (held && held->holder == holder)
        end(c, held);
}

void claims_drop_all(struct claims *c, uint64_t holder)
{
    for (size_t i = c->count; i-- > 0;)
        if (c->items[i].holder == holder)
            end(c, &c->items[i]);
}

void claims_free(struct claims *c)
{
    free(c->items);
    free(c->ended);
    *c = (struct claims){ 0 };
}

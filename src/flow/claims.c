/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/claims.h"

#include <stdlib.h>
#include <string.h>

/* There are never more than workers, so a list is searched faster than a table. */
static struct claim *find(struct claims *c, const unsigned char key[STORE_KEY_SIZE])
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
    struct claim *held = find(c, key);

    if (holder == 0)
        return true;
    if (held)
        return held->holder == holder;
    if (!make_room(c))
        return false;
    memcpy(c->items[c->count].key, key, STORE_KEY_SIZE);
    c->items[c->count].holder = holder;
    c->items[c->count++].is_new = true;
    return true;
}

void claims_settle(struct claims *c, bool kept)
{
    for (size_t i = c->count; i-- > 0;) {
        if (c->items[i].is_new && !kept)
            c->items[i] = c->items[--c->count];
        else
            c->items[i].is_new = false;
    }
}

void claims_drop(struct claims *c, const unsigned char key[STORE_KEY_SIZE], uint64_t holder)
{
    struct claim *held = find(c, key);

    if (held && held->holder == holder)
        *held = c->items[--c->count];
}

void claims_drop_all(struct claims *c, uint64_t holder)
{
    for (size_t i = c->count; i-- > 0;)
        if (c->items[i].holder == holder)
            c->items[i] = c->items[--c->count];
}

void claims_free(struct claims *c)
{
    free(c->items);
    *c = (struct claims){ 0 };
}

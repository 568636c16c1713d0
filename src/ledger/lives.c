/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/lives.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"

enum { FIRST_ROOM = 64 };

/* Where the id stands or would stand. There is always a free slot. */
static uint32_t *place(const struct ledger_lives *l, struct slice pec_id)
{
    for (uint64_t i = keyed_hash(l->key, pec_id);; i++) {
        uint32_t *slot = &l->slots[i & (l->slot_count - 1)];

        if (*slot == 0 || slice_is(pec_id, l->pec_ids[*slot - 1]))
            return slot;
    }
}

uint32_t ledger_lives_find(const struct ledger_lives *lives, struct slice pec_id)
{
    uint32_t slot = lives->slot_count ? *place(lives, pec_id) : 0;

    return slot ? slot - 1 : LEDGER_NO_LIFE;
}

/* Twice the room: half of the slots stay free. */
static bool grow(struct ledger_lives *l)
{
    size_t room = l->room ? l->room * 2 : FIRST_ROOM;
    char **pec_ids = reallocarray(l->pec_ids, room, sizeof *pec_ids);
    uint32_t *slots = pec_ids ? calloc(room * 2, sizeof *slots) : NULL;

    if (pec_ids)
        l->pec_ids = pec_ids;
    if (!slots || room >= LEDGER_NO_LIFE) {
        free(slots);
        return false;
    }
    if (!l->slots)
        random_bytes(&l->key, sizeof l->key);
    free(l->slots);
    l->slots = slots;
    l->slot_count = room * 2;
    l->room = room;
    for (size_t i = 0; i < l->count; i++)
        if (l->pec_ids[i])
            *place(l, slice_of(l->pec_ids[i])) = (uint32_t)i + 1;
    return true;
}

uint32_t ledger_lives_add(struct ledger_lives *lives, struct slice pec_id)
{
    uint32_t number = pec_id.data ? ledger_lives_find(lives, pec_id) : LEDGER_NO_LIFE;
    char *copy = NULL;

    if (number != LEDGER_NO_LIFE)
        return number;
    if (lives->count == lives->room && !grow(lives))
        return LEDGER_NO_LIFE;
    if (pec_id.data && !(copy = strndup(pec_id.data, pec_id.size)))
        return LEDGER_NO_LIFE;
    number = (uint32_t)lives->count++;
    lives->pec_ids[number] = copy;
    if (copy)
        *place(lives, slice_of(copy)) = number + 1;
    return number;
}

void ledger_lives_free(struct ledger_lives *lives)
{
    for (size_t i = 0; i < lives->count; i++)
        free(lives->pec_ids[i]);
    free(lives->pec_ids);
    free(lives->slots);
    *lives = (struct ledger_lives){ 0 };
}

/* A key's value as it stands, from behind the key: true if it is a text. *out_escaped if the text must be parsed to be known. */
static bool read_value(struct slice rest, struct slice *out, bool *out_escaped)
{
    rest = slice_trim(rest);
    if (rest.size == 0 || rest.data[0] != ':')
        return false;
    rest = slice_trim(slice_skip(rest, 1));
    if (rest.size == 0 || rest.data[0] != '"')
        return false;
    rest = slice_skip(rest, 1);
    *out = (struct slice){ rest.data, slice_find_byte(rest, '"') };
    *out_escaped = slice_find_byte(*out, '\\') < out->size;
    return true;
}

bool ledger_lives_may_have(const struct ledger_lives *lives, struct slice line)
{
    static const struct slice key = { "\"pec_id\"", 8 };
    size_t at;

    while (lives->count && (at = slice_find(line, key)) < line.size) {
        struct slice value;
        bool escaped;

        line = slice_skip(line, at + key.size);
        if (read_value(line, &value, &escaped) && (escaped || ledger_lives_find(lives, value) != LEDGER_NO_LIFE))
            return true;
    }
    return false;
}

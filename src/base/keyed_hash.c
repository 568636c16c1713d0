/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/keyed_hash.h"

#include <stddef.h>

enum { WORD_SIZE = 8, ROUNDS_FOR_A_WORD = 2, ROUNDS_AT_THE_END = 4 };

struct state {
    uint64_t v0, v1, v2, v3;
};

static uint64_t rotate(uint64_t x, unsigned bits)
{
    return x << bits | x >> (64 - bits);
}

static void mix(struct state *s, unsigned rounds)
{
    for (unsigned i = 0; i < rounds; i++) {
        s->v0 += s->v1;
        s->v1 = rotate(s->v1, 13) ^ s->v0;
        s->v0 = rotate(s->v0, 32);
        s->v2 += s->v3;
        s->v3 = rotate(s->v3, 16) ^ s->v2;
        s->v0 += s->v3;
        s->v3 = rotate(s->v3, 21) ^ s->v0;
        s->v2 += s->v1;
        s->v1 = rotate(s->v1, 17) ^ s->v2;
        s->v2 = rotate(s->v2, 32);
    }
}

static void absorb(struct state *s, uint64_t word)
{
    s->v3 ^= word;
    mix(s, ROUNDS_FOR_A_WORD);
    s->v0 ^= word;
}

/* Up to eight bytes, the first one lowest. */
static uint64_t read_word(const char *data, size_t size)
{
    uint64_t word = 0;

    for (size_t i = 0; i < size; i++)
        word |= (uint64_t)(unsigned char)data[i] << (8 * i);
    return word;
}

uint64_t keyed_hash(struct hash_key key, struct slice s)
{
    struct state state = {
        .v0 = key.low ^ 0x736f6d6570736575,
        .v1 = key.high ^ 0x646f72616e646f6d,
        .v2 = key.low ^ 0x6c7967656e657261,
        .v3 = key.high ^ 0x7465646279746573,
    };
    size_t at = 0;

    for (; s.size - at >= WORD_SIZE; at += WORD_SIZE)
        absorb(&state, read_word(s.data + at, WORD_SIZE));
    /* The last word carries the length, so that no text is a prefix of another. */
    absorb(&state, (s.size - at ? read_word(s.data + at, s.size - at) : 0) | (uint64_t)(s.size & 0xff) << 56);
    state.v2 ^= 0xff;
    mix(&state, ROUNDS_AT_THE_END);
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

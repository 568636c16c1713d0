/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/octets.h"

#include <string.h>

enum {
    BLOCK = 128,
    WHOLE_LINE_MAX = 1000, /* with its CRLF */
};

/* The loops below have no branch inside and, for a whole block, a fixed number of rounds: what gcc vectorises at -O2. Each takes
 * `count` pairs of neighbours, hence one byte more than that. */

static inline bool pairs_have_dot(const unsigned char *at, size_t count)
{
    unsigned char found = 0;

    for (size_t i = 0; i < count; i++)
        found |= (unsigned char)((at[i] == '\n') & (at[i + 1] == '.'));
    return found;
}

/* A CR without LF or a LF without CR. */
static inline bool pairs_are_odd(const unsigned char *at, size_t count)
{
    unsigned char odd = 0;

    for (size_t i = 0; i < count; i++)
        odd |= (unsigned char)((at[i] == '\r') ^ (at[i + 1] == '\n'));
    return odd;
}

static inline bool pairs_have_bare_cr(const unsigned char *at, size_t count)
{
    unsigned char found = 0;

    for (size_t i = 0; i < count; i++)
        found |= (unsigned char)((at[i] == '\r') & (at[i + 1] != '\n'));
    return found;
}

static inline bool pairs_have_bare_lf(const unsigned char *at, size_t count)
{
    unsigned char found = 0;

    for (size_t i = 0; i < count; i++)
        found |= (unsigned char)((at[i] != '\r') & (at[i + 1] == '\n'));
    return found;
}

static inline void see_pairs(struct octets *o, const unsigned char *at, size_t count)
{
    if (!pairs_are_odd(at, count))
        return;
    o->bare_cr |= pairs_have_bare_cr(at, count);
    o->bare_lf |= pairs_have_bare_lf(at, count);
}

static inline void see_values(struct octets *o, const unsigned char *at, size_t count)
{
    unsigned char lowest = 255, together = 0;

    for (size_t i = 0; i < count; i++) {
        lowest = at[i] < lowest ? at[i] : lowest;
        together |= at[i];
    }
    o->nul |= count && lowest == 0;
    o->eight_bit |= together >> 7;
}

/* Steps of a whole line's maximum, not of a line: if the last LF within reach is near enough, so are all before it. */
static void measure_lines(struct octets *o, struct slice s)
{
    while (s.size && !o->long_line) {
        size_t reach = WHOLE_LINE_MAX - o->line;
        const char *end = memrchr(s.data, '\n', s.size < reach ? s.size : reach);

        if (end) {
            s = slice_skip(s, (size_t)(end - s.data) + 1);
            o->line = 0;
        } else if (s.size < reach) {
            o->line += s.size;
            return;
        } else {
            o->long_line = true;
        }
    }
}

void octets_see(struct octets *o, struct slice s)
{
    const unsigned char *at = (const unsigned char *)s.data;
    size_t left = s.size;

    if (left == 0)
        return;
    o->size += left;
    o->bare_cr |= o->after_cr && at[0] != '\n';
    o->bare_lf |= !o->after_cr && at[0] == '\n';
    for (; left > BLOCK; left -= BLOCK, at += BLOCK) {
        see_pairs(o, at, BLOCK);
        see_values(o, at, BLOCK);
    }
    see_pairs(o, at, left - 1);
    see_values(o, at, left);
    o->after_cr = at[left - 1] == '\r';
    measure_lines(o, s);
}

size_t octets_find_dot(struct slice s)
{
    const unsigned char *bytes = (const unsigned char *)s.data;
    size_t at = 0;

    while (s.size - at > BLOCK && !pairs_have_dot(bytes + at, BLOCK))
        at += BLOCK;
    for (; at + 1 < s.size; at++)
        if (bytes[at] == '\n' && bytes[at + 1] == '.')
            return at + 1;
    return s.size;
}

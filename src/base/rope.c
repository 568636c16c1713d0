/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/rope.h"

#include <stdarg.h>
#include <string.h>

struct rope rope_new(struct arena *arena)
{
    return (struct rope){ .arena = arena };
}

bool rope_ok(const struct rope *r)
{
    return !r->failed;
}

static bool grow(struct rope *r)
{
    size_t capacity = r->capacity ? r->capacity * 2 : 16;
    struct slice *pieces = arena_array(r->arena, capacity, sizeof *pieces);

    if (!pieces) {
        r->failed = true;
        return false;
    }
    if (r->count)
        memcpy(pieces, r->pieces, r->count * sizeof *pieces);
    r->pieces = pieces;
    r->capacity = capacity;
    return true;
}

void rope_add(struct rope *r, struct slice s)
{
    if (s.size == 0 || r->failed || (r->count == r->capacity && !grow(r)))
        return;
    r->pieces[r->count++] = s;
    r->size += s.size;
}

void rope_text(struct rope *r, const char *text)
{
    rope_add(r, slice_of(text));
}

void rope_copy(struct rope *r, struct slice s)
{
    struct slice copy = arena_copy(r->arena, s);

    if (s.size && !copy.data)
        r->failed = true;
    rope_add(r, copy);
}

void rope_printf(struct rope *r, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(r->arena, format, args);
    va_end(args);
    if (!text)
        r->failed = true;
    rope_text(r, text);
}

void rope_join(struct rope *r, const struct rope *other)
{
    if (other->failed)
        r->failed = true;
    for (size_t i = 0; i < other->count; i++)
        rope_add(r, other->pieces[i]);
}

struct slice rope_flat(const struct rope *r)
{
    char *flat, *end;

    if (r->failed || r->count == 0)
        return SLICE_NONE;
    if (r->count == 1)
        return r->pieces[0];
    flat = end = arena_alloc(r->arena, r->size);
    if (!flat)
        return SLICE_NONE;
    for (size_t i = 0; i < r->count; i++) {
        memcpy(end, r->pieces[i].data, r->pieces[i].size);
        end += r->pieces[i].size;
    }
    return (struct slice){ flat, r->size };
}

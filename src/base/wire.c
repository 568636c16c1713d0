/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/wire.h"

#include <stdlib.h>
#include <string.h>

/* A list of n elements takes at least n bytes on the wire, so that a short message cannot ask for a long array. */
enum { SMALLEST_ELEMENT = 1 };

struct wire wire_writer(struct buffer *out)
{
    return (struct wire){ .out = out };
}

struct wire wire_reader(struct slice in, struct arena *arena)
{
    return (struct wire){ .in = in, .arena = arena };
}

bool wire_reads(const struct wire *w)
{
    return w->out == NULL;
}

bool wire_ok(const struct wire *w)
{
    return !w->failed;
}

bool wire_done(const struct wire *w)
{
    return !w->failed && w->in.size == 0;
}

void wire_fail(struct wire *w)
{
    w->failed = true;
}

static void put(struct wire *w, const void *data, size_t size)
{
    if (!w->failed && buffer_append(w->out, (struct slice){ data, size }) != 0)
        w->failed = true;
}

/* `size` bytes off the front, or NULL. */
static const char *get(struct wire *w, size_t size)
{
    const char *at = w->in.data;

    if (w->failed || size > w->in.size) {
        w->failed = true;
        return NULL;
    }
    w->in = slice_skip(w->in, size);
    return at;
}

static void number(struct wire *w, uint64_t *value, unsigned bytes)
{
    unsigned char raw[8];
    const char *at;

    if (!wire_reads(w)) {
        for (unsigned i = 0; i < bytes; i++)
            raw[i] = (unsigned char)(*value >> 8 * (bytes - 1 - i));
        put(w, raw, bytes);
        return;
    }
    at = get(w, bytes);
    if (!at)
        return;
    *value = 0;
    for (unsigned i = 0; i < bytes; i++)
        *value = *value << 8 | (unsigned char)at[i];
}

void wire_u8(struct wire *w, uint8_t *value)
{
    uint64_t wide = *value;

    number(w, &wide, 1);
    *value = (uint8_t)wide;
}

void wire_u32(struct wire *w, uint32_t *value)
{
    uint64_t wide = *value;

    number(w, &wide, 4);
    *value = (uint32_t)wide;
}

void wire_u64(struct wire *w, uint64_t *value)
{
    number(w, value, 8);
}

void wire_i64(struct wire *w, int64_t *value)
{
    uint64_t wide = (uint64_t)*value;

    number(w, &wide, 8);
    *value = (int64_t)wide;
}

void wire_int(struct wire *w, int *value)
{
    uint64_t wide = (uint32_t)*value;

    number(w, &wide, 4);
    *value = (int)(int32_t)(uint32_t)wide;
}

void wire_bool(struct wire *w, bool *value)
{
    uint64_t wide = *value;

    number(w, &wide, 1);
    if (wide > 1)
        w->failed = true;
    *value = wide == 1;
}

void wire_size(struct wire *w, size_t *value)
{
    uint64_t wide = *value;

    number(w, &wide, 8);
    *value = (size_t)wide;
}

void wire_enum(struct wire *w, int *value, int count)
{
    int checked = *value;

    wire_int(w, &checked);
    if (checked < 0 || checked >= count)
        w->failed = true;
    else
        *value = checked;
}

void wire_bytes(struct wire *w, void *value, size_t size)
{
    const char *at;

    if (!wire_reads(w)) {
        put(w, value, size);
        return;
    }
    at = get(w, size);
    if (at)
        memcpy(value, at, size);
}

void wire_slice(struct wire *w, struct slice *value)
{
    uint64_t size = value->size;
    const char *at;

    number(w, &size, 4);
    if (!wire_reads(w)) {
        if (size > UINT32_MAX)
            w->failed = true;
        put(w, value->data, value->size);
        return;
    }
    at = get(w, (size_t)size);
    if (at)
        *value = (struct slice){ at, (size_t)size };
}

void wire_text(struct wire *w, const char **value)
{
    bool present = *value != NULL;
    struct slice s = wire_reads(w) ? SLICE_NONE : slice_of(*value);

    wire_bool(w, &present);
    if (w->failed)
        return;
    if (!present) {
        *value = NULL;
        return;
    }
    wire_slice(w, &s);
    if (!wire_reads(w) || w->failed)
        return;
    *value = slice_find_byte(s, '\0') == s.size ? arena_text(w->arena, s) : NULL;
    if (!*value)
        w->failed = true;
}

void wire_list(struct wire *w, void **items, size_t *count, size_t size, void (*each)(struct wire *, void *))
{
    uint64_t n = *count;

    if (!wire_reads(w) && n > UINT32_MAX)
        w->failed = true;
    number(w, &n, 4);
    if (wire_reads(w)) {
        if (w->failed || n > w->in.size / SMALLEST_ELEMENT) {
            w->failed = true;
            return;
        }
        *items = n ? arena_array(w->arena, (size_t)n, size) : NULL;
        if (n && !*items) {
            w->failed = true;
            return;
        }
        *count = (size_t)n;
    }
    for (size_t i = 0; i < (size_t)n && !w->failed; i++)
        each(w, (char *)*items + i * size);
    if (w->failed && wire_reads(w))
        *count = 0;
}

static void each_text(struct wire *w, void *item)
{
    wire_text(w, item);
}

void wire_texts(struct wire *w, const char ***items, size_t *count)
{
    void *list = (void *)*items;

    wire_list(w, &list, count, sizeof **items, each_text);
    *items = list;
}

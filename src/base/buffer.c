/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { FIRST_CAPACITY = 4096 };

struct buffer buffer_new(size_t maximum)
{
    return (struct buffer){ .maximum = maximum };
}

void buffer_free(struct buffer *b)
{
    free(b->memory);
    *b = buffer_new(b->maximum);
}

struct slice buffer_data(const struct buffer *b)
{
    return (struct slice){ b->memory ? b->memory + b->start : NULL, b->end - b->start };
}

/* Make place for `size` bytes behind the end; the caller has checked the maximum. */
static int make_room(struct buffer *b, size_t size)
{
    size_t held = b->end - b->start, capacity = b->capacity ? b->capacity : FIRST_CAPACITY;
    char *memory;

    if (size <= b->capacity - b->end)
        return 0;
    if (b->start && held + size <= b->capacity && held <= b->capacity / 2) {
        memmove(b->memory, b->memory + b->start, held);
        b->start = 0;
        b->end = held;
        return 0;
    }
    while (capacity < held + size)
        capacity *= 2;
    memory = malloc(capacity);
    if (!memory)
        return ERROR_MEMORY;
    if (held)
        memcpy(memory, b->memory + b->start, held);
    free(b->memory);
    b->memory = memory;
    b->capacity = capacity;
    b->start = 0;
    b->end = held;
    return 0;
}

char *buffer_reserve(struct buffer *b, size_t size, size_t *out_room)
{
    size_t left = b->maximum - (b->end - b->start);

    if (size > left)
        size = left;
    if (size == 0 || make_room(b, size) != 0)
        return NULL;
    *out_room = size;
    return b->memory + b->end;
}

void buffer_commit(struct buffer *b, size_t size)
{
    b->end += size;
}

int buffer_append(struct buffer *b, struct slice s)
{
    if (s.size == 0)
        return 0;
    if (s.size > b->maximum - (b->end - b->start))
        return ERROR_LIMIT;
    if (make_room(b, s.size) != 0)
        return ERROR_MEMORY;
    memcpy(b->memory + b->end, s.data, s.size);
    b->end += s.size;
    return 0;
}

void buffer_consume(struct buffer *b, size_t size)
{
    b->start += size;
    if (b->start == b->end)
        b->start = b->end = 0;
}

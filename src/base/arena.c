/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_SIZE = 32 * 1024, ALIGNMENT = alignof(max_align_t) };

struct block {
    struct block *next;
    size_t size;
    alignas(max_align_t) char memory[];
};

struct arena {
    struct block *blocks; /* the one being filled is first */
    size_t filled;        /* of the first block */
    size_t used;
    size_t budget;
    bool failed;
};

static struct block *block_new(size_t size)
{
    struct block *b = size <= SIZE_MAX - sizeof *b ? malloc(sizeof *b + size) : NULL;

    if (b)
        *b = (struct block){ .size = size };
    return b;
}

struct arena *arena_new(size_t budget)
{
    struct arena *a = calloc(1, sizeof *a);

    if (a)
        a->budget = budget;
    return a;
}

static void free_blocks(struct block *b)
{
    while (b) {
        struct block *next = b->next;

        free(b);
        b = next;
    }
}

void arena_free(struct arena **a)
{
    if (!*a)
        return;
    free_blocks((*a)->blocks);
    free(*a);
    *a = NULL;
}

void arena_reset(struct arena *a)
{
    struct block *kept = a->blocks;

    while (kept && kept->size != BLOCK_SIZE) {
        struct block *next = kept->next;

        free(kept);
        kept = next;
    }
    if (kept) {
        free_blocks(kept->next);
        kept->next = NULL;
    }
    a->blocks = kept;
    a->filled = 0;
    a->used = 0;
    a->failed = false;
}

/* A block with room for `size`. A large piece gets a block of its own behind the one being filled. */
static void *from_new_block(struct arena *a, size_t size)
{
    bool own = size > BLOCK_SIZE / 4;
    struct block *b = block_new(own ? size : BLOCK_SIZE);

    if (!b)
        return NULL;
    if (own && a->blocks) {
        b->next = a->blocks->next;
        a->blocks->next = b;
        return b->memory;
    }
    b->next = a->blocks;
    a->blocks = b;
    a->filled = size;
    return b->memory;
}

void *arena_alloc(struct arena *a, size_t size)
{
    size_t rounded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    void *memory;

    if (rounded == 0)
        rounded = size == 0 ? ALIGNMENT : 0;
    if (a->failed || rounded < size || rounded > a->budget - a->used) {
        a->failed = true;
        return NULL;
    }
    if (a->blocks && rounded <= a->blocks->size - a->filled) {
        memory = a->blocks->memory + a->filled;
        a->filled += rounded;
    } else {
        memory = from_new_block(a, rounded);
    }
    if (!memory) {
        a->failed = true;
        return NULL;
    }
    a->used += rounded;
    return memset(memory, 0, size);
}

void *arena_array(struct arena *a, size_t count, size_t element)
{
    if (element && count > SIZE_MAX / element) {
        a->failed = true;
        return NULL;
    }
    return arena_alloc(a, count * element);
}

char *arena_text(struct arena *a, struct slice s)
{
    char *text = s.size < SIZE_MAX ? arena_alloc(a, s.size + 1) : NULL;

    if (text && s.size)
        memcpy(text, s.data, s.size);
    return text;
}

struct slice arena_copy(struct arena *a, struct slice s)
{
    char *copy = s.size ? arena_text(a, s) : NULL;

    return copy ? (struct slice){ copy, s.size } : SLICE_NONE;
}

char *arena_vprintf(struct arena *a, const char *format, va_list args)
{
    va_list again;
    int size;
    char *text;

    va_copy(again, args);
    size = vsnprintf(NULL, 0, format, again);
    va_end(again);
    text = size >= 0 ? arena_alloc(a, (size_t)size + 1) : NULL;
    if (text)
        vsnprintf(text, (size_t)size + 1, format, args);
    return text;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = arena_vprintf(a, format, args);
    va_end(args);
    return text;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}

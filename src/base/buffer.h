/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bytes on their way in or out: appended at one end, consumed at the other, never more than a maximum.
 */
#ifndef OPEC_BASE_BUFFER_H
#define OPEC_BASE_BUFFER_H

#include <stddef.h>

#include "base/slice.h"

struct buffer {
    char *memory;
    size_t start; /* first byte not consumed */
    size_t end;   /* behind the last byte */
    size_t capacity;
    size_t maximum;
};

/* An empty buffer that holds at most `maximum` bytes; no memory is taken before the first byte. */
struct buffer buffer_new(size_t maximum);

/* Give the memory back; the buffer is empty again and may be used on. */
void buffer_free(struct buffer *b);

/* What is in it. Valid until the next change. */
struct slice buffer_data(const struct buffer *b);

/* Room for `size` more bytes, or for what is left of the maximum if that is less (and not nothing): *out_room bytes at the
 * pointer returned. NULL when the buffer is full, or without memory. */
char *buffer_reserve(struct buffer *b, size_t size, size_t *out_room);

/* `size` bytes have been written where buffer_reserve said. */
void buffer_commit(struct buffer *b, size_t size);

/* ERROR_LIMIT if it would pass the maximum (nothing is appended then), ERROR_MEMORY. */
int buffer_append(struct buffer *b, struct slice s);

/* The first `size` bytes are done with. */
void buffer_consume(struct buffer *b, size_t size);

#endif

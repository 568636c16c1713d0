/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A long text in pieces: messages are made of our own lines and of slices of the message that came in, and are hashed,
 * signed and sent piece by piece, never copied together.
 *
 * A rope remembers its first failure (no memory); it is asked once, at the end: rope_ok().
 */
#ifndef OPEC_BASE_ROPE_H
#define OPEC_BASE_ROPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"

struct rope {
    struct arena *arena;
    struct slice *pieces;
    size_t count;
    size_t capacity;
    size_t size; /* bytes in all pieces */
    bool failed;
};

/* An empty rope whose pieces live in `arena`. */
struct rope rope_new(struct arena *arena);

bool rope_ok(const struct rope *r);

/* Append bytes that outlive the rope; they are not copied. */
void rope_add(struct rope *r, struct slice s);

/* Append a text that outlives the rope. */
void rope_text(struct rope *r, const char *text);

/* Append a copy made in the arena. */
void rope_copy(struct rope *r, struct slice s);

void rope_printf(struct rope *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Append all pieces of another rope. */
void rope_join(struct rope *r, const struct rope *other);

/* All bytes in one slice: the piece itself if there is one, else a copy in the arena. {NULL, 0} on failure. */
struct slice rope_flat(const struct rope *r);

#endif

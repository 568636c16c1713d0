/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What processes say to each other, field by field in network order.
 *
 * A message is described by one function that visits its fields; the same function writes it and reads it, so that the two
 * cannot differ:
 *
 *     void job_visit(struct wire *w, struct job *j)
 *     {
 *         wire_u32(w, &j->number);
 *         wire_slice(w, &j->sender);
 *     }
 *
 * A wire remembers its first failure and does nothing more; it is asked once: wire_done() after reading (which also says that
 * the message ended exactly there), wire_ok() after writing.
 */
#ifndef OPEC_BASE_WIRE_H
#define OPEC_BASE_WIRE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/slice.h"

struct wire {
    struct buffer *out;  /* writing; NULL when reading */
    struct slice in;     /* reading: what is left */
    struct arena *arena; /* reading: for texts and lists */
    bool failed;
};

struct wire wire_writer(struct buffer *out);
/* Slices that are read point into `in`; texts and lists are made in the arena. */
struct wire wire_reader(struct slice in, struct arena *arena);

bool wire_reads(const struct wire *w);
bool wire_ok(const struct wire *w);
/* Reading: nothing failed and nothing is left. */
bool wire_done(const struct wire *w);
/* For a value that the visitor itself finds wrong. */
void wire_fail(struct wire *w);

void wire_u8(struct wire *w, uint8_t *value);
void wire_u32(struct wire *w, uint32_t *value);
void wire_u64(struct wire *w, uint64_t *value);
void wire_i64(struct wire *w, int64_t *value);
void wire_int(struct wire *w, int *value); /* 32 bits */
void wire_bool(struct wire *w, bool *value);
void wire_size(struct wire *w, size_t *value); /* 64 bits */
/* An enumeration kept in an int: fails unless 0 <= value < count. */
void wire_enum(struct wire *w, int *value, int count);
void wire_slice(struct wire *w, struct slice *value);
/* Raw bytes of a length that both sides know. */
void wire_bytes(struct wire *w, void *value, size_t size);
/* NUL-terminated; NULL is kept apart from "". A NUL inside fails. */
void wire_text(struct wire *w, const char **value);

/* A list: `count` elements of `size` bytes, each visited by `each`. Reading makes the array in the arena. */
void wire_list(struct wire *w, void **items, size_t *count, size_t size, void (*each)(struct wire *, void *));
/* A list of texts. */
void wire_texts(struct wire *w, const char ***items, size_t *count);

#endif

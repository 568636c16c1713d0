/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Memory of one message: many small pieces, freed at one stroke, and a budget that hostile mail cannot pass.
 *
 * Every function that returns memory returns NULL once the budget is used up (and from then on); the caller answers
 * ERROR_BUDGET. The machine's own lack of memory looks the same to the caller.
 */
#ifndef OPEC_BASE_ARENA_H
#define OPEC_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/slice.h"

struct arena;

/* A new arena that gives out at most `budget` bytes. NULL without memory. */
struct arena *arena_new(size_t budget);

/* Free all of it and set *a to NULL; NULL is allowed. */
void arena_free(struct arena **a);

/* Forget all that was given out, and the first failure; one block is kept for the next message. */
void arena_reset(struct arena *a);

/* Aligned for any type; zeroed. */
void *arena_alloc(struct arena *a, size_t size);

/* An array of `count` elements, zeroed; NULL also when the product overflows. */
void *arena_array(struct arena *a, size_t count, size_t element);

/* A copy with a NUL behind it. */
char *arena_text(struct arena *a, struct slice s);

/* A copy; {NULL, 0} on failure (and for the empty slice). */
struct slice arena_copy(struct arena *a, struct slice s);

char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *a, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Bytes given out so far. */
size_t arena_used(const struct arena *a);

#endif

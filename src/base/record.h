/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the store keeps, as JSON that an operator can read.
 *
 * As with wire.h, one function that visits the fields both writes and reads. Fields that are absent when reading leave the
 * variable as it was (so that an older record is read by a newer program); unknown ones are passed over.
 */
#ifndef OPEC_BASE_RECORD_H
#define OPEC_BASE_RECORD_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

struct record {
    json_t *object;
    struct arena *arena; /* reading: for texts and lists */
    bool reads;
    bool failed;
};

/* A record to be written. End it with record_finish or record_drop. */
struct record record_writer(void);

/* A record to be read; `failed` at once if the text is no JSON object. End it with record_drop. */
struct record record_reader(struct slice json, struct arena *arena);

/* The JSON text (compact, NUL-terminated) in the arena; NULL if anything failed. The record is ended. */
char *record_finish(struct record *r, struct arena *arena);

/* End it; false if anything failed. */
bool record_drop(struct record *r);

void record_fail(struct record *r);

/* NULL and an absent field are the same. Not UTF-8 fails. */
void record_text(struct record *r, const char *name, const char **value);
void record_i64(struct record *r, const char *name, int64_t *value);
void record_int(struct record *r, const char *name, int *value);
void record_size(struct record *r, const char *name, size_t *value);
void record_bool(struct record *r, const char *name, bool *value);
/* An enumeration by its names; another name fails. */
void record_enum(struct record *r, const char *name, int *value, const char *const *names, int count);
void record_texts(struct record *r, const char *name, const char ***items, size_t *count);
/* A structure inside. */
void record_inside(struct record *r, const char *name, void *item, void (*visit)(struct record *, void *));
/* A list of structures of `size` bytes. */
void record_list(struct record *r, const char *name, void **items, size_t *count, size_t size, void (*visit)(struct record *, void *));

#endif

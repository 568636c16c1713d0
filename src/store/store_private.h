/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the files of the store share among themselves.
 */
#ifndef OPEC_STORE_STORE_PRIVATE_H
#define OPEC_STORE_STORE_PRIVATE_H

#include "store/database.h"
#include "store/store.h"

struct store {
    struct database *database;
    int lock;           /* SQLite: the file of the one writer's lock; -1 for a reader */
    bool is_writer;
    char node[256], label[280];
    uint64_t session;   /* of the database, in which our name is locked */
    int64_t backend;    /* the server's process for it */
};

/* Take the name of the node in a shared store, for this session. ERROR_BUSY if another process has it. */
int store_lock_node(struct store *s, struct error *e);

/* Longer than any address of mail may be (RFC 5321 4.5.3.1.3: 256 octets). */
enum { FOLDED_SIZE = 1024 };

/* ASCII letters in lower case, so that names and addresses compare as bytes in every engine. False if it does not fit. */
bool store_fold(const char *text, char out[FOLDED_SIZE]);

/* The value for a LIMIT. */
struct value store_limit(size_t limit);

/* Room for one more element in an array of the arena; NULL (and words) without budget. */
void *store_grow(struct arena *arena, void *items, size_t count, size_t *capacity, size_t element, struct error *e);

/* A text column in the arena; NULL without budget. */
char *store_text(struct rows *rows, int column, struct arena *arena);

/* A blob column in the arena, with a NUL behind it; ERROR_BUDGET. */
int store_blob(struct rows *rows, int column, struct arena *arena, struct slice *out, struct error *e);

int store_no_budget(struct error *e);

#endif

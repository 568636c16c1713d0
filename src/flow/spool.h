/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A message in a file without a name: the receiver writes it as it comes, a worker maps it. Behind the message stands its envelope, so
 * that whoever holds the descriptor holds all of it. Never synced: until the 250 the message is in Postfix's queue (design 3).
 */
#ifndef OPEC_FLOW_SPOOL_H
#define OPEC_FLOW_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "pec/access.h"
#include "smtp/session.h"

/* An open file in `dir` that vanishes when its last descriptor is closed. */
int spool_create(const char *dir, int *out_fd, struct error *e);

int spool_write(int fd, struct slice bytes, struct error *e);

/* Add the envelope behind the message: it is whole now. `began_us`: when its transaction began, monotonic. */
int spool_finish(int fd, enum point point, const struct smtp_envelope *envelope, int64_t began_us, struct error *e);

/* A message back from its file. */
struct spooled {
    struct slice mapped; /* the whole file; end with spool_unmap */
    enum point point;
    struct arrival arrival; /* its bytes are of `mapped`, its texts of the arena */
    bool bare_lf;
    const char *ident, *client, *helo;
    int64_t began_us, whole_us; /* monotonic: its transaction began, it was whole */
};

/* `message_size` as told by the receiver. ERROR_CORRUPT when the envelope is not as we write it. */
int spool_read(int fd, size_t message_size, struct arena *arena, struct spooled *out, struct error *e);
void spool_unmap(struct spooled *spooled);

#endif

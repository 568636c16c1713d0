/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sockets with deadlines. A worker serves one message at a time and so may block; what it may not is block for ever: every
 * call has a point on the monotonic clock (clock.h) at which it returns ERROR_TIMEOUT.
 */
#ifndef OPEC_BASE_NET_H
#define OPEC_BASE_NET_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/rope.h"
#include "base/slice.h"

enum { NET_ADDRESS_SIZE = 300 };

/* Where somebody listens. */
struct net_address {
    bool local;                  /* a socket file */
    char text[NET_ADDRESS_SIZE]; /* as it was written */
    char host[256];
    char port[8];
    char path[108];
};

/* "127.0.0.1:24", "[::1]:24", "name:24", each with or without "tcp:"; "unix:/path". ERROR_CONFIG with the reason. */
int net_address_read(const char *text, struct net_address *out, struct error *e);

/* A connected, non-blocking, close-on-exec socket in *out_fd. ERROR_UNREACHABLE, ERROR_TIMEOUT. */
int net_connect(const struct net_address *address, int64_t deadline_ms, int *out_fd, struct error *e);

/* A listening, non-blocking, close-on-exec socket. A stale socket file is replaced; a live one, or what is no socket, is ERROR_BUSY.
 * `mode` is that of a socket file. */
int net_listen(const struct net_address *address, unsigned mode, int *out_fd, struct error *e);

/* Write all of it to a non-blocking socket. ERROR_TIMEOUT, ERROR_CLOSED. */
int net_write(int fd, struct slice s, int64_t deadline_ms, struct error *e);
int net_write_rope(int fd, const struct rope *r, int64_t deadline_ms, struct error *e);

/* Wait for bytes of a non-blocking socket and append what there is, at least one. ERROR_TIMEOUT, ERROR_CLOSED, ERROR_LIMIT when the
 * buffer is full. */
int net_fill(int fd, struct buffer *in, int64_t deadline_ms, struct error *e);

/* Wait until the socket can be read (or written). ERROR_TIMEOUT. */
int net_wait(int fd, bool writing, int64_t deadline_ms, struct error *e);

#endif

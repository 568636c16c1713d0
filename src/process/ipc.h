/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Frames between processes: a length of four bytes and so many bytes, over a connected local socket.
 *
 * Who asks blocks with a deadline (ipc_call); who serves many reads what has come (ipc_next). Both know the longest frame that the other
 * may send, and anything longer ends the connection.
 */
#ifndef OPEC_PROCESS_IPC_H
#define OPEC_PROCESS_IPC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

enum {
    IPC_HEADER_SIZE = 4,
    IPC_FRAME_MAX = 32 * 1024 * 1024, /* a plan with 10,000 recipients is some megabytes */
};

/* Send one frame and wait for one. The answer is in `in` (consumed up to it): *out points into it. `in` must be empty. ERROR_TIMEOUT,
 * ERROR_CLOSED, ERROR_LIMIT. */
int ipc_call(int fd, struct slice request, struct buffer *in, int64_t deadline_ms, struct slice *out, struct error *e);

/* The next whole frame in what has been read; *out points into it until it is consumed with ipc_consume. False if it is not whole yet;
 * *out_broken if it never will be. */
bool ipc_next(const struct buffer *in, struct slice *out, bool *out_broken);
void ipc_consume(struct buffer *in, struct slice frame);

/* Put a frame behind others to be sent. ERROR_LIMIT, ERROR_MEMORY. */
int ipc_append(struct buffer *out, struct slice frame);

#endif

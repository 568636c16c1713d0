/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between the receiver and one worker: a job with its file, and what came of it. A pair of local sockets that keep message borders, made
 * by the master, one pair for each life of a worker.
 */
#ifndef OPEC_PROCESS_CHANNEL_H
#define OPEC_PROCESS_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "flow/flow.h"
#include "store/store.h"

enum { CHANNEL_MESSAGE_MAX = 4096 };

/* What the receiver says. */
struct channel_job {
    bool is_notice;
    uint64_t message_size;   /* a message: its file comes along */
    struct stored_task task; /* a notice */
};

/* What the worker says. */
struct channel_result {
    bool is_answer;  /* else it asks for nothing but to be let go */
    bool is_last;    /* its life is over: no more jobs */
    int error;       /* of a notice */
    char reply[FLOW_REPLY_SIZE]; /* of a message, or words */
};

/* A pair; [0] for the receiver, [1] for the worker. */
int channel_pair(int out_fds[2], struct error *e);

/* `fd` may be -1. ERROR_CLOSED, ERROR_BUSY when it would block. */
int channel_send_job(int channel, const struct channel_job *job, int fd, struct error *e);
/* Blocks until `deadline_ms`: ERROR_TIMEOUT. ERROR_CLOSED. *out_fd is -1 if none came. */
int channel_receive_job(int channel, struct arena *arena, struct channel_job *out, int *out_fd, int64_t deadline_ms, struct error *e);

int channel_send_result(int channel, const struct channel_result *result, struct error *e);
/* Does not block: ERROR_BUSY when nothing is there. */
int channel_receive_result(int channel, struct channel_result *out, struct error *e);

/* A descriptor with a few bytes, over any local socket: for the master. At most 256 bytes. */
int channel_send_fd(int socket, const void *data, size_t size, int fd, struct error *e);
/* Does not block on a non-blocking socket: ERROR_BUSY. *out_fd is -1 if none came. */
int channel_receive_fd(int socket, void *data, size_t size, size_t *out_size, int *out_fd, struct error *e);

#endif

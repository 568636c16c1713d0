/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The receiver: every SMTP connection in one event loop, the queue of jobs, the workers' channels. An idle or slow client costs a
 * descriptor here, and no worker.
 */
#ifndef OPEC_PROCESS_RECEIVER_H
#define OPEC_PROCESS_RECEIVER_H

#include "config/config.h"
#include "flow/board.h"

struct receiver_sockets {
    int access, incoming; /* the listeners */
    int metrics;          /* the same; -1: nobody asks */
    int notices;          /* where the scheduler hands in what is due */
    int master;           /* the master's line (receiver_said) */
};

/* What the master says over its line, each with a descriptor or -1: one byte for what it is, then its arguments. */
enum receiver_word {
    RECEIVER_WORKER, /* a new worker: slot (4 bytes, network order) and its channel */
    RECEIVER_RELOAD, /* take up the configuration: a descriptor of its text; answered with one byte when it is in force */
    RECEIVER_STOP,   /* take no new mail, finish what is in hand, end */
};

/* What it answers: one byte. */
enum receiver_answer { RECEIVER_READY = 'R', RECEIVER_RELOADED = 'L', RECEIVER_NOT_RELOADED = 'N' };

/* Serve until stopped; the exit status. */
int receiver_process(const struct config *config, struct board *board, const struct receiver_sockets *sockets);

#endif

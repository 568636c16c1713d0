/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One message in hand: what is passed from function to function on its way from arrival to answer.
 */
#ifndef OPEC_FLOW_WORK_H
#define OPEC_FLOW_WORK_H

#include "flow/phases.h"
#include "flow/services.h"
#include "flow/spool.h"
#include "pec/incoming.h"
#include "pec/plan.h"

/* A message that was made and signed, ready to be sent. */
struct rendered {
    bool is_ready;
    struct rope rope;
    const char *digest; /* SHA-256 of the signed part, hexadecimal */
    bool eight_bit;
};

struct work {
    struct services *services;
    struct arena *arena;
    int64_t deadline_ms;               /* of the whole message */
    const struct spooled *spooled;     /* NULL for a notice */
    unsigned char key[STORE_KEY_SIZE];
    struct plan plan;
    uint32_t outcomes;                 /* recorded so far */
    uint64_t task;                     /* of a notice; else 0 */
    const char *reply;                 /* to the client; NULL until the plan has ended */
    bool is_known;                     /* `plan` is that of the message */
    struct original original;          /* what messages of ours are about or attach */
    struct rendered *rendered;         /* for each step; grows with the plan */
    size_t rendered_count;
    struct arena *batch;               /* of the messages that are ready, and of nothing else (render.c); NULL before the first */
    struct error why;                  /* of the last deferral */
    struct phases phases;
};

/* The deadline for one dependency: its own timeout, within that of the message. */
int64_t work_deadline(const struct work *w, int64_t timeout_seconds);

#endif

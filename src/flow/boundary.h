/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The points between two things that happen to a message. What holds at each of them is the whole of the promise that nothing is lost and
 * nothing certified twice; so each can be watched, and a test ends the process there.
 */
#ifndef OPEC_FLOW_BOUNDARY_H
#define OPEC_FLOW_BOUNDARY_H

#include <stddef.h>

enum boundary {
    BOUNDARY_CLAIMED,  /* it is in hand; nothing is known of it */
    BOUNDARY_DECIDED,  /* its plan is in memory, and nowhere else */
    BOUNDARY_BEGUN,    /* its plan is on the disk; no effect has happened */
    BOUNDARY_HAPPENED, /* an effect has; only its other side knows */
    BOUNDARY_RECORDED, /* what came of a step is written */
    BOUNDARY_ENDED,    /* log and store are on the disk; the client does not know yet */
    BOUNDARY_COUNT,
};

struct plan;
struct work;

/* `step` is that of HAPPENED (the first, if several went along) and RECORDED. */
typedef void boundary_watch(void *arg, enum boundary at, const struct plan *plan, size_t step);

/* Tell whoever watches; in the daemon nobody does (services.watch is NULL). */
void boundary_cross(const struct work *w, enum boundary at, size_t step);

#endif

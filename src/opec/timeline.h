/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lines of the legal log as people read them: one line for an event, under a heading for each transaction.
 */
#ifndef OPEC_OPEC_TIMELINE_H
#define OPEC_OPEC_TIMELINE_H

#include <jansson.h>
#include <stdio.h>

#include "base/arena.h"

struct timeline {
    FILE *out;
    struct arena *arena; /* of a line; reset by each */
    char *pec_id;        /* of the heading in force; NULL before the first */
};

enum { TIMELINE_BUDGET = 4 * 1024 * 1024, TIMELINE_RECIPIENTS = 10 };

/* One event (pec/event.h). Fields that are missing are left out; of many recipients the first TIMELINE_RECIPIENTS are named. */
void timeline_print(struct timeline *t, const json_t *event);

/* Afterwards; the arena stays the caller's. */
void timeline_end(struct timeline *t);

#endif

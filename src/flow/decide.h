/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Gathering the facts that the law asks for, and putting the question: one function for each point.
 */
#ifndef OPEC_FLOW_DECIDE_H
#define OPEC_FLOW_DECIDE_H

#include "flow/work.h"

/* w->plan and w->original from the message in hand. A dependency that is out is ERROR_OUT, ERROR_TIMEOUT and the like; a message that can
 * never pass ERROR_BUDGET or ERROR_LIMIT. */
int decide_access(struct work *w, struct error *e);
int decide_incoming(struct work *w, struct error *e);

/* w->original again, for a plan that comes from the store. */
int decide_reread(struct work *w, struct error *e);

/* Ask the antivirus. *out_virus is NULL for a clean message. */
int decide_scan(struct work *w, const char **out_virus, struct error *e);

/* A fresh seed for a plan, and a number for a tracked transaction. */
const char *decide_seed(struct arena *arena);
int64_t decide_number(void);

#endif

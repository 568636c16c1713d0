/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is told the journal about a plan, and with it the legal log: that it begins, what came of each step, that it has ended. The plan
 * hears it first; what follows from it by the law is recorded in the same breath.
 */
#ifndef OPEC_FLOW_SETTLE_H
#define OPEC_FLOW_SETTLE_H

#include "flow/work.h"

/* All of these: 0, or an error with its words; the keeper's own, or ERROR_BUDGET. */

/* Ask the journal something about the message in hand. */
int settle_ask(struct work *w, struct journal_request *request, struct journal_response *out, struct error *e);

/* The plan is recorded before its first effect, with what is to be waited for and no longer waited for. */
int settle_begin(struct work *w, struct error *e);

/* A step has happened. `answers` are the arena's; `digest` is that of the message that was sent, or NULL. If it was the last open step,
 * the plan ends with it. */
int settle_step(struct work *w, size_t step, struct answer *answers, size_t count, const char *digest, struct error *e);

/* Every step is done: unless the plan has ended with the last one, it ends now. w->reply is what the client is told. */
int settle_end(struct work *w, struct error *e);

#endif

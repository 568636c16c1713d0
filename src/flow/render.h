/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Making and signing the messages of a plan.
 */
#ifndef OPEC_FLOW_RENDER_H
#define OPEC_FLOW_RENDER_H

#include "flow/work.h"

/* The message of a step (MATTER_MADE), made now or before. Steps that follow it are made along, so that one question to the signer
 * serves several; what was made earlier is then forgotten, so that a message for thousands of mailboxes needs no memory for all of its
 * receipts at once. Valid until the next call. ERROR_OUT, ERROR_TIMEOUT and the like of the signer; ERROR_BUDGET. */
int render_step(struct work *w, size_t step, const struct rendered **out, struct error *e);

/* Nothing more will be sent. */
void render_end(struct work *w);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Answers of mailboxes and of the relay, given to a plan.
 */
#ifndef OPEC_TEST_PEC_ANSWERS_H
#define OPEC_TEST_PEC_ANSWERS_H

#include "fixture.h"
#include "pec/plan.h"

/* When they come: some seconds after the message. */
#define ANSWERS_LATER (FIXTURE_WINTER + 30)

struct answer answer_taken(const char *address);
struct answer answer_refused(const char *address, int code, const char *enhanced, const char *text);

/* Settle a step; the effects are what follows. */
struct effects answers_apply(struct plan *plan, size_t step, struct answer *answers, size_t count, struct arena *arena);

#endif

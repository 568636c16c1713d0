/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Carrying out a plan: the only place where effects happen. The order is that of the steps; each outcome is told to the plan and
 * recorded before the next step begins.
 */
#ifndef OPEC_FLOW_EXECUTE_H
#define OPEC_FLOW_EXECUTE_H

#include "flow/work.h"

/* Do what is open. 0: every step is done. Else something stays open (the words say what and why), to be tried again later. */
int execute(struct work *w, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Remembering how it stands with who gives evidence (evidence_state_read is in evidence.h).
 */
#ifndef OPEC_SCHEDULE_EVIDENCE_STATE_H
#define OPEC_SCHEDULE_EVIDENCE_STATE_H

#include "schedule/evidence.h"

/* That it cannot be written costs a line in the log more, or a question, and nothing else. */
void evidence_state_write(const struct config *config, enum ledger_evidence kind, const struct evidence_state *state);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Waiting until a file of the legal log that has just been closed is signed and stamped, for `opec log close`.
 */
#ifndef OPEC_OPEC_EVIDENCE_WAIT_H
#define OPEC_OPEC_EVIDENCE_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "ledger/evidence.h"

struct evidence_wait {
    bool has[LEDGER_EVIDENCE_KINDS];
    char missing[LEDGER_EVIDENCE_KINDS][400]; /* why it is not there; "" if it is, or is not wanted */
};

/* `closed`: the path of the log. Ends when all that is wanted is there, when who gives it has been asked since `since` (seconds since
 * 1970) and did not, or at the deadline. */
void evidence_wait(const struct config *config, const char *closed, int64_t since, int64_t deadline_ms, struct evidence_wait *out);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closed files of the legal log that wait for a signature or a time stamp, for `opec status`.
 */
#ifndef OPEC_OPEC_EVIDENCE_STATUS_H
#define OPEC_OPEC_EVIDENCE_STATUS_H

#include <jansson.h>
#include <stdint.h>

#include "config/config.h"

/* Put "evidence" into the status: {"closed": ..., "signature": {"waiting": ..., "since": moment or null, "out_since": moment or null, "words":
 * text or null}, "stamp": the same, null if none is wanted}; {"words": ...} if the folder cannot be read. What has waited for a day is an
 * alarm. */
void evidence_status(const struct config *config, json_t *status, json_t *alarms, int64_t now);

#endif

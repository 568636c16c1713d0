/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The original of a brief delivery receipt: its files replaced by their hashes (RFC 6109 3.3.2.2).
 */
#ifndef OPEC_PEC_BRIEF_H
#define OPEC_PEC_BRIEF_H

#include "base/digest.h"
#include "base/rope.h"
#include "base/slice.h"

/* Write the message with each part that has a file name, and each attached message, replaced by a text file NAME.hash. Everything else
 * is slices of the message. ERROR_LIMIT when it has more parts than part_limits_default allows, ERROR_BUDGET. */
int brief_write(struct slice message, enum digest_kind hash, struct rope *out);

#endif

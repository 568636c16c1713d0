/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Which message is the same (design 3): the key under which its plan is kept.
 */
#ifndef OPEC_FLOW_IDENTITY_H
#define OPEC_FLOW_IDENTITY_H

#include <stdint.h>

#include "base/arena.h"
#include "flow/spool.h"
#include "store/store.h"

/* SHA-256 of the point, the reverse path, the sorted set of recipients, the queue id where the client gives one, and the content with
 * its Received fields. For what claims to be signed PEC mail at the incoming point the queue id and the leading trace fields are left
 * out: another MTA's second sending, a retry or a replay is the same message. ERROR_BUDGET. */
int identity_of_message(const struct spooled *s, struct arena *arena, unsigned char out[STORE_KEY_SIZE]);

/* Of a timed notice. ERROR_MEMORY. */
int identity_of_task(uint64_t transaction, const char *address, int kind, unsigned char out[STORE_KEY_SIZE]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way of a message: it enters here and leaves here.
 *
 *     claim it        is it new, begun, finished, in other hands?
 *     decide          facts, then the law (decide.h, pec/)
 *     begin           the plan is on the disk
 *     execute         step by step, each outcome recorded (execute.h)
 *     end             log and store are on the disk
 *     answer          250, and not before
 */
#ifndef OPEC_FLOW_FLOW_H
#define OPEC_FLOW_FLOW_H

#include "flow/services.h"

enum { FLOW_REPLY_SIZE = 600 };

/* Carry a spooled message (flow/spool.h) through and say what the client is to be told: a whole reply line. Never fails: what goes wrong
 * is a 4xx or 5xx of the error table. */
void flow_message(struct services *s, int fd, size_t message_size, char out_reply[FLOW_REPLY_SIZE]);

/* Carry out a timed notice (RFC 6109 3.1.6). 0: done, or void. Else it is to be tried again. */
int flow_notice(struct services *s, const struct stored_task *task, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the board shows, for a monitoring system: the text format of Prometheus, version 0.0.4, over HTTP on metrics.listen. Of mail and its
 * users it says nothing but counts.
 */
#ifndef OPEC_PROCESS_METRICS_H
#define OPEC_PROCESS_METRICS_H

#include <systemd/sd-event.h>

#include "base/rope.h"
#include "flow/board.h"

/* Write the text. `waiting`: messages in the receiver's hands. */
void metrics_write(const struct board *board, size_t waiting, struct rope *out);

/* What is asked for by the head of an HTTP request. */
enum metrics_request { METRICS_INCOMPLETE, METRICS_WANTED, METRICS_NOT_FOUND, METRICS_NOT_ALLOWED /* another method than GET and HEAD */ };
enum metrics_request metrics_read_request(struct slice head, bool *out_is_head);

typedef size_t metrics_waiting(const void *arg);

struct metrics_door;

/* Answer whoever connects to the listener, from the event loop: one request a connection, 16 of them, 4 KiB, 5 s. The listener stays the
 * caller's. ERROR_MEMORY. */
int metrics_door_new(sd_event *loop, int listener, const struct board *board, metrics_waiting *waiting, const void *arg,
                     struct metrics_door **out, struct error *e);
void metrics_door_free(struct metrics_door **door);

#endif

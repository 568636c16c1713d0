/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Events for the legal log (RFC 6109 2.3): message identifier, instant, sender, recipients, subject, type, ids of related messages,
 * sending provider, each as a field of one JSON object.
 *
 * "recipients" are those to whom something went, or of the original message; "concerned" those of the original message that one of ours is
 * about; "settles" those for whom a receipt that came is the awaited one (3.1.6). logged.h reads it all back.
 */
#ifndef OPEC_PEC_EVENT_H
#define OPEC_PEC_EVENT_H

#include "pec/plan.h"

/* So much of a bounce is kept in its line, in base64. One that speaks of a recipient or two has 4 KB; of a longer one `size` tells the whole. */
enum { EVENT_REPORT_MAX = 256 * 1024 };

/* The fields of an event's time: "utc", "legal_time", and "done", when it was carried out, unless that is 0. */
void event_moment(struct record *r, int64_t seconds, int64_t done);

/* The line of an event, in the arena; NULL without budget. `digest` is the SHA-256 of the content that was signed and sent, in
 * hexadecimal, or NULL. */
char *event_write(const struct plan *plan, const struct event *event, const char *digest, struct arena *arena);

#endif

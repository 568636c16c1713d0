/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A span of time, as people give it to a verb: [FROM [TO]], each a day or a moment.
 *
 *     day    = YYYY "-" MM "-" DD                                     in legal time
 *     moment = day ("T" / " ") HH ":" MM ":" SS ["." 1*DIGIT] zone    RFC 3339 5.6; the fraction does not count
 *     zone   = "Z" / ("+" / "-") HH ":" MM
 *
 * A day as FROM is meant from its beginning, as TO to its end: the same day twice is that day. A moment as TO is itself outside.
 */
#ifndef OPEC_OPEC_SPAN_H
#define OPEC_OPEC_SPAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Seconds since 1970, UTC: from <= t < to. */
struct span {
    int64_t from, to; /* INT64_MIN, INT64_MAX: without that end */
};

extern const struct span span_all;

/* `from` and `to` may be NULL: without that end. `zone` ("Europe/Rome") becomes the zone of the process and says when a day begins;
 * NULL keeps the zone that there is. ERROR_SYNTAX for a word that is neither form, for a day that does not exist, for an end that is
 * not after the beginning; ERROR_NOT_FOUND for a zone that the machine does not know. */
int span_read(const char *from, const char *to, const char *zone, struct span *out, struct error *e);

bool span_has(const struct span *span, int64_t seconds);

/* Does [from, to], whose last second is `to`, share a second with it? */
bool span_meets(const struct span *span, int64_t from, int64_t to);

#endif

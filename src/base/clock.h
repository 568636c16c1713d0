/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Time: the moment of an event with its legal time (RFC 6109 4.1, 4.2), and deadlines that no clock change moves.
 */
#ifndef OPEC_BASE_CLOCK_H
#define OPEC_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* A second of legal time. Made from the seconds by the zone of the process; a pure value after that. */
struct legal_time {
    int64_t seconds; /* since 1970, UTC */
    int year, month, day, hour, minute, second, weekday /* 0 Sunday */;
    int offset_minutes; /* east of UTC */
};

/* The legal zone of this process, as "Europe/Rome". ERROR_NOT_FOUND if the machine does not know it. */
int clock_set_zone(const char *zone);

/* Seconds since 1970, UTC. */
int64_t clock_now(void);

/* A second in the zone of the process. */
struct legal_time clock_legal(int64_t seconds);

enum { CLOCK_DATE_SIZE = 40, CLOCK_TEXT_SIZE = 24 };

/* RFC 5322 3.3: "Tue, 24 Nov 2026 06:21:41 +0100". */
void clock_date_field(const struct legal_time *t, char out[CLOCK_DATE_SIZE]);
/* RFC 6109 4.2 and 4.4: "24/11/2026", "06:21:41", "+0100". */
void clock_day(const struct legal_time *t, char out[CLOCK_TEXT_SIZE]);
void clock_hour(const struct legal_time *t, char out[CLOCK_TEXT_SIZE]);
void clock_offset(const struct legal_time *t, char out[CLOCK_TEXT_SIZE]);
/* "20261124062141", legal time. */
void clock_stamp(const struct legal_time *t, char out[CLOCK_TEXT_SIZE]);
/* RFC 3339 in UTC: "2026-11-24T05:21:41Z". */
void clock_utc_text(int64_t seconds, char out[CLOCK_DATE_SIZE]);
/* That form read back; false for any other. */
bool clock_read_utc(const char *text, int64_t *out_seconds);

/* The value of a Date field or of the end of a Received field (RFC 5322 3.3, and the obsolete forms of 4.3): a day that exists, of 1900
 * or later, nothing behind its zone but blanks and comments. Whether the day of the week is right does not count. */
bool clock_read_date(const char *text, int64_t *out_seconds);

/* A point on the monotonic clock, in milliseconds. */
int64_t clock_monotonic_ms(void);
/* The same in microseconds, for measuring. */
int64_t clock_monotonic_us(void);

/* Milliseconds from now to a point, 0 if it has passed; never more than an int holds. */
int clock_left_ms(int64_t deadline_ms);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Durations, sizes and percentages as people write them: a whole number and its unit, "5min", "30MB", "10%".
 *
 * The unit is written exactly so; blanks may stand between the number and the unit. Functions leave their output untouched and
 * return ERROR_SYNTAX for what is not of that form, ERROR_LIMIT for what an int64_t cannot hold.
 */
#ifndef OPEC_CONFIG_UNITS_H
#define OPEC_CONFIG_UNITS_H

#include <stdint.h>

#include "base/slice.h"

enum { UNITS_DAY_SECONDS = 86400, UNITS_MONTH_DAYS = 31 };

/* Seconds: s, min, h, d, months. The unit is never left out, for nobody can tell what "30" means. A month is 31 days, so that
 * nothing whose keeping the law asks for is kept too short. */
int units_read_duration(struct slice text, int64_t *out_seconds);

/* Bytes: kB, MB, GB (powers of 1000), B or no unit. Never more than INT64_MAX. */
int units_read_size(struct slice text, uint64_t *out_bytes);

/* A number with or without "%". More than 100 is allowed here. */
int units_read_percent(struct slice text, uint64_t *out_percent);

/* A number without sign and unit. */
int units_read_count(struct slice text, uint64_t *out_count);

#endif

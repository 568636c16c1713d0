/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/units.h"

#include <stddef.h>

#include "base/error.h"

struct unit {
    const char *name;
    uint64_t factor;
};

static const struct unit durations[] = {
    { "s", 1 },
    { "min", 60 },
    { "h", 3600 },
    { "d", UNITS_DAY_SECONDS },
    { "months", (uint64_t)UNITS_MONTH_DAYS *UNITS_DAY_SECONDS },
    { NULL, 0 },
};

static const struct unit sizes[] = {
    { "", 1 }, { "B", 1 }, { "kB", 1000 }, { "MB", 1000000 }, { "GB", 1000000000 }, { NULL, 0 },
};

static const struct unit percents[] = { { "", 1 }, { "%", 1 }, { NULL, 0 } };

static const struct unit counts[] = { { "", 1 }, { NULL, 0 } };

static const struct unit *find(const struct unit *units, struct slice name)
{
    for (const struct unit *u = units; u->name; u++) {
        if (slice_is(name, u->name))
            return u;
    }
    return NULL;
}

/* The digits in front. */
static struct slice number_of(struct slice text)
{
    size_t n = 0;

    while (n < text.size && text.data[n] >= '0' && text.data[n] <= '9')
        n++;
    return (struct slice){ text.data, n };
}

static int read_number(struct slice text, const struct unit *units, uint64_t *out)
{
    struct slice trimmed = slice_trim(text), digits = number_of(trimmed);
    const struct unit *unit = find(units, slice_trim(slice_skip(trimmed, digits.size)));
    unsigned long long number;

    if (!unit || digits.size == 0)
        return ERROR_SYNTAX;
    if (!slice_number(digits, &number) || number > INT64_MAX / unit->factor)
        return ERROR_LIMIT;
    *out = number * unit->factor;
    return 0;
}

int units_read_duration(struct slice text, int64_t *out_seconds)
{
    uint64_t seconds;
    int result = read_number(text, durations, &seconds);

    if (result == 0)
        *out_seconds = (int64_t)seconds;
    return result;
}

int units_read_size(struct slice text, uint64_t *out_bytes)
{
    return read_number(text, sizes, out_bytes);
}

int units_read_percent(struct slice text, uint64_t *out_percent)
{
    return read_number(text, percents, out_percent);
}

int units_read_count(struct slice text, uint64_t *out_count)
{
    return read_number(text, counts, out_count);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/span.h"

#include <time.h>

#include "base/clock.h"
#include "base/slice.h"

const struct span span_all = { INT64_MIN, INT64_MAX };

/* Take numbers off the front by a pattern in which '9' stands for a digit, and anything else for itself. */
static bool take_numbers(struct slice *s, const char *pattern, int *out)
{
    size_t at = 0;

    for (; pattern[at]; at++) {
        char c = at < s->size ? s->data[at] : '\0';
        bool is_digit = c >= '0' && c <= '9';

        if (pattern[at] != '9' ? c != pattern[at] : !is_digit)
            return false;
        if (!is_digit)
            out++;
        else
            *out = *out * 10 + (c - '0');
    }
    *s = slice_skip(*s, at);
    return true;
}

/* Take a day off the front; false for one that does not exist. */
static bool take_day(struct slice *s, struct tm *out)
{
    int parts[3] = { 0 };
    struct tm tm, again;

    if (!take_numbers(s, "9999-99-99", parts))
        return false;
    tm = again = (struct tm){ .tm_year = parts[0] - 1900, .tm_mon = parts[1] - 1, .tm_mday = parts[2], .tm_isdst = -1 };
    timegm(&again);
    if (again.tm_year != tm.tm_year || again.tm_mon != tm.tm_mon)
        return false;
    *out = tm;
    return true;
}

static bool take_fraction(struct slice *s)
{
    size_t digits = 0;

    if (s->size == 0 || s->data[0] != '.')
        return true;
    *s = slice_skip(*s, 1);
    while (digits < s->size && s->data[digits] >= '0' && s->data[digits] <= '9')
        digits++;
    *s = slice_skip(*s, digits);
    return digits > 0;
}

static bool take_zone(struct slice *s, int *out_minutes)
{
    int parts[2] = { 0 };
    char first = s->size ? s->data[0] : '\0';

    *s = slice_skip(*s, 1);
    if (first == 'Z' || first == 'z')
        return true;
    if ((first != '+' && first != '-') || !take_numbers(s, "99:99", parts) || parts[0] > 23 || parts[1] > 59)
        return false;
    *out_minutes = (first == '-' ? -1 : 1) * (parts[0] * 60 + parts[1]);
    return true;
}

/* What stands behind the day of a moment. */
static bool read_time(struct slice s, struct tm *tm, int64_t *out)
{
    int parts[3] = { 0 }, minutes = 0;

    if (s.data[0] != 'T' && s.data[0] != 't' && s.data[0] != ' ')
        return false;
    s = slice_skip(s, 1);
    if (!take_numbers(&s, "99:99:99", parts) || parts[0] > 23 || parts[1] > 59 || parts[2] > 60 || !take_fraction(&s) ||
        !take_zone(&s, &minutes) || s.size)
        return false;
    tm->tm_hour = parts[0];
    tm->tm_min = parts[1];
    tm->tm_sec = parts[2];
    *out = (int64_t)timegm(tm) - (int64_t)minutes * 60;
    return true;
}

/* Days after `word` if it is a day, else the moment itself. */
static int read_word(const char *word, int days, int64_t *out, struct error *e)
{
    struct slice s = slice_of(word);
    struct tm tm;

    if (take_day(&s, &tm)) {
        if (s.size && read_time(s, &tm, out))
            return 0;
        if (!s.size) {
            tm.tm_mday += days;
            *out = (int64_t)mktime(&tm);
            return 0;
        }
    }
    return error_set(e, ERROR_SYNTAX, "%.60s: neither a day (2026-11-24) nor a time (2026-11-24T06:21:41+01:00)", word);
}

int span_read(const char *from, const char *to, const char *zone, struct span *out, struct error *e)
{
    struct span span = span_all;
    int result = zone ? clock_set_zone(zone) : 0;

    if (result != 0)
        return error_set(e, result, "%.60s: this machine knows no such time zone", zone);
    if (from && (result = read_word(from, 0, &span.from, e)) != 0)
        return result;
    if (to && (result = read_word(to, 1, &span.to, e)) != 0)
        return result;
    if (span.from >= span.to)
        return error_set(e, ERROR_SYNTAX, "%.60s is not after %.60s", to ? to : "", from ? from : "");
    *out = span;
    return 0;
}

bool span_has(const struct span *span, int64_t seconds)
{
    return seconds >= span->from && seconds < span->to;
}

bool span_meets(const struct span *span, int64_t from, int64_t to)
{
    return to >= span->from && from < span->to;
}

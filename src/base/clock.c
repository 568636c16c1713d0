/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

static const char *const weekdays[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

int clock_set_zone(const char *zone)
{
    char path[256];

    if (zone[0] == '/' || strstr(zone, "..") || (size_t)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone) >= sizeof path ||
        access(path, R_OK) != 0)
        return ERROR_NOT_FOUND;
    if (setenv("TZ", zone, 1) != 0)
        return ERROR_MEMORY;
    tzset();
    return 0;
}

int64_t clock_now(void)
{
    return (int64_t)time(NULL);
}

struct legal_time clock_legal(int64_t seconds)
{
    time_t t = (time_t)seconds;
    struct tm tm;

    localtime_r(&t, &tm);
    return (struct legal_time){
        .seconds = seconds,
        .year = tm.tm_year + 1900,
        .month = tm.tm_mon + 1,
        .day = tm.tm_mday,
        .hour = tm.tm_hour,
        .minute = tm.tm_min,
        .second = tm.tm_sec,
        .weekday = tm.tm_wday,
        .offset_minutes = (int)(tm.tm_gmtoff / 60),
    };
}

void clock_offset(const struct legal_time *t, char out[CLOCK_TEXT_SIZE])
{
    int minutes = abs(t->offset_minutes);

    snprintf(out, CLOCK_TEXT_SIZE, "%c%02d%02d", t->offset_minutes < 0 ? '-' : '+', minutes / 60 % 24, minutes % 60);
}

void clock_date_field(const struct legal_time *t, char out[CLOCK_DATE_SIZE])
{
    char offset[CLOCK_TEXT_SIZE];

    clock_offset(t, offset);
    snprintf(out, CLOCK_DATE_SIZE, "%s, %d %s %04d %02d:%02d:%02d %.5s", weekdays[t->weekday % 7], t->day % 100,
             months[(t->month + 11) % 12], t->year % 10000, t->hour % 100, t->minute % 100, t->second % 100, offset);
}

void clock_day(const struct legal_time *t, char out[CLOCK_TEXT_SIZE])
{
    snprintf(out, CLOCK_TEXT_SIZE, "%02d/%02d/%04d", t->day % 100, t->month % 100, t->year % 10000);
}

void clock_hour(const struct legal_time *t, char out[CLOCK_TEXT_SIZE])
{
    snprintf(out, CLOCK_TEXT_SIZE, "%02d:%02d:%02d", t->hour % 100, t->minute % 100, t->second % 100);
}

void clock_stamp(const struct legal_time *t, char out[CLOCK_TEXT_SIZE])
{
    snprintf(out, CLOCK_TEXT_SIZE, "%04d%02d%02d%02d%02d%02d", t->year % 10000, t->month % 100, t->day % 100, t->hour % 100,
             t->minute % 100, t->second % 100);
}

void clock_utc_text(int64_t seconds, char out[CLOCK_DATE_SIZE])
{
    time_t t = (time_t)seconds;
    struct tm tm;

    gmtime_r(&t, &tm);
    strftime(out, CLOCK_DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

static bool read_zone(const char *text, int *out_minutes)
{
    static const struct {
        const char *name;
        int hours;
    } old[] = { { "UT", 0 }, { "GMT", 0 }, { "UTC", 0 }, { "EST", -5 }, { "EDT", -4 }, { "CST", -6 },
                { "CDT", -5 }, { "MST", -7 }, { "MDT", -6 }, { "PST", -8 }, { "PDT", -7 } };
    int hours, minutes;
    char sign;

    if (sscanf(text, " %c%2d%2d", &sign, &hours, &minutes) == 3) {
        if ((sign != '+' && sign != '-') || minutes > 59)
            return false;
        *out_minutes = (sign == '-' ? -1 : 1) * (hours * 60 + minutes);
        return true;
    }
    while (*text == ' ')
        text++;
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++)
        if (strncmp(text, old[i].name, strlen(old[i].name)) == 0)
            return *out_minutes = old[i].hours * 60, true;
    return false;
}

static int month_of(const char *name)
{
    for (int i = 0; i < 12; i++)
        if (strncasecmp(name, months[i], 3) == 0)
            return i;
    return -1;
}

bool clock_read_date(const char *text, int64_t *out_seconds)
{
    struct tm tm = { 0 };
    char month[4];
    int read = 0, minutes;
    const char *comma = strchr(text, ',');

    if (comma)
        text = comma + 1;
    if (sscanf(text, " %2d %3s %4d %2d:%2d%n", &tm.tm_mday, month, &tm.tm_year, &tm.tm_hour, &tm.tm_min, &read) < 5 || read == 0)
        return false;
    text += read;
    if (*text == ':') {
        if (sscanf(text, ":%2d%n", &tm.tm_sec, &read) != 1)
            return false;
        text += read;
    }
    tm.tm_mon = month_of(month);
    tm.tm_year -= 1900;
    if (tm.tm_mon < 0 || tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour < 0 || tm.tm_hour > 23 || tm.tm_min < 0 || tm.tm_min > 59 || tm.tm_sec < 0 || tm.tm_sec > 60 ||
        !read_zone(text, &minutes))
        return false;
    *out_seconds = (int64_t)timegm(&tm) - (int64_t)minutes * 60;
    return true;
}

int64_t clock_monotonic_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_monotonic_ms(void)
{
    return clock_monotonic_us() / 1000;
}

int clock_left_ms(int64_t deadline_ms)
{
    int64_t left = deadline_ms - clock_monotonic_ms();

    if (left <= 0)
        return 0;
    return left > INT_MAX ? INT_MAX : (int)left;
}

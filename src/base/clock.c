/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/clock.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

static const char *const weekdays[] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

int clock_set_zone(const char *zone)
{
    char path[256];
    struct stat st;

    if (zone[0] == '/' || strstr(zone, "..") || (size_t)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone) >= sizeof path ||
        stat(path, &st) != 0 || !S_ISREG(st.st_mode) || access(path, R_OK) != 0)
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
    struct tm tm = { .tm_mday = 1 };

    localtime_r(&t, &tm); /* fails, and writes nothing, for a year that an int does not hold */
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
    struct tm tm = { .tm_mday = 1 };

    gmtime_r(&t, &tm);
    strftime(out, CLOCK_DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm);
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

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading dates as mail has them (RFC 5322 3.3, and the obsolete forms of 4.3).
 *
 *     [day-of-week ","] day month year hour ":" minute [":" second] zone      blanks and comments between any two
 *
 * and the one form in which the log has them.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec" };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Behind a comment, which may have others inside; at its start if it has no end. */
static const char *skip_comment(const char *at)
{
    const char *start = at;
    int depth = 0;

    for (; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == '(')
            depth++;
        else if (*at == ')' && --depth == 0)
            return at + 1;
    }
    return start;
}

static void skip_blanks(const char **at)
{
    for (;;) {
        const char *next = **at == '(' ? skip_comment(*at) : *at + strspn(*at, " \t\r\n");

        if (next == *at)
            return;
        *at = next;
    }
}

/* All digits that stand here, if they are as many as that. */
static bool read_number(const char **at, int least, int most, int *out, int *out_digits)
{
    int value = 0, digits = 0;

    skip_blanks(at);
    for (; is_digit(**at) && digits <= most; (*at)++, digits++)
        value = value * 10 + (**at - '0');
    if (digits < least || digits > most)
        return false;
    *out = value;
    *out_digits = digits;
    return true;
}

static bool read_two(const char **at, int *out)
{
    int digits;

    return read_number(at, 1, 2, out, &digits);
}

static bool read_byte(const char **at, char byte)
{
    skip_blanks(at);
    if (**at != byte)
        return false;
    (*at)++;
    return true;
}

/* All letters that stand here, in lower case, cut to fit. */
static void read_word(const char **at, char *out, size_t size)
{
    size_t n = 0;

    skip_blanks(at);
    for (; is_letter(**at); (*at)++)
        if (n + 1 < size)
            out[n++] = (char)(**at | 0x20);
    out[n] = '\0';
}

static bool read_month(const char **at, int *out)
{
    char word[5];

    read_word(at, word, sizeof word);
    for (int i = 0; i < 12; i++)
        if (strcmp(word, months[i]) == 0)
            return *out = i, true;
    return false;
}

/* 4.3: two digits are of 2000 to 2049 or of 1950 to 1999, three are counted from 1900. */
static bool read_year(const char **at, int *out)
{
    int digits, year;

    if (!read_number(at, 2, 4, &year, &digits))
        return false;
    if (digits == 2)
        year += year < 50 ? 2000 : 1900;
    else if (digits == 3)
        year += 1900;
    *out = year;
    return year >= 1900;
}

/* 4.3: a name that is not in the list, and every letter of the military, is "-0000". */
static int zone_named(const char *word)
{
    static const struct {
        const char *name;
        int hours;
    } zones[] = { { "est", -5 }, { "edt", -4 }, { "cst", -6 }, { "cdt", -5 }, { "mst", -7 }, { "mdt", -6 }, { "pst", -8 }, { "pdt", -7 } };

    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++)
        if (strcmp(word, zones[i].name) == 0)
            return zones[i].hours * 60;
    return 0;
}

static bool read_zone(const char **at, int *out_minutes)
{
    int sign, value, digits;
    char word[5];

    skip_blanks(at);
    if (is_letter(**at)) {
        read_word(at, word, sizeof word);
        *out_minutes = zone_named(word);
        return true;
    }
    if (**at != '+' && **at != '-')
        return false;
    sign = *(*at)++ == '-' ? -1 : 1;
    if (!is_digit(**at) || !read_number(at, 4, 4, &value, &digits) || value % 100 > 59)
        return false;
    *out_minutes = sign * (value / 100 * 60 + value % 100);
    return true;
}

static int days_of(int month, int year)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month] + (month == 1 && is_leap);
}

static bool read_day(const char **at, struct tm *tm)
{
    char word[5];
    int year;

    read_word(at, word, sizeof word);
    if (*word && !read_byte(at, ','))
        return false;
    if (!read_two(at, &tm->tm_mday) || !read_month(at, &tm->tm_mon) || !read_year(at, &year))
        return false;
    tm->tm_year = year - 1900;
    return tm->tm_mday >= 1 && tm->tm_mday <= days_of(tm->tm_mon, year);
}

static bool read_time(const char **at, struct tm *tm)
{
    if (!read_two(at, &tm->tm_hour) || !read_byte(at, ':') || !read_two(at, &tm->tm_min))
        return false;
    if (read_byte(at, ':') && !read_two(at, &tm->tm_sec))
        return false;
    return tm->tm_hour <= 23 && tm->tm_min <= 59 && tm->tm_sec <= 60;
}

bool clock_read_date(const char *text, int64_t *out_seconds)
{
    struct tm tm = { 0 };
    int minutes;

    if (!read_day(&text, &tm) || !read_time(&text, &tm) || !read_zone(&text, &minutes))
        return false;
    skip_blanks(&text);
    if (*text)
        return false;
    *out_seconds = (int64_t)timegm(&tm) - (int64_t)minutes * 60;
    return true;
}

/* Digits stand where the pattern has them, everything else is itself; timegm mends what is no day, so it is written again and compared. */
bool clock_read_utc(const char *text, int64_t *out_seconds)
{
    static const char pattern[] = "9999-99-99T99:99:99Z";
    char again[CLOCK_DATE_SIZE];
    int parts[6] = { 0 }, part = 0;
    int64_t seconds;
    struct tm tm;

    for (size_t i = 0; i < sizeof pattern; i++) {
        if (pattern[i] == '9' ? !is_digit(text[i]) : text[i] != pattern[i])
            return false;
        if (pattern[i] == '9')
            parts[part] = parts[part] * 10 + (text[i] - '0');
        else if (part < 5)
            part++;
    }
    tm = (struct tm){ .tm_year = parts[0] - 1900, .tm_mon = parts[1] - 1, .tm_mday = parts[2], .tm_hour = parts[3], .tm_min = parts[4],
                      .tm_sec = parts[5] };
    seconds = (int64_t)timegm(&tm);
    clock_utc_text(seconds, again);
    if (strcmp(again, text) != 0)
        return false;
    *out_seconds = seconds;
    return true;
}

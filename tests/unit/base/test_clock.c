/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/error.h"

static void only_a_zone_of_the_machine_is_one(void **state)
{
    static const char *const none[] = { "", "Europe", "Europe/Roma", "/etc/passwd", "../../../etc/passwd", "Europe/../Europe/Rome", "posix", "Rome" };
    char longer[400];

    (void)state;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (clock_set_zone(none[i]) != ERROR_NOT_FOUND)
            fail_msg("\"%s\" is a zone?", none[i]);
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(clock_set_zone(longer), ERROR_NOT_FOUND);
    assert_int_equal(clock_set_zone("Europe/Rome"), 0);
}

/* RFC 6109 4.1, 4.2: legal time, winter and summer, and the seconds in which they change. */
static const struct {
    int64_t seconds;
    const char *zone, *field, *day, *hour, *offset, *stamp;
} moments[] = {
    { 1795497701, "Europe/Rome", "Tue, 24 Nov 2026 06:21:41 +0100", "24/11/2026", "06:21:41", "+0100", "20261124062141" },
    { 1784179301, "Europe/Rome", "Thu, 16 Jul 2026 07:21:41 +0200", "16/07/2026", "07:21:41", "+0200", "20260716072141" },
    { 1774745999, "Europe/Rome", "Sun, 29 Mar 2026 01:59:59 +0100", "29/03/2026", "01:59:59", "+0100", "20260329015959" },
    { 1774746000, "Europe/Rome", "Sun, 29 Mar 2026 03:00:00 +0200", "29/03/2026", "03:00:00", "+0200", "20260329030000" },
    { 1792889999, "Europe/Rome", "Sun, 25 Oct 2026 02:59:59 +0200", "25/10/2026", "02:59:59", "+0200", "20261025025959" },
    { 1792890000, "Europe/Rome", "Sun, 25 Oct 2026 02:00:00 +0100", "25/10/2026", "02:00:00", "+0100", "20261025020000" },
    { 0, "Europe/Rome", "Thu, 1 Jan 1970 01:00:00 +0100", "01/01/1970", "01:00:00", "+0100", "19700101010000" },
    { 0, "UTC", "Thu, 1 Jan 1970 00:00:00 +0000", "01/01/1970", "00:00:00", "+0000", "19700101000000" },
    { 1795497701, "America/St_Johns", "Tue, 24 Nov 2026 01:51:41 -0330", "24/11/2026", "01:51:41", "-0330", "20261124015141" },
    { 951782400, "UTC", "Tue, 29 Feb 2000 00:00:00 +0000", "29/02/2000", "00:00:00", "+0000", "20000229000000" },
};

static void a_moment_has_its_legal_time(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        char date[CLOCK_DATE_SIZE], text[CLOCK_TEXT_SIZE];
        struct legal_time t;
        int64_t back;

        assert_int_equal(clock_set_zone(moments[i].zone), 0);
        t = clock_legal(moments[i].seconds);
        clock_date_field(&t, date);
        assert_string_equal(date, moments[i].field);
        clock_day(&t, text);
        assert_string_equal(text, moments[i].day);
        clock_hour(&t, text);
        assert_string_equal(text, moments[i].hour);
        clock_offset(&t, text);
        assert_string_equal(text, moments[i].offset);
        clock_stamp(&t, text);
        assert_string_equal(text, moments[i].stamp);
        assert_true(clock_read_date(date, &back));
        assert_int_equal(back, moments[i].seconds);
    }
}

static void utc_is_written_as_rfc_3339_has_it(void **state)
{
    char text[CLOCK_DATE_SIZE];

    (void)state;
    assert_int_equal(clock_set_zone("Europe/Rome"), 0);
    clock_utc_text(1795497701, text);
    assert_string_equal(text, "2026-11-24T05:21:41Z");
    clock_utc_text(0, text);
    assert_string_equal(text, "1970-01-01T00:00:00Z");
}

static void what_was_written_in_utc_is_read_again_and_nothing_else(void **state)
{
    static const int64_t seconds[] = { 0, 1795497701, 951782400 /* 29 February 2000 */, -1, 253402300799 };
    static const char *const others[] = { "", "2026-11-24", "2026-11-24T05:21:41", "2026-11-24T05:21:41z", "2026-11-24 05:21:41Z",
        "2026-11-24T05:21:41Z ", "2026-02-29T05:21:41Z", "2026-13-01T05:21:41Z", "2026-11-24T24:00:00Z", "2026-11-24T05:60:00Z",
        "2026-11-24T05:21:61Z", "2026-1x-24T05:21:41Z", "+026-11-24T05:21:41Z", "2026-11-24T05:21:41+00:00" };
    char text[CLOCK_DATE_SIZE];
    int64_t back;

    (void)state;
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        clock_utc_text(seconds[i], text);
        assert_true(clock_read_utc(text, &back));
        assert_int_equal(back, seconds[i]);
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(clock_read_utc(others[i], &back));
}

/* A second from a damaged record is no reason to write outside a text or to read what was never set. */
static void times_beyond_all_measure_do_no_harm(void **state)
{
    static const int64_t seconds[] = { INT64_MAX, INT64_MIN, INT64_MAX / 2, 253402300800, -62167219201 };

    (void)state;
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        struct legal_time t = clock_legal(seconds[i]);
        char date[CLOCK_DATE_SIZE], text[CLOCK_TEXT_SIZE];

        clock_date_field(&t, date);
        clock_day(&t, text);
        clock_hour(&t, text);
        clock_stamp(&t, text);
        clock_utc_text(seconds[i], date);
        assert_true(strlen(date) < CLOCK_DATE_SIZE);
    }
}

static const struct {
    const char *text;
    int64_t seconds;
} dates[] = {
    { "Tue, 24 Nov 2026 06:21:41 +0100", 1795497701 },
    { "24 Nov 2026 06:21:41 +0100", 1795497701 },
    { "Tue,24 Nov 2026 06:21:41 +0100", 1795497701 },
    { "  Tue,\r\n 24\tNov 2026 06:21:41 +0100 \r\n", 1795497701 },
    { "tue, 24 NOV 2026 06:21:41 +0100", 1795497701 },
    { "Mon, 24 Nov 2026 06:21:41 +0100", 1795497701 }, /* the wrong day of the week */
    { "Tue, 24 Nov 2026 06:21 +0100", 1795497660 },
    { "Tue, 24 Nov 2026 6:21:41 +0100", 1795497701 },
    { "Tue, 4 Nov 2026 06:21:41 +0100", 1793769701 },
    { "Tue, 04 Nov 2026 06:21:41 +0100", 1793769701 },
    { "Tue, 24 Nov 2026 05:21:41 -0000", 1795497701 },
    { "Tue, 24 Nov 2026 01:51:41 -0330", 1795497701 },
    { "Tue, 24 Nov 2026 06:21:41 +0100 (CET)", 1795497701 },
    { "Tue (oggi), 24 (sic) Nov 2026 06 (ore) : 21 : 41 +0100 (a (b \\) c))", 1795497701 },
    { "Tue, 24 Nov 2026 05:21:41 GMT", 1795497701 },
    { "Tue, 24 Nov 2026 05:21:41 UT", 1795497701 },
    { "Tue, 24 Nov 2026 05:21:41 utc", 1795497701 },
    { "Tue, 24 Nov 2026 05:21:41 Z", 1795497701 },
    { "Tue, 24 Nov 2026 05:21:41 A", 1795497701 },    /* 4.3: the military letters were used both ways */
    { "Tue, 24 Nov 2026 05:21:41 CEST", 1795497701 }, /* 4.3: unknown names as -0000 */
    { "Tue, 24 Nov 2026 00:21:41 EST", 1795497701 },
    { "Tue, 24 Nov 2026 01:21:41 EDT", 1795497701 },
    { "Mon, 23 Nov 2026 21:21:41 PST", 1795497701 },
    { "Tue, 24 Nov 26 06:21:41 +0100", 1795497701 }, /* 4.3: two digits */
    { "24 Nov 99 06:21:41 +0100", 943420901 },
    { "24 Nov 126 06:21:41 +0100", 1795497701 }, /* 4.3: three digits */
    { "29 Feb 2024 00:00:00 +0000", 1709164800 },
    { "31 Dec 2016 23:59:60 +0000", 1483228800 }, /* a leap second */
    { "1 Jan 1900 00:00:00 +0000", -2208988800 },
};

/* RFC 5322 3.3, 4.3. */
static void dates_of_mail_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        int64_t seconds = -1;

        if (!clock_read_date(dates[i].text, &seconds) || seconds != dates[i].seconds)
            fail_msg("\"%s\": %lld", dates[i].text, (long long)seconds);
    }
}

static const char *const no_dates[] = {
    "",
    "Tue",
    "Tue,",
    "Tue, 24 Nov 2026",
    "Tue, 24 Nov 2026 06:21:41",
    "Tue, 24 Nov 2026 06:21:41 ",
    "Tue 24 Nov 2026 06:21:41 +0100",
    "24 Brumaire 2026 06:21:41 +0100",
    "24 No 2026 06:21:41 +0100",
    "24 November 2026 06:21:41 +0100",
    "24 11 2026 06:21:41 +0100",
    "-4 Nov 2026 06:21:41 +0100",
    "+4 Nov 2026 06:21:41 +0100",
    "0 Nov 2026 06:21:41 +0100",
    "31 Nov 2026 06:21:41 +0100",
    "29 Feb 2026 06:21:41 +0100",
    "29 Feb 2100 06:21:41 +0100",
    "30 Feb 2024 06:21:41 +0100",
    "124 Nov 2026 06:21:41 +0100",
    "24 Nov 6 06:21:41 +0100",
    "24 Nov 12026 06:21:41 +0100",
    "24 Nov 1899 06:21:41 +0100",
    "24 Nov -2026 06:21:41 +0100",
    "24 Nov 2026 24:21:41 +0100",
    "24 Nov 2026 06:60:41 +0100",
    "24 Nov 2026 06:21:61 +0100",
    "24 Nov 2026 06:-1:41 +0100",
    "24 Nov 2026 006:21:41 +0100",
    "24 Nov 2026 06:21: +0100",
    "24 Nov 2026 06.21.41 +0100",
    "24 Nov 2026 06:21:41 +1",
    "24 Nov 2026 06:21:41 +010",
    "24 Nov 2026 06:21:41 +01000",
    "24 Nov 2026 06:21:41 +0160",
    "24 Nov 2026 06:21:41 + 0100",
    "24 Nov 2026 06:21:41 +-100",
    "24 Nov 2026 06:21:41 *0100",
    "24 Nov 2026 06:21:41 +0100 domani",
    "24 Nov 2026 06:21:41 +0100 (CET",
    "2026-11-24T06:21:41+01:00",
    "24 Nov 2026 06:21:41 ((((((((((((((((((((",
};

static void what_is_no_date_leaves_the_time_as_it_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof no_dates / sizeof no_dates[0]; i++) {
        int64_t seconds = 42;

        if (clock_read_date(no_dates[i], &seconds) || seconds != 42)
            fail_msg("\"%s\": %lld", no_dates[i], (long long)seconds);
    }
}

static void deadlines_count_down_to_zero_and_no_further(void **state)
{
    int64_t now = clock_monotonic_ms();

    (void)state;
    assert_in_range(clock_left_ms(now + 10000), 9000, 10000);
    assert_int_equal(clock_left_ms(now - 1), 0);
    assert_int_equal(clock_left_ms(now), 0);
    assert_int_equal(clock_left_ms(0), 0);
    assert_int_equal(clock_left_ms(INT64_MAX), INT_MAX);
}

static void the_clocks_go_forward(void **state)
{
    const struct timespec pause = { .tv_nsec = 3000000 };
    int64_t us = clock_monotonic_us(), ms = clock_monotonic_ms();

    (void)state;
    nanosleep(&pause, NULL);
    assert_true(clock_monotonic_us() >= us + 3000);
    assert_true(clock_monotonic_ms() >= ms + 2);
    assert_in_range(clock_now(), time(NULL) - 1, time(NULL) + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_zone_of_the_machine_is_one),
        cmocka_unit_test(a_moment_has_its_legal_time),
        cmocka_unit_test(utc_is_written_as_rfc_3339_has_it),
        cmocka_unit_test(what_was_written_in_utc_is_read_again_and_nothing_else),
        cmocka_unit_test(times_beyond_all_measure_do_no_harm),
        cmocka_unit_test(dates_of_mail_are_read),
        cmocka_unit_test(what_is_no_date_leaves_the_time_as_it_was),
        cmocka_unit_test(deadlines_count_down_to_zero_and_no_further),
        cmocka_unit_test(the_clocks_go_forward),
    };

    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}

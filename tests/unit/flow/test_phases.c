/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The time of a message is divided among its phases: none is counted twice, none is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/phases.h"

/* The clock by way of the linker's --wrap: it stands still until a test moves it. */
static int64_t now_us;

int64_t __wrap_clock_monotonic_us(void);
int64_t __wrap_clock_monotonic_us(void)
{
    return now_us;
}

static int set_up(void **state)
{
    (void)state;
    now_us = 5000000;
    return 0;
}

static void spend(int64_t us)
{
    now_us += us;
}

/* 2 ms of composing with a signature of 7 ms within it, and 1 ms that the signer's caller asks the store. */
static void what_is_asked_of_another_phase_is_that_ones_time(void **state)
{
    enum phase outer, inner, innermost;
    struct phases p;

    (void)state;
    phases_begin(&p, 0, 0);
    spend(10);
    outer = phases_enter(&p, PHASE_COMPOSE);
    spend(500);
    inner = phases_enter(&p, PHASE_SIGN);
    spend(3000);
    innermost = phases_enter(&p, PHASE_STORE);
    spend(1000);
    phases_leave(&p, innermost);
    spend(4000);
    phases_leave(&p, inner);
    spend(1500);
    phases_leave(&p, outer);
    spend(20);
    phases_end(&p);
    assert_int_equal(p.spent_us[PHASE_COMPOSE], 2000);
    assert_int_equal(p.spent_us[PHASE_SIGN], 7000);
    assert_int_equal(p.spent_us[PHASE_STORE], 1000);
    assert_int_equal(p.spent_us[PHASE_OTHER], 30);
    assert_int_equal(p.spent_us[PHASE_TOTAL], 10030);
}

static void what_the_receiver_measured_is_part_of_the_whole(void **state)
{
    struct phases p;

    (void)state;
    phases_begin(&p, now_us - 900, now_us - 200);
    spend(50);
    phases_end(&p);
    assert_int_equal(p.spent_us[PHASE_RECEIVE], 700);
    assert_int_equal(p.spent_us[PHASE_WAIT], 200);
    assert_int_equal(p.spent_us[PHASE_TOTAL], 950);
}

static void a_phase_that_is_entered_again_goes_on(void **state)
{
    struct phase_times times[PHASE_COUNT] = { 0 };
    struct phases p;

    (void)state;
    phases_begin(&p, 0, 0);
    for (int i = 0; i < 3; i++) {
        enum phase before = phases_enter(&p, PHASE_STORE);

        spend(100);
        phases_leave(&p, before);
    }
    phases_end(&p);
    phases_count(&p, times);
    assert_int_equal(p.spent_us[PHASE_STORE], 300);
    assert_int_equal(histogram_count(&times[PHASE_STORE].taken), 1); /* a message counts once */
}

static void messages_are_counted_by_the_phases_that_they_were_in(void **state)
{
    static const int64_t spans[] = { 1000, 70000, 2000 };
    struct phase_times times[PHASE_COUNT] = { 0 };
    struct phases p;

    (void)state;
    for (int i = 0; i < 3; i++) {
        enum phase before;

        phases_begin(&p, 0, 0);
        before = phases_enter(&p, PHASE_SCAN);
        spend(spans[i]);
        phases_leave(&p, before);
        phases_end(&p);
        phases_count(&p, times);
    }
    assert_int_equal(histogram_count(&times[PHASE_SCAN].taken), 3);
    assert_int_equal(histogram_count(&times[PHASE_TOTAL].taken), 3);
    assert_int_equal(histogram_count(&times[PHASE_VERIFY].taken), 0);
    assert_int_equal(times[PHASE_SCAN].sum_us, 73000);
    assert_int_equal(times[PHASE_SCAN].longest_us, 70000);
}

static void a_line_names_the_phases_and_the_total(void **state)
{
    char text[PHASES_TEXT_SIZE];
    enum phase before;
    struct phases p;

    (void)state;
    phases_begin(&p, now_us - 1500, now_us - 1500);
    before = phases_enter(&p, PHASE_RELAY);
    spend(12340);
    phases_leave(&p, before);
    phases_end(&p);
    assert_string_equal(phases_write(&p, text), "receive=0.00ms wait=1.50ms relay=12.34ms other=0.00ms total=13.84ms");
}

static void the_longest_line_has_room(void **state)
{
    char text[PHASES_TEXT_SIZE];
    struct phases p = { .entered = ~0u };

    (void)state;
    for (int i = 0; i < PHASE_COUNT; i++)
        p.spent_us[i] = INT64_C(10000000000000); /* four months */
    assert_non_null(strstr(phases_write(&p, text), "total=10000000000.00ms"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_asked_of_another_phase_is_that_ones_time, set_up),
        cmocka_unit_test_setup(what_the_receiver_measured_is_part_of_the_whole, set_up),
        cmocka_unit_test_setup(a_phase_that_is_entered_again_goes_on, set_up),
        cmocka_unit_test_setup(messages_are_counted_by_the_phases_that_they_were_in, set_up),
        cmocka_unit_test_setup(a_line_names_the_phases_and_the_total, set_up),
        cmocka_unit_test_setup(the_longest_line_has_room, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

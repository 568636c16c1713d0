/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Design 3: a constant number of processes; one that dies is born again, after a pause that grows if it keeps dying young.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "process/family.h"

/* The status of a child that ended so, as waitpid(2) gives it on Linux. */
#define EXITED(code) ((code) << 8)
#define KILLED(number) (number)

static struct family f;

static int set_up(void **state)
{
    (void)state;
    return family_new(&f, 2, 5, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    family_free(&f);
    return f.children ? -1 : 0;
}

static void each_has_a_place_of_its_own(void **state)
{
    static const unsigned counts[FAMILY_ROLES] = { [FAMILY_KEEPER] = 1, [FAMILY_SIGNER] = 2, [FAMILY_SCHEDULER] = 1, [FAMILY_RECEIVER] = 1,
                                                   [FAMILY_WORKER] = 5 };

    (void)state;
    assert_int_equal(f.count, 10);
    for (int role = 0; role < FAMILY_ROLES; role++) {
        for (unsigned n = 0; n < counts[role]; n++) {
            struct child *c = family_find(&f, (enum family_role)role, n);

            assert_true(c && (int)c->role == role && c->number == n && c->pid == 0);
        }
        assert_null(family_find(&f, (enum family_role)role, counts[role]));
    }
    assert_null(family_find_pid(&f, 12345));
}

static void who_dies_of_what(void **state)
{
    static const struct {
        int status;
        bool is_crash;
    } cases[] = {
        { EXITED(0), false },       { EXITED(1), false },       { KILLED(SIGTERM), false }, { KILLED(SIGKILL), false },
        { KILLED(SIGSEGV), true },  { KILLED(SIGABRT), true },  { KILLED(SIGBUS), true },   { KILLED(SIGFPE), true },
        { KILLED(SIGILL), true },   { KILLED(SIGSYS), true },   { KILLED(SIGSEGV) | 0x80 /* with a core */, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct child c = { .pid = 1, .born_ms = clock_monotonic_ms() - 60000 };

        family_bury(&c, cases[i].status);
        if (c.crashed != cases[i].is_crash)
            fail_msg("status %x", (unsigned)cases[i].status);
        assert_int_equal(c.pid, 0);
    }
}

static int64_t pause_after(struct child *c, int status, int64_t age_ms)
{
    int64_t now = clock_monotonic_ms();

    c->pid = 1;
    c->born_ms = now - age_ms;
    family_bury(c, status);
    return c->wanted_ms > now ? c->wanted_ms - now : 0;
}

/* At once if it had lived; else ever later, though never more than a few seconds. */
static void one_that_keeps_dying_young_waits_longer(void **state)
{
    struct child c = { 0 };
    int64_t last = 0;

    (void)state;
    assert_in_range(pause_after(&c, EXITED(1), 60000), 0, 20);
    for (int i = 0; i < 12; i++) {
        int64_t pause = pause_after(&c, i % 2 ? EXITED(1) : KILLED(SIGSEGV), 10);

        assert_true(pause + 20 >= last);
        assert_in_range(pause, 50, 6000);
        last = pause;
    }
    assert_in_range(last, 4000, 6000);
    /* It lived for once: all is forgotten. */
    assert_in_range(pause_after(&c, KILLED(SIGSEGV), 60000), 0, 20);
    assert_in_range(pause_after(&c, KILLED(SIGSEGV), 10), 50, 200);
}

/* Killed from outside, or ended as it should, is no fault of its own. */
static void one_that_was_killed_comes_back_at_once(void **state)
{
    static const int statuses[] = { KILLED(SIGKILL), KILLED(SIGTERM), EXITED(0) };
    struct child c = { 0 };

    (void)state;
    for (int i = 0; i < 9; i++)
        assert_in_range(pause_after(&c, statuses[i % 3], 1), 0, 20);
}

/* --- real children ---------------------------------------------------------------------------------------------------------- */

static int wait_for(struct child *c)
{
    int status;
    pid_t pid = c->pid;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

/* Which descriptors are open above standard error: bit n for number n. */
static int count_descriptors(void *arg, const struct child *child)
{
    unsigned long open_ones = 0, *wanted = arg;

    for (int fd = 3; fd < 60; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            open_ones |= 1ul << fd;
    return open_ones == *wanted && child->pid == getpid() ? 7 : 8;
}

/* A descriptor of a sibling's channel that is left open would keep its end from being seen. */
static void a_child_has_what_it_takes_along_and_no_more(void **state)
{
    struct child *c = family_find(&f, FAMILY_WORKER, 3);
    int opened[6], keep[3];
    unsigned long wanted = 0;

    (void)state;
    for (int i = 0; i < 6; i++)
        opened[i] = dup(STDIN_FILENO);
    keep[0] = opened[4];
    keep[1] = opened[1];
    keep[2] = opened[4]; /* named twice */
    for (int i = 0; i < 3; i++)
        wanted |= 1ul << keep[i];
    assert_int_equal(family_bear(c, count_descriptors, &wanted, keep, 3, NULL), 0);
    assert_ptr_equal(family_find_pid(&f, c->pid), c);
    assert_int_equal(WEXITSTATUS(wait_for(c)), 7);
    wanted = 0;
    assert_int_equal(family_bear(c, count_descriptors, &wanted, keep, 0, NULL), 0);
    assert_int_equal(WEXITSTATUS(wait_for(c)), 7);
    for (int i = 0; i < 6; i++)
        close(opened[i]);
}

static int live(void *arg, const struct child *child)
{
    if (*(bool *)arg && child->number == 0)
        signal(SIGTERM, SIG_IGN);
    close(STDIN_FILENO); /* the test sees that we are ready */
    for (unsigned i = 0; i < 60; i++)
        sleep(1);
    return 0;
}

/* `is_stubborn`: the first signer does not end. */
static void bear_signers(bool *is_stubborn)
{
    for (unsigned i = 0; i < 2; i++) {
        struct child *c = family_find(&f, FAMILY_SIGNER, i);
        int saved = dup(STDIN_FILENO), fds[2];
        char byte;

        assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
        dup2(fds[1], STDIN_FILENO);
        assert_int_equal(family_bear(c, live, is_stubborn, NULL, 0, NULL), 0);
        dup2(saved, STDIN_FILENO);
        close(saved);
        close(fds[1]);
        assert_int_equal(read(fds[0], &byte, 1), 0);
        close(fds[0]);
    }
}

static void a_role_is_told_and_waited_for(void **state)
{
    bool is_stubborn = false;
    int64_t began = clock_monotonic_ms();

    (void)state;
    bear_signers(&is_stubborn);
    assert_int_equal(family_signal(&f, FAMILY_WORKER, SIGTERM), 0);
    assert_int_equal(family_signal(&f, FAMILY_SIGNER, 0), 2);
    assert_int_equal(family_signal(&f, FAMILY_SIGNER, SIGTERM), 2);
    family_wait_gone(&f, FAMILY_SIGNER, began + 20000);
    assert_int_equal(family_signal(&f, FAMILY_SIGNER, 0), 0);
    assert_true(clock_monotonic_ms() - began < 10000);
}

static void who_does_not_end_is_killed(void **state)
{
    bool is_stubborn = true;

    (void)state;
    bear_signers(&is_stubborn);
    family_signal(&f, FAMILY_SIGNER, SIGTERM);
    family_wait_gone(&f, FAMILY_SIGNER, clock_monotonic_ms() + 100);
    assert_int_equal(family_signal(&f, FAMILY_SIGNER, 0), 0);
    assert_int_equal(family_find(&f, FAMILY_SIGNER, 0)->pid, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_has_a_place_of_its_own, set_up, tear_down),
        cmocka_unit_test(who_dies_of_what),
        cmocka_unit_test(one_that_keeps_dying_young_waits_longer),
        cmocka_unit_test(one_that_was_killed_comes_back_at_once),
        cmocka_unit_test_setup_teardown(a_child_has_what_it_takes_along_and_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_role_is_told_and_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_does_not_end_is_killed, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Jobs and workers (design 3): no point holds more than half of the workers, a worker that dies costs its message one retry, nobody waits
 * for a dead one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "process/pool.h"

enum { WORKERS = 4, BUDGET = 1 << 20, JOBS_MAX = 8 };

/* The ends of the workers are in the test's hands. */
static struct {
    sd_event *loop;
    struct board *board;
    struct pool *pool;
    int workers[BOARD_WORKERS_MAX];
    struct arena *arena;
} w;

/* What became of each job. */
static struct job {
    struct pool_job *handle;
    unsigned done;
    int error;
    char reply[FLOW_REPLY_SIZE];
} jobs[JOBS_MAX];

static void on_done(void *arg, int error, const char *reply)
{
    struct job *job = arg;

    job->done++;
    job->error = error;
    snprintf(job->reply, sizeof job->reply, "%s", reply);
}

static void add_worker(unsigned slot)
{
    int fds[2];

    assert_int_equal(channel_pair(fds, NULL), 0);
    w.workers[slot] = fds[1];
    assert_int_equal(pool_add(w.pool, slot, fds[0], NULL), 0);
}

static int set_up(void **state)
{
    (void)state;
    memset(jobs, 0, sizeof jobs);
    memset(w.workers, -1, sizeof w.workers);
    w.arena = arena_new(BUDGET);
    w.board = board_new(WORKERS);
    if (sd_event_new(&w.loop) < 0 || !w.board || !w.arena || !(w.pool = pool_new(w.loop, w.board)))
        return -1;
    for (unsigned i = 0; i < WORKERS; i++)
        add_worker(i);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pool_free(&w.pool);
    for (size_t i = 0; i < BOARD_WORKERS_MAX; i++)
        if (w.workers[i] >= 0)
            close(w.workers[i]);
    sd_event_unref(w.loop);
    board_free(&w.board);
    arena_free(&w.arena);
    return 0;
}

/* Everything that is to be done now. */
static void turn(void)
{
    while (sd_event_run(w.loop, 0) > 0)
        ;
}

static void submit(size_t i, enum point point)
{
    int fd = memfd_create("job", MFD_CLOEXEC);

    assert_int_equal(pool_submit(w.pool, point, fd, 100 + i, on_done, &jobs[i], &jobs[i].handle, NULL), 0);
    turn();
}

/* The number of the job that a worker has been given; -1 without one. */
static int given(unsigned slot)
{
    struct channel_job job;
    int fd;

    if (channel_receive_job(w.workers[slot], w.arena, &job, &fd, clock_monotonic_ms(), NULL) != 0)
        return -1;
    if (fd >= 0)
        close(fd);
    return (int)job.message_size - 100;
}

static void answer(unsigned slot, const char *reply, bool is_last)
{
    struct channel_result result = { .is_answer = *reply, .is_last = is_last };

    snprintf(result.reply, sizeof result.reply, "%s", reply);
    assert_int_equal(channel_send_result(w.workers[slot], &result, NULL), 0);
    turn();
}

static void die(unsigned slot)
{
    close(w.workers[slot]);
    w.workers[slot] = -1;
    turn();
}

/* Is the other end of this worker's channel closed? */
static bool is_let_go(unsigned slot)
{
    struct channel_job job;
    int fd;

    return channel_receive_job(w.workers[slot], w.arena, &job, &fd, clock_monotonic_ms() + 20, NULL) == ERROR_CLOSED;
}

static void an_answer_reaches_who_asked(void **state)
{
    (void)state;
    submit(0, POINT_ACCESS);
    submit(1, POINT_INCOMING);
    assert_int_equal(given(0), 0);
    assert_int_equal(given(1), 1);
    assert_int_equal(pool_load(w.pool), 2);
    answer(1, "250 one", false);
    assert_string_equal(jobs[1].reply, "250 one");
    assert_int_equal(jobs[0].done, 0);
    answer(0, "451 zero", false);
    assert_string_equal(jobs[0].reply, "451 zero");
    assert_int_equal(jobs[0].done, 1);
    assert_int_equal(pool_load(w.pool), 0);
}

static void no_point_has_more_than_half_of_the_workers(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        submit(i, POINT_ACCESS);
    assert_int_equal(given(0), 0);
    assert_int_equal(given(1), 1);
    assert_int_equal(given(2), -1);
    /* Mail of the other point goes past what waits. */
    submit(3, POINT_INCOMING);
    assert_int_equal(given(2), 3);
    answer(1, "250", false);
    assert_int_equal(given(1), 2);
}

static void what_waits_is_taken_in_its_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++)
        submit(i, POINT_ACCESS);
    given(0);
    given(1);
    for (int i = 2; i < 6; i++) {
        answer(0, "250", false);
        assert_int_equal(given(0), i);
    }
}

/* Notices are few, and count with nobody. */
static void notices_wait_for_no_point(void **state)
{
    const struct stored_task task = { .id = 1, .address = "a@x" };

    (void)state;
    for (size_t i = 0; i < 2; i++)
        submit(i, POINT_ACCESS);
    for (size_t i = 2; i < 4; i++)
        assert_int_equal(pool_submit_notice(w.pool, &task, on_done, &jobs[i], &jobs[i].handle, NULL), 0);
    turn();
    for (unsigned i = 0; i < 4; i++)
        assert_int_not_equal(given(i), -1);
}

/* The message is still in Postfix: the client is told to come again. */
static void a_message_whose_worker_dies_is_deferred(void **state)
{
    (void)state;
    submit(0, POINT_ACCESS);
    given(0);
    die(0);
    assert_int_equal(jobs[0].done, 1);
    assert_int_equal(strncmp(jobs[0].reply, "451 ", 4), 0);
    assert_int_equal(jobs[0].error, ERROR_CLOSED);
    assert_int_equal(pool_load(w.pool), 0);
}

/* What its death makes room for begins at once, on a worker that is idle. */
static void a_death_makes_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++)
        submit(i, POINT_ACCESS);
    given(0);
    given(1);
    assert_int_equal(given(2), -1);
    die(0);
    assert_int_equal(given(2), 2);
}

static void no_job_is_lost_with_an_idle_worker(void **state)
{
    (void)state;
    close(w.workers[0]);
    w.workers[0] = -1;
    submit(0, POINT_ACCESS); /* before its death is seen */
    assert_int_equal(given(1), 0);
    assert_int_equal(jobs[0].done, 0);
}

static void a_successor_takes_what_waits(void **state)
{
    (void)state;
    for (unsigned i = 0; i < WORKERS; i++)
        die(i);
    submit(0, POINT_ACCESS);
    assert_int_equal(pool_load(w.pool), 1);
    add_worker(2);
    turn();
    assert_int_equal(given(2), 0);
}

/* A successor in the slot of one whose end was not seen: that one's message is answered. */
static void a_successor_replaces(void **state)
{
    int old;

    (void)state;
    submit(0, POINT_ACCESS);
    given(0);
    old = w.workers[0];
    add_worker(0);
    turn();
    assert_int_equal(jobs[0].done, 1);
    assert_int_equal(strncmp(jobs[0].reply, "451 ", 4), 0);
    close(old);
}

/* A worker at the end of its life gets no more jobs, and is let go with its last answer. */
static void a_worker_ends_between_two_jobs(void **state)
{
    (void)state;
    submit(0, POINT_ACCESS);
    given(0);
    answer(0, "250", true);
    assert_int_equal(jobs[0].done, 1);
    assert_true(is_let_go(0));
    submit(1, POINT_ACCESS);
    assert_int_equal(given(1), 1);
    answer(1, "", true); /* it asks for nothing but to go, with a job in its hands */
    assert_int_equal(jobs[1].done, 0);
    answer(1, "250", false);
    assert_int_equal(jobs[1].done, 1);
    assert_true(is_let_go(1));
}

/* A reload: idle ones go now, others after their job. */
static void a_reload_replaces_every_worker(void **state)
{
    (void)state;
    submit(0, POINT_ACCESS);
    given(0);
    pool_retire_all(w.pool);
    for (unsigned i = 1; i < WORKERS; i++)
        assert_true(is_let_go(i));
    assert_false(is_let_go(0));
    submit(1, POINT_ACCESS);
    answer(0, "250", false);
    assert_int_equal(jobs[0].done, 1);
    assert_true(is_let_go(0));
    add_worker(3);
    turn();
    assert_int_equal(given(3), 1);
}

/* The client has gone: what has not begun is forgotten, what has is finished for nobody. */
static void nobody_is_told_of_an_abandoned_job(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++)
        submit(i, POINT_ACCESS);
    given(0);
    given(1);
    pool_abandon(w.pool, jobs[3].handle); /* the last in the queue */
    pool_abandon(w.pool, jobs[2].handle);
    pool_abandon(w.pool, jobs[0].handle);
    assert_int_equal(pool_load(w.pool), 2);
    submit(4, POINT_ACCESS);
    answer(0, "250", false);
    assert_int_equal(given(0), 4);
    answer(0, "250", false);
    assert_int_equal(jobs[4].done, 1);
    assert_int_equal(jobs[0].done + jobs[2].done + jobs[3].done, 0);
}

/* The queue has an end: a client too many is told to come again. */
static void the_queue_has_an_end(void **state)
{
    struct pool_job *handle;
    int result, count = 0;

    (void)state;
    while ((result = pool_submit(w.pool, POINT_ACCESS, -1, 0, on_done, &jobs[0], &handle, NULL)) == 0 && count < 100000)
        count++;
    assert_int_equal(result, ERROR_MEMORY);
    assert_in_range(count, 1000, 10000);
}

/* A worker that says what it may not is taken for dead. */
static void a_worker_that_talks_nonsense_is_let_go(void **state)
{
    (void)state;
    submit(0, POINT_ACCESS);
    given(0);
    assert_int_equal(channel_send_fd(w.workers[0], "nonsense", 8, -1, NULL), 0);
    turn();
    assert_int_equal(jobs[0].done, 1);
    assert_int_equal(strncmp(jobs[0].reply, "451 ", 4), 0);
    assert_true(is_let_go(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_reaches_who_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_point_has_more_than_half_of_the_workers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_waits_is_taken_in_its_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(notices_wait_for_no_point, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_whose_worker_dies_is_deferred, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_death_makes_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_job_is_lost_with_an_idle_worker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_successor_takes_what_waits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_successor_replaces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_worker_ends_between_two_jobs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reload_replaces_every_worker, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_is_told_of_an_abandoned_job, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_queue_has_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_worker_that_talks_nonsense_is_let_go, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "base/file.h"
#include "base/log.h"

enum { WAITING_MAX = 4096 };

struct pool_job {
    struct pool_job *next; /* in the queue */
    enum point point;
    int fd; /* -1: a notice */
    uint64_t message_size;
    struct stored_task task;
    char *address; /* of the task */
    pool_done *done; /* NULL: abandoned */
    void *arg;
};

struct pool_worker {
    struct pool *pool;
    int channel; /* -1: absent */
    sd_event_source *source;
    struct pool_job *job;
    bool is_leaving; /* gets no more jobs */
};

struct pool {
    sd_event *loop;
    struct board *board;
    struct pool_job *first, **last; /* waiting */
    size_t waiting, in_hand[POINT_COUNT];
    struct pool_worker workers[BOARD_WORKERS_MAX];
    struct services *services; /* of a local pool; else NULL */
    sd_event_source *local_turn;
};

static int on_local_turn(sd_event_source *source, void *arg);

struct pool *pool_new(sd_event *loop, struct board *board)
{
    struct pool *p = calloc(1, sizeof *p);

    if (!p)
        return NULL;
    p->loop = sd_event_ref(loop);
    p->board = board;
    p->last = &p->first;
    for (size_t i = 0; i < BOARD_WORKERS_MAX; i++)
        p->workers[i] = (struct pool_worker){ .pool = p, .channel = -1 };
    return p;
}

struct pool *pool_new_local(sd_event *loop, struct board *board, struct services *services)
{
    struct pool *p = pool_new(loop, board);

    if (!p)
        return NULL;
    p->services = services;
    if (sd_event_add_defer(loop, &p->local_turn, on_local_turn, p) < 0)
        pool_free(&p);
    else
        sd_event_source_set_enabled(p->local_turn, SD_EVENT_OFF);
    return p;
}

static void free_job(struct pool_job *job)
{
    file_close(&job->fd);
    free(job->address);
    free(job);
}

static void finish(struct pool_job *job, int error, const char *reply)
{
    if (job->done)
        job->done(job->arg, error, reply);
    free_job(job);
}

static void let_go(struct pool_worker *w)
{
    w->source = sd_event_source_disable_unref(w->source);
    file_close(&w->channel);
    w->is_leaving = false;
}

void pool_free(struct pool **pool)
{
    struct pool *p = *pool;

    if (!p)
        return;
    for (size_t i = 0; i < BOARD_WORKERS_MAX; i++) {
        if (p->workers[i].job)
            free_job(p->workers[i].job);
        let_go(&p->workers[i]);
    }
    while (p->first) {
        struct pool_job *job = p->first;

        p->first = job->next;
        free_job(job);
    }
    sd_event_source_disable_unref(p->local_turn);
    sd_event_unref(p->loop);
    free(p);
    *pool = NULL;
}

/* --- sharing out ------------------------------------------------------------------------------------------------------------ */

/* Half of the workers, rounded up: the other half is left for the other point. Notices are few and count with nobody. */
static bool may_begin(const struct pool *p, enum point point)
{
    return point == POINT_NOTICE || p->in_hand[point] < (p->board->workers + 1) / 2;
}

/* The first in the queue whose point may have one more worker. */
static struct pool_job *take_next(struct pool *p)
{
    for (struct pool_job **at = &p->first; *at; at = &(*at)->next) {
        struct pool_job *job = *at;

        if (!may_begin(p, job->point))
            continue;
        *at = job->next;
        if (p->last == &job->next)
            p->last = at;
        p->waiting--;
        return job;
    }
    return NULL;
}

static void put_back(struct pool *p, struct pool_job *job)
{
    job->next = p->first;
    p->first = job;
    if (p->last == &p->first)
        p->last = &job->next;
    p->waiting++;
}

static struct pool_worker *idle_worker(struct pool *p)
{
    for (unsigned i = 0; i < p->board->workers; i++) {
        struct pool_worker *w = &p->workers[i];

        if (w->channel >= 0 && !w->job && !w->is_leaving)
            return w;
    }
    return NULL;
}

/* ERROR_CLOSED when the worker is dead: the job is as it was. */
static int give(struct pool *p, struct pool_worker *w, struct pool_job *job)
{
    const struct channel_job said = { .is_notice = job->fd < 0, .message_size = job->message_size, .task = job->task };
    int result = channel_send_job(w->channel, &said, job->fd, NULL);

    if (result != 0)
        return result;
    file_close(&job->fd);
    w->job = job;
    p->in_hand[job->point]++;
    return 0;
}

/* The next job, here and now. */
static int on_local_turn(sd_event_source *source, void *arg)
{
    struct pool *p = arg;
    struct pool_job *job = take_next(p);
    char reply[FLOW_REPLY_SIZE] = "";
    struct error e = { 0 };
    int error = 0;

    if (!p->first)
        sd_event_source_set_enabled(source, SD_EVENT_OFF);
    if (!job)
        return 0;
    if (job->fd >= 0)
        flow_message(p->services, job->fd, (size_t)job->message_size, reply);
    else
        error = flow_notice(p->services, &job->task, &e);
    finish(job, error, job->fd >= 0 ? reply : e.text);
    return 0;
}

static void share_out(struct pool *p)
{
    struct pool_worker *w;

    if (p->services) {
        sd_event_source_set_enabled(p->local_turn, p->first ? SD_EVENT_ON : SD_EVENT_OFF);
        return;
    }

    while ((w = idle_worker(p)) != NULL) {
        struct pool_job *job = take_next(p);

        if (!job)
            return;
        if (give(p, w, job) != 0) {
            put_back(p, job);
            let_go(w);
        }
    }
}

/* --- workers ---------------------------------------------------------------------------------------------------------------- */

/* Its channel is at its end. A job in its hands is lost with it: the message is still in Postfix, and its plan goes on at the next try. */
static void worker_gone(struct pool *p, struct pool_worker *w)
{
    struct pool_job *job = w->job;

    w->job = NULL;
    let_go(w);
    if (!job)
        return;
    p->in_hand[job->point]--;
    finish(job, ERROR_CLOSED, "451 4.3.0 Processing was interrupted, try again later");
}

static int on_result(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
    struct pool_worker *w = arg;
    struct pool *p = w->pool;
    struct channel_result result;
    int received;

    (void)source;
    (void)revents;
    received = channel_receive_result(fd, &result, NULL);
    if (received == ERROR_BUSY)
        return 0;
    if (received != 0) {
        worker_gone(p, w);
        share_out(p); /* what its death makes room for */
        return 0;
    }
    if (result.is_answer && w->job) {
        struct pool_job *job = w->job;

        w->job = NULL;
        p->in_hand[job->point]--;
        finish(job, result.error, result.reply);
    }
    w->is_leaving = w->is_leaving || result.is_last;
    if (w->is_leaving && !w->job)
        let_go(w);
    share_out(p);
    return 0;
}

int pool_add(struct pool *p, unsigned slot, int channel, struct error *e)
{
    struct pool_worker *w;
    int result;

    if (slot >= BOARD_WORKERS_MAX)
        return error_set(e, ERROR_BUG, "worker slot %u", slot);
    w = &p->workers[slot];
    worker_gone(p, w);
    result = sd_event_add_io(p->loop, &w->source, channel, EPOLLIN, on_result, w);
    if (result < 0)
        return error_set(e, ERROR_MEMORY, "event loop: %s", strerror(-result));
    w->channel = channel;
    share_out(p);
    return 0;
}

void pool_retire_all(struct pool *p)
{
    for (size_t i = 0; i < BOARD_WORKERS_MAX; i++) {
        struct pool_worker *w = &p->workers[i];

        if (w->channel < 0)
            continue;
        if (w->job)
            w->is_leaving = true;
        else
            let_go(w);
    }
}

/* --- jobs ------------------------------------------------------------------------------------------------------------------- */

static int enqueue(struct pool *p, struct pool_job *job, struct pool_job **out_job)
{
    *p->last = job;
    p->last = &job->next;
    p->waiting++;
    *out_job = job;
    share_out(p);
    return 0;
}

int pool_submit(struct pool *p, enum point point, int fd, uint64_t message_size, pool_done *done, void *arg, struct pool_job **out_job,
                struct error *e)
{
    struct pool_job *job = p->waiting < WAITING_MAX ? calloc(1, sizeof *job) : NULL;

    if (!job) {
        file_close(&fd);
        return error_set(e, ERROR_MEMORY, "too many messages wait for a worker");
    }
    *job = (struct pool_job){ .point = point, .fd = fd, .message_size = message_size, .done = done, .arg = arg };
    return enqueue(p, job, out_job);
}

int pool_submit_notice(struct pool *p, const struct stored_task *task, pool_done *done, void *arg, struct pool_job **out_job, struct error *e)
{
    struct pool_job *job = p->waiting < WAITING_MAX ? calloc(1, sizeof *job) : NULL;

    if (!job)
        return error_set(e, ERROR_MEMORY, "too many messages wait for a worker");
    *job = (struct pool_job){ .point = POINT_NOTICE, .fd = -1, .task = *task, .done = done, .arg = arg };
    job->address = strdup(task->address);
    if (!job->address) {
        free_job(job);
        return error_set(e, ERROR_MEMORY, "out of memory");
    }
    job->task.address = job->address;
    return enqueue(p, job, out_job);
}

void pool_abandon(struct pool *p, struct pool_job *job)
{
    job->done = NULL;
    for (struct pool_job **at = &p->first; *at; at = &(*at)->next) {
        if (*at != job)
            continue;
        *at = job->next;
        if (p->last == &job->next)
            p->last = at;
        p->waiting--;
        free_job(job);
        return;
    }
}

size_t pool_load(const struct pool *p)
{
    size_t load = p->waiting;

    for (int i = 0; i < POINT_COUNT; i++)
        load += p->in_hand[i];
    return load;
}

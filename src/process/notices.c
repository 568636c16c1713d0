/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/notices.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/file.h"
#include "process/ipc.h"

enum { TASK_MAX = 4096, READ_SIZE = 1024 };

struct notices {
    sd_event *loop;
    struct pool *pool;
};

/* The scheduler's connection: one task at a time. */
struct door {
    struct notices *notices;
    int fd;
    sd_event_source *io;
    struct buffer in;
    struct pool_job *job;
};

void notices_task_visit(struct wire *w, struct stored_task *task)
{
    int kind = (int)task->kind;

    wire_u64(w, &task->id);
    wire_enum(w, &kind, TASK_SECOND_NOTICE + 1);
    task->kind = (enum task_kind)kind;
    wire_i64(w, &task->due);
    wire_u64(w, &task->transaction);
    wire_text(w, &task->address);
    if (!task->address)
        wire_fail(w);
}

void notices_result_visit(struct wire *w, struct notices_result *result)
{
    wire_int(w, &result->error);
    wire_text(w, &result->words);
}

static void door_free(struct door *d)
{
    if (d->job)
        pool_abandon(d->notices->pool, d->job);
    sd_event_source_disable_unref(d->io);
    buffer_free(&d->in);
    file_close(&d->fd);
    free(d);
}

static void on_done(void *arg, int error, const char *reply)
{
    struct door *d = arg;
    struct notices_result said = { .error = error, .words = reply };
    struct buffer body = buffer_new(TASK_MAX), framed = buffer_new(TASK_MAX + IPC_HEADER_SIZE);
    struct wire w = wire_writer(&body);
    struct slice data;

    d->job = NULL;
    notices_result_visit(&w, &said);
    if (wire_ok(&w) && ipc_append(&framed, buffer_data(&body)) == 0) {
        data = buffer_data(&framed);
        /* A few bytes into an empty socket: they go, or the scheduler is gone. */
        if (send(d->fd, data.data, data.size, MSG_NOSIGNAL) < 0)
            sd_event_source_set_enabled(d->io, SD_EVENT_ON);
    }
    buffer_free(&body);
    buffer_free(&framed);
}

/* False when the connection is to be ended. */
static bool take_task(struct door *d)
{
    struct arena *arena = arena_new(TASK_MAX * 2);
    struct stored_task task = { 0 };
    struct slice frame;
    bool is_broken, is_good = true;

    if (!d->job && ipc_next(&d->in, &frame, &is_broken)) {
        struct wire w = wire_reader(frame, arena);

        notices_task_visit(&w, &task);
        is_good = arena && wire_done(&w) && pool_submit_notice(d->notices->pool, &task, on_done, d, &d->job, NULL) == 0;
        ipc_consume(&d->in, frame);
    }
    arena_free(&arena);
    return is_good;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
    struct door *d = arg;
    size_t room;
    char *at = buffer_reserve(&d->in, READ_SIZE, &room);
    ssize_t n = at ? recv(fd, at, room, 0) : 0;

    (void)source;
    (void)revents;
    if (n > 0)
        buffer_commit(&d->in, (size_t)n);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR) || !take_task(d))
        door_free(d);
    return 0;
}

static int on_accept(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
    struct notices *n = arg;
    int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct door *d = client >= 0 ? calloc(1, sizeof *d) : NULL;

    (void)source;
    (void)revents;
    if (!d) {
        file_close(&client);
        return 0;
    }
    *d = (struct door){ .notices = n, .fd = client, .in = buffer_new(IPC_HEADER_SIZE + TASK_MAX) };
    if (sd_event_add_io(n->loop, &d->io, client, EPOLLIN, on_io, d) < 0)
        door_free(d);
    return 0;
}

int notices_new(sd_event *loop, struct pool *pool, int listener, struct notices **out, struct error *e)
{
    struct notices *n = calloc(1, sizeof *n);

    if (!n)
        return error_set(e, ERROR_MEMORY, "out of memory");
    *n = (struct notices){ .loop = loop, .pool = pool };
    if (sd_event_add_io(loop, NULL, listener, EPOLLIN, on_accept, n) < 0) {
        free(n);
        return error_set(e, ERROR_MEMORY, "event loop: out of memory");
    }
    *out = n;
    return 0;
}

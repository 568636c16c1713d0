/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The HTTP of metrics.h: as little of RFC 9112 as a monitoring system needs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/log.h"
#include "process/metrics.h"

enum { VISITORS_MAX = 16, REQUEST_MAX = 4096, ANSWER_BUDGET = 1024 * 1024, VISIT_US = 5000000 };

struct visitor {
    struct metrics_door *door;
    int fd; /* -1: free */
    sd_event_source *io, *timer;
    struct buffer in, out;
};

struct metrics_door {
    sd_event *loop;
    sd_event_source *source;
    const struct board *board;
    metrics_waiting *waiting;
    const void *arg;
    struct visitor visitors[VISITORS_MAX];
};

static void end_visit(struct visitor *v)
{
    v->io = sd_event_source_disable_unref(v->io);
    v->timer = sd_event_source_disable_unref(v->timer);
    buffer_free(&v->in);
    buffer_free(&v->out);
    file_close(&v->fd);
}

static const char *status_line(enum metrics_request request)
{
    return request == METRICS_WANTED ? "200 OK" : request == METRICS_NOT_ALLOWED ? "405 Method Not Allowed" : "404 Not Found";
}

/* As much as goes now. False when all of it has gone, or nothing will. */
static bool flush(struct visitor *v)
{
    struct slice left;

    while ((left = buffer_data(&v->out)).size) {
        ssize_t n = send(v->fd, left.data, left.size, MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        if (n > 0)
            buffer_consume(&v->out, (size_t)n);
    }
    return false;
}

static void answer(struct visitor *v, enum metrics_request request, bool is_head)
{
    struct arena *arena = arena_new(ANSWER_BUDGET);
    struct rope body = rope_new(arena), whole = rope_new(arena);
    struct slice text;

    if (!arena)
        return;
    if (request == METRICS_WANTED)
        metrics_write(v->door->board, v->door->waiting(v->door->arg), &body);
    else
        rope_printf(&body, "%s\n", status_line(request));
    text = rope_flat(&body);
    rope_printf(&whole, "HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\nContent-Length: %zu\r\n"
                        "Connection: close\r\n\r\n", status_line(request), text.size);
    if (!is_head)
        rope_add(&whole, text);
    if (rope_ok(&whole))
        buffer_append(&v->out, rope_flat(&whole));
    arena_free(&arena);
}

static int read_request(struct visitor *v, int fd)
{
    bool is_head = false;
    size_t room;
    char *at = buffer_reserve(&v->in, REQUEST_MAX, &room);
    ssize_t n = at ? recv(fd, at, room, 0) : 0; /* no room: too much was said */
    enum metrics_request request;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    if (n <= 0) {
        end_visit(v);
        return 0;
    }
    buffer_commit(&v->in, (size_t)n);
    request = metrics_read_request(buffer_data(&v->in), &is_head);
    if (request == METRICS_INCOMPLETE)
        return 0;
    answer(v, request, is_head);
    if (flush(v) && sd_event_source_set_io_events(v->io, EPOLLOUT) >= 0)
        return 0;
    end_visit(v);
    return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
    struct visitor *v = arg;

    (void)source;
    (void)revents;
    if (buffer_data(&v->out).size == 0)
        return read_request(v, fd);
    if (!flush(v))
        end_visit(v);
    return 0;
}

static int on_late(sd_event_source *source, uint64_t usec, void *arg)
{
    (void)source;
    (void)usec;
    end_visit(arg);
    return 0;
}

static void begin_visit(struct metrics_door *d, struct visitor *v, int fd)
{
    *v = (struct visitor){ .door = d, .fd = fd, .in = buffer_new(REQUEST_MAX), .out = buffer_new(ANSWER_BUDGET) };
    if (sd_event_add_io(d->loop, &v->io, fd, EPOLLIN, on_io, v) < 0 ||
        sd_event_add_time_relative(d->loop, &v->timer, CLOCK_MONOTONIC, VISIT_US, VISIT_US / 10, on_late, v) < 0)
        end_visit(v);
}

static int on_visitor(sd_event_source *source, int listener, uint32_t revents, void *arg)
{
    struct metrics_door *d = arg;
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    (void)source;
    (void)revents;
    for (size_t i = 0; fd >= 0 && i < VISITORS_MAX; i++)
        if (d->visitors[i].fd < 0) {
            begin_visit(d, &d->visitors[i], fd);
            return 0;
        }
    file_close(&fd); /* too many at once */
    return 0;
}

int metrics_door_new(sd_event *loop, int listener, const struct board *board, metrics_waiting *waiting, const void *arg,
                     struct metrics_door **out, struct error *e)
{
    struct metrics_door *d = calloc(1, sizeof *d);

    if (!d)
        return error_set(e, ERROR_MEMORY, "out of memory");
    *d = (struct metrics_door){ .loop = sd_event_ref(loop), .board = board, .waiting = waiting, .arg = arg };
    for (size_t i = 0; i < VISITORS_MAX; i++)
        d->visitors[i].fd = -1;
    if (sd_event_add_io(loop, &d->source, listener, EPOLLIN, on_visitor, d) < 0) {
        metrics_door_free(&d);
        return error_set(e, ERROR_MEMORY, "event loop: out of memory");
    }
    *out = d;
    return 0;
}

void metrics_door_free(struct metrics_door **door)
{
    struct metrics_door *d = *door;

    if (!d)
        return;
    for (size_t i = 0; i < VISITORS_MAX; i++)
        if (d->visitors[i].fd >= 0)
            end_visit(&d->visitors[i]);
    sd_event_source_disable_unref(d->source);
    sd_event_unref(d->loop);
    free(d);
    *door = NULL;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/keeper_client.h"

#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/file.h"
#include "process/ipc.h"
#include "process/layout.h"

enum { PAUSE_MS = 50 };

struct keeper_client {
    struct journal journal;
    struct net_address address;
    int fd;
    struct buffer in, out;
};

static void disconnect(struct keeper_client *c)
{
    file_close(&c->fd);
    buffer_consume(&c->in, buffer_data(&c->in).size);
}

static int try_once(struct keeper_client *c, int64_t deadline_ms, struct slice *out, struct error *e)
{
    int result = 0;

    if (c->fd < 0)
        result = net_connect(&c->address, deadline_ms, &c->fd, e);
    if (result == 0)
        result = ipc_call(c->fd, buffer_data(&c->out), &c->in, deadline_ms, out, e);
    if (result != 0)
        disconnect(c);
    return result;
}

static bool may_pass(int result, int64_t deadline_ms)
{
    return (result == ERROR_UNREACHABLE || result == ERROR_CLOSED) && clock_left_ms(deadline_ms) > PAUSE_MS;
}

/* The response is copied out of the buffer, so that the next request may use it. */
static int read_response(struct slice frame, struct arena *arena, struct journal_response *out, struct error *e)
{
    struct slice copy = arena_copy(arena, frame);
    struct wire w = wire_reader(copy, arena);

    if (!copy.data)
        return error_set(e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);
    *out = (struct journal_response){ 0 };
    journal_response_visit(&w, out);
    if (!wire_done(&w))
        return error_set(e, ERROR_PROTOCOL, "keeper: a malformed response");
    if (out->error != 0)
        return error_set(e, out->error, "%s", out->words ? out->words : error_row(out->error)->text);
    return 0;
}

static int ask(struct journal *self, const struct journal_request *request, struct arena *arena, struct journal_response *out,
               int64_t deadline_ms, struct error *e)
{
    struct keeper_client *c = (struct keeper_client *)self;
    struct journal_request written = *request;
    struct wire w = wire_writer(&c->out);
    const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
    struct slice frame;
    int result;

    buffer_consume(&c->out, buffer_data(&c->out).size);
    journal_request_visit(&w, &written);
    if (!wire_ok(&w))
        return error_set(e, ERROR_LIMIT, "keeper: the request is too large");
    while ((result = try_once(c, deadline_ms, &frame, e)) != 0 && may_pass(result, deadline_ms))
        nanosleep(&pause, NULL);
    if (result != 0)
        return error_prefix(e, result, "keeper");
    result = read_response(frame, arena, out, e);
    ipc_consume(&c->in, frame);
    return result;
}

static void close_client(struct journal *self)
{
    struct keeper_client *c = (struct keeper_client *)self;

    disconnect(c);
    buffer_free(&c->in);
    buffer_free(&c->out);
    free(c);
}

int keeper_client_new(const struct config *config, struct journal **out, struct error *e)
{
    struct keeper_client *c = calloc(1, sizeof *c);
    int result;

    if (!c)
        return error_set(e, ERROR_MEMORY, "out of memory");
    *c = (struct keeper_client){ .journal = { .ask = ask, .close = close_client }, .fd = -1,
                                 .in = buffer_new(IPC_HEADER_SIZE + IPC_FRAME_MAX), .out = buffer_new(IPC_FRAME_MAX) };
    result = layout_socket(config, SOCKET_KEEPER, &c->address, e);
    if (result != 0) {
        free(c);
        return result;
    }
    *out = &c->journal;
    return 0;
}

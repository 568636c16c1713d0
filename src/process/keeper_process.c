/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/keeper_process.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "process/ipc.h"
#include "process/role.h"

enum {
    CLIENTS_MAX = 1024,
    IDLE_MS = 500,
    CRASHES_MAX = 4,
    DAY = 86400,
    FINISHED_KEPT = 2 * DAY, /* longer than Postfix's queue life (design 3) */
    TRACKED_KEPT = 7 * DAY,  /* bounces come later than notices */
    READ_SIZE = 64 * 1024,
    ANSWERS_BUDGET = 256 * 1024 * 1024,
    TRIES_AGAIN = 2,
};

struct client {
    int fd;
    keeper_client id;
    struct buffer in, out;
    bool is_asking; /* has a request in this batch */
};

struct serving {
    struct keeper *keeper;
    struct board *board;
    struct client *clients[CLIENTS_MAX];
    size_t count;
    keeper_client next_id;
    struct arena *arena; /* of a batch: requests read, responses written */
};

struct keeper_settings keeper_settings_of(const struct config *config)
{
    return (struct keeper_settings){
        .store_url = config->store_url,
        .store_node = config->store_node,
        .ledger = { .dir = config->log.legal_dir, .close_size = config->log.close_size, .close_age = config->log.close,
                    .provider = config->provider.name },
        .crashes_max = CRASHES_MAX,
        .finished_kept = FINISHED_KEPT,
        .tracked_kept = TRACKED_KEPT,
        .retention = { .legal_dir = config->log.legal_dir, .quarantine_dir = config->antivirus.quarantine_dir,
                       .log_kept = config->log.retention, .quarantine_kept = config->antivirus.retention },
    };
}

static void accept_client(struct serving *s, int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    struct client *c = fd >= 0 && s->count < CLIENTS_MAX ? calloc(1, sizeof *c) : NULL;

    if (!c) {
        file_close(&fd);
        return;
    }
    *c = (struct client){ .fd = fd, .id = ++s->next_id, .in = buffer_new(IPC_HEADER_SIZE + IPC_FRAME_MAX),
                          .out = buffer_new(2 * (IPC_HEADER_SIZE + IPC_FRAME_MAX)) };
    s->clients[s->count++] = c;
}

static void drop_client(struct serving *s, size_t i)
{
    struct client *c = s->clients[i];

    keeper_client_gone(s->keeper, c->id);
    file_close(&c->fd);
    buffer_free(&c->in);
    buffer_free(&c->out);
    free(c);
    s->clients[i] = s->clients[--s->count];
}

/* False when the client is gone. */
static bool read_client(struct client *c)
{
    for (;;) {
        size_t room;
        char *at = buffer_reserve(&c->in, READ_SIZE, &room);
        ssize_t n = at ? recv(c->fd, at, room, 0) : -1;

        if (n > 0) {
            buffer_commit(&c->in, (size_t)n);
            if ((size_t)n < room)
                return true;
            continue;
        }
        return n < 0 && at && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
    }
}

static bool write_client(struct client *c)
{
    while (buffer_data(&c->out).size) {
        struct slice data = buffer_data(&c->out);
        ssize_t n = send(c->fd, data.data, data.size, MSG_NOSIGNAL);

        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        buffer_consume(&c->out, (size_t)n);
    }
    return true;
}

/* --- a batch ---------------------------------------------------------------------------------------------------------------- */

static int say(struct client *c, struct journal_response *response)
{
    struct buffer body = buffer_new(IPC_FRAME_MAX);
    struct wire w = wire_writer(&body);
    int result;

    journal_response_visit(&w, response);
    result = wire_ok(&w) ? ipc_append(&c->out, buffer_data(&body)) : ERROR_LIMIT;
    buffer_free(&body);
    return result;
}

/* A client's request, if it has one that is whole. *out_good: it is well-formed. */
static bool next_request(struct serving *s, struct client *c, struct journal_request *out, bool *out_good)
{
    struct slice frame;
    struct wire w;
    bool is_broken;

    c->is_asking = ipc_next(&c->in, &frame, &is_broken);
    if (!c->is_asking)
        return false;
    w = wire_reader(frame, s->arena);
    journal_request_visit(&w, out);
    *out_good = wire_done(&w);
    return true;
}

static void apply(struct serving *s, struct client *c, struct journal_response *out)
{
    struct journal_request request = { 0 };
    bool is_good;

    if (!next_request(s, c, &request, &is_good))
        return;
    if (is_good)
        keeper_apply(s->keeper, c->id, &request, s->arena, out);
    else
        *out = (struct journal_response){ .error = ERROR_PROTOCOL, .words = "a malformed request", .status.log_damage = "" };
}

static bool anybody_asks(struct serving *s)
{
    struct slice frame;
    bool is_broken;

    for (size_t i = s->count; i-- > 0;) {
        if (ipc_next(&s->clients[i]->in, &frame, &is_broken))
            return true;
        if (is_broken)
            drop_client(s, i);
    }
    return false;
}

/* Everybody's answer, now that it is true; if the batch was lost, that. */
static void answer_all(struct serving *s, struct journal_response *responses, int result, const struct error *e)
{
    for (size_t i = s->count; i-- > 0;) {
        struct client *c = s->clients[i];
        struct journal_response lost = { .error = result, .words = e->text, .status.log_damage = "" };
        struct slice frame;
        bool is_broken;

        if (!c->is_asking)
            continue;
        ipc_next(&c->in, &frame, &is_broken);
        ipc_consume(&c->in, frame);
        c->is_asking = false;
        if (say(c, result ? &lost : &responses[i]) != 0 || !write_client(c))
            drop_client(s, i);
    }
}

/* Everybody's request, whole; NULL without memory. */
static struct journal_response *apply_all(struct serving *s)
{
    struct journal_response *responses = arena_array(s->arena, s->count, sizeof *responses);

    for (size_t i = 0; responses && i < s->count; i++)
        apply(s, s->clients[i], &responses[i]);
    return responses;
}

/* What can be done of the requests that no batch carries out; all are answered with its failure. */
static void apply_without_store(struct serving *s)
{
    for (size_t i = 0; i < s->count; i++) {
        struct journal_request request = { 0 };
        bool is_good;

        if (next_request(s, s->clients[i], &request, &is_good) && is_good)
            keeper_apply_without_store(s->keeper, s->clients[i]->id, &request);
    }
}

static int try_batch(struct serving *s, struct journal_response **out, struct error *e)
{
    int result;

    arena_reset(s->arena);
    result = keeper_batch_begin(s->keeper, e);
    if (result != 0) {
        apply_without_store(s);
        return result;
    }
    *out = apply_all(s);
    if (!*out)
        apply_without_store(s);
    result = keeper_batch_end(s->keeper, e);
    return result || *out ? result : error_set(e, ERROR_MEMORY, "out of memory");
}

/* A server that was started anew, or that ended a deadlock between nodes, takes the same batch a moment later; a request is idempotent. */
static bool may_pass(int result)
{
    return result == ERROR_BUSY || result == ERROR_CLOSED;
}

static int run_batch(struct serving *s)
{
    struct journal_response *responses = NULL;
    struct error e = { 0 };
    int result = try_batch(s, &responses, &e);

    for (int again = 0; again < TRIES_AGAIN && may_pass(result); again++)
        result = try_batch(s, &responses, &e);
    board_report(s->board, DEP_STORE, result, e.text);
    if (result != 0)
        log_error("store: %s", e.text);
    answer_all(s, responses, result, &e);
    return result;
}

/* What a failed sync has left in the log is not known: it must be read anew, by a new process. */
static bool must_start_anew(int result)
{
    return result == ERROR_FILE || result == ERROR_CORRUPT;
}

static int loop(struct serving *s, int listener)
{
    struct pollfd polled[CLIENTS_MAX + 1];

    while (!role_is_ending()) {
        size_t count = s->count;

        polled[0] = (struct pollfd){ .fd = listener, .events = POLLIN };
        for (size_t i = 0; i < count; i++)
            polled[i + 1] = (struct pollfd){ .fd = s->clients[i]->fd,
                                             .events = (short)(POLLIN | (buffer_data(&s->clients[i]->out).size ? POLLOUT : 0)) };
        if (poll(polled, count + 1, IDLE_MS) <= 0)
            continue;
        for (size_t i = count; i-- > 0;)
            if ((polled[i + 1].revents & (POLLIN | POLLHUP | POLLERR) && !read_client(s->clients[i])) ||
                (polled[i + 1].revents & POLLOUT && !write_client(s->clients[i])))
                drop_client(s, i);
        if (polled[0].revents & POLLIN)
            accept_client(s, listener);
        while (anybody_asks(s)) {
            int result = run_batch(s);

            if (must_start_anew(result))
                return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

int keeper_process(const struct config *config, struct board *board, int listener, int ready)
{
    const struct keeper_settings settings = keeper_settings_of(config);
    struct serving *s = calloc(1, sizeof *s);
    struct error e = { 0 };
    int status = EXIT_FAILURE, result;

    role_begin("opec-keeper");
    result = role_become(config, &e);
    if (result == 0 && (!s || !(s->arena = arena_new(ANSWERS_BUDGET))))
        result = error_set(&e, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = keeper_open(&settings, &s->keeper, &e);
    board_report(board, DEP_STORE, result, e.text);
    if (result != 0) {
        role_failed(&ready, e.text);
    } else {
        s->board = board;
        role_ready(&ready);
        status = loop(s, listener);
        while (s->count)
            drop_client(s, s->count - 1);
        keeper_close(&s->keeper);
    }
    if (s)
        arena_free(&s->arena);
    free(s);
    return status;
}

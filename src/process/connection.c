/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "flow/spool.h"
#include "mime/address.h"

enum {
    CONNECTIONS_MAX = 500, /* for each point */
    INPUT_MAX = 256 * 1024,
    READ_SIZE = 64 * 1024,
    RECIPIENTS_HARD_MAX = 10000, /* above it 452, which makes Postfix split a message (design) */
    COMMAND_LINE_MAX = 4096,
    ERRORS_MAX = 20,
    COMMAND_MS = 300000,     /* RFC 5321 4.5.3.2.7 */
    DATA_MS = 180000,        /* RFC 5321 4.5.3.2.5 */
    TRANSACTION_MS = 1800000, /* a whole message, however slowly it drips */
};

struct connection {
    struct reception *reception;
    struct connection *next, **link;
    enum point point;
    int fd, spool;
    struct smtp_session *session;
    struct buffer in;
    sd_event_source *io, *timer;
    struct pool_job *job;   /* the message in hand */
    int64_t transaction_us; /* monotonic, when it began; 0 outside */
    uint64_t written;       /* octets in the spool */
    char reply[FLOW_REPLY_SIZE];
};

static void connection_free(struct connection *c)
{
    if (c->link) {
        *c->link = c->next;
        if (c->next)
            c->next->link = c->link;
        c->reception->count[c->point]--;
    }
    if (c->job)
        pool_abandon(c->reception->pool, c->job);
    sd_event_source_disable_unref(c->io);
    sd_event_source_disable_unref(c->timer);
    smtp_session_free(&c->session);
    buffer_free(&c->in);
    file_close(&c->fd);
    file_close(&c->spool);
    free(c);
}

/* --- what the dialogue asks ------------------------------------------------------------------------------------------------- */

/* Why no new mail is taken at this moment; NULL if it is. */
static const char *refusal(const struct reception *r)
{
    if (r->is_stopping)
        return "421 4.3.2 Service is shutting down";
    if (atomic_load(&r->board->paused))
        return "421 4.3.2 Service is paused";
    if (board_is_suspended(r->board))
        return "421 4.3.2 Service is suspended";
    return NULL;
}

/* Mail that no user logged in for never passes the access point (design 6.4): its senders are ours. */
static const char *on_sender(void *arg, const char *address)
{
    struct connection *c = arg;
    const char *closed = refusal(c->reception);

    if (closed)
        return closed;
    if (c->point == POINT_ACCESS && !*address)
        return "550 5.7.1 The null sender is not allowed here";
    if (c->point == POINT_ACCESS && !domains_is_home(c->reception->domains, address))
        return "550 5.7.1 The sender's domain is not ours";
    c->transaction_us = clock_monotonic_us();
    return NULL;
}

static const char *on_recipient(void *arg, const char *address)
{
    struct connection *c = arg;

    if (c->point == POINT_INCOMING && !domains_is_home(c->reception->domains, address))
        return "550 5.7.1 Relaying denied: the recipient's domain is not ours";
    return NULL;
}

/* The reply for a failure, with the reason in the log. */
static const char *failed(struct connection *c, int result, const struct error *e)
{
    const struct error_row *row = error_row(result);

    log_error("spool: %s", e->text);
    snprintf(c->reply, sizeof c->reply, "%d %s %s", row->smtp_code, row->smtp_enhanced, row->smtp_text);
    return c->reply;
}

static const char *on_data_begin(void *arg)
{
    struct connection *c = arg;
    struct error e;
    int result = spool_create(c->reception->config->daemon.spool_dir, &c->spool, &e);

    c->written = 0;
    return result ? failed(c, result, &e) : NULL;
}

static const char *on_data_bytes(void *arg, struct slice bytes)
{
    struct connection *c = arg;
    struct error e;
    int result = spool_write(c->spool, bytes, &e);

    c->written += bytes.size;
    return result ? failed(c, result, &e) : NULL;
}

static void on_done(void *arg, int error, const char *reply);

static const char *on_data_end(void *arg, const struct smtp_envelope *envelope)
{
    struct connection *c = arg;
    struct error e;
    int result = spool_finish(c->spool, c->point, envelope, c->transaction_us, &e);

    if (result != 0)
        return failed(c, result, &e);
    result = pool_submit(c->reception->pool, c->point, c->spool, c->written, on_done, c, &c->job, &e);
    c->spool = -1;
    return result ? failed(c, result, &e) : NULL;
}

static void on_data_reset(void *arg)
{
    struct connection *c = arg;

    file_close(&c->spool);
    c->transaction_us = 0;
}

/* --- input and output ------------------------------------------------------------------------------------------------------- */

static bool flush(struct connection *c)
{
    struct buffer *out = smtp_session_output(c->session);

    while (buffer_data(out).size) {
        struct slice data = buffer_data(out);
        ssize_t n = send(c->fd, data.data, data.size, MSG_NOSIGNAL);

        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        buffer_consume(out, (size_t)n);
    }
    return true;
}

/* How long the client may be silent now. */
static int64_t patience(const struct connection *c, enum smtp_status status)
{
    int64_t left = COMMAND_MS;

    if (status == SMTP_WAITING)
        return INT64_MAX; /* the worker has deadlines of its own */
    if (c->transaction_us) {
        left = c->transaction_us / 1000 + TRANSACTION_MS - clock_monotonic_ms();
        if (smtp_session_in_data(c->session) && left > DATA_MS)
            left = DATA_MS;
    }
    return left;
}

/* After each turn: what to wait for next. False when the connection is over. */
static bool settle(struct connection *c, enum smtp_status status)
{
    int64_t ms = patience(c, status);
    bool is_unsent;

    if (!flush(c))
        return false;
    is_unsent = buffer_data(smtp_session_output(c->session)).size > 0;
    if (status == SMTP_CLOSING && !is_unsent)
        return false;
    sd_event_source_set_io_events(c->io, (status == SMTP_READING && !is_unsent ? EPOLLIN : 0u) | (is_unsent ? EPOLLOUT : 0u));
    if (ms == INT64_MAX && !is_unsent)
        return sd_event_source_set_enabled(c->timer, SD_EVENT_OFF) >= 0;
    if (ms == INT64_MAX)
        ms = COMMAND_MS;
    return sd_event_source_set_time_relative(c->timer, (uint64_t)(ms > 0 ? ms : 0) * 1000) >= 0 &&
           sd_event_source_set_enabled(c->timer, SD_EVENT_ONESHOT) >= 0;
}

static void turn(struct connection *c, enum smtp_status status)
{
    if (!settle(c, status))
        connection_free(c);
}

/* A worker's answer. What the client has pipelined behind its message comes next. */
static void on_done(void *arg, int error, const char *reply)
{
    struct connection *c = arg;
    enum smtp_status status;

    (void)error;
    c->job = NULL;
    c->transaction_us = 0;
    status = smtp_session_answer(c->session, reply);
    if (c->reception->is_stopping && status == SMTP_READING) {
        smtp_session_stop(c->session, "421 4.3.2 Service is shutting down");
        status = SMTP_CLOSING;
    } else if (status == SMTP_READING) {
        status = smtp_session_feed(c->session, &c->in);
    }
    turn(c, status);
}

/* False at the end of the client's stream. */
static bool read_some(struct connection *c)
{
    size_t room;
    char *at = buffer_reserve(&c->in, READ_SIZE, &room);
    ssize_t n = at ? recv(c->fd, at, room, 0) : -1;

    if (n > 0)
        buffer_commit(&c->in, (size_t)n);
    return n > 0 || (n < 0 && at && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
    struct connection *c = arg;

    (void)source;
    (void)fd;
    if (revents & EPOLLIN && !read_some(c)) {
        connection_free(c);
        return 0;
    }
    if (revents & (EPOLLERR | EPOLLHUP) && !(revents & EPOLLIN)) {
        connection_free(c);
        return 0;
    }
    turn(c, smtp_session_feed(c->session, &c->in));
    return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *arg)
{
    struct connection *c = arg;

    (void)source;
    (void)usec;
    smtp_session_stop(c->session, "421 4.4.2 Timeout, closing connection");
    flush(c);
    connection_free(c);
    return 0;
}

/* --- life ------------------------------------------------------------------------------------------------------------------- */

static struct smtp_settings settings_of(const struct connection *c)
{
    const struct config *config = c->reception->config;

    return (struct smtp_settings){
        .hostname = config->provider.hostname,
        .eight_bit_mime = c->point == POINT_INCOMING,
        .size_max = config->limits.notice_size,
        .recipients_max = RECIPIENTS_HARD_MAX,
        .line_max = COMMAND_LINE_MAX,
        .errors_max = ERRORS_MAX,
    };
}

static bool open_session(struct connection *c)
{
    const struct smtp_settings settings = settings_of(c);
    const struct smtp_owner owner = { .arg = c, .sender = on_sender, .recipient = on_recipient, .data_begin = on_data_begin,
                                      .data_bytes = on_data_bytes, .data_end = on_data_end, .data_reset = on_data_reset };

    c->session = smtp_session_new(&settings, &owner);
    return c->session && sd_event_add_io(c->reception->loop, &c->io, c->fd, EPOLLIN, on_io, c) >= 0 &&
           sd_event_add_time_relative(c->reception->loop, &c->timer, CLOCK_MONOTONIC, (uint64_t)COMMAND_MS * 1000, 0, on_timer, c) >= 0;
}

void connection_new(struct reception *r, enum point point, int fd)
{
    struct connection *c = calloc(1, sizeof *c);
    const char *closed = r->count[point] >= CONNECTIONS_MAX ? "421 4.3.2 Too many connections" : refusal(r);

    if (!c) {
        file_close(&fd);
        return;
    }
    *c = (struct connection){ .reception = r, .point = point, .fd = fd, .spool = -1, .in = buffer_new(INPUT_MAX) };
    if (!open_session(c)) {
        connection_free(c);
        return;
    }
    c->next = r->first;
    c->link = &r->first;
    if (r->first)
        r->first->link = &c->next;
    r->first = c;
    r->count[point]++;
    smtp_session_greet(c->session, closed);
    turn(c, closed ? SMTP_CLOSING : SMTP_READING);
}

void connection_settings(struct connection *c)
{
    const struct smtp_settings settings = settings_of(c);

    smtp_session_settings(c->session, &settings);
}

void connection_stop(struct connection *c)
{
    if (c->job || smtp_session_in_data(c->session) || !smtp_session_idle(c->session))
        return; /* ended by the answer, or by `sender` at the next MAIL, or by the receiver's own patience */
    smtp_session_stop(c->session, "421 4.3.2 Service is shutting down");
    turn(c, SMTP_CLOSING);
}

struct connection *connection_next(const struct connection *c)
{
    return c->next;
}

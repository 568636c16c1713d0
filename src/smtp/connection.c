/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/connection.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"

enum { INPUT_MAX = 64 * 1024, QUIT_WAIT_MS = 500, COMMAND_SIZE = 600 };

struct smtp_connection smtp_connection_new(const struct smtp_client_settings *settings)
{
    return (struct smtp_connection){ .settings = settings, .fd = -1, .in = buffer_new(INPUT_MAX) };
}

void smtp_connection_close(struct smtp_connection *c)
{
    file_close(&c->fd);
    buffer_free(&c->in);
    c->pipelining = c->dsn = c->eight_bit_mime = c->doomed = false;
}

int64_t smtp_connection_step(const struct smtp_connection *c, int64_t deadline_ms)
{
    int64_t step = clock_monotonic_ms() + c->settings->timeout_ms;

    return step < deadline_ms ? step : deadline_ms;
}

bool smtp_connection_is_quiet(const struct smtp_connection *c)
{
    return c->fd >= 0 && buffer_data(&c->in).size == 0 && net_wait(c->fd, false, clock_monotonic_ms(), NULL) == ERROR_TIMEOUT;
}

int smtp_connection_send(struct smtp_connection *c, struct slice commands, int64_t deadline_ms, struct error *e)
{
    if (buffer_data(&c->in).size)
        return error_set(e, ERROR_PROTOCOL, "an answer that was not asked for");
    return net_write(c->fd, commands, smtp_connection_step(c, deadline_ms), e);
}

int smtp_connection_reply(struct smtp_connection *c, int64_t deadline_ms, struct smtp_reply *out, struct error *e)
{
    int64_t step = smtp_connection_step(c, deadline_ms);
    struct smtp_reply reply = { 0 };
    enum smtp_reply_state state;

    while ((state = smtp_reply_take(&reply, &c->in)) == SMTP_REPLY_MORE) {
        int result = net_fill(c->fd, &c->in, step, e);

        if (result != 0)
            return result;
    }
    if (state == SMTP_REPLY_BAD)
        return error_set(e, ERROR_PROTOCOL, "an answer outside the protocol");
    if (reply.code == 421)
        c->doomed = true;
    *out = reply;
    return 0;
}

int smtp_connection_ask(struct smtp_connection *c, const char *command, int64_t deadline_ms, struct smtp_reply *out,
                        struct error *e)
{
    char line[COMMAND_SIZE];
    int size = snprintf(line, sizeof line, "%s\r\n", command), result;

    if (size < 0 || (size_t)size >= sizeof line)
        return error_set(e, ERROR_LIMIT, "command too long");
    result = smtp_connection_send(c, (struct slice){ line, (size_t)size }, deadline_ms, e);
    return result ? result : smtp_connection_reply(c, deadline_ms, out, e);
}

int smtp_connection_refused(const char *what, const struct smtp_reply *reply, struct error *e)
{
    const char *first_line_end = strchr(reply->text, '\n');
    size_t size = first_line_end ? (size_t)(first_line_end - reply->text) : reply->text_size;
    int code = reply->code / 100 == 4 ? ERROR_DEFERRED : ERROR_PROTOCOL;

    return error_set(e, code, "%s: %d %s%s%.*s", what, reply->code, reply->enhanced, reply->enhanced[0] ? " " : "", (int)size,
        reply->text);
}

/* RFC 5321 4.1.1.1: a keyword on each line after the first one. */
static void read_extensions(struct smtp_connection *c, const struct smtp_reply *reply)
{
    struct slice rest = { reply->text, reply->text_size }, line, keyword;

    slice_cut(&rest, '\n', &line);
    while (rest.size) {
        slice_cut(&rest, '\n', &line);
        slice_cut(&line, ' ', &keyword);
        c->pipelining |= slice_is_nocase(keyword, "PIPELINING");
        c->dsn |= slice_is_nocase(keyword, "DSN");
        c->eight_bit_mime |= slice_is_nocase(keyword, "8BITMIME");
    }
}

static int say_hello(struct smtp_connection *c, const char *verb, int64_t deadline_ms, struct smtp_reply *out, struct error *e)
{
    char command[COMMAND_SIZE - 2];

    if (snprintf(command, sizeof command, "%s %s", verb, c->settings->hostname) >= (int)sizeof command)
        return error_set(e, ERROR_CONFIG, "host name too long");
    return smtp_connection_ask(c, command, deadline_ms, out, e);
}

static int hello(struct smtp_connection *c, int64_t deadline_ms, struct error *e)
{
    const char *verb = c->settings->kind == LMTP_CLIENT ? "LHLO" : "EHLO";
    struct smtp_reply reply;
    int result = say_hello(c, verb, deadline_ms, &reply, e);

    if (result != 0)
        return result;
    if (reply.code / 100 == 2) {
        read_extensions(c, &reply);
        return 0;
    }
    /* RFC 5321 3.2: a server without extensions refuses EHLO and is asked again. LMTP has no older form. */
    if (reply.code / 100 == 5 && c->settings->kind == SMTP_CLIENT) {
        verb = "HELO";
        result = say_hello(c, verb, deadline_ms, &reply, e);
        if (result != 0)
            return result;
    }
    return reply.code / 100 == 2 ? 0 : smtp_connection_refused(verb, &reply, e);
}

static int greeting(struct smtp_connection *c, int64_t deadline_ms, struct error *e)
{
    struct smtp_reply reply;
    int result = smtp_connection_reply(c, deadline_ms, &reply, e);

    if (result != 0)
        return result;
    return reply.code / 100 == 2 ? 0 : smtp_connection_refused("greeting", &reply, e);
}

int smtp_connection_open(struct smtp_connection *c, int64_t deadline_ms, struct error *e)
{
    int result = net_connect(&c->settings->address, smtp_connection_step(c, deadline_ms), &c->fd, e);

    if (result != 0)
        return result;
    result = greeting(c, deadline_ms, e);
    if (result == 0)
        result = hello(c, deadline_ms, e);
    if (result == 0)
        return 0;
    smtp_connection_close(c);
    return error_prefix(e, result, "%s", c->settings->address.text);
}

void smtp_connection_quit(struct smtp_connection *c)
{
    struct smtp_reply reply;

    if (smtp_connection_is_quiet(c))
        smtp_connection_ask(c, "QUIT", clock_monotonic_ms() + QUIT_WAIT_MS, &reply, NULL);
    smtp_connection_close(c);
}

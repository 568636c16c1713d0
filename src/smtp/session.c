/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/session_private.h"

enum {
    OUTPUT_MAX = 1024 * 1024,              /* a client that does not read what it is told is left */
    TRANSACTION_BUDGET = 16 * 1024 * 1024, /* 10,000 recipients of the longest kind take a quarter */
};

void session_enter(struct smtp_session *s, enum session_state state)
{
    if (s->state != SESSION_CLOSING)
        s->state = state;
}

/* Only memory or OUTPUT_MAX can fail here, and a client that lacks a reply can make no sense of the next one. */
static void output(struct smtp_session *s, struct slice text)
{
    if (buffer_append(&s->output, text) != 0)
        session_enter(s, SESSION_CLOSING);
}

void session_print(struct smtp_session *s, const char *format, ...)
{
    char text[1024];
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (size >= 0 && (size_t)size < sizeof text)
        output(s, (struct slice){ text, (size_t)size });
}

void session_say(struct smtp_session *s, const char *reply)
{
    char line[SESSION_REPLY_SIZE];
    size_t size = strnlen(reply, SESSION_REPLY_SIZE - 3);

    for (size_t i = 0; i < size; i++)
        line[i] = (unsigned char)reply[i] < ' ' || reply[i] == 127 ? ' ' : reply[i];
    line[size++] = '\r';
    line[size++] = '\n';
    output(s, (struct slice){ line, size });
    if (strncmp(reply, "421", 3) == 0)
        session_enter(s, SESSION_CLOSING);
}

void session_fault(struct smtp_session *s, const char *reply)
{
    session_say(s, ++s->errors > s->settings.errors_max ? "421 4.7.0 Too many errors, closing" : reply);
}

void session_neutral(struct slice text, char *out, size_t size)
{
    size_t kept = text.size < size ? text.size : size - 1;

    for (size_t i = 0; i < kept; i++)
        out[i] = text.data[i] >= ' ' && text.data[i] < 127 ? text.data[i] : '?';
    out[kept] = '\0';
}

void session_end_transaction(struct smtp_session *s)
{
    if (s->open) {
        s->open = false;
        s->owner.data_reset(s->owner.arg);
    }
    s->envelope = (struct smtp_envelope){ 0 };
    s->recipient_capacity = 0;
    s->excused = false;
    s->forward = (struct session_forward){ 0 };
    arena_reset(s->arena);
    if (s->state != SESSION_CONNECTED)
        session_enter(s, SESSION_READY);
}

enum line_state { LINE_UNFINISHED, LINE_WHOLE, LINE_BAD, LINE_LONG };

/* RFC 5321 2.3.8: CRLF alone ends a line, and CR and LF stand nowhere else. `out_line` is the line without its end. A line is
 * bad at its first bad octet, whatever comes behind it, so that it makes no difference how the bytes arrive. */
static enum line_state find_line(struct slice data, size_t line_max, struct slice *out_line)
{
    struct slice view = { data.data, data.size < line_max ? data.size : line_max };
    size_t lf = slice_find_byte(view, '\n');
    struct slice before = { view.data, lf };
    size_t cr = slice_find_byte(before, '\r');

    if (slice_find_byte(before, '\0') < before.size || (cr < before.size && cr + 1 < before.size))
        return LINE_BAD;
    if (lf < view.size) {
        *out_line = (struct slice){ view.data, cr };
        return cr < before.size ? LINE_WHOLE : LINE_BAD;
    }
    return view.size == line_max ? LINE_LONG : LINE_UNFINISHED;
}

static void refuse_line(struct smtp_session *s, const char *reply)
{
    s->skipping = true;
    session_fault(s, reply);
}

/* The refused line goes up to its CRLF; a CR at the end of what has come may be half of that. */
static bool skip_line(struct smtp_session *s, struct buffer *in)
{
    struct slice data = buffer_data(in);
    size_t end = slice_find(data, SLICE("\r\n"));

    if (end < data.size) {
        buffer_consume(in, end + 2);
        s->skipping = false;
        return true;
    }
    buffer_consume(in, data.size - (data.data[data.size - 1] == '\r'));
    return false;
}

static bool take_line(struct smtp_session *s, struct buffer *in)
{
    struct slice line;

    if (s->skipping)
        return skip_line(s, in);
    switch (find_line(buffer_data(in), s->settings.line_max, &line)) {
    case LINE_UNFINISHED:
        return false;
    case LINE_WHOLE:
        session_command(s, line);
        buffer_consume(in, line.size + 2);
        break;
    case LINE_BAD:
        refuse_line(s, "500 5.5.2 A command ends with CRLF and has no other CR, LF or NUL");
        break;
    case LINE_LONG:
        refuse_line(s, "500 5.5.2 Line too long");
        break;
    }
    return true;
}

static enum smtp_status status_of(const struct smtp_session *s)
{
    if (s->state == SESSION_CLOSING)
        return SMTP_CLOSING;
    return s->state == SESSION_WAITING ? SMTP_WAITING : SMTP_READING;
}

/* A conversation that ends inside a transaction gives that up. */
static enum smtp_status settle(struct smtp_session *s)
{
    if (s->state == SESSION_CLOSING && s->open)
        session_end_transaction(s);
    return status_of(s);
}

enum smtp_status smtp_session_feed(struct smtp_session *session, struct buffer *in)
{
    bool more = true;

    while (more && status_of(session) == SMTP_READING && buffer_data(in).size)
        more = session->state == SESSION_DATA ? session_data_take(session, in) : take_line(session, in);
    if (session->state == SESSION_DATA)
        session_data_flush(session);
    return settle(session);
}

enum smtp_status smtp_session_answer(struct smtp_session *session, const char *reply)
{
    if (session->state != SESSION_WAITING)
        return status_of(session);
    /* Errors are counted from one delivered message to the next: a connection that is kept for days gathers some. */
    if (reply[0] == '2')
        session->errors = 0;
    session_say(session, reply);
    session_end_transaction(session);
    return status_of(session);
}

void smtp_session_stop(struct smtp_session *session, const char *reply)
{
    if (session->state == SESSION_CLOSING)
        return;
    session_say(session, reply);
    session_enter(session, SESSION_CLOSING);
    settle(session);
}

void smtp_session_greet(struct smtp_session *session, const char *refusal)
{
    if (!refusal) {
        session_print(session, "220 %s ESMTP OpenPEC\r\n", session->settings.hostname);
        return;
    }
    session_say(session, refusal);
    session_enter(session, SESSION_CLOSING);
}

struct smtp_session *smtp_session_new(const struct smtp_settings *settings, const struct smtp_owner *owner)
{
    struct smtp_session *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->settings = *settings;
    s->owner = *owner;
    s->state = SESSION_CONNECTED;
    s->output = buffer_new(OUTPUT_MAX);
    s->arena = arena_new(TRANSACTION_BUDGET);
    if (!s->arena)
        smtp_session_free(&s);
    return s;
}

void smtp_session_free(struct smtp_session **session)
{
    if (!*session)
        return;
    buffer_free(&(*session)->output);
    arena_free(&(*session)->arena);
    free(*session);
    *session = NULL;
}

void smtp_session_settings(struct smtp_session *session, const struct smtp_settings *settings)
{
    session->settings = *settings;
}

struct buffer *smtp_session_output(struct smtp_session *session)
{
    return &session->output;
}

bool smtp_session_idle(const struct smtp_session *session)
{
    return (session->state & (SESSION_CONNECTED | SESSION_READY)) && !session->skipping && buffer_data(&session->output).size == 0;
}

bool smtp_session_in_data(const struct smtp_session *session)
{
    return session->state == SESSION_DATA;
}

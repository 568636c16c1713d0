/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "session_kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { TEXT_MAX = 64 * 1024 * 1024 };

static void note(struct session_kit *kit, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void note(struct session_kit *kit, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_int_equal(buffer_append(&kit->events, slice_of(text)), 0);
}

static const char *on_sender(void *arg, const char *address)
{
    struct session_kit *kit = arg;

    note(kit, "sender(%s) ", address);
    return kit->sender_answer;
}

static const char *on_recipient(void *arg, const char *address)
{
    struct session_kit *kit = arg;

    note(kit, "recipient(%s) ", address);
    return kit->recipient_answer;
}

static const char *on_begin(void *arg)
{
    struct session_kit *kit = arg;

    note(kit, "begin ");
    buffer_free(&kit->content);
    kit->slices = 0;
    return kit->data_answer;
}

static const char *on_bytes(void *arg, struct slice bytes)
{
    struct session_kit *kit = arg;

    assert_true(bytes.size > 0);
    assert_int_equal(buffer_append(&kit->content, bytes), 0);
    kit->slices++;
    return kit->bytes_answer;
}

static const char *on_end(void *arg, const struct smtp_envelope *e)
{
    struct session_kit *kit = arg;

    note(kit, "end(%s", e->sender);
    for (size_t i = 0; i < e->recipient_count && i < 4; i++)
        note(kit, " %s", e->recipients[i]);
    note(kit, ") ");
    kit->messages++;
    kit->bare_cr = e->bare_cr;
    kit->bare_lf = e->bare_lf;
    kit->long_line = e->long_line;
    kit->eight_bit = e->eight_bit;
    kit->nul = e->nul;
    kit->body_8bitmime = e->body_8bitmime;
    kit->size = e->size;
    kit->recipient_count = e->recipient_count;
    snprintf(kit->ident, sizeof kit->ident, "%s", e->ident);
    snprintf(kit->client, sizeof kit->client, "%s", e->client);
    snprintf(kit->helo, sizeof kit->helo, "%s", e->helo);
    return kit->end_answer;
}

static void on_reset(void *arg)
{
    struct session_kit *kit = arg;

    note(kit, "reset ");
    kit->resets++;
}

void session_kit_open_silent(struct session_kit *kit)
{
    static const struct smtp_settings settings = {
        .hostname = "mx.alfa.example", .eight_bit_mime = true, .size_max = 100000, .recipients_max = 5, .line_max = 1000,
        .errors_max = 5,
    };
    struct smtp_owner owner = { kit, on_sender, on_recipient, on_begin, on_bytes, on_end, on_reset };

    if (!kit->settings.hostname)
        kit->settings = settings;
    kit->in = buffer_new(TEXT_MAX);
    kit->said = buffer_new(TEXT_MAX);
    kit->events = buffer_new(TEXT_MAX);
    kit->content = buffer_new(TEXT_MAX);
    kit->session = smtp_session_new(&kit->settings, &owner);
    assert_non_null(kit->session);
}

/* Take from the session what it has said. */
static void collect(struct session_kit *kit)
{
    struct buffer *output = smtp_session_output(kit->session);
    struct slice said = buffer_data(output);

    assert_int_equal(buffer_append(&kit->said, said), 0);
    buffer_consume(output, said.size);
}

void session_kit_open(struct session_kit *kit)
{
    session_kit_open_silent(kit);
    smtp_session_greet(kit->session, NULL);
    buffer_consume(smtp_session_output(kit->session), buffer_data(smtp_session_output(kit->session)).size);
}

void session_kit_close(struct session_kit *kit)
{
    smtp_session_free(&kit->session);
    assert_null(kit->session);
    buffer_free(&kit->in);
    buffer_free(&kit->said);
    buffer_free(&kit->events);
    buffer_free(&kit->content);
}

static void feed_piece(struct session_kit *kit, struct slice piece)
{
    assert_int_equal(buffer_append(&kit->in, piece), 0);
    kit->status = smtp_session_feed(kit->session, &kit->in);
    while (kit->status == SMTP_WAITING && kit->final_answer) {
        kit->status = smtp_session_answer(kit->session, kit->final_answer);
        if (kit->status == SMTP_READING)
            kit->status = smtp_session_feed(kit->session, &kit->in);
    }
    collect(kit);
}

void session_kit_feed(struct session_kit *kit, struct slice bytes, size_t step)
{
    while (bytes.size) {
        size_t size = step && step < bytes.size ? step : bytes.size;

        feed_piece(kit, (struct slice){ bytes.data, size });
        bytes = slice_skip(bytes, size);
    }
}

void session_kit_text(struct session_kit *kit, const char *text)
{
    session_kit_feed(kit, slice_of(text), 0);
}

static const char *take(struct buffer *b)
{
    struct slice s;

    assert_int_equal(buffer_append(b, (struct slice){ "", 1 }), 0);
    s = buffer_data(b);
    buffer_consume(b, s.size);
    return s.data;
}

const char *session_kit_said(struct session_kit *kit)
{
    collect(kit);
    return take(&kit->said);
}

const char *session_kit_events(struct session_kit *kit)
{
    return take(&kit->events);
}

void session_kit_expect(const char *name, void (*prepare)(struct session_kit *), const char *input, const char *said)
{
    for (size_t step = 0; step < 2; step++) {
        struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };
        const char *got;

        session_kit_open_silent(&kit);
        if (prepare)
            prepare(&kit);
        smtp_session_settings(kit.session, &kit.settings);
        session_kit_feed(&kit, slice_of(input), step);
        got = session_kit_said(&kit);
        if (strcmp(got, said) != 0)
            fail_msg("%s (%s):\n--- wanted\n%s--- got\n%s", name, step ? "byte by byte" : "at once", said, got);
        session_kit_close(&kit);
    }
}

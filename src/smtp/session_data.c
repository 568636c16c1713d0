/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What comes after 354. Only CRLF "." CRLF ends it, and a dot is taken off only behind a CRLF (RFC 5321 4.1.1.4, 4.5.2): every
 * looser reading lets one server see two messages where the other one sees one. All else is handed on as it is, in pieces as
 * large as they came, with a word about what is odd in it. Short pieces are joined first: a message of nothing but lines with a dot in
 * front would else cost its receiver a write for each of them.
 */
#include <string.h>

#include "base/text.h"
#include "smtp/session_private.h"

void session_data_begin(struct smtp_session *s)
{
    s->data.octets = (struct octets){ 0 };
    s->data.size_max = s->settings.size_max;
    s->data.line_start = true;
    s->data.after_cr = false;
    s->data.discarding = false;
    s->data.joined_size = 0;
}

/* The rest is read for its end alone. */
static void give_up(struct smtp_session *s, const char *answer)
{
    text_copy(s->data.answer, sizeof s->data.answer, slice_of(answer));
    s->data.discarding = true;
    s->open = false;
    s->owner.data_reset(s->owner.arg);
}

static void give_owner(struct smtp_session *s, struct slice bytes)
{
    const char *refusal;

    if (s->data.discarding || bytes.size == 0)
        return;
    if (bytes.size > s->data.size_max - s->data.octets.size) {
        give_up(s, "552 5.3.4 Message too large");
        return;
    }
    octets_see(&s->data.octets, bytes);
    refusal = s->owner.data_bytes(s->owner.arg, bytes);
    if (refusal)
        give_up(s, refusal);
}

void session_data_flush(struct smtp_session *s)
{
    struct session_data *d = &s->data;
    struct slice joined = { d->joined, d->joined_size };

    d->joined_size = 0;
    give_owner(s, joined);
}

static void hand_on(struct smtp_session *s, struct slice bytes)
{
    struct session_data *d = &s->data;

    if (bytes.size > sizeof d->joined - d->joined_size)
        session_data_flush(s);
    if (bytes.size > sizeof d->joined / 2) {
        session_data_flush(s);
        give_owner(s, bytes);
        return;
    }
    memcpy(d->joined + d->joined_size, bytes.data, bytes.size);
    d->joined_size += bytes.size;
}

static void fill_envelope(struct smtp_session *s)
{
    struct smtp_envelope *e = &s->envelope;
    const struct octets *o = &s->data.octets;

    e->ident = s->forward.ident;
    e->client = s->forward.client;
    e->helo = s->forward.helo[0] ? s->forward.helo : s->helo;
    e->bare_cr = o->bare_cr;
    e->bare_lf = o->bare_lf;
    e->long_line = o->long_line;
    e->eight_bit = o->eight_bit;
    e->nul = o->nul;
    e->size = o->size;
}

static void finish(struct smtp_session *s)
{
    const char *answer = s->data.answer;

    session_data_flush(s);
    if (!s->data.discarding) {
        fill_envelope(s);
        answer = s->owner.data_end(s->owner.arg, &s->envelope);
    }
    session_enter(s, SESSION_WAITING);
    if (answer)
        smtp_session_answer(s, answer);
}

/* A dot at the start of a line: the end, or stuffed. Up to two bytes stay in the input until it is known which. */
static bool take_dot(struct smtp_session *s, struct slice data, struct buffer *in)
{
    static const char end[] = ".\r\n";
    size_t size = data.size < 3 ? data.size : 3;

    if (memcmp(data.data, end, size) != 0) {
        s->data.line_start = false;
        s->data.after_cr = false;
        buffer_consume(in, 1);
        return true;
    }
    if (size < 3)
        return false;
    buffer_consume(in, 3);
    finish(s);
    return true;
}

/* How much comes before the next dot at the start of a line. */
static size_t run_length(const struct session_data *d, struct slice data)
{
    size_t at = 0;

    for (;;) {
        bool crlf;

        at += octets_find_dot(slice_skip(data, at));
        if (at >= data.size)
            return data.size;
        crlf = at >= 2 ? data.data[at - 2] == '\r' : d->after_cr;
        if (crlf)
            return at;
    }
}

bool session_data_take(struct smtp_session *s, struct buffer *in)
{
    struct session_data *d = &s->data;
    struct slice data = buffer_data(in), run;

    if (d->line_start && data.data[0] == '.')
        return take_dot(s, data, in);
    run = (struct slice){ data.data, run_length(d, data) };
    hand_on(s, run);
    d->line_start = run.data[run.size - 1] == '\n' && (run.size >= 2 ? run.data[run.size - 2] == '\r' : d->after_cr);
    d->after_cr = run.data[run.size - 1] == '\r';
    buffer_consume(in, run.size);
    return true;
}

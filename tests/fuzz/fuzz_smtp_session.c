/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as what a client says, once as a whole and once cut at places that the input chooses: the same must be said and told.
 * What is told of a message's octets must be what a plain loop finds.
 *
 * Input: flags, seven lengths of cuts, the client's words.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/session.h"

enum { CUTS = 7, HEAD = 1 + CUTS, TEXT_MAX = 16 * 1024 * 1024 };

struct run {
    struct smtp_session *session;
    struct buffer in, said, told, content;
    bool open; /* a sender was taken and not yet forgotten */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
    if (!good)
        abort();
}

static void tell(struct run *r, const char *what, const char *text)
{
    require(buffer_append(&r->told, slice_of(what)) == 0 && buffer_append(&r->told, slice_of(text)) == 0);
    require(buffer_append(&r->told, SLICE("\n")) == 0);
}

static const char *on_sender(void *arg, const char *address)
{
    struct run *r = arg;

    tell(r, "sender ", address);
    require(!r->open);
    r->open = address[0] != 'r';
    return r->open ? NULL : "550 5.7.1 Not you";
}

static const char *on_recipient(void *arg, const char *address)
{
    tell(arg, "recipient ", address);
    return address[0] == 'r' ? "550 5.7.1 Not here" : address[0] == '"' ? "421 4.3.2 Bye" : NULL;
}

static const char *on_begin(void *arg)
{
    struct run *r = arg;

    tell(r, "begin", "");
    buffer_free(&r->content);
    return NULL;
}

static const char *on_bytes(void *arg, struct slice bytes)
{
    struct run *r = arg;

    require(r->open && bytes.size && buffer_append(&r->content, bytes) == 0);
    return NULL;
}

/* The plain loop. */
static void check_octets(struct slice s, const struct smtp_envelope *e)
{
    bool bare_cr = false, bare_lf = false, eight_bit = false, nul = false, long_line = false;
    size_t line = 0;

    for (size_t i = 0; i < s.size; i++) {
        bare_cr |= s.data[i] == '\r' && (i + 1 == s.size || s.data[i + 1] != '\n');
        bare_lf |= s.data[i] == '\n' && (i == 0 || s.data[i - 1] != '\r');
        eight_bit |= (s.data[i] & 0x80) != 0;
        nul |= s.data[i] == '\0';
        line = s.data[i] == '\n' ? 0 : line + 1;
        long_line |= line > 999;
    }
    require(e->size == s.size && e->bare_cr == bare_cr && e->bare_lf == bare_lf && e->eight_bit == eight_bit && e->nul == nul);
    require(e->long_line == long_line);
    require(s.size == 0 || (s.size >= 2 && memcmp(s.data + s.size - 2, "\r\n", 2) == 0));
}

static const char *on_end(void *arg, const struct smtp_envelope *e)
{
    struct run *r = arg;
    char numbers[100];

    require(r->open && e->recipient_count > 0);
    check_octets(buffer_data(&r->content), e);
    snprintf(numbers, sizeof numbers, "%zu %d", e->recipient_count, e->body_8bitmime);
    tell(r, "end ", numbers);
    tell(r, e->sender, e->recipients[e->recipient_count - 1]);
    tell(r, e->ident, e->client);
    tell(r, "helo ", e->helo);
    require(buffer_append(&r->told, buffer_data(&r->content)) == 0);
    return e->nul ? "554 5.6.0 NUL" : NULL;
}

static void on_reset(void *arg)
{
    struct run *r = arg;

    require(r->open);
    r->open = false;
    tell(r, "reset", "");
}

static void begin(struct run *r, uint8_t flags)
{
    const struct smtp_settings settings = {
        .hostname = "mx.example", .eight_bit_mime = flags & 1, .size_max = flags & 2 ? 50 : 5000, .recipients_max = 3,
        .line_max = 300, .errors_max = flags & 4 ? 3 : 1000,
    };
    const struct smtp_owner owner = { r, on_sender, on_recipient, on_begin, on_bytes, on_end, on_reset };

    *r = (struct run){
        .in = buffer_new(TEXT_MAX), .said = buffer_new(TEXT_MAX), .told = buffer_new(TEXT_MAX), .content = buffer_new(TEXT_MAX),
    };
    r->session = smtp_session_new(&settings, &owner);
    require(r->session != NULL);
    smtp_session_greet(r->session, NULL);
}

static void feed(struct run *r, struct slice bytes)
{
    struct buffer *out = smtp_session_output(r->session);
    enum smtp_status status;

    require(buffer_append(&r->in, bytes) == 0);
    status = smtp_session_feed(r->session, &r->in);
    while (status == SMTP_WAITING) {
        status = smtp_session_answer(r->session, "250 2.0.0 Taken");
        if (status == SMTP_READING)
            status = smtp_session_feed(r->session, &r->in);
    }
    require(status == SMTP_CLOSING || buffer_data(&r->in).size <= 300);
    require(status != SMTP_CLOSING || !r->open);
    require(buffer_append(&r->said, buffer_data(out)) == 0);
    buffer_consume(out, buffer_data(out).size);
}

static void end(struct run *r)
{
    smtp_session_free(&r->session);
    buffer_free(&r->in);
    buffer_free(&r->said);
    buffer_free(&r->told);
    buffer_free(&r->content);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run whole, cut;
    struct slice words;

    if (size <= HEAD)
        return 0;
    begin(&whole, data[0]);
    begin(&cut, data[0]);
    words = (struct slice){ (const char *)data + HEAD, size - HEAD };
    feed(&whole, words);
    for (size_t i = 0; words.size; i++) {
        size_t length = 1 + data[1 + i % CUTS] % 32u, now = length < words.size ? length : words.size;

        feed(&cut, (struct slice){ words.data, now });
        words = slice_skip(words, now);
    }
    require(slice_equal(buffer_data(&whole.said), buffer_data(&cut.said)));
    require(slice_equal(buffer_data(&whole.told), buffer_data(&cut.told)));
    end(&whole);
    end(&cut);
    return 0;
}

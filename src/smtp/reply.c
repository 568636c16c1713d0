/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/reply.h"

#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reply-code of RFC 5321 4.2; 0 if it is none. The second digit is not judged. */
static int read_code(struct slice line)
{
    if (line.size < 3 || line.data[0] < '2' || line.data[0] > '5' || !is_digit(line.data[1]) || !is_digit(line.data[2]))
        return 0;
    if (line.size > 3 && line.data[3] != ' ' && line.data[3] != '-')
        return 0;
    return (line.data[0] - '0') * 100 + (line.data[1] - '0') * 10 + (line.data[2] - '0');
}

/* One to three digits at `at`: where they end, or 0. */
static size_t skip_number(struct slice s, size_t at)
{
    size_t start = at;

    while (at < s.size && at < start + 3 && is_digit(s.data[at]))
        at++;
    return at > start ? at : 0;
}

/* The length of a status code at the front (RFC 2034 4: of the reply's own class), 0 if there is none. */
static size_t enhanced_length(struct slice text, int code)
{
    size_t at;

    if (text.size < 5 || text.data[0] != '0' + code / 100 || text.data[1] != '.')
        return 0;
    at = skip_number(text, 2);
    if (at == 0 || at >= text.size || text.data[at] != '.')
        return 0;
    at = skip_number(text, at + 1);
    return at && (at == text.size || text.data[at] == ' ') ? at : 0;
}

static void add_character(struct smtp_reply *r, char c)
{
    if (r->text_size + 1 < sizeof r->text)
        r->text[r->text_size++] = c;
}

/* RFC 5321 4.2: a reply's text is ASCII without controls. What is not becomes harmless. */
static void add_text(struct smtp_reply *r, struct slice text)
{
    if (r->lines)
        add_character(r, '\n');
    for (size_t i = 0; i < text.size; i++)
        add_character(r, text.data[i] >= ' ' && text.data[i] < 127 ? text.data[i] : '?');
}

static enum smtp_reply_state take_line(struct smtp_reply *r, struct slice line)
{
    int code = read_code(line);
    bool last = line.size <= 3 || line.data[3] == ' ';
    struct slice text = slice_skip(line, 4);
    size_t enhanced;

    /* RFC 5321 4.2.1: the code is the same on all lines. */
    if (code == 0 || (r->lines && code != r->code) || r->lines == SMTP_REPLY_LINES_MAX)
        return SMTP_REPLY_BAD;
    enhanced = enhanced_length(text, code);
    if (r->lines == 0 && enhanced)
        memcpy(r->enhanced, text.data, enhanced);
    add_text(r, slice_trim(slice_skip(text, enhanced)));
    r->code = code;
    r->lines++;
    return last ? SMTP_REPLY_WHOLE : SMTP_REPLY_MORE;
}

enum smtp_reply_state smtp_reply_take(struct smtp_reply *reply, struct buffer *in)
{
    enum smtp_reply_state state = SMTP_REPLY_MORE;

    while (state == SMTP_REPLY_MORE) {
        struct slice data = buffer_data(in), line;
        size_t end = slice_find_byte(data, '\n');

        if (end == data.size)
            return data.size > SMTP_REPLY_LINE_MAX ? SMTP_REPLY_BAD : SMTP_REPLY_MORE;
        if (end > SMTP_REPLY_LINE_MAX)
            return SMTP_REPLY_BAD;
        line = (struct slice){ data.data, end };
        if (line.size && line.data[line.size - 1] == '\r')
            line.size--;
        state = take_line(reply, line);
        buffer_consume(in, end + 1);
    }
    return state;
}

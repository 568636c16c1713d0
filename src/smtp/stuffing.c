/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/stuffing.h"

#include "smtp/octets.h"

struct smtp_stuffing smtp_stuffing_new(const struct rope *content)
{
    return (struct smtp_stuffing){ .content = content, .before = { '\r', '\n' } };
}

/* What is left of the piece at hand, up to the next dot that needs another one before it. */
static struct slice next_cut(const struct smtp_stuffing *s, size_t maximum)
{
    struct slice rest = slice_skip(s->content->pieces[s->piece], s->offset);

    if (rest.size > maximum)
        rest.size = maximum;
    rest.size = octets_find_dot(rest);
    return rest;
}

static void go_past(struct smtp_stuffing *s, struct slice cut)
{
    s->before[0] = cut.size >= 2 ? cut.data[cut.size - 2] : s->before[1];
    s->before[1] = cut.data[cut.size - 1];
    s->offset += cut.size;
    if (s->offset == s->content->pieces[s->piece].size) {
        s->piece++;
        s->offset = 0;
    }
}

static struct slice end_mark(const struct smtp_stuffing *s)
{
    bool at_line_start = s->before[0] == '\r' && s->before[1] == '\n';

    return at_line_start ? SLICE(".\r\n") : SLICE("\r\n.\r\n");
}

size_t smtp_stuffing_next(struct smtp_stuffing *s, struct slice out_pieces[SMTP_STUFFING_PIECES])
{
    size_t n = 0, bytes = 0;

    while (s->piece < s->content->count && n + 2 <= SMTP_STUFFING_PIECES && bytes < SMTP_STUFFING_BYTES) {
        struct slice cut = next_cut(s, SMTP_STUFFING_BYTES - bytes);

        if (s->before[1] == '\n' && cut.data[0] == '.')
            out_pieces[n++] = SLICE(".");
        out_pieces[n++] = cut;
        bytes += cut.size;
        go_past(s, cut);
    }
    if (s->piece == s->content->count && n < SMTP_STUFFING_PIECES && !s->ended) {
        out_pieces[n++] = end_mark(s);
        s->ended = true;
    }
    return n;
}

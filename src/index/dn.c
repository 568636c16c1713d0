/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/dn.h"

#include <ctype.h>

#include "base/error.h"
#include "base/text.h"

/* A key that grows. Blanks are held back until something follows them. */
struct writing {
    char *out;
    size_t size;
    size_t part; /* where the type or value in hand begins */
    bool owes_blank;
};

static void put(struct writing *w, char c)
{
    if (c == ' ') {
        w->owes_blank = w->size > w->part;
        return;
    }
    if (w->owes_blank)
        w->out[w->size++] = ' ';
    w->owes_blank = false;
    /* What an escape protects must not look like what separates. */
    if (c == ',' || c == '+' || c == '=' || c == '\\')
        w->out[w->size++] = '\\';
    w->out[w->size++] = (char)tolower((unsigned char)c);
}

static void separate(struct writing *w, char c)
{
    w->owes_blank = false;
    w->out[w->size++] = c;
    w->part = w->size;
}

/* pair of RFC 4514 2.4: "\," or "\C3"; a backslash at the end stands for itself. */
static char take_escaped(struct slice *s)
{
    unsigned char byte;
    char c = s->size ? s->data[0] : '\\';

    if (s->size >= 2 && hex_read((struct slice){ s->data, 2 }, &byte, 1)) {
        *s = slice_skip(*s, 2);
        return (char)byte;
    }
    *s = slice_skip(*s, 1);
    return c;
}

int dn_read(struct slice text, struct arena *arena, struct dn *out)
{
    struct writing w = { .out = arena_alloc(arena, 2 * text.size + 1) };
    size_t depth = text.size > 0;
    bool in_value = false;

    if (!w.out)
        return ERROR_BUDGET;
    while (text.size) {
        char c = text.data[0];

        text = slice_skip(text, 1);
        if (c == '\\') {
            put(&w, take_escaped(&text));
        } else if (c == ',' || c == '+' || (c == '=' && !in_value)) {
            separate(&w, c);
            in_value = c == '=';
            depth += c == ',';
        } else {
            put(&w, c);
        }
    }
    *out = (struct dn){ .key = { w.out, w.size }, .depth = depth };
    return 0;
}

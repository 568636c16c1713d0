/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mime/token.h"

#include <string.h>

#include "mime/line.h"
#include "mime/word.h"

bool token_is_atext(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
        || (c && strchr("!#$%&'*+-/=?^_`{|}~", c));
}

static bool is_visible(char c)
{
    return c > 32 && c < 127;
}

/* Folding white space at the front (RFC 5322 3.2.2): the size of a blank, of a line end before a blank, or 0. */
static size_t blank_size(struct slice s)
{
    if (s.size && line_is_blank(s.data[0]))
        return 1;
    return s.size > 2 && s.data[0] == '\r' && s.data[1] == '\n' && line_is_blank(s.data[2]) ? 2 : 0;
}

/* One unit of a comment or a quoted string: a blank, a quoted pair (RFC 5322 3.2.1) or a visible character; 0 for controls,
 * 8-bit bytes and a backslash before one of them. */
static size_t unit_size(struct slice s)
{
    size_t blank = blank_size(s);

    if (blank || s.size == 0)
        return blank;
    if (s.data[0] == '\\')
        return s.size > 1 && (is_visible(s.data[1]) || line_is_blank(s.data[1])) ? 2 : 0;
    return is_visible(s.data[0]) ? 1 : 0;
}

/* RFC 5322 3.2.2: comments nest. */
static size_t comment_size(struct slice s)
{
    struct slice rest = s;
    size_t depth = 0, n;

    while ((n = unit_size(rest)) > 0) {
        char c = rest.data[0];

        rest = slice_skip(rest, n);
        if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0)
            return s.size - rest.size;
    }
    return 0;
}

size_t token_quoted_size(struct slice s)
{
    struct slice rest = slice_skip(s, 1);
    size_t n;

    if (s.size == 0 || s.data[0] != '"')
        return 0;
    while ((n = unit_size(rest)) > 0) {
        char c = rest.data[0];

        rest = slice_skip(rest, n);
        if (c == '"')
            return s.size - rest.size;
    }
    return 0;
}

size_t token_literal_size(struct slice s)
{
    struct slice rest = slice_skip(s, 1);
    bool empty = true;

    if (s.size == 0 || s.data[0] != '[')
        return 0;
    for (size_t blank; rest.size; rest = slice_skip(rest, blank ? blank : 1)) {
        blank = blank_size(rest);
        if (blank)
            continue;
        if (rest.data[0] == ']')
            return empty ? 0 : s.size - rest.size + 1;
        if (!is_visible(rest.data[0]) || rest.data[0] == '[' || rest.data[0] == '\\')
            return 0;
        empty = false;
    }
    return 0;
}

static void fault(struct tokens *t, const char *words)
{
    t->kind = TOKEN_FAULT;
    t->text = SLICE_NONE;
    t->rest = SLICE_NONE;
    t->fault = words;
}

static void take(struct tokens *t, int kind, size_t size)
{
    t->kind = kind;
    t->text = (struct slice){ t->rest.data, size };
    t->rest = slice_skip(t->rest, size);
}

/* Blanks and comments; false on a fault. */
static bool skip_gap(struct tokens *t)
{
    size_t n;

    t->gap = false;
    while (t->rest.size) {
        n = t->rest.data[0] == '(' ? comment_size(t->rest) : blank_size(t->rest);
        if (n == 0)
            break;
        t->rest = slice_skip(t->rest, n);
        t->gap = true;
    }
    if (t->rest.size && t->rest.data[0] == '(') {
        fault(t, "a comment that does not end, or with characters that may not stand there");
        return false;
    }
    return true;
}

static void take_or_fault(struct tokens *t, int kind, size_t size, const char *words)
{
    if (size)
        take(t, kind, size);
    else
        fault(t, words);
}

static size_t atom_size(struct slice s)
{
    size_t n = 0;

    while (n < s.size && token_is_atext(s.data[n]))
        n++;
    return n;
}

/* The encoded word at the front, if it is no atom; else 0. RFC 2047 5 (3) allows fewer characters in a phrase than clients
 * write. */
static size_t encoded_size(struct slice s)
{
    size_t size = encoded_word_size(s);

    return size > atom_size(s) ? size : 0;
}

static const char *stray(char c)
{
    if (c & 0x80)
        return "a byte that is not ASCII";
    return is_visible(c) ? "a character out of its place" : "a control character";
}

void tokens_next(struct tokens *t)
{
    char c;

    if (t->kind == TOKEN_FAULT || !skip_gap(t))
        return;
    if (t->rest.size == 0) {
        t->kind = TOKEN_END;
        t->text = SLICE_NONE;
        return;
    }
    c = t->rest.data[0];
    if (encoded_size(t->rest))
        take(t, TOKEN_ENCODED, encoded_size(t->rest));
    else if (c == '"')
        take_or_fault(t, TOKEN_QUOTED, token_quoted_size(t->rest),
                      "a quoted string that does not end, or with characters that may not stand there");
    else if (c == '[')
        take_or_fault(t, TOKEN_LITERAL, token_literal_size(t->rest), "a malformed domain literal");
    else if (c && strchr("<>@,;:.", c))
        take(t, c, 1);
    else
        take_or_fault(t, TOKEN_ATOM, atom_size(t->rest), stray(c));
}

struct tokens tokens_of(struct slice value)
{
    struct tokens t = { .rest = value, .kind = TOKEN_END };

    tokens_next(&t);
    return t;
}

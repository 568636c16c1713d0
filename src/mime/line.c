/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mime/line.h"

#include <string.h>

bool line_next(struct slice *rest, struct slice *out_line)
{
    const char *at = rest->data, *end;

    if (rest->size == 0)
        return false;
    end = at + rest->size;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        if (at - rest->data >= 2 && at[-2] == '\r')
            break;
    }
    if (!at)
        at = end;
    *out_line = slice_between(rest->data, at);
    *rest = slice_between(at, end);
    return true;
}

bool line_is_empty(struct slice line)
{
    return line.size == 2 && line.data[0] == '\r' && line.data[1] == '\n';
}

struct slice line_content(struct slice line)
{
    if (line.size >= 2 && line.data[line.size - 2] == '\r' && line.data[line.size - 1] == '\n')
        line.size -= 2;
    return line;
}

bool line_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

size_t line_unfold(struct slice value, char *out)
{
    size_t size = 0;

    for (size_t i = 0; i < value.size; i++) {
        char c = value.data[i];

        if (c == '\r' && i + 1 < value.size && value.data[i + 1] == '\n')
            i++;
        else
            out[size++] = c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
    }
    return size;
}

char *line_unfolded(struct slice value, struct arena *arena)
{
    struct slice trimmed = slice_trim(value);
    char *text = arena_alloc(arena, trimmed.size + 1);

    if (text)
        text[line_unfold(trimmed, text)] = '\0';
    return text;
}

void line_terminate(char *bytes, size_t size)
{
    char *end = bytes + size;

    while ((bytes = memchr(bytes, '\0', (size_t)(end - bytes))) != NULL)
        *bytes++ = ' ';
    *end = '\0';
}

/* Blanks and the word behind them: what can be moved to the next line, and no less. */
static struct slice next_unit(struct slice text)
{
    size_t n = 0;

    while (n < text.size && line_is_blank(text.data[n]))
        n++;
    while (n < text.size && !line_is_blank(text.data[n]))
        n++;
    return (struct slice){ text.data, n };
}

void line_fold(struct rope *r, struct slice text, size_t column)
{
    const char *start = text.data;
    bool first = true;

    while (text.size) {
        struct slice unit = next_unit(text);

        if (!first && column + unit.size > LINE_PREFERRED) {
            rope_add(r, slice_between(start, unit.data));
            rope_text(r, "\r\n");
            start = unit.data;
            column = 0;
        }
        column += unit.size;
        first = false;
        text = slice_between(unit.data + unit.size, text.data + text.size);
    }
    if (start)
        rope_add(r, slice_between(start, text.data));
}

bool line_can_fold(struct slice text, size_t column)
{
    while (text.size) {
        struct slice unit = next_unit(text);

        if (column + unit.size > LINE_MAX_OCTETS)
            return false;
        column = 0;
        text = slice_skip(text, unit.size);
    }
    return true;
}

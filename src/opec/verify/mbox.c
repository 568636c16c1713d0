/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/verify/mbox.h"

#include <stdlib.h>
#include <string.h>

static const char from[] = "From ";

enum { FROM_SIZE = sizeof from - 1 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "12:34" */
static bool has_time(struct slice line)
{
    for (size_t i = 2; i + 2 < line.size; i++)
        if (line.data[i] == ':' && is_digit(line.data[i - 1]) && is_digit(line.data[i - 2]) && is_digit(line.data[i + 1]) &&
            is_digit(line.data[i + 2]))
            return true;
    return false;
}

static bool begins_with_from(struct slice text)
{
    return text.size >= FROM_SIZE && memcmp(text.data, from, FROM_SIZE) == 0;
}

static bool is_separator(struct slice text)
{
    return begins_with_from(text) && has_time((struct slice){ text.data, slice_find_byte(text, '\n') });
}

bool mbox_is(struct slice text)
{
    return is_separator(text);
}

/* Where the next line begins. */
static struct slice behind_line(struct slice text)
{
    return slice_skip(text, slice_find_byte(text, '\n') + 1);
}

static bool is_empty_line(struct slice text)
{
    return text.size && (text.data[0] == '\n' || (text.size > 1 && text.data[0] == '\r' && text.data[1] == '\n'));
}

bool mbox_next(struct slice *rest, struct slice *out_message)
{
    struct slice at;
    const char *end;

    if (!rest->size)
        return false;
    *rest = at = behind_line(*rest);
    end = rest->data + rest->size;
    while (at.size) {
        bool is_empty = is_empty_line(at);
        struct slice next = behind_line(at);

        if (is_empty && (!next.size || is_separator(next))) {
            end = at.data;
            at = next;
            break;
        }
        at = next;
    }
    *out_message = slice_between(rest->data, end);
    *rest = at;
    return true;
}

/* ">From ", ">>From " */
static bool is_quoted(struct slice line)
{
    size_t depth = 0;

    while (depth < line.size && line.data[depth] == '>')
        depth++;
    return depth && begins_with_from(slice_skip(line, depth));
}

/* The first line with its end; *message is what follows. */
static struct slice take_line(struct slice *message)
{
    struct slice next = behind_line(*message), line = { message->data, message->size - next.size };

    *message = next;
    return line;
}

char *mbox_unquote(struct slice message, size_t *out_size)
{
    char *copy = malloc(message.size + 1);
    size_t whole = message.size, size = 0;

    if (!copy)
        return NULL;
    while (message.size) {
        struct slice line = take_line(&message);

        if (is_quoted(line))
            line = slice_skip(line, 1);
        memcpy(copy + size, line.data, line.size);
        size += line.size;
    }
    *out_size = size;
    if (size == whole) {
        free(copy);
        copy = NULL;
    }
    return copy;
}

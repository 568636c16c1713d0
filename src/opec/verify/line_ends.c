/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/verify/line_ends.h"

#include <stdlib.h>
#include <string.h>

static bool is_bare_lf(struct slice s, size_t i)
{
    return s.data[i] == '\n' && (i == 0 || s.data[i - 1] != '\r');
}

bool line_ends_are_lf(struct slice message)
{
    size_t end = slice_find_byte(message, '\n');

    return end < message.size && is_bare_lf(message, end);
}

char *line_ends_to_crlf(struct slice message, size_t *out_size)
{
    size_t size = message.size, at = 0;
    char *copy;

    for (size_t i = 0; i < message.size; i++)
        size += is_bare_lf(message, i);
    copy = malloc(size ? size : 1);
    if (!copy)
        return NULL;
    for (size_t i = 0; i < message.size; i++) {
        if (is_bare_lf(message, i))
            copy[at++] = '\r';
        copy[at++] = message.data[i];
    }
    *out_size = size;
    return copy;
}

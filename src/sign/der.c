/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sign/der.h"

#include <string.h>

struct der_writer der_new(char *memory, size_t size)
{
    return (struct der_writer){ .memory = memory, .at = memory + size, .size = size };
}

void der_put(struct der_writer *w, struct slice s)
{
    if (s.size > (size_t)(w->at - w->memory))
        w->failed = true;
    if (w->failed || s.size == 0)
        return;
    w->at -= s.size;
    memcpy(w->at, s.data, s.size);
}

size_t der_mark(const struct der_writer *w)
{
    return w->size - (size_t)(w->at - w->memory);
}

struct slice der_since(const struct der_writer *w, size_t mark)
{
    return (struct slice){ w->at, der_mark(w) - mark };
}

void der_wrap(struct der_writer *w, enum der_tag tag, size_t mark)
{
    size_t size = der_mark(w) - mark, rest = size;
    char head[DER_HEAD_MAX];
    char *at = head + sizeof head;

    /* X.690 10.1: the fewest octets; up to 127 the length itself, else their number first. */
    do {
        *--at = (char)(rest & 0xFF);
        rest >>= 8;
    } while (rest);
    if (size > 127) {
        char octets = (char)(0x80 | (head + sizeof head - at));

        *--at = octets;
    }
    *--at = (char)tag;
    der_put(w, slice_between(at, head + sizeof head));
}

bool der_done(const struct der_writer *w, struct slice *out)
{
    if (w->failed)
        return false;
    *out = slice_between(w->at, w->memory + w->size);
    return true;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/slice.h"

#include <limits.h>
#include <string.h>
#include <strings.h>

struct slice slice_of(const char *text)
{
    return (struct slice){ text, text ? strlen(text) : 0 };
}

struct slice slice_between(const char *start, const char *end)
{
    return (struct slice){ start, (size_t)(end - start) };
}

bool slice_equal(struct slice a, struct slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool slice_is(struct slice a, const char *text)
{
    return slice_equal(a, slice_of(text));
}

/* Not strncasecmp alone: it would stop at a NUL. */
static bool same_nocase(const char *a, const char *b, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char x = (unsigned char)a[i], y = (unsigned char)b[i];

        if (x >= 'A' && x <= 'Z')
            x = (unsigned char)(x + 32);
        if (y >= 'A' && y <= 'Z')
            y = (unsigned char)(y + 32);
        if (x != y)
            return false;
    }
    return true;
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
    return a.size == b.size && same_nocase(a.data, b.data, a.size);
}

bool slice_is_nocase(struct slice a, const char *text)
{
    return slice_equal_nocase(a, slice_of(text));
}

bool slice_starts_nocase(struct slice a, const char *prefix)
{
    size_t n = strlen(prefix);

    return a.size >= n && same_nocase(a.data, prefix, n);
}

int slice_compare(struct slice a, struct slice b)
{
    size_t n = a.size < b.size ? a.size : b.size;
    int order = n ? memcmp(a.data, b.data, n) : 0;

    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}

struct slice slice_skip(struct slice s, size_t n)
{
    if (n >= s.size)
        return SLICE_NONE;
    return (struct slice){ s.data + n, s.size - n };
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice s)
{
    while (s.size && is_blank(s.data[0]))
        s = slice_skip(s, 1);
    while (s.size && is_blank(s.data[s.size - 1]))
        s.size--;
    return s;
}

size_t slice_find_byte(struct slice s, char byte)
{
    const char *at = s.size ? memchr(s.data, byte, s.size) : NULL;

    return at ? (size_t)(at - s.data) : s.size;
}

size_t slice_find(struct slice s, struct slice needle)
{
    const char *at;

    if (needle.size == 0)
        return 0;
    at = s.size ? memmem(s.data, s.size, needle.data, needle.size) : NULL;
    return at ? (size_t)(at - s.data) : s.size;
}

bool slice_cut(struct slice *s, char byte, struct slice *out_before)
{
    size_t at = slice_find_byte(*s, byte);
    bool found = at < s->size;

    *out_before = (struct slice){ s->data, at };
    *s = slice_skip(*s, found ? at + 1 : at);
    return found;
}

bool slice_next_line(struct slice *s, struct slice *out_line)
{
    size_t at;

    if (s->size == 0)
        return false;
    at = slice_find_byte(*s, '\n');
    if (at < s->size)
        at++;
    *out_line = (struct slice){ s->data, at };
    *s = slice_skip(*s, at);
    return true;
}

bool slice_number(struct slice s, unsigned long long *out_value)
{
    unsigned long long value = 0;

    if (s.size == 0)
        return false;
    for (size_t i = 0; i < s.size; i++) {
        unsigned digit = (unsigned)(unsigned char)s.data[i] - '0';

        if (digit > 9 || value > (ULLONG_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *out_value = value;
    return true;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mime/encoding.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "mime/line.h"

enum { X = 64 }; /* outside the alphabet; the one bit that no digit has */

static const unsigned char digits[256] = {
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, 62, X, X, X, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, X, X, X, X, X, X,
    X, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, X, X, X, X, X,
    X, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
    X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
};

size_t mime_base64_room(size_t encoded_size)
{
    return encoded_size / 4 * 3 + 3;
}

/* As many groups of four digits as stand together: all of a line. */
static const unsigned char *decode_groups(const unsigned char *in, const unsigned char *end, unsigned char **out)
{
    unsigned char *to = *out;

    for (; end - in >= 4; in += 4) {
        unsigned a = digits[in[0]], b = digits[in[1]], c = digits[in[2]], d = digits[in[3]];

        if ((a | b | c | d) & X)
            break;
        *to++ = (unsigned char)(a << 2 | b >> 4);
        *to++ = (unsigned char)(b << 4 | c >> 2);
        *to++ = (unsigned char)(c << 6 | d);
    }
    *out = to;
    return in;
}

/* Four digits with whatever stands between them, or what is left of them before the end. */
static const unsigned char *decode_group(const unsigned char *in, const unsigned char *end, unsigned char **out, bool *out_ended)
{
    unsigned bits = 0, count = 0;

    while (count < 4 && in < end && *in != '=') {
        unsigned digit = digits[*in++];

        if (digit == X)
            continue;
        bits = bits << 6 | digit;
        count++;
    }
    *out_ended = count < 4;
    bits <<= 6 * (4 - count);
    for (unsigned i = 0; i + 1 < count; i++)
        *(*out)++ = (unsigned char)(bits >> (16 - 8 * i));
    return in;
}

size_t mime_decode_base64(struct slice encoded, char *out)
{
    const unsigned char *in = (const unsigned char *)encoded.data, *end;
    unsigned char *to = (unsigned char *)out;
    bool ended = encoded.size == 0;

    if (ended)
        return 0;
    end = in + encoded.size;
    while (!ended) {
        in = decode_groups(in, end, &to);
        in = decode_group(in, end, &to, &ended);
    }
    return (size_t)(to - (unsigned char *)out);
}

/* Copy, with `escape` and two hexadecimal digits as one byte. */
static size_t unescape(struct slice s, char escape, char *out)
{
    size_t size = 0;

    while (s.size) {
        size_t at = slice_find_byte(s, escape);
        unsigned char byte;

        memmove(out + size, s.data, at);
        size += at;
        s = slice_skip(s, at);
        if (s.size == 0)
            break;
        if (s.size >= 3 && hex_read((struct slice){ s.data + 1, 2 }, &byte, 1)) {
            out[size++] = (char)byte;
            s = slice_skip(s, 3);
        } else {
            out[size++] = escape;
            s = slice_skip(s, 1);
        }
    }
    return size;
}

/* A line without its end and the blanks before that; what is cut off is the line end. */
static struct slice cut_line_end(struct slice line, struct slice *out_end)
{
    size_t size = line.size, end;

    if (size && line.data[size - 1] == '\n')
        size--;
    if (size < line.size && size && line.data[size - 1] == '\r')
        size--;
    end = size;
    while (size && line_is_blank(line.data[size - 1]))
        size--;
    *out_end = slice_skip(line, end);
    return (struct slice){ line.data, size };
}

size_t mime_decode_quoted_printable(struct slice encoded, char *out)
{
    struct slice line, end;
    size_t size = 0;

    while (slice_next_line(&encoded, &line)) {
        line = cut_line_end(line, &end);
        if (line.size && line.data[line.size - 1] == '=') {
            line.size--; /* a soft line break */
            end = SLICE_NONE;
        }
        size += unescape(line, '=', out + size);
        if (end.size)
            memcpy(out + size, end.data, end.size);
        size += end.size;
    }
    return size;
}

size_t mime_decode_q(struct slice encoded, char *out)
{
    size_t size;

    /* "_" first: "=5F" is an underscore, not a space. */
    for (size_t i = 0; i < encoded.size; i++)
        out[i] = encoded.data[i] == '_' ? ' ' : encoded.data[i];
    size = unescape((struct slice){ out, encoded.size }, '=', out);
    return size;
}

size_t mime_decode_percent(struct slice encoded, char *out)
{
    return unescape(encoded, '%', out);
}

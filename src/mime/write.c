/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mime/write.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

#include "mime/line.h"
#include "mime/word.h"

static bool is_control(char c)
{
    return (c >= 0 && c < 32) || c == 127;
}

void write_field(struct rope *r, const char *name, const char *value)
{
    char *text = arena_text(r->arena, slice_trim(slice_of(value)));

    rope_printf(r, "%s: ", name);
    if (!text) {
        r->failed = true;
        return;
    }
    for (char *c = text; *c; c++)
        if (is_control(*c))
            *c = ' ';
    line_fold(r, slice_trim(slice_of(text)), strlen(name) + 2);
    rope_text(r, "\r\n");
}

void write_text_field(struct rope *r, const char *name, struct slice utf8)
{
    char *value = words_encode(utf8, strlen(name) + 2, r->arena);

    if (!value)
        r->failed = true;
    rope_printf(r, "%s: ", name);
    rope_text(r, value);
    rope_text(r, "\r\n");
}

enum { QUOTED_LINE_MAX = 76, ESCAPE_SIZE = 3 };

/* The lines of quoted-printable in the making. */
struct quoter {
    char *out;
    size_t size;
    size_t column;
};

static void put(struct quoter *q, const char *bytes, size_t size)
{
    memcpy(q->out + q->size, bytes, size);
    q->size += size;
    q->column += size;
}

static void end_line(struct quoter *q)
{
    put(q, "\r\n", 2);
    q->column = 0;
}

/* What stands at the front of an output line must not be changed on its way: dots are stuffed by SMTP (RFC 5321 4.5.2), and
 * mailbox files mark "From " (RFC 2049 3). */
static bool is_unsafe_start(struct slice rest)
{
    return rest.data[0] == '.' || (rest.size >= 5 && memcmp(rest.data, "From ", 5) == 0);
}

static bool must_escape(const struct quoter *q, struct slice rest, bool last_of_line)
{
    char c = rest.data[0];

    if (line_is_blank(c))
        return last_of_line;
    return c < 33 || c > 126 || c == '=' || (q->column == 0 && is_unsafe_start(rest));
}

/* One line of the text, without its end (RFC 2045 6.7). */
static void quote_line(struct quoter *q, struct slice line)
{
    static const char digits[] = "0123456789ABCDEF";

    while (line.size) {
        unsigned char byte = (unsigned char)line.data[0];
        bool escaped = must_escape(q, line, line.size == 1);
        size_t size = escaped ? ESCAPE_SIZE : 1, reserve = line.size > 1 ? 1 : 0;

        /* The last column of a line that goes on belongs to "=". */
        if (q->column + size + reserve > QUOTED_LINE_MAX) {
            put(q, "=", 1);
            end_line(q);
            continue;
        }
        put(q, escaped ? (char[]){ '=', digits[byte >> 4], digits[byte & 15] } : line.data, size);
        line = slice_skip(line, 1);
    }
}

/* The text's own line ends, LF or CRLF, and a soft one after at least 73 octets of output. */
static size_t quoted_room(struct slice text)
{
    size_t escaped = text.size * ESCAPE_SIZE;

    return escaped + escaped / (QUOTED_LINE_MAX - ESCAPE_SIZE) * 3 + 3;
}

void write_quoted_printable(struct rope *r, struct slice text)
{
    struct quoter q = { .out = arena_alloc(r->arena, quoted_room(text)) };
    struct slice line;

    if (!q.out) {
        r->failed = true;
        return;
    }
    while (slice_next_line(&text, &line)) {
        bool ended = line.data[line.size - 1] == '\n';

        if (ended)
            line.size -= line.size >= 2 && line.data[line.size - 2] == '\r' ? 2 : 1;
        quote_line(&q, line);
        if (ended)
            end_line(&q);
    }
    rope_add(r, (struct slice){ q.out, q.size });
}

void write_base64(struct rope *r, struct slice bytes, size_t columns)
{
    size_t line_bytes = columns / 4 * 3, lines = (bytes.size + line_bytes - 1) / line_bytes, size = 0;
    char *out = arena_alloc(r->arena, (bytes.size + 2) / 3 * 4 + lines * 2 + 1);

    if (!out) {
        r->failed = true;
        return;
    }
    while (bytes.size) {
        size_t n = bytes.size < line_bytes ? bytes.size : line_bytes;

        size += (size_t)EVP_EncodeBlock((unsigned char *)out + size, (const unsigned char *)bytes.data, (int)n);
        memcpy(out + size, "\r\n", 2);
        size += 2;
        bytes = slice_skip(bytes, n);
    }
    rope_add(r, (struct slice){ out, size });
}

char *write_quoted(struct slice text, struct arena *arena)
{
    char *out = arena_alloc(arena, 2 * text.size + 3), *end = out;

    if (!out)
        return NULL;
    *end++ = '"';
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];

        if (is_control(c))
            continue;
        if (c == '"' || c == '\\')
            *end++ = '\\';
        *end++ = c;
    }
    *end++ = '"';
    return out;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/ldif_write.h"

#include <limits.h>
#include <openssl/evp.h>
#include <string.h>

/* SAFE-CHAR of RFC 2849. */
static bool is_safe(char c)
{
    return c != '\0' && c != '\n' && c != '\r' && !((unsigned char)c & 0x80);
}

/* SAFE-STRING, and no blank at its end (RFC 2849, note 8). */
static bool is_plain(struct slice value)
{
    if (value.size == 0)
        return true;
    if (value.data[0] == ' ' || value.data[0] == ':' || value.data[0] == '<' || value.data[value.size - 1] == ' ')
        return false;
    for (size_t i = 0; i < value.size; i++)
        if (!is_safe(value.data[i]))
            return false;
    return true;
}

static struct slice encode(struct rope *r, struct slice value)
{
    char *out = value.size < INT_MAX ? arena_alloc(r->arena, (value.size + 2) / 3 * 4 + 1) : NULL;

    if (!out) {
        r->failed = true;
        return SLICE_NONE;
    }
    return (struct slice){ out, (size_t)EVP_EncodeBlock((unsigned char *)out, (const unsigned char *)value.data, (int)value.size) };
}

/* One logical line, cut into lines that continue it, each behind a blank. */
static void put_folded(struct rope *r, struct slice line)
{
    size_t breaks = line.size / (LDIF_COLUMNS - 1) + 1, room = LDIF_COLUMNS;
    char *out = arena_alloc(r->arena, line.size + 2 * breaks + 1), *end = out;

    if (!out) {
        r->failed = true;
        return;
    }
    while (line.size > room) {
        end = mempcpy(end, line.data, room);
        end = mempcpy(end, "\n ", 2);
        line = slice_skip(line, room);
        room = LDIF_COLUMNS - 1;
    }
    end = mempcpy(end, line.data, line.size);
    *end++ = '\n';
    rope_add(r, slice_between(out, end));
}

void ldif_write(struct rope *r, const char *name, struct slice value)
{
    bool plain = is_plain(value);
    struct slice written = plain ? value : encode(r, value);
    struct rope line = rope_new(r->arena);

    rope_text(&line, name);
    rope_text(&line, plain ? ":" : "::");
    if (written.size) {
        rope_text(&line, " ");
        rope_add(&line, written);
    }
    if (rope_ok(&line))
        put_folded(r, rope_flat(&line));
    else
        r->failed = true;
}

void ldif_write_version(struct rope *r)
{
    rope_text(r, "version: 1\n\n");
}

void ldif_write_end(struct rope *r)
{
    rope_text(r, "\n");
}

/* RFC 4514 2.4: what is escaped wherever it stands; a blank at either end and "#" in front too. */
static bool is_escaped(struct slice s, size_t i)
{
    char c = s.data[i];

    return memchr("\"+,;<>\\", c, 7) || (c == ' ' && (i == 0 || i + 1 == s.size)) || (c == '#' && i == 0);
}

char *ldif_dn_value(struct arena *arena, struct slice utf8)
{
    char *out = arena_alloc(arena, 3 * utf8.size + 1), *end = out;

    for (size_t i = 0; out && i < utf8.size; i++) {
        if (utf8.data[i] == '\0') {
            end = mempcpy(end, "\\00", 3);
            continue;
        }
        if (is_escaped(utf8, i))
            *end++ = '\\';
        *end++ = utf8.data[i];
    }
    if (out)
        *end = '\0';
    return out;
}

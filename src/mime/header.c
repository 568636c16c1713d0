/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mime/header.h"

#include <string.h>

#include "base/error.h"
#include "mime/line.h"

enum { FIRST_CAPACITY = 16 };

/* A line and those that continue it (RFC 5322 2.2.3). The empty line that ends the section is never continued. */
static bool next_field(struct slice *rest, struct slice *out)
{
    struct slice line;

    if (!line_next(rest, out))
        return false;
    while (!line_is_empty(*out) && rest->size && line_is_blank(rest->data[0])) {
        line_next(rest, &line);
        out->size += line.size;
    }
    return true;
}

/* RFC 5322 3.6.8: ftext. Blanks before the colon are the obsolete form of 4.5, which is still met. */
static bool read_field(struct slice raw, struct field *out)
{
    size_t colon = slice_find_byte(raw, ':'), size = colon;

    if (colon == raw.size)
        return false;
    while (size && line_is_blank(raw.data[size - 1]))
        size--;
    if (size == 0)
        return false;
    for (size_t i = 0; i < size; i++)
        if (raw.data[i] < 33 || raw.data[i] > 126)
            return false;
    out->raw = raw;
    out->name = (struct slice){ raw.data, size };
    out->value = line_content(raw);
    out->value = slice_between(raw.data + colon + 1, raw.data + out->value.size);
    return true;
}

static int add_field(struct header *h, size_t *capacity, struct arena *arena, const struct field *field)
{
    if (h->count == HEADER_FIELDS_MAX)
        return ERROR_LIMIT;
    if (h->count == *capacity) {
        size_t grown = *capacity ? *capacity * 2 : FIRST_CAPACITY;
        struct field *fields = arena_array(arena, grown, sizeof *fields);

        if (!fields)
            return ERROR_BUDGET;
        if (h->count)
            memcpy(fields, h->fields, h->count * sizeof *fields);
        h->fields = fields;
        *capacity = grown;
    }
    h->fields[h->count++] = *field;
    return 0;
}

int header_split(struct slice entity, struct arena *arena, struct header *out, struct slice *out_body)
{
    struct header h = { .raw = { entity.data, 0 } };
    struct slice rest = entity, raw;
    size_t capacity = 0;

    while (next_field(&rest, &raw) && !line_is_empty(raw)) {
        struct field field;

        h.raw.size += raw.size;
        if (read_field(raw, &field)) {
            int rc = add_field(&h, &capacity, arena, &field);

            if (rc != 0)
                return rc;
        } else if (h.malformed.size == 0) {
            h.malformed = line_content(raw);
        }
    }
    *out = h;
    *out_body = rest;
    return 0;
}

const struct field *header_next(const struct header *h, const struct field *after, const char *name)
{
    struct slice wanted = slice_of(name);

    for (size_t i = after ? (size_t)(after - h->fields) + 1 : 0; i < h->count; i++)
        if (slice_equal_nocase(h->fields[i].name, wanted))
            return &h->fields[i];
    return NULL;
}

const struct field *header_find(const struct header *h, const char *name)
{
    return header_next(h, NULL, name);
}

size_t header_count(const struct header *h, const char *name)
{
    size_t count = 0;

    for (const struct field *f = header_find(h, name); f; f = header_next(h, f, name))
        count++;
    return count;
}

char *field_text(const struct field *f, struct arena *arena)
{
    return line_unfolded(f->value, arena);
}

int header_text(const struct header *h, const char *name, struct arena *arena, const char **out)
{
    const struct field *f = header_find(h, name);
    const char *text = f ? field_text(f, arena) : NULL;

    if (f && !text)
        return ERROR_BUDGET;
    *out = text;
    return 0;
}

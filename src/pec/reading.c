/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/reading.h"

#include <string.h>

#include "base/text.h"
#include "mime/word.h"

int read_subject(const struct header *h, struct arena *arena, const char **out)
{
    const struct field *f = header_find(h, "Subject");
    char *decoded = f ? words_decode(f->value, arena) : NULL;
    char *line = decoded ? text_one_line(arena, slice_of(decoded)) : NULL;

    if (f && !line)
        return ERROR_BUDGET;
    *out = line && *line ? line : NULL;
    return 0;
}

int read_message_id(const struct header *h, struct arena *arena, const char **out)
{
    const char *raw, *line = NULL;
    int result = header_text(h, "Message-ID", arena, &raw);

    if (result != 0)
        return result;
    if (raw && !(line = text_one_line(arena, slice_of(raw))))
        return ERROR_BUDGET;
    *out = line && *line ? line : NULL;
    return 0;
}

/* A list in the making, with room to grow: a header may have thousands of fields of one name. */
struct growing {
    struct address_list list;
    size_t capacity;
};

static int append(struct growing *g, const struct address_list *more, struct arena *arena)
{
    size_t count = g->list.count + more->count;

    if (!g->list.fault)
        g->list.fault = more->fault;
    if (more->count == 0)
        return 0;
    if (count > g->capacity) {
        size_t capacity = count < 2 * g->capacity ? 2 * g->capacity : count;
        struct mailbox *items = arena_array(arena, capacity, sizeof *items);

        if (!items)
            return ERROR_BUDGET;
        if (g->list.count)
            memcpy(items, g->list.items, g->list.count * sizeof *items);
        g->list.items = items;
        g->capacity = capacity;
    }
    memcpy(g->list.items + g->list.count, more->items, more->count * sizeof *more->items);
    g->list.count = count;
    return 0;
}

int read_addresses(const struct header *h, const char *name, struct arena *arena, struct address_list *out)
{
    struct growing all = { 0 };

    for (const struct field *f = header_find(h, name); f; f = header_next(h, f, name)) {
        struct address_list one = { 0 };
        int result = address_list_read(f->value, arena, &one);

        if (result != 0 || (result = append(&all, &one, arena)) != 0)
            return result;
    }
    *out = all.list;
    return 0;
}

int read_reply_to(const struct header *h, const char *otherwise, struct arena *arena, const char **out)
{
    struct rope joined = rope_new(arena);
    struct address_list list = { 0 };
    struct slice flat;
    int result = read_addresses(h, "Reply-To", arena, &list);

    if (result != 0)
        return result;
    for (size_t i = 0; i < list.count; i++) {
        rope_text(&joined, i ? ", " : "");
        rope_text(&joined, list.items[i].address);
    }
    flat = list.count ? rope_flat(&joined) : slice_of(otherwise);
    *out = arena_text(arena, flat);
    return *out ? 0 : ERROR_BUDGET;
}

int read_receipt_form(const struct header *h, struct arena *arena, enum receipt_form *out)
{
    const char *value;
    int result = header_text(h, "X-TipoRicevuta", arena, &value);

    if (result != 0)
        return result;
    *out = RECEIPT_COMPLETE;
    for (int i = 0; value && i <= RECEIPT_CONCISE; i++)
        if (slice_is_nocase(slice_trim(slice_of(value)), receipt_form_words[i]))
            *out = (enum receipt_form)i;
    return 0;
}

char *read_shown(struct slice text, size_t maximum, struct arena *arena)
{
    char *line = text_one_line(arena, text);
    size_t size = line ? strlen(line) : 0;

    if (size <= maximum)
        return line;
    for (size = maximum; size && (line[size] & 0xC0) == 0x80;)
        size--;
    return arena_printf(arena, "%.*s...", (int)size, line);
}

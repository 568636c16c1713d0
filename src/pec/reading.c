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

int read_addresses(const struct header *h, const char *name, struct arena *arena, struct address_list *out)
{
    struct address_list all = { 0 };

    for (const struct field *f = header_find(h, name); f; f = header_next(h, f, name)) {
        struct address_list one = { 0 };
        struct mailbox *items;
        int result = address_list_read(f->value, arena, &one);

        if (result != 0)
            return result;
        if (!all.fault)
            all.fault = one.fault;
        if (all.count == 0) {
            all.items = one.items;
            all.count = one.count;
            continue;
        }
        items = arena_array(arena, all.count + one.count, sizeof *items);
        if (!items)
            return ERROR_BUDGET;
        memcpy(items, all.items, all.count * sizeof *items);
        if (one.count)
            memcpy(items + all.count, one.items, one.count * sizeof *items);
        all.items = items;
        all.count += one.count;
    }
    *out = all;
    return 0;
}

bool list_has(const struct address_list *list, const char *address)
{
    for (size_t i = 0; i < list->count; i++)
        if (address_same(slice_of(list->items[i].address), slice_of(address)))
            return true;
    return false;
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

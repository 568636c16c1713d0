/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/address_set.h"

#include <stdlib.h>

#include "base/error.h"
#include "mime/token.h"

/* An address character by character as it is meant: case, quotes and escapes of the local part taken off. */
struct spelling {
    struct slice local, rest;
    bool is_local_told;
};

static struct spelling spelling_of(const char *address)
{
    struct slice all = slice_of(address);
    size_t quoted = token_quoted_size(all), size = quoted ? quoted : slice_find_byte(all, '@');

    return (struct spelling){ .local = { all.data, size }, .rest = slice_skip(all, size) };
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : (unsigned char)c;
}

static int take(struct slice *s)
{
    int c = lower(s->data[0]);

    *s = slice_skip(*s, 1);
    return c;
}

/* The next character; 0 between local part and domain, so that neither runs into the other; -1 at the end. */
static int next(struct spelling *s)
{
    while (s->local.size && s->local.data[0] == '"')
        s->local = slice_skip(s->local, 1);
    if (s->local.size > 1 && s->local.data[0] == '\\')
        s->local = slice_skip(s->local, 1);
    if (s->local.size)
        return take(&s->local);
    if (!s->is_local_told) {
        s->is_local_told = true;
        return 0;
    }
    return s->rest.size ? take(&s->rest) : -1;
}

static int compare(const void *a, const void *b)
{
    struct spelling x = spelling_of(*(const char *const *)a), y = spelling_of(*(const char *const *)b);
    int c, d;

    do {
        c = next(&x);
        d = next(&y);
    } while (c == d && c != -1);
    return c - d;
}

int address_set_make(const struct address_list *list, struct arena *arena, struct address_set *out)
{
    const char **sorted = arena_array(arena, list->count ? list->count : 1, sizeof *sorted);

    if (!sorted)
        return ERROR_BUDGET;
    for (size_t i = 0; i < list->count; i++)
        sorted[i] = list->items[i].address;
    qsort(sorted, list->count, sizeof *sorted, compare);
    *out = (struct address_set){ sorted, list->count };
    return 0;
}

bool address_set_has(const struct address_set *set, const char *address)
{
    return bsearch(&address, set->sorted, set->count, sizeof *set->sorted, compare) != NULL;
}

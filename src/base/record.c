/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/record.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct record record_writer(void)
{
    json_t *object = json_object();

    return (struct record){ .object = object, .failed = object == NULL };
}

struct record record_reader(struct slice json, struct arena *arena)
{
    json_t *object = json_loadb(json.data ? json.data : "", json.size, JSON_REJECT_DUPLICATES, NULL);
    bool is_object = json_is_object(object);

    return (struct record){ .object = object, .arena = arena, .reads = true, .failed = !is_object };
}

char *record_finish(struct record *r, struct arena *arena)
{
    char *dumped = r->failed ? NULL : json_dumps(r->object, JSON_COMPACT | JSON_PRESERVE_ORDER);
    char *text = dumped ? arena_text(arena, slice_of(dumped)) : NULL;

    free(dumped);
    record_drop(r);
    return text;
}

bool record_drop(struct record *r)
{
    json_decref(r->object);
    r->object = NULL;
    return !r->failed;
}

void record_fail(struct record *r)
{
    r->failed = true;
}

/* Takes the reference to `value`. */
static void put(struct record *r, const char *name, json_t *value)
{
    if (r->failed)
        json_decref(value);
    else if (!value || json_object_set_new(r->object, name, value) != 0)
        r->failed = true;
}

/* The field, or NULL if it is absent, null, or something failed before. */
static json_t *get(const struct record *r, const char *name)
{
    json_t *value = r->failed ? NULL : json_object_get(r->object, name);

    return json_is_null(value) ? NULL : value;
}

static const char *text_of(struct record *r, const json_t *value)
{
    const char *text = json_is_string(value)
                           ? arena_text(r->arena, (struct slice){ json_string_value(value), json_string_length(value) })
                           : NULL;

    if (!text)
        r->failed = true;
    return text;
}

void record_text(struct record *r, const char *name, const char **value)
{
    json_t *found;

    if (!r->reads) {
        if (*value)
            put(r, name, json_string(*value));
        return;
    }
    found = get(r, name);
    if (found)
        *value = text_of(r, found);
}

void record_i64(struct record *r, const char *name, int64_t *value)
{
    json_t *found;

    if (!r->reads) {
        put(r, name, json_integer(*value));
        return;
    }
    found = get(r, name);
    if (!found)
        return;
    if (!json_is_integer(found))
        r->failed = true;
    else
        *value = json_integer_value(found);
}

void record_int(struct record *r, const char *name, int *value)
{
    int64_t wide = *value;

    record_i64(r, name, &wide);
    if (wide < INT_MIN || wide > INT_MAX)
        r->failed = true;
    else
        *value = (int)wide;
}

void record_size(struct record *r, const char *name, size_t *value)
{
    int64_t wide = (int64_t)*value;

    record_i64(r, name, &wide);
    if (wide < 0)
        r->failed = true;
    else
        *value = (size_t)wide;
}

void record_bool(struct record *r, const char *name, bool *value)
{
    json_t *found;

    if (!r->reads) {
        put(r, name, json_boolean(*value));
        return;
    }
    found = get(r, name);
    if (!found)
        return;
    if (!json_is_boolean(found))
        r->failed = true;
    else
        *value = json_is_true(found);
}

void record_enum(struct record *r, const char *name, int *value, const char *const *names, int count)
{
    const char *text = !r->reads && *value >= 0 && *value < count ? names[*value] : NULL;

    if (!r->reads && !text)
        r->failed = true;
    record_text(r, name, &text);
    if (!r->reads || !text)
        return;
    for (int i = 0; i < count; i++) {
        if (strcmp(text, names[i]) == 0) {
            *value = i;
            return;
        }
    }
    r->failed = true;
}

/* The array `name` with a place made for its elements; NULL if there is nothing to read. */
static json_t *list_to_read(struct record *r, const char *name, void **items, size_t *count, size_t size)
{
    json_t *array = get(r, name);

    if (!array)
        return NULL;
    if (!json_is_array(array)) {
        r->failed = true;
        return NULL;
    }
    *count = json_array_size(array);
    *items = *count ? arena_array(r->arena, *count, size) : NULL;
    if (*count && !*items) {
        r->failed = true;
        *count = 0;
        return NULL;
    }
    return array;
}

void record_texts(struct record *r, const char *name, const char ***items, size_t *count)
{
    void *list = (void *)*items;
    json_t *array = r->reads ? list_to_read(r, name, &list, count, sizeof **items) : json_array();

    *items = list;
    if (r->reads) {
        for (size_t i = 0; array && i < *count; i++)
            (*items)[i] = text_of(r, json_array_get(array, i));
        if (r->failed)
            *count = 0;
        return;
    }
    for (size_t i = 0; i < *count; i++)
        if (json_array_append_new(array, json_string((*items)[i])) != 0)
            r->failed = true;
    put(r, name, array);
}

void record_inside(struct record *r, const char *name, void *item, void (*visit)(struct record *, void *))
{
    json_t *found = r->reads ? get(r, name) : json_object();
    struct record inner = { .object = found, .arena = r->arena, .reads = r->reads };

    if (r->reads && !found)
        return;
    inner.failed = !json_is_object(found);
    if (!inner.failed)
        visit(&inner, item);
    if (inner.failed)
        r->failed = true;
    if (!r->reads)
        put(r, name, found);
}

void record_list(struct record *r, const char *name, void **items, size_t *count, size_t size, void (*visit)(struct record *, void *))
{
    json_t *array = r->reads ? list_to_read(r, name, items, count, size) : json_array();

    for (size_t i = 0; array && i < *count && !r->failed; i++) {
        json_t *element = r->reads ? json_array_get(array, i) : json_object();
        struct record inner = { .object = element, .arena = r->arena, .reads = r->reads, .failed = !json_is_object(element) };

        if (!inner.failed)
            visit(&inner, (char *)*items + i * size);
        if (inner.failed)
            r->failed = true;
        if (!r->reads && json_array_append_new(array, element) != 0)
            r->failed = true;
    }
    if (!r->reads)
        put(r, name, array);
    else if (r->failed)
        *count = 0;
}

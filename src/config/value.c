/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/value.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/net.h"
#include "base/text.h"
#include "config/form.h"
#include "config/units.h"

/* `"TEXT" WHAT` */
static int refuse(int code, const char *text, const char *what, struct error *e)
{
    char quoted[LOG_QUOTED_SIZE];

    return error_set(e, code, "%s %s", log_quote(slice_of(text), quoted), what);
}

static void *place_of(const struct schema_row *row, struct config *config)
{
    return (char *)config + row->place;
}

static size_t *count_of(const struct schema_row *row, struct config *config)
{
    return (size_t *)((char *)config + row->count_place);
}

static bool is_text(enum schema_type type)
{
    return type == SCHEMA_TEXT || type == SCHEMA_PATH || type == SCHEMA_EMAIL || type == SCHEMA_DOMAIN;
}

static int check_text(const char *text, struct error *e)
{
    struct slice s = slice_of(text);

    if (s.size > SCHEMA_TEXT_MAX)
        return error_set(e, ERROR_LIMIT, "the text is too long; write at most %d bytes", SCHEMA_TEXT_MAX);
    if (!utf8_valid(s))
        return refuse(ERROR_SYNTAX, text, "is not UTF-8; save the file in that encoding", e);
    for (size_t i = 0; i < s.size; i++) {
        if ((unsigned char)s.data[i] < 0x20 || s.data[i] == 0x7F)
            return refuse(ERROR_SYNTAX, text, "holds a control character; leave it out", e);
    }
    return 0;
}

static int check_form(const struct schema_row *row, const char *text, struct error *e)
{
    if (text[0] == '\0')
        return row->filled ? error_set(e, ERROR_SYNTAX, "\"\" is not enough; write a %s", schema_type_name(row)) : 0;
    if (row->check)
        return row->check(text, e);
    if (row->type == SCHEMA_PATH)
        return form_path(text, e);
    if (row->type == SCHEMA_EMAIL)
        return form_email(text, e);
    return row->type == SCHEMA_DOMAIN ? form_domain(text, e) : 0;
}

/* A text in the arena, once it is known to be good. */
static int read_text(const struct schema_row *row, const char *text, struct arena *arena, const char **out, struct error *e)
{
    int result = check_text(text, e);
    char *copy;

    if (result == 0)
        result = check_form(row, text, e);
    if (result != 0)
        return result;
    copy = arena_text(arena, slice_of(text));
    if (!copy)
        return error_set(e, ERROR_BUDGET, "there is no memory for the value");
    for (char *c = copy; row->type == SCHEMA_DOMAIN && *c; c++) {
        if (*c >= 'A' && *c <= 'Z')
            *c = (char)(*c - 'A' + 'a');
    }
    *out = copy;
    return 0;
}

/* A number by the units of its type. */
static int read_units(enum schema_type type, const char *text, uint64_t *out)
{
    struct slice s = slice_of(text);
    int64_t seconds = 0;
    int result;

    if (type == SCHEMA_SIZE)
        return units_read_size(s, out);
    if (type == SCHEMA_COUNT)
        return units_read_count(s, out);
    if (type == SCHEMA_PERCENT)
        return units_read_percent(s, out);
    result = units_read_duration(s, &seconds);
    if (result == 0)
        *out = (uint64_t)seconds;
    return result;
}

static int refuse_number(const struct schema_row *row, const char *text, struct error *e)
{
    static const char *const rights[] = {
        [SCHEMA_DURATION] = "is no duration; write a whole number and s, min, h, d or months, as \"5min\"",
        [SCHEMA_SIZE] = "is no size; write a whole number and kB, MB or GB, as \"30MB\"",
        [SCHEMA_COUNT] = "is no count; write a whole number, as 500",
        [SCHEMA_PERCENT] = "is no percentage; write a whole number and %, as \"10%\"",
    };

    return refuse(ERROR_SYNTAX, text, rights[row->type], e);
}

static int check_bounds(const struct schema_row *row, const char *text, uint64_t value, struct error *e)
{
    char quoted[LOG_QUOTED_SIZE];
    uint64_t least = 0, most = 0;

    log_quote(slice_of(text), quoted);
    if (read_units(row->type, row->least, &least) != 0 || read_units(row->type, row->most, &most) != 0)
        return error_set(e, ERROR_BUG, "the key has no bounds");
    if (value < least)
        return error_set(e, ERROR_LIMIT, "%s is too little; write at least %s", quoted, row->least);
    if (value > most)
        return error_set(e, ERROR_LIMIT, "%s is too much; write at most %s", quoted, row->most);
    return 0;
}

static int read_number(const struct schema_row *row, const char *text, struct config *config, struct error *e)
{
    uint64_t value = 0;
    int result = read_units(row->type, text, &value);

    if (result == ERROR_SYNTAX)
        return refuse_number(row, text, e);
    /* What no integer holds is beyond every bound. */
    result = check_bounds(row, text, result == 0 ? value : UINT64_MAX, e);
    if (result != 0)
        return result;
    if (row->type == SCHEMA_DURATION)
        *(int64_t *)place_of(row, config) = (int64_t)value;
    else if (row->type == SCHEMA_SIZE)
        *(uint64_t *)place_of(row, config) = value;
    else
        *(unsigned *)place_of(row, config) = (unsigned)value;
    return 0;
}

/* The position of a word among those of a row, -1 if it is none of them. */
static int position(const char *words, const char *text)
{
    struct slice rest = slice_of(words), word;
    int i = 0;

    while (rest.size > 0) {
        slice_cut(&rest, ' ', &word);
        if (slice_is(word, text))
            return i;
        i++;
    }
    return -1;
}

static int refuse_word(const struct schema_row *row, const char *text, struct error *e)
{
    char quoted[LOG_QUOTED_SIZE], list[100] = "";
    struct slice rest = slice_of(row->words), word;
    size_t n = 0;

    while (rest.size > 0 && n < sizeof list) {
        const char *between = n == 0 ? "" : slice_find_byte(rest, ' ') < rest.size ? ", " : " or ";

        slice_cut(&rest, ' ', &word);
        n += (size_t)snprintf(list + n, sizeof list - n, "%s\"%.*s\"", between, SLICE_ARGS(word));
    }
    return error_set(e, ERROR_SYNTAX, "%s is no choice; write %s", log_quote(slice_of(text), quoted), list);
}

static int read_choice(const struct schema_row *row, const char *text, struct config *config, struct error *e)
{
    int i = position(row->words, text);

    if (i < 0)
        return refuse_word(row, text, e);
    if (row->type == SCHEMA_SWITCH)
        *(bool *)place_of(row, config) = i == 1;
    else
        *(int *)place_of(row, config) = i;
    return 0;
}

static int read_address(const struct schema_row *row, const char *text, struct config *config, struct error *e)
{
    struct net_address address = { 0 };
    int result = check_text(text, e);

    if (result == 0 && !(row->words && position(row->words, text) >= 0))
        result = net_address_read(text, &address, e);
    if (result == 0)
        *(struct net_address *)place_of(row, config) = address;
    return result;
}

/* Lists of a configuration are short (SCHEMA_LIST_MAX), so that a walk through them is no matter. */
static int append(const struct schema_row *row, const char *text, struct arena *arena, struct config *config, struct error *e)
{
    const char **list = *(const char ***)place_of(row, config), *element = NULL;
    size_t *count = count_of(row, config);
    int result = text[0] == '\0' ? 0 : read_text(row, text, arena, &element, e);

    if (result != 0 || !element)
        return result;
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i], element) == 0)
            return refuse(ERROR_SYNTAX, text, "stands there twice; write it once", e);
    }
    list[(*count)++] = element;
    return 0;
}

int value_read(const struct schema_row *row, const char *text, struct arena *arena, struct config *config, struct error *e)
{
    if (row->count_place != 0)
        return append(row, text, arena, config, e);
    switch (row->type) {
    case SCHEMA_TEXT:
    case SCHEMA_PATH:
    case SCHEMA_EMAIL:
    case SCHEMA_DOMAIN:
        return read_text(row, text, arena, place_of(row, config), e);
    case SCHEMA_DURATION:
    case SCHEMA_SIZE:
    case SCHEMA_COUNT:
    case SCHEMA_PERCENT:
        return read_number(row, text, config, e);
    case SCHEMA_ADDRESS:
        return read_address(row, text, config, e);
    case SCHEMA_CHOICE:
    case SCHEMA_SWITCH:
        return read_choice(row, text, config, e);
    }
    return error_set(e, ERROR_BUG, "the key has no type");
}

int value_begin(const struct schema_row *row, size_t count, struct arena *arena, struct config *config)
{
    const char **list;

    if (row->count_place == 0) {
        if (is_text(row->type))
            *(const char **)place_of(row, config) = "";
        return 0;
    }
    list = arena_array(arena, count + 1, sizeof *list);
    if (!list)
        return ERROR_BUDGET;
    *(const char ***)place_of(row, config) = list;
    *count_of(row, config) = 0;
    return 0;
}

size_t value_list_count(const struct schema_row *row, const struct config *config)
{
    return *(const size_t *)((const char *)config + row->count_place);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mime/parameter.h"

#include <stdbool.h>
#include <string.h>

#include "base/error.h"
#include "mime/charset.h"
#include "mime/encoding.h"
#include "mime/line.h"
#include "mime/word.h"

enum { FIRST_CAPACITY = 4 };

static bool is_space(char c)
{
    return line_is_blank(c) || c == '\r' || c == '\n';
}

/* RFC 2045 5.1: token. */
static bool is_token_character(char c)
{
    return c > 32 && c < 127 && !strchr("()<>@,;:\\\"/[]?=", c);
}

static struct slice take_token(struct slice *rest)
{
    struct slice token = { rest->data, 0 };

    while (token.size < rest->size && is_token_character(token.data[token.size]))
        token.size++;
    *rest = slice_skip(*rest, token.size);
    return token;
}

/* A quoted string with its quotes; up to the end if it is not closed. */
static struct slice take_quoted(struct slice *rest)
{
    struct slice quoted = { rest->data, rest->size };

    for (size_t i = 1; i < rest->size; i++) {
        if (rest->data[i] == '\\') {
            i++;
        } else if (rest->data[i] == '"') {
            quoted.size = i + 1;
            break;
        }
    }
    *rest = slice_skip(*rest, quoted.size);
    return quoted;
}

/* A comment (RFC 5322 3.2.2: they nest); up to the end if it is not closed. */
static void skip_comment(struct slice *rest)
{
    size_t depth = 0, i = 0;

    for (; i < rest->size; i++) {
        if (rest->data[i] == '(')
            depth++;
        else if (rest->data[i] == '\\')
            i++;
        else if (rest->data[i] == ')' && --depth == 0)
            break;
    }
    *rest = slice_skip(*rest, i < rest->size ? i + 1 : i);
}

static void skip_spaces(struct slice *rest)
{
    while (rest->size && (is_space(rest->data[0]) || rest->data[0] == '(')) {
        if (rest->data[0] == '(')
            skip_comment(rest);
        else
            *rest = slice_skip(*rest, 1);
    }
}

/* Go behind the next semicolon that is not quoted; false if there is none. */
static bool skip_to_next(struct slice *rest)
{
    while (rest->size) {
        char c = rest->data[0];

        if (c == '"')
            take_quoted(rest);
        else if (c == '(')
            skip_comment(rest);
        else
            *rest = slice_skip(*rest, 1);
        if (c == ';')
            return true;
    }
    return false;
}

void parameters_first_words(struct slice value, struct slice *out_word, struct slice *out_second)
{
    skip_spaces(&value);
    *out_word = take_token(&value);
    *out_second = SLICE_NONE;
    skip_spaces(&value);
    if (value.size == 0 || value.data[0] != '/')
        return;
    value = slice_skip(value, 1);
    skip_spaces(&value);
    *out_second = take_token(&value);
}

/* RFC 2045 5.1: parameter = attribute "=" value. */
static bool read_parameter(struct slice *rest, struct parameter *out)
{
    size_t size = 0;

    skip_spaces(rest);
    out->name = take_token(rest);
    skip_spaces(rest);
    if (out->name.size == 0 || rest->size == 0 || rest->data[0] != '=')
        return false;
    *rest = slice_skip(*rest, 1);
    skip_spaces(rest);
    if (rest->size && rest->data[0] == '"') {
        out->raw = take_quoted(rest);
        return true;
    }
    while (size < rest->size && rest->data[size] != ';' && rest->data[size] != '(')
        size++;
    out->raw = slice_trim((struct slice){ rest->data, size });
    *rest = slice_skip(*rest, size);
    return true;
}

static int add_parameter(struct parameters *p, size_t *capacity, struct arena *arena, const struct parameter *parameter)
{
    if (p->count == PARAMETERS_MAX)
        return ERROR_LIMIT;
    if (p->count == *capacity) {
        size_t grown = *capacity ? *capacity * 2 : FIRST_CAPACITY;
        struct parameter *items = arena_array(arena, grown, sizeof *items);

        if (!items)
            return ERROR_BUDGET;
        if (p->count)
            memcpy(items, p->items, p->count * sizeof *items);
        p->items = items;
        *capacity = grown;
    }
    p->items[p->count++] = *parameter;
    return 0;
}

int parameters_read(struct slice value, struct arena *arena, struct parameters *out)
{
    struct parameters p = { 0 };
    size_t capacity = 0;

    while (skip_to_next(&value)) {
        struct parameter parameter;

        if (read_parameter(&value, &parameter)) {
            int rc = add_parameter(&p, &capacity, arena, &parameter);

            if (rc != 0)
                return rc;
        }
    }
    *out = p;
    return 0;
}

/* How a parameter's name extends the one that is asked for: name, name*, name*0, name*0* (RFC 2231). */
enum form { FORM_OTHER, FORM_PLAIN, FORM_EXTENDED, FORM_SECTION, FORM_EXTENDED_SECTION, FORM_COUNT };

static enum form form_of(struct slice full, const char *name, size_t *out_number)
{
    struct slice number;
    unsigned long long value;
    bool extended;

    if (!slice_starts_nocase(full, name))
        return FORM_OTHER;
    number = slice_skip(full, strlen(name));
    if (number.size == 0)
        return FORM_PLAIN;
    if (number.data[0] != '*')
        return FORM_OTHER;
    number = slice_skip(number, 1);
    if (number.size == 0)
        return FORM_EXTENDED;
    extended = number.data[number.size - 1] == '*';
    if (extended)
        number.size--;
    if (!slice_number(number, &value) || (number.size > 1 && number.data[0] == '0') || value >= PARAMETERS_MAX)
        return FORM_OTHER;
    *out_number = (size_t)value;
    return extended ? FORM_EXTENDED_SECTION : FORM_SECTION;
}

/* The pieces of one value in their order. */
struct pieces {
    struct piece {
        const struct parameter *parameter;
        bool extended;
    } *items;
    size_t count;
};

/* The sections up to the first that is missing. They may stand in any order (RFC 2231 3). */
static int collect_sections(const struct parameters *p, const char *name, struct arena *arena, struct pieces *out)
{
    struct piece *items = arena_array(arena, p->count, sizeof *items);
    size_t number = 0, count = 0;

    if (!items)
        return ERROR_BUDGET;
    for (size_t i = 0; i < p->count; i++) {
        enum form form = form_of(p->items[i].name, name, &number);

        if (form >= FORM_SECTION && number < p->count && !items[number].parameter)
            items[number] = (struct piece){ &p->items[i], form == FORM_EXTENDED_SECTION };
    }
    while (count < p->count && items[count].parameter)
        count++;
    *out = (struct pieces){ items, count };
    return 0;
}

static int collect(const struct parameters *p, const char *name, struct arena *arena, struct pieces *out)
{
    const struct parameter *found[FORM_COUNT] = { NULL }; /* of two of a form the first one counts */
    bool extended;
    size_t number = 0;

    for (size_t i = 0; i < p->count; i++) {
        enum form form = form_of(p->items[i].name, name, &number);

        if (!found[form] && (form < FORM_SECTION || number == 0))
            found[form] = &p->items[i];
    }
    extended = found[FORM_EXTENDED] != NULL;
    if (!extended && (found[FORM_SECTION] || found[FORM_EXTENDED_SECTION]))
        return collect_sections(p, name, arena, out);
    *out = (struct pieces){ 0 };
    if (!extended && !found[FORM_PLAIN])
        return 0;
    out->items = arena_array(arena, 1, sizeof *out->items);
    if (!out->items)
        return ERROR_BUDGET;
    out->items[out->count++] = (struct piece){ found[extended ? FORM_EXTENDED : FORM_PLAIN], extended };
    return 0;
}

/* Take off quotes, escapes and folding. */
static size_t unquote(struct slice raw, char *out)
{
    size_t size = 0;

    if (raw.size == 0 || raw.data[0] != '"')
        return line_unfold(raw, out);
    for (size_t i = 1; i < raw.size && raw.data[i] != '"'; i++) {
        if (raw.data[i] == '\\' && i + 1 < raw.size)
            i++;
        out[size++] = raw.data[i];
    }
    return line_unfold((struct slice){ out, size }, out);
}

/* charset'language'text: take off the first two; no charset if there are no two quotes. */
static struct slice cut_charset(struct slice *text)
{
    struct slice rest = *text, charset, language;

    if (!slice_cut(&rest, '\'', &charset) || !slice_cut(&rest, '\'', &language))
        return SLICE_NONE;
    *text = rest.size ? rest : (struct slice){ text->data + text->size, 0 };
    return charset;
}

/* Write the pieces one behind the other. If the first one is extended, the charset is found in it and stays in front of the
 * value. */
static struct slice join(const struct pieces *pieces, char *out, struct slice *out_charset)
{
    char *value = out, *end = out;

    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *piece = &pieces->items[i];
        struct slice text = { end, unquote(piece->parameter->raw, end) };

        if (piece->extended && i == 0) {
            *out_charset = cut_charset(&text);
            value = end += text.data - out;
        }
        end += piece->extended ? mime_decode_percent(text, end) : text.size;
    }
    return slice_between(value, end);
}

static size_t raw_size(const struct pieces *pieces)
{
    size_t size = 0;

    for (size_t i = 0; i < pieces->count; i++)
        size += pieces->items[i].parameter->raw.size;
    return size;
}

/* All pieces in one text, in UTF-8 if the first one is extended. NULL without budget. */
static char *joined_text(const struct pieces *pieces, struct arena *arena)
{
    char *bytes = arena_alloc(arena, raw_size(pieces) + 1), *utf8;
    struct slice charset = SLICE_NONE, value;

    if (!bytes)
        return NULL;
    value = join(pieces, bytes, &charset);
    if (!pieces->items[0].extended) {
        line_terminate(bytes, value.size);
        return bytes;
    }
    utf8 = arena_alloc(arena, 3 * value.size + 1);
    if (utf8)
        line_terminate(utf8, charset_decode(charset, value, utf8));
    return utf8;
}

static int find_text(const struct parameters *p, const char *name, struct arena *arena, const char **out, bool *out_extended)
{
    struct pieces pieces;
    const char *text = NULL;
    int rc = collect(p, name, arena, &pieces);

    if (rc != 0)
        return rc;
    if (pieces.count) {
        text = joined_text(&pieces, arena);
        if (!text)
            return ERROR_BUDGET;
        *out_extended = pieces.items[0].extended;
    }
    *out = text;
    return 0;
}

int parameters_text(const struct parameters *p, const char *name, struct arena *arena, const char **out)
{
    bool extended;

    return find_text(p, name, arena, out, &extended);
}

int parameters_utf8(const struct parameters *p, const char *name, struct arena *arena, const char **out)
{
    const char *text;
    bool extended = false;
    int rc = find_text(p, name, arena, &text, &extended);

    if (rc != 0)
        return rc;
    if (text && !extended) {
        text = words_decode(slice_of(text), arena);
        if (!text)
            return ERROR_BUDGET;
    }
    *out = text;
    return 0;
}

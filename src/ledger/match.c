/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/match.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/line.h"

static const char *const fields[] = { "pec_id", "msgid", "sender", "recipient", "recipients", "related", "id" };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Without what does not count around it. */
static struct slice bare(struct slice s)
{
    s = slice_trim(s);
    if (s.size && s.data[0] == '<')
        s = slice_skip(s, 1);
    if (s.size && s.data[s.size - 1] == '>')
        s.size--;
    return slice_trim(s);
}

static bool is_plain(char c)
{
    return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '/';
}

/* JSON may escape any other character, so only such a run can be looked for in the text. */
static struct slice longest_plain_run(struct slice s)
{
    struct slice best = SLICE_NONE;

    for (size_t i = 0; i < s.size; i++) {
        size_t start = i;

        while (i < s.size && is_plain(s.data[i]))
            i++;
        if (i - start > best.size)
            best = (struct slice){ s.data + start, i - start };
    }
    return best;
}

int ledger_term_make(const char *text, struct ledger_term *out, struct error *e)
{
    struct slice s = bare(slice_of(text));
    char *copy;

    if (s.size == 0)
        return error_set(e, ERROR_SYNTAX, "nothing to search for");
    copy = malloc(s.size + 1);
    if (!copy)
        return error_set(e, ERROR_MEMORY, "no memory to search");
    for (size_t i = 0; i < s.size; i++)
        copy[i] = lower(s.data[i]);
    copy[s.size] = '\0';
    *out = (struct ledger_term){ .text = copy, .needle = longest_plain_run(slice_of(copy)), .lower = buffer_new(LEDGER_LINE_MAX) };
    return 0;
}

void ledger_term_free(struct ledger_term *term)
{
    free(term->text);
    buffer_free(&term->lower);
    *term = (struct ledger_term){ 0 };
}

bool ledger_term_may_match(struct ledger_term *term, struct slice line)
{
    size_t room;
    char *copy = buffer_reserve(&term->lower, line.size, &room);

    if (!copy || room < line.size)
        return true;
    for (size_t i = 0; i < line.size; i++)
        copy[i] = lower(line.data[i]);
    return slice_find((struct slice){ copy, line.size }, term->needle) < line.size;
}

static bool is_term(const struct ledger_term *term, const json_t *value)
{
    struct slice s = { json_string_value(value), json_string_length(value) };

    return json_is_string(value) && slice_is_nocase(bare(s), term->text);
}

static bool value_matches(const struct ledger_term *term, const json_t *value)
{
    return is_term(term, json_is_object(value) ? json_object_get(value, "address") : value);
}

static bool field_matches(const struct ledger_term *term, const json_t *value)
{
    if (!json_is_array(value))
        return value_matches(term, value);
    for (size_t i = 0; i < json_array_size(value); i++)
        if (value_matches(term, json_array_get(value, i)))
            return true;
    return false;
}

bool ledger_term_match(const struct ledger_term *term, struct slice line, struct ledger_match *out)
{
    json_t *object = json_loadb(line.data ? line.data : "", line.size, 0, NULL);
    bool is_object = json_is_object(object);
    struct ledger_match match = { 0 };
    const json_t *pec_id;

    if (is_object) {
        pec_id = json_object_get(object, "pec_id");
        match.has_pec_id = json_is_string(pec_id) &&
                           ledger_id_key((struct slice){ json_string_value(pec_id), json_string_length(pec_id) }, &match.pec_id) == 0;
        for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
            match.matches |= field_matches(term, json_object_get(object, fields[i]));
        *out = match;
    }
    json_decref(object);
    return is_object;
}

/* A key's value as it stands, from behind the key: true if it is a text. *out_escaped if the text must be parsed to be known. */
static bool read_value(struct slice rest, struct slice *out, bool *out_escaped)
{
    rest = slice_trim(rest);
    if (rest.size == 0 || rest.data[0] != ':')
        return false;
    rest = slice_trim(slice_skip(rest, 1));
    if (rest.size == 0 || rest.data[0] != '"')
        return false;
    rest = slice_skip(rest, 1);
    *out = (struct slice){ rest.data, slice_find_byte(rest, '"') };
    *out_escaped = slice_find_byte(*out, '\\') < out->size;
    return true;
}

bool ledger_may_belong(const struct ledger_ids *ids, struct slice line)
{
    static const struct slice key = { "\"pec_id\"", 8 };
    size_t at;

    while (ids->count && (at = slice_find(line, key)) < line.size) {
        struct ledger_id_key id;
        struct slice value;
        bool escaped;

        line = slice_skip(line, at + key.size);
        if (read_value(line, &value, &escaped) && (escaped || ledger_id_key(value, &id) != 0 || ledger_ids_has(ids, &id)))
            return true;
    }
    return false;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/ldif.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

struct ldif ldif_reader(struct slice text, const char *name, struct arena *arena)
{
    return (struct ldif){ .name = name, .arena = arena, .rest = text };
}

int ldif_fault(const struct ldif *ldif, size_t line, struct error *e, const char *format, ...)
{
    char words[sizeof e->text];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    return error_set(e, ERROR_SYNTAX, "%s:%zu: %s", ldif->name, line, words);
}

static int no_memory(const struct ldif *ldif, struct error *e)
{
    return error_set(e, ERROR_BUDGET, "%s:%zu: no memory for it", ldif->name, ldif->line);
}

static struct slice without_line_end(struct slice line)
{
    if (line.size == 0 || line.data[line.size - 1] != '\n')
        return line;
    line.size--;
    if (line.size && line.data[line.size - 1] == '\r')
        line.size--;
    return line;
}

/* The next line of the file, folded or not, without its end. */
static bool take_line(struct ldif *ldif, struct slice *out)
{
    if (!slice_next_line(&ldif->rest, out))
        return false;
    *out = without_line_end(*out);
    ldif->line++;
    return true;
}

static bool is_folded(const struct ldif *ldif)
{
    return ldif->rest.size && ldif->rest.data[0] == ' ';
}

/* Append to `first` the lines that continue it, each without its leading space. A first pass measures, so that a value of many
 * lines is copied once. */
static int unfold(struct ldif *ldif, struct slice first, struct slice *out, struct error *e)
{
    struct ldif ahead = *ldif;
    size_t size = first.size;
    struct slice line;
    char *text, *end;

    while (is_folded(&ahead) && take_line(&ahead, &line))
        size += line.size - 1;
    text = arena_alloc(ldif->arena, size);
    if (!text)
        return no_memory(ldif, e);
    end = mempcpy(text, first.data, first.size);
    while (is_folded(ldif) && take_line(ldif, &line))
        end = mempcpy(end, line.data + 1, line.size - 1);
    *out = (struct slice){ text, size };
    return 0;
}

static void skip_folded(struct ldif *ldif)
{
    struct slice line;

    while (is_folded(ldif))
        take_line(ldif, &line);
}

/* The next logical line; comments are passed over, also folded ones. An empty line separates records. `out_line` is where it
 * begins. ERROR_NOT_FOUND at the end. */
static int take_logical(struct ldif *ldif, struct slice *out, size_t *out_line, struct error *e)
{
    struct slice line;

    for (;;) {
        if (!take_line(ldif, &line))
            return ERROR_NOT_FOUND;
        if (line.size == 0 || line.data[0] != '#')
            break;
        skip_folded(ldif);
    }
    *out_line = ldif->line;
    if (line.size && line.data[0] == ' ')
        return ldif_fault(ldif, ldif->line, e, "this line continues nothing");
    *out = line;
    return line.size && is_folded(ldif) ? unfold(ldif, line, out, e) : 0;
}

enum { NOT_BASE64 = 64 };

static unsigned sextet(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0') + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : NOT_BASE64;
}

/* RFC 4648 4, padded, nothing else among the digits, the unused bits zero (3.5): one value has one form. */
static bool read_base64(struct slice s, char *out, size_t *out_size)
{
    size_t digits = s.size, size = 0;
    uint32_t bits = 0;

    while (digits > 0 && s.size - digits < 2 && s.data[digits - 1] == '=')
        digits--;
    if (s.size % 4 != 0)
        return false;
    for (size_t i = 0; i < digits; i++) {
        unsigned value = sextet(s.data[i]);

        if (value == NOT_BASE64)
            return false;
        bits = bits << 6 | value;
        if (i % 4 != 0)
            out[size++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    if (digits % 4 != 0 && (bits & (digits % 4 == 2 ? 15u : 3u)) != 0)
        return false;
    *out_size = size;
    return true;
}

static int decode_value(struct ldif *ldif, size_t line, struct slice encoded, struct slice *out, struct error *e)
{
    char *text = arena_alloc(ldif->arena, encoded.size / 4 * 3);
    size_t size;

    if (!text)
        return no_memory(ldif, e);
    if (!read_base64(encoded, text, &size))
        return ldif_fault(ldif, line, e, "the value is not base64");
    *out = (struct slice){ text, size };
    return 0;
}

static struct slice skip_spaces(struct slice s)
{
    while (s.size && s.data[0] == ' ')
        s = slice_skip(s, 1);
    return s;
}

/* value-spec of RFC 2849, behind the colon. */
static int read_value(struct ldif *ldif, size_t line, struct slice spec, struct slice *out, struct error *e)
{
    struct slice value;

    if (spec.size && spec.data[0] == ':')
        return decode_value(ldif, line, skip_spaces(slice_skip(spec, 1)), out, e);
    if (spec.size && spec.data[0] == '<')
        return ldif_fault(ldif, line, e, "a value by URL is not fetched");
    value = skip_spaces(spec);
    if (value.size && (value.data[0] == ':' || value.data[0] == '<'))
        return ldif_fault(ldif, line, e, "a value that begins with \"%c\" must be in base64", value.data[0]);
    if (slice_find_byte(value, '\0') < value.size || slice_find_byte(value, '\r') < value.size)
        return ldif_fault(ldif, line, e, "a value with a NUL or CR must be in base64");
    if (!utf8_valid(value))
        return ldif_fault(ldif, line, e, "the value is not UTF-8");
    *out = value;
    return 0;
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

/* AttributeDescription of RFC 2849: a name or an OID, then options behind semicolons. */
static bool read_description(struct slice description, struct slice *out_name)
{
    size_t name_size = slice_find_byte(description, ';');

    for (size_t i = 0; i < description.size; i++) {
        char c = description.data[i];
        bool ends_empty = i == 0 || description.data[i - 1] == ';' || i + 1 == description.size;

        if (!is_name_character(c) && (ends_empty || (c != ';' && (c != '.' || i > name_size))))
            return false;
    }
    *out_name = (struct slice){ description.data, name_size };
    return name_size > 0;
}

static int read_attribute(struct ldif *ldif, struct slice text, size_t line, struct ldif_attribute *out, struct error *e)
{
    struct ldif_attribute a = { .line = line };
    struct slice description, spec = text;
    char quoted[LOG_QUOTED_SIZE];
    int result;

    if (!slice_cut(&spec, ':', &description))
        return ldif_fault(ldif, line, e, "%s is no attribute with its value", log_quote(text, quoted));
    if (!read_description(description, &a.name))
        return ldif_fault(ldif, line, e, "%s is no name of an attribute", log_quote(description, quoted));
    result = read_value(ldif, line, spec, &a.value, e);
    if (result == 0)
        *out = a;
    return result;
}

/* "version: 1", which may stand in front of the first record. */
static int check_version(struct ldif *ldif, const struct ldif_attribute *a, struct error *e)
{
    if (ldif->started)
        return ldif_fault(ldif, a->line, e, "the version stands before the first record only");
    if (!slice_is(a->value, "1"))
        return ldif_fault(ldif, a->line, e, "only version 1 is known");
    ldif->started = true;
    return 0;
}

/* The line with which a record begins. */
static int read_dn(struct ldif *ldif, struct ldif_attribute *out, struct error *e)
{
    for (;;) {
        struct slice text;
        size_t line;
        int result = take_logical(ldif, &text, &line, e);

        if (result != 0)
            return result;
        if (text.size == 0)
            continue;
        result = read_attribute(ldif, text, line, out, e);
        if (result != 0)
            return result;
        if (!slice_is_nocase(out->name, "version"))
            break;
        result = check_version(ldif, out, e);
        if (result != 0)
            return result;
    }
    ldif->started = true;
    if (!slice_is_nocase(out->name, "dn"))
        return ldif_fault(ldif, out->line, e, "a record begins with its dn");
    return 0;
}

/* At most so many attributes follow in this record. */
static size_t count_ahead(const struct ldif *ldif)
{
    struct ldif ahead = *ldif;
    struct slice line;
    size_t count = 0;

    while (take_line(&ahead, &line) && line.size)
        count += line.data[0] != ' ' && line.data[0] != '#';
    return count;
}

/* Names that look like attributes and are not: they make a change (RFC 2849), or show that an empty line is missing. */
static int check_name(const struct ldif *ldif, const struct ldif_attribute *a, struct error *e)
{
    if (slice_is_nocase(a->name, "dn"))
        return ldif_fault(ldif, a->line, e, "a dn inside a record: the empty line before it is missing");
    if (slice_is_nocase(a->name, "changetype") || slice_is_nocase(a->name, "control"))
        return ldif_fault(ldif, a->line, e, "a change is no record");
    return 0;
}

int ldif_next(struct ldif *ldif, struct ldif_record *out, struct error *e)
{
    struct ldif_record record = { 0 };
    struct ldif_attribute dn;
    int result = read_dn(ldif, &dn, e);

    if (result != 0)
        return result;
    record.dn = dn.value;
    record.line = dn.line;
    record.attributes = arena_array(ldif->arena, count_ahead(ldif), sizeof *record.attributes);
    if (!record.attributes)
        return no_memory(ldif, e);
    for (;;) {
        struct ldif_attribute *a = &record.attributes[record.count];
        struct slice text;
        size_t line;

        result = take_logical(ldif, &text, &line, e);
        if (result == ERROR_NOT_FOUND || (result == 0 && text.size == 0))
            break;
        if (result == 0)
            result = read_attribute(ldif, text, line, a, e);
        if (result == 0)
            result = check_name(ldif, a, e);
        if (result != 0)
            return result;
        record.count++;
    }
    if (record.count == 0)
        return ldif_fault(ldif, record.line, e, "a record without attributes");
    *out = record;
    return 0;
}

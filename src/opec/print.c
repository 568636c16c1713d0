/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/print.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "opec/verb.h"

static const char no_room[] = "(too long to be shown)";

/* Marks and embeddings of UAX #9: they reorder what stands around them. */
static bool turns_direction(uint32_t c)
{
    return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

const char *print_line(struct arena *arena, struct slice foreign)
{
    char *line = text_one_line(arena, foreign), *end = line;
    struct slice rest;
    uint32_t c;

    if (!line)
        return no_room;
    rest = slice_of(line);
    while (utf8_next(&rest, &c))
        if (!turns_direction(c))
            end += utf8_write(c, end);
    *end = '\0';
    return line;
}

json_t *print_json_text(struct slice bytes)
{
    char *valid, *end;
    json_t *text;
    uint32_t c;

    if (utf8_valid(bytes))
        return json_stringn(bytes.size ? bytes.data : "", bytes.size);
    /* A byte that is replaced grows from one to three. */
    valid = end = malloc(3 * bytes.size);
    if (!valid)
        return NULL;
    while (utf8_next(&bytes, &c))
        end += utf8_write(c, end);
    text = json_stringn(valid, (size_t)(end - valid));
    free(valid);
    return text;
}

static int write_json(FILE *out, json_t *value, size_t flags)
{
    bool is_written = value && json_dumpf(value, out, flags) == 0 && fputc('\n', out) != EOF;

    json_decref(value);
    return is_written ? STATUS_DONE : call_failed("the answer cannot be written as JSON");
}

int print_json(FILE *out, json_t *value)
{
    return write_json(out, value, JSON_INDENT(2));
}

int print_json_line(FILE *out, json_t *value)
{
    return write_json(out, value, JSON_COMPACT);
}

const char *print_moment(int64_t seconds, char out[PRINT_SIZE])
{
    struct legal_time t = clock_legal(seconds);
    char day[CLOCK_TEXT_SIZE], hour[CLOCK_TEXT_SIZE], offset[CLOCK_TEXT_SIZE];

    clock_day(&t, day);
    clock_hour(&t, hour);
    clock_offset(&t, offset);
    snprintf(out, PRINT_SIZE, "%.14s %.14s %.14s", day, hour, offset);
    return out;
}

const char *print_size(uint64_t bytes, char out[PRINT_SIZE])
{
    static const struct {
        const char *name;
        uint64_t bytes;
    } units[] = { { "GB", 1000000000 }, { "MB", 1000000 }, { "kB", 1000 }, { "B", 1 } };
    size_t i = 0;

    while (bytes == 0 ? units[i].bytes != 1 : bytes % units[i].bytes != 0)
        i++;
    snprintf(out, PRINT_SIZE, "%" PRIu64 " %s", bytes / units[i].bytes, units[i].name);
    return out;
}

json_t *print_json_moment(int64_t seconds)
{
    char text[CLOCK_DATE_SIZE];

    if (seconds == 0)
        return json_null();
    clock_utc_text(seconds, text);
    return json_string(text);
}

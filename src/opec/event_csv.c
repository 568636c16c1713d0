/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/event_csv.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const columns[] = { "utc",      "legal_time", "event",   "point",    "verdict", "message", "receipt",
                                       "pec_id",   "msgid",      "sender",  "recipients", "subject", "provider", "related",
                                       "reason",   "done",       "size",    "digest",   "id",      "n" };

enum { COLUMNS = sizeof columns / sizeof columns[0] };

static int put(struct buffer *out, const char *text)
{
    return buffer_append(out, slice_of(text));
}

/* Within quotes. A control character would break the line for many readers, and says nothing. */
static int put_text(struct buffer *out, const char *text)
{
    int result = 0;

    for (; result == 0 && *text; text++) {
        char c = (unsigned char)*text < 0x20 || *text == 0x7F ? ' ' : *text;

        result = buffer_append(out, (struct slice){ &c, 1 });
        if (result == 0 && c == '"')
            result = put(out, "\"");
    }
    return result;
}

static bool is_formula(const char *text)
{
    return *text && strchr("=+-@\t\r", *text) != NULL;
}

/* One item of a list, or the only one. */
static int put_item(struct buffer *out, const json_t *value, bool is_first)
{
    const json_t *text = json_is_object(value) ? json_object_get(value, "address") : value;
    const char *words = json_is_string(text) ? json_string_value(text) : "";
    int result = is_first ? 0 : put(out, " ");
    char number[32];

    if (result == 0 && is_first && is_formula(words))
        result = put(out, "'");
    if (result == 0 && json_is_integer(text)) {
        snprintf(number, sizeof number, "%lld", (long long)json_integer_value(text));
        words = number;
    }
    return result ? result : put_text(out, words);
}

static int put_field(struct buffer *out, const json_t *value)
{
    int result = put(out, "\"");

    if (!json_is_array(value) && result == 0)
        result = put_item(out, value, true);
    for (size_t i = 0; result == 0 && i < json_array_size(value); i++)
        result = put_item(out, json_array_get(value, i), i == 0);
    return result ? result : put(out, "\"");
}

int event_csv_names(struct buffer *out)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < COLUMNS; i++) {
        result = put(out, columns[i]);
        if (result == 0)
            result = put(out, i + 1 < COLUMNS ? "," : "\r\n");
    }
    return result;
}

int event_csv_write(struct buffer *out, const json_t *event)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < COLUMNS; i++) {
        const json_t *value = json_object_get(event, columns[i]);

        if (value && !json_is_null(value))
            result = put_field(out, value);
        if (result == 0)
            result = put(out, i + 1 < COLUMNS ? "," : "\r\n");
    }
    return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/bounce.h"

#include "base/error.h"
#include "base/text.h"
#include "mime/address.h"
#include "mime/part.h"

enum { RECIPIENTS_MAX = 10000 };

/* "type; value": the value in one line (RFC 3464 2.1.2). */
static int typed_value(const struct header *h, const char *name, struct arena *arena, const char **out)
{
    const char *text;
    struct slice rest, type;
    int result = header_text(h, name, arena, &text);

    if (result != 0)
        return result;
    *out = NULL;
    if (!text)
        return 0;
    rest = slice_of(text);
    if (!slice_cut(&rest, ';', &type))
        rest = type;
    *out = text_one_line(arena, slice_trim(rest));
    return *out ? 0 : ERROR_BUDGET;
}

/* One to three digits at the front, but no fourth. */
static bool take_number(struct slice *rest, struct slice *out)
{
    size_t n = 0;

    while (n < rest->size && rest->data[n] >= '0' && rest->data[n] <= '9')
        n++;
    *out = (struct slice){ rest->data, n };
    *rest = slice_skip(*rest, n);
    return n >= 1 && n <= 3;
}

/* A status code (RFC 3463), alone in its field or followed by a comment; "5.0.0" if there is none. */
static const char *status_of(const char *text, struct arena *arena)
{
    struct slice rest = slice_of(text), parts[3];

    for (size_t i = 0; i < 3; i++) {
        if (i && (rest.size == 0 || rest.data[0] != '.'))
            return "5.0.0";
        rest = slice_skip(rest, i ? 1 : 0);
        if (!take_number(&rest, &parts[i]))
            return "5.0.0";
    }
    if (parts[0].size != 1)
        return "5.0.0";
    return arena_printf(arena, "%.*s.%.*s.%.*s", SLICE_ARGS(parts[0]), SLICE_ARGS(parts[1]), SLICE_ARGS(parts[2]));
}

/* One block of per-recipient fields (RFC 3464 2.3). */
static int read_recipient(struct slice block, struct arena *arena, struct bounced *out, bool *out_found)
{
    struct header h;
    struct slice body;
    const char *action, *status;
    int result = header_split(block, arena, &h, &body);

    *out_found = false;
    if (result != 0 || (result = typed_value(&h, "Final-Recipient", arena, &out->address)) != 0 ||
        (result = typed_value(&h, "Original-Recipient", arena, &out->original)) != 0 ||
        (result = typed_value(&h, "Diagnostic-Code", arena, &out->diagnostic)) != 0 ||
        (result = header_text(&h, "Action", arena, &action)) != 0 || (result = header_text(&h, "Status", arena, &status)) != 0)
        return result;
    out->failed = action && slice_is_nocase(slice_of(action), "failed");
    out->status = status_of(status, arena);
    if (!out->diagnostic)
        out->diagnostic = "";
    *out_found = out->address && address_valid(slice_of(out->address));
    return out->status ? 0 : ERROR_BUDGET;
}

/* The next block of fields: up to an empty line. */
static bool next_block(struct slice *rest, struct slice *out)
{
    const char *start;
    struct slice line;

    while (rest->size && (rest->data[0] == '\r' || rest->data[0] == '\n'))
        *rest = slice_skip(*rest, 1);
    start = rest->data;
    if (rest->size == 0)
        return false;
    *out = *rest;
    while (slice_next_line(rest, &line)) {
        if (slice_trim(line).size == 0) {
            *out = slice_between(start, line.data);
            return true;
        }
    }
    return true;
}

static int read_status(struct slice text, struct arena *arena, struct bounce *b)
{
    struct slice block, body;
    struct header h;
    size_t room = 0, blocks = 0;
    int result;

    for (struct slice rest = text; next_block(&rest, &block);)
        blocks++;
    if (blocks == 0)
        return 0;
    next_block(&text, &block);
    if ((result = header_split(block, arena, &h, &body)) != 0 || (result = header_text(&h, "Original-Envelope-Id", arena, &b->envid)) != 0)
        return result;
    room = blocks - 1 < RECIPIENTS_MAX ? blocks - 1 : RECIPIENTS_MAX;
    b->recipients = arena_array(arena, room ? room : 1, sizeof *b->recipients);
    if (!b->recipients)
        return ERROR_BUDGET;
    while (b->recipient_count < room && next_block(&text, &block)) {
        bool found;

        result = read_recipient(block, arena, &b->recipients[b->recipient_count], &found);
        if (result != 0)
            return result;
        b->recipient_count += found;
    }
    return 0;
}

int bounce_read(struct slice message, struct arena *arena, struct bounce *out)
{
    const struct part_limits limits = { .depth = 1, .parts = 20 };
    struct bounce b = { 0 };
    struct part top;
    const struct part *status;
    struct slice text;
    int result = part_read(message, &limits, arena, &top);

    if (result == ERROR_LIMIT) {
        *out = b;
        return 0;
    }
    if (result != 0)
        return result;
    status = slice_is(slice_of(top.type), "multipart/report") ? part_find_type(&top, "message/delivery-status") : NULL;
    if (status) {
        result = part_decode(status, arena, &text);
        if (result == 0)
            result = read_status(text, arena, &b);
    }
    if (result == 0)
        *out = b;
    return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/identity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"

static int order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* A text and its end, so that no two lists of texts run together to the same bytes. */
static void feed(struct digest *d, const char *text)
{
    digest_update(d, (struct slice){ text, strlen(text) + 1 });
}

static int feed_recipients(struct digest *d, const struct arrival *a, struct arena *arena)
{
    const char **sorted = arena_array(arena, a->recipient_count, sizeof *sorted);

    if (!sorted)
        return ERROR_BUDGET;
    memcpy(sorted, a->recipients, a->recipient_count * sizeof *sorted);
    qsort(sorted, a->recipient_count, sizeof *sorted, order);
    for (size_t i = 0; i < a->recipient_count; i++)
        if (i == 0 || strcmp(sorted[i], sorted[i - 1]) != 0)
            feed(d, sorted[i]);
    feed(d, "");
    return 0;
}

/* The length of the field at the front, its folded lines included. */
static size_t field_size(struct slice s)
{
    struct slice rest = s, line;

    if (!slice_next_line(&rest, &line))
        return 0;
    while (rest.size && (rest.data[0] == ' ' || rest.data[0] == '\t'))
        slice_next_line(&rest, &line);
    return s.size - rest.size;
}

/* The message without the trace fields that mail systems put on top of it. */
static struct slice without_trace(struct slice message)
{
    static const char *const trace[] = { "Received:", "Return-Path:", "Delivered-To:", "X-Original-To:" };

    for (;;) {
        size_t i = 0, count = sizeof trace / sizeof trace[0];

        while (i < count && !slice_starts_nocase(message, trace[i]))
            i++;
        if (i == count)
            return message;
        message = slice_skip(message, field_size(message));
    }
}

/* Does the header of the message claim that it is PEC mail? Looked for without reading the header: this runs before anything may fail. */
static bool claims_pec(struct slice message)
{
    size_t size;

    while ((size = field_size(message)) > 0) {
        if (slice_starts_nocase(message, "X-Ricevuta:") || slice_starts_nocase(message, "X-Trasporto:"))
            return true;
        if (message.data[0] == '\r' || message.data[0] == '\n')
            return false;
        message = slice_skip(message, size);
    }
    return false;
}

int identity_of_message(const struct spooled *s, struct arena *arena, unsigned char out[STORE_KEY_SIZE])
{
    bool is_pec = s->point == POINT_INCOMING && claims_pec(s->arrival.bytes);
    struct digest *d = digest_new(DIGEST_SHA256);
    int result;

    if (!d)
        return ERROR_MEMORY;
    feed(d, point_names[s->point]);
    feed(d, s->arrival.sender);
    feed(d, is_pec ? "" : s->ident);
    result = feed_recipients(d, &s->arrival, arena);
    digest_update(d, is_pec ? without_trace(s->arrival.bytes) : s->arrival.bytes);
    digest_final(d, out);
    digest_free(&d);
    return result;
}

int identity_of_task(uint64_t transaction, const char *address, int kind, unsigned char out[STORE_KEY_SIZE])
{
    struct digest *d = digest_new(DIGEST_SHA256);
    char text[64];

    if (!d)
        return ERROR_MEMORY;
    snprintf(text, sizeof text, "%s %llx %d", point_names[POINT_NOTICE], (unsigned long long)transaction, kind);
    feed(d, text);
    feed(d, address);
    digest_final(d, out);
    digest_free(&d);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scan/answer.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"

/* Take `end` off the end; false if it is not there. */
static bool cut_end(struct slice *s, struct slice end)
{
    if (s->size < end.size || memcmp(s->data + s->size - end.size, end.data, end.size) != 0)
        return false;
    s->size -= end.size;
    return true;
}

static bool cut_start(struct slice *s, struct slice start)
{
    if (s->size < start.size || memcmp(s->data, start.data, start.size) != 0)
        return false;
    *s = slice_skip(*s, start.size);
    return true;
}

/* The name goes into receipts, XML and logs: printable ASCII, and nothing that ends a quotation or begins a tag. */
static bool is_plain(char c)
{
    return c >= ' ' && c <= '~' && !strchr("\"'`<>", c);
}

static void write_name(struct slice name, char out[SCAN_NAME_SIZE])
{
    text_copy(out, SCAN_NAME_SIZE, name);
    for (size_t i = 0; i < name.size && i < SCAN_NAME_SIZE - 1; i++)
        if (!is_plain(out[i]))
            out[i] = '_';
}

int scan_answer_read(struct slice answer, struct scan_verdict *out, struct error *e)
{
    char quoted[LOG_QUOTED_SIZE];
    struct slice rest = answer;

    if (slice_is(answer, "stream: OK")) {
        out->virus[0] = '\0';
        return 0;
    }
    if (cut_start(&rest, SLICE("stream: ")) && cut_end(&rest, SLICE(" FOUND"))) {
        rest = slice_trim(rest);
        /* An empty name would say that the message is clean. */
        if (rest.size) {
            write_name(rest, out->virus);
            return 0;
        }
    }
    return error_set(e, ERROR_PROTOCOL, "no verdict, but %s", log_quote(answer, quoted));
}

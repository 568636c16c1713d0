/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a server's replies, at once and byte by byte: the same replies are read, and their text is one for logs.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "smtp/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int good)
{
    if (!good)
        abort();
}

static void check(const struct smtp_reply *r)
{
    require(r->code >= 200 && r->code <= 599 && r->lines >= 1 && r->lines <= SMTP_REPLY_LINES_MAX);
    require(strlen(r->text) == r->text_size && strlen(r->enhanced) < SMTP_REPLY_ENHANCED_SIZE);
    require(r->enhanced[0] == '\0' || r->enhanced[0] - '0' == r->code / 100);
    for (size_t i = 0; i < r->text_size; i++)
        require(r->text[i] == '\n' || (r->text[i] >= ' ' && r->text[i] < 127));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buffer whole = buffer_new(1 << 20), slow = buffer_new(1 << 20);
    enum smtp_reply_state state = SMTP_REPLY_WHOLE;
    size_t fed = 0;

    require(buffer_append(&whole, (struct slice){ (const char *)data, size }) == 0);
    while (state == SMTP_REPLY_WHOLE) {
        struct smtp_reply one = { 0 }, two = { 0 };
        enum smtp_reply_state again;

        state = smtp_reply_take(&one, &whole);
        while ((again = smtp_reply_take(&two, &slow)) == SMTP_REPLY_MORE && fed < size)
            require(buffer_append(&slow, (struct slice){ (const char *)data + fed++, 1 }) == 0);
        require(state == again);
        if (state == SMTP_REPLY_WHOLE) {
            check(&one);
            require(one.code == two.code && one.lines == two.lines);
            require(strcmp(one.enhanced, two.enhanced) == 0 && strcmp(one.text, two.text) == 0);
        }
    }
    buffer_free(&whole);
    buffer_free(&slow);
    return 0;
}

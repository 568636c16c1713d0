/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as lines of the legal log, as they are and under a hash that holds; and as an event, whose line must be read again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "ledger/line.h"
#include "ledger/lives.h"
#include "ledger/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(struct ledger_chain *chain, struct slice text)
{
    struct ledger_line line;

    if (ledger_chain_next(chain, text, &line) != LEDGER_CHANGED && (line.n == 0 || line.id.size == 0))
        abort();
}

static void read_line(struct ledger_chain *chain, struct slice text)
{
    struct buffer sealed = buffer_new(LEDGER_LINE_MAX);
    unsigned char hash[LEDGER_HASH_SIZE];

    look_at(chain, text);
    if (buffer_append(&sealed, text) == 0 && ledger_hash_append(&sealed, 0, hash) == 0)
        look_at(chain, buffer_data(&sealed));
    buffer_free(&sealed);
}

static void write_line(struct slice event)
{
    struct buffer out = buffer_new(LEDGER_LINE_MAX);
    struct ledger_head head = { .count = 6 };
    struct ledger_line line;

    if (ledger_line_write(&out, event, "id", &head, NULL) == 0 && (!ledger_line_read(buffer_data(&out), &line) || line.n != 7))
        abort();
    buffer_free(&out);
}

static void search_line(struct slice text)
{
    const struct ledger_asked asked = { .term = "<A@b>", .from = INT64_MIN, .to = INT64_MAX };
    json_t *event = json_loadb(text.size ? text.data : "", text.size, 0, NULL);
    struct ledger_lives lives = { 0 };
    struct ledger_query query;
    bool matches;

    if (ledger_lives_add(&lives, SLICE("opec.1")) != 0 || ledger_query_make(&asked, &query, NULL) != 0)
        abort();
    /* What is passed over without parsing must be nothing that parsing would find. */
    if (ledger_query_match(&query, event, &matches) == 0 && matches && !ledger_query_may_match(&query, text) &&
        slice_find_byte(text, '\\') == text.size)
        abort();
    ledger_lives_may_have(&lives, text);
    ledger_query_free(&query);
    ledger_lives_free(&lives);
    json_decref(event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = { (const char *)data, size }, text;
    struct ledger_head none = { 0 };
    struct ledger_chain chain = { 0 };

    write_line(rest);
    search_line(rest);
    if (ledger_chain_begin(&chain, &none, NULL) != 0)
        return 0;
    while (slice_next_line(&rest, &text))
        read_line(&chain, text);
    ledger_chain_end(&chain);
    return 0;
}

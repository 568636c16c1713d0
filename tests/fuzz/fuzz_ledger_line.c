/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as lines of the legal log, as they are and under a hash that holds; and as an event, whose line must be read again.
 */
#include <stdint.h>
#include <stdlib.h>

#include "ledger/line.h"
#include "ledger/match.h"

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
    struct ledger_ids ids = { 0 };
    struct ledger_id_key key;
    struct ledger_match match;
    struct ledger_term term;

    if (ledger_id_key(SLICE("opec.1"), &key) != 0 || ledger_ids_reserve(&ids) != 0 || ledger_term_make("<A@b>", &term, NULL) != 0)
        abort();
    ledger_ids_add(&ids, &key);
    /* What is passed over without parsing must be nothing that parsing would find. */
    if (ledger_term_match(&term, text, &match) && match.matches && !ledger_term_may_match(&term, text) &&
        slice_find_byte(text, '\\') == text.size)
        abort();
    ledger_may_belong(&ids, text);
    ledger_term_free(&term);
    ledger_ids_free(&ids);
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

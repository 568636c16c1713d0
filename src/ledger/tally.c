/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/tally.h"

#include <string.h>

#include "base/text.h"

int ledger_tally_begin(struct ledger_tally *tally, ledger_tree_teller *tell, void *arg, struct error *e)
{
    struct digest *sha256 = digest_new(DIGEST_SHA256);
    int result = sha256 ? ledger_tree_begin(&tally->tree, tell, arg, e) : error_set(e, ERROR_MEMORY, "no memory for a digest");

    if (result != 0) {
        digest_free(&sha256);
        return result;
    }
    tally->sha256 = sha256;
    tally->seen = (struct ledger_manifest){ 0 };
    return 0;
}

void ledger_tally_end(struct ledger_tally *tally)
{
    digest_free(&tally->sha256);
    ledger_tree_end(&tally->tree);
}

int ledger_tally_add(struct ledger_tally *tally, struct slice text, const struct ledger_line *line, bool is_shown)
{
    struct ledger_manifest *seen = &tally->seen;
    int result = ledger_tree_add_line(&tally->tree, line, is_shown);

    if (result != 0)
        return result;
    if (seen->count == 0) {
        seen->first = line->n;
        text_copy(seen->previous, sizeof seen->previous, line->previous);
    }
    digest_update(tally->sha256, text);
    seen->last = line->n;
    text_copy(seen->head, sizeof seen->head, line->hash);
    seen->count++;
    seen->size += text.size;
    return 0;
}

int ledger_tally_finish(struct ledger_tally *tally)
{
    unsigned char hash[LEDGER_HASH_SIZE];
    int result = ledger_tree_root(&tally->tree, hash);

    if (result != 0)
        return result;
    hex_write((struct slice){ (const char *)hash, sizeof hash }, tally->seen.tree);
    digest_final(tally->sha256, hash);
    hex_write((struct slice){ (const char *)hash, sizeof hash }, tally->seen.sha256);
    return 0;
}

bool ledger_tally_is(const struct ledger_tally *tally, const struct ledger_manifest *m)
{
    const struct ledger_manifest *seen = &tally->seen;

    return seen->count == m->count && seen->first == m->first && seen->last == m->last && seen->size == m->size &&
           strcmp(seen->previous, m->previous) == 0 && strcmp(seen->head, m->head) == 0 && strcmp(seen->sha256, m->sha256) == 0 &&
           strcmp(seen->tree, m->tree) == 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the keeper owes to other nodes of the same store: messages in hand are locked against them, and each node's head of the legal log
 * stands under its name.
 */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "flow/keeper_private.h"

enum { HEAD_BUDGET = 64 * 1024 };

/* --- the head of the log ---------------------------------------------------------------------------------------------------- */

/* "COUNT HASH"; empty for a node that has written nothing yet. */
static bool understand_head(struct slice value, struct ledger_head *out)
{
    struct slice count;
    unsigned long long n;

    memset(out, 0, sizeof *out);
    if (value.size == 0)
        return true;
    if (!slice_cut(&value, ' ', &count) || !slice_number(count, &n) || !hex_read(value, out->hash, sizeof out->hash))
        return false;
    out->count = n;
    return true;
}

int keeper_read_head(struct store *store, struct arena *arena, struct ledger_head *out, struct error *e)
{
    struct slice value = SLICE_NONE;
    int result = store_node_head(store, arena, &value, e);

    if (result != 0 && result != ERROR_NOT_FOUND)
        return result;
    return understand_head(value, out) ? 0 : error_set(e, ERROR_CORRUPT, "store: the head of the legal log is damaged");
}

int keeper_write_head(struct keeper *k, struct error *e)
{
    struct ledger_head head = ledger_head(k->ledger);
    char hex[2 * LEDGER_HASH_SIZE + 1], text[sizeof hex + 24];

    hex_write((struct slice){ (const char *)head.hash, sizeof head.hash }, hex);
    snprintf(text, sizeof text, "%llu %s", (unsigned long long)head.count, hex);
    return store_node_put(k->store, slice_of(text), clock_now(), e);
}

int keeper_others(struct store *store, struct arena *arena, struct journal_node **out, size_t *out_count, struct error *e)
{
    struct stored_node *stored = NULL;
    struct journal_node *nodes;
    size_t count = 0;
    int result = store_node_others(store, arena, &stored, &count, e);

    if (result != 0)
        return result;
    if (!(nodes = arena_array(arena, count ? count : 1, sizeof *nodes)))
        return error_set(e, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < count; i++) {
        nodes[i] = (struct journal_node){ .name = stored[i].name, .seen = stored[i].seen };
        if (!understand_head(stored[i].head, &nodes[i].head))
            return error_set(e, ERROR_CORRUPT, "store: the head of the legal log of node %s is damaged", stored[i].name);
    }
    *out = nodes;
    *out_count = count;
    return 0;
}

int keeper_known_head(const char *store_url, const char *store_node, struct ledger_head *out, struct error *e)
{
    struct store *store = NULL;
    struct arena *arena = arena_new(HEAD_BUDGET);
    int result = arena ? store_open_reader(store_url, store_node, &store, e) : error_set(e, ERROR_MEMORY, "out of memory");

    if (result == 0)
        result = keeper_read_head(store, arena, out, e);
    store_close(&store);
    arena_free(&arena);
    return result;
}

/* --- messages in hand ------------------------------------------------------------------------------------------------------- */

int keeper_take(struct keeper_turn *t, bool *out_taken)
{
    struct keeper *k = t->k;
    struct claim *claim;
    int result = 0;

    *out_taken = claims_take(&k->claims, t->request->key, t->client);
    claim = *out_taken ? claims_find(&k->claims, t->request->key) : NULL;
    if (!claim || !claim->is_new || claim->session != 0)
        return 0; /* nobody's, or in this hand before */
    result = store_claim(k->store, t->request->key, out_taken, &t->error);
    if (result == 0 && *out_taken)
        claim->session = k->session;
    else
        claims_forget(&k->claims, claim);
    return result;
}

/* The server held our locks for as long as the connection. Another node may have had a message meanwhile, or has it now: then its holder
 * here is told when it asks next. */
int keeper_regain(struct keeper *k, struct error *e)
{
    bool is_taken;
    int result = 0;

    k->claims.ended_count = 0;
    for (size_t i = k->claims.count; i-- > 0 && result == 0;) {
        result = store_claim(k->store, k->claims.items[i].key, &is_taken, e);
        if (result == 0 && !is_taken)
            claims_forget(&k->claims, &k->claims.items[i]);
    }
    if (result == 0)
        k->session = store_session(k->store);
    return result;
}

/* What cannot be unlocked now is so with the end of the connection, which is at fault. */
void keeper_let_go(struct keeper *k)
{
    for (size_t i = 0; i < k->claims.ended_count; i++)
        store_unclaim(k->store, k->claims.ended[i], NULL);
    k->claims.ended_count = 0;
}

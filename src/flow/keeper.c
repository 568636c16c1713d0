/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/keeper_private.h"

enum { BATCH_BUDGET = 256 * 1024 * 1024 };

/* --- opening ---------------------------------------------------------------------------------------------------------------- */

int keeper_open(const struct keeper_settings *settings, struct keeper **out, struct error *e)
{
    struct keeper *k = calloc(1, sizeof *k);
    struct ledger_head head;
    int result;

    if (!k || !(k->batch = arena_new(BATCH_BUDGET))) {
        result = error_set(e, ERROR_MEMORY, "out of memory");
        goto out;
    }
    k->settings = *settings;
    if ((result = store_open(settings->store_url, settings->store_node, &k->store, e)) != 0 ||
        (result = keeper_read_head(k->store, k->batch, &head, e)) != 0 ||
        (result = ledger_open(&settings->ledger, &head, &k->ledger, &k->damage, e)) != 0)
        goto out;
    k->known_lines = head.count;
    k->session = store_session(k->store);
    *out = k;
    k = NULL;
out:
    keeper_close(&k);
    return result;
}

void keeper_close(struct keeper **keeper)
{
    struct keeper *k = *keeper;

    if (!k)
        return;
    ledger_close(&k->ledger);
    store_close(&k->store);
    arena_free(&k->batch);
    claims_free(&k->claims);
    free(k);
    *keeper = NULL;
}

void keeper_apply(struct keeper *k, keeper_client client, const struct journal_request *request, struct arena *arena,
                  struct journal_response *out)
{
    struct keeper_turn t = { .k = k, .client = client, .request = request, .arena = arena, .response = out };

    *out = (struct journal_response){ .status.log_damage = "" };
    out->error = keeper_verbs[request->verb](&t);
    if (out->error != 0)
        out->words = arena_text(arena, slice_of(t.error.text));
}

/* --- batches ---------------------------------------------------------------------------------------------------------------- */

int keeper_batch_begin(struct keeper *k, struct error *e)
{
    int result;

    arena_reset(k->batch);
    k->lines = NULL;
    k->line_count = k->line_capacity = k->outlived_count = 0;
    k->is_durable = false;
    k->spoiled.code = 0;
    result = store_begin(k->store, e);
    if (result == 0 && store_session(k->store) != k->session)
        result = keeper_regain(k, e);
    if (result != 0)
        store_rollback(k->store);
    return result;
}

static int write_lines(struct keeper *k, struct error *e)
{
    int64_t now = clock_now();
    int result = 0;

    for (size_t i = 0; i < k->line_count && result == 0; i++)
        result = ledger_append(k->ledger, k->lines[i].id, k->lines[i].text, now, e);
    return result;
}

/* A durable commit brings earlier ones to the disk that did not ask for it; the lines of what they record must be there before. */
static int sync_log(struct keeper *k, struct error *e)
{
    int result = ledger_sync(k->ledger, e);

    return result || ledger_head(k->ledger).count == k->known_lines ? result : keeper_write_head(k, e);
}

/* The log before the store, so that the head that the store remembers is never ahead of what the log holds. A store that has failed makes
 * the commit fail. */
int keeper_batch_end(struct keeper *k, struct error *e)
{
    int result = k->spoiled.code ? error_set(e, k->spoiled.code, "%s", k->spoiled.text) : write_lines(k, e);

    if (result == 0 && k->is_durable)
        result = sync_log(k, e);
    if (result == 0)
        result = store_commit(k->store, k->is_durable, e);
    if (result == 0 && k->is_durable)
        k->known_lines = ledger_head(k->ledger).count;
    for (size_t i = 0; result == 0 && i < k->outlived_count; i++)
        retention_remove(&k->outlived[i]);
    if (result != 0)
        store_rollback(k->store);
    claims_settle(&k->claims, result == 0);
    if (result == 0)
        keeper_let_go(k);
    return result;
}

void keeper_apply_without_store(struct keeper *k, keeper_client client, const struct journal_request *request)
{
    if (request->verb == JOURNAL_RELEASE)
        claims_drop(&k->claims, request->key, client);
}

void keeper_client_gone(struct keeper *k, keeper_client client)
{
    claims_drop_all(&k->claims, client);
}

/* --- direct calls ----------------------------------------------------------------------------------------------------------- */

struct direct_journal {
    struct journal journal;
    struct keeper *keeper;
    keeper_client client;
};

static int direct_ask(struct journal *self, const struct journal_request *request, struct arena *arena, struct journal_response *out,
                      int64_t deadline_ms, struct error *e)
{
    struct direct_journal *d = (struct direct_journal *)self;
    int result = keeper_batch_begin(d->keeper, e);

    (void)deadline_ms;
    if (result != 0) {
        keeper_apply_without_store(d->keeper, d->client, request);
        return result;
    }
    keeper_apply(d->keeper, d->client, request, arena, out);
    result = keeper_batch_end(d->keeper, e);
    if (result == 0 && out->error != 0)
        result = error_set(e, out->error, "%s", out->words ? out->words : error_row(out->error)->text);
    return result;
}

static void direct_close(struct journal *self)
{
    free(self);
}

struct journal *journal_of_keeper(struct keeper *keeper, keeper_client client)
{
    struct direct_journal *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    *d = (struct direct_journal){ .journal = { .ask = direct_ask, .close = direct_close }, .keeper = keeper, .client = client };
    return &d->journal;
}

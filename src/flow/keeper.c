/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/keeper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/text.h"
#include "flow/claims.h"

enum { PURGE_AT_ONCE = 500, BATCH_BUDGET = 256 * 1024 * 1024, HEAD_BUDGET = 64 * 1024 };

static const char head_setting[] = "ledger_head", tag_key_setting[] = "tag_key";

struct keeper {
    struct keeper_settings settings;
    struct store *store;
    struct ledger *ledger;
    struct error damage; /* of the log at start; code 0 if it was whole */
    struct claims claims;
    struct arena *batch; /* the lines of the batch */
    struct journal_line *lines;
    size_t line_count, line_capacity;
    bool store_durable, log_durable; /* what a request of the batch asks for */
    int failure;                     /* of a request that spoils the batch */
    char failure_words[200];
};

/* --- opening ---------------------------------------------------------------------------------------------------------------- */

/* The head is kept as "COUNT HASH". */
static int read_head(struct store *store, struct arena *arena, struct ledger_head *out, struct error *e)
{
    struct slice value, count;
    unsigned long long n;
    int result = store_setting_get(store, head_setting, arena, &value, e);

    memset(out, 0, sizeof *out);
    if (result == ERROR_NOT_FOUND)
        return 0;
    if (result != 0)
        return result;
    if (!slice_cut(&value, ' ', &count) || !slice_number(count, &n) || !hex_read(value, out->hash, sizeof out->hash))
        return error_set(e, ERROR_CORRUPT, "store: the setting %s is damaged", head_setting);
    out->count = n;
    return 0;
}

static int write_head(struct keeper *k, struct error *e)
{
    struct ledger_head head = ledger_head(k->ledger);
    char hex[2 * LEDGER_HASH_SIZE + 1], text[sizeof hex + 24];

    hex_write((struct slice){ (const char *)head.hash, sizeof head.hash }, hex);
    snprintf(text, sizeof text, "%llu %s", (unsigned long long)head.count, hex);
    return store_setting_put(k->store, head_setting, slice_of(text), e);
}

int keeper_known_head(const char *store_url, struct ledger_head *out, struct error *e)
{
    struct store *store = NULL;
    struct arena *arena = arena_new(HEAD_BUDGET);
    int result = arena ? store_open_reader(store_url, &store, e) : error_set(e, ERROR_MEMORY, "out of memory");

    if (result == 0)
        result = read_head(store, arena, out, e);
    store_close(&store);
    arena_free(&arena);
    return result;
}

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
    if ((result = store_open(settings->store_url, &k->store, e)) != 0 || (result = read_head(k->store, k->batch, &head, e)) != 0 ||
        (result = ledger_open(&settings->ledger, &head, &k->ledger, &k->damage, e)) != 0)
        goto out;
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

/* --- requests --------------------------------------------------------------------------------------------------------------- */

/* One request being carried out. */
struct work {
    struct keeper *k;
    keeper_client client;
    const struct journal_request *request;
    struct arena *arena;
    struct journal_response *response;
    struct error error;
};

/* Lines are written at the end of the batch, when every change to the store has gone well. */
static int queue_lines(struct work *w)
{
    struct keeper *k = w->k;

    for (size_t i = 0; i < w->request->line_count; i++) {
        const struct journal_line *line = &w->request->lines[i];

        if (k->line_count == k->line_capacity) {
            size_t capacity = k->line_capacity ? 2 * k->line_capacity : 64;
            struct journal_line *lines = arena_array(k->batch, capacity, sizeof *lines);

            if (!lines)
                return error_set(&w->error, ERROR_MEMORY, "no memory for the lines of a batch");
            if (k->line_count)
                memcpy(lines, k->lines, k->line_count * sizeof *lines);
            k->lines = lines;
            k->line_capacity = capacity;
        }
        k->lines[k->line_count].id = arena_text(k->batch, slice_of(line->id));
        k->lines[k->line_count].text = arena_copy(k->batch, line->text);
        if (!k->lines[k->line_count].id || !k->lines[k->line_count].text.data)
            return error_set(&w->error, ERROR_MEMORY, "no memory for the lines of a batch");
        k->line_count++;
    }
    return 0;
}

static int apply_releases(struct work *w)
{
    bool known;
    int result = 0;

    for (size_t i = 0; i < w->request->release_count && result == 0; i++) {
        const struct journal_release *r = &w->request->releases[i];

        result = store_untrack(w->k->store, r->pec_id, r->address, r->is_final ? UNTRACK_ALL : UNTRACK_FIRST, &known, &w->error);
    }
    return result;
}

static int claim(struct work *w)
{
    struct stored_plan plan = { 0 };
    uint32_t crashes;
    int result;

    if (!claims_take(&w->k->claims, w->request->key, w->client)) {
        w->response->state = JOURNAL_BUSY;
        return 0;
    }
    result = store_crash_count(w->k->store, w->request->key, &crashes, &w->error);
    if (result == 0 && crashes >= w->k->settings.crashes_max) {
        w->response->state = JOURNAL_POISONED;
        return 0;
    }
    if (result == 0)
        result = store_plan_find(w->k->store, w->request->key, w->arena, &plan, &w->error);
    if (result == ERROR_NOT_FOUND) {
        w->response->state = JOURNAL_FRESH;
        return 0;
    }
    if (result != 0) {
        claims_drop(&w->k->claims, w->request->key, w->client);
        return result;
    }
    w->response->state = plan.finished ? JOURNAL_FINISHED : JOURNAL_FOUND;
    w->response->text = plan.answer;
    w->response->record = plan.record;
    w->response->outcomes = plan.outcomes;
    w->response->outcome_count = plan.outcome_count;
    if (plan.finished)
        claims_drop(&w->k->claims, w->request->key, w->client);
    return 0;
}

static int begin(struct work *w)
{
    const struct journal_request *r = w->request;
    int result = store_plan_add(w->k->store, r->key, r->time, r->record, &w->error);

    if (result == 0 && r->is_tracked)
        result = store_track(w->k->store, &r->transaction, r->first_due, r->second_due, &w->error);
    if (result == 0)
        result = apply_releases(w);
    w->k->store_durable = true;
    return result ? result : queue_lines(w);
}

static int outcome(struct work *w)
{
    int result = store_outcome_add(w->k->store, w->request->key, w->request->number, w->request->record, &w->error);

    if (result == 0)
        result = apply_releases(w);
    return result ? result : queue_lines(w);
}

static int end(struct work *w)
{
    const struct journal_request *r = w->request;
    int result = store_plan_finish(w->k->store, r->key, r->time, r->text ? r->text : "", &w->error);

    if (result == 0 && r->task)
        result = store_task_done(w->k->store, r->task, &w->error);
    if (result == 0)
        result = apply_releases(w);
    claims_drop(&w->k->claims, r->key, w->client);
    w->k->store_durable = w->k->log_durable = true;
    return result ? result : queue_lines(w);
}

static int release(struct work *w)
{
    claims_drop(&w->k->claims, w->request->key, w->client);
    return 0;
}

static int crashed(struct work *w)
{
    w->k->store_durable = true;
    return store_crash_add(w->k->store, w->request->key, w->request->time, &w->response->number, &w->error);
}

static int transaction(struct work *w)
{
    int result = store_transaction_find(w->k->store, w->request->transaction.number, w->arena, &w->response->transaction, &w->error);

    w->response->state = result == 0 ? JOURNAL_FOUND : JOURNAL_UNKNOWN;
    return result == ERROR_NOT_FOUND ? 0 : result;
}

static int due(struct work *w)
{
    int result = store_task_due(w->k->store, w->request->time, w->request->number, w->arena, &w->response->tasks,
                                &w->response->task_count, &w->error);

    return result ? result : store_task_next(w->k->store, &w->response->time, &w->error);
}

static int task_done(struct work *w)
{
    return store_task_done(w->k->store, w->request->task, &w->error);
}

/* The key of tags is made once for all nodes and all time. */
static int tag_key(struct work *w)
{
    unsigned char key[TAG_KEY_SIZE];
    char hex[2 * TAG_KEY_SIZE + 1];
    struct slice value;
    int result = store_setting_get(w->k->store, tag_key_setting, w->arena, &value, &w->error);

    if (result == ERROR_NOT_FOUND) {
        random_bytes(key, sizeof key);
        hex_write((struct slice){ (const char *)key, sizeof key }, hex);
        w->k->store_durable = true;
        result = store_setting_put(w->k->store, tag_key_setting, slice_of(hex), &w->error);
        value = slice_of(hex);
    }
    if (result == 0 && !hex_read(value, w->response->tag_key, TAG_KEY_SIZE))
        result = error_set(&w->error, ERROR_CORRUPT, "store: the setting %s is damaged", tag_key_setting);
    return result;
}

static int domain_list(struct work *w)
{
    return store_domain_list(w->k->store, w->arena, &w->response->names, &w->response->name_count, &w->error);
}

static int welcome(struct work *w)
{
    int result = tag_key(w);

    return result ? result : domain_list(w);
}

static int rotate(struct work *w, bool force)
{
    char closed[LEDGER_PATH_SIZE];
    int result = ledger_rotate(w->k->ledger, w->request->time, force, closed, &w->error);

    if (result == 0 && !(w->response->text = arena_text(w->arena, slice_of(closed))))
        result = ERROR_MEMORY;
    return result;
}

static int housekeeping(struct work *w)
{
    int64_t now = w->request->time;
    int result = store_plan_purge(w->k->store, now - w->k->settings.finished_kept, PURGE_AT_ONCE, &w->error);

    if (result == 0)
        result = store_transaction_purge(w->k->store, now - w->k->settings.tracked_kept, PURGE_AT_ONCE, &w->error);
    return result ? result : rotate(w, false);
}

static int log_close(struct work *w)
{
    return rotate(w, true);
}

static int log_head(struct work *w)
{
    struct ledger_head head = ledger_head(w->k->ledger);
    char hex[2 * LEDGER_HASH_SIZE + 1];

    hex_write((struct slice){ (const char *)head.hash, sizeof head.hash }, hex);
    w->response->status.log_lines = head.count;
    w->response->text = arena_text(w->arena, slice_of(hex));
    w->k->log_durable = w->k->store_durable = true;
    return w->response->text ? 0 : ERROR_MEMORY;
}

static int domain_add(struct work *w)
{
    w->k->store_durable = true;
    return store_domain_add(w->k->store, w->request->text, w->request->time, &w->error);
}

static int domain_remove(struct work *w)
{
    w->k->store_durable = true;
    return store_domain_remove(w->k->store, w->request->text, &w->error);
}

static int account_add(struct work *w)
{
    w->k->store_durable = true;
    return store_account_add(w->k->store, &w->request->account, &w->error);
}

static int account_set(struct work *w)
{
    w->k->store_durable = true;
    return store_account_set(w->k->store, &w->request->account, &w->error);
}

static int account_remove(struct work *w)
{
    w->k->store_durable = true;
    return store_account_remove(w->k->store, w->request->text, &w->error);
}

static int account_list(struct work *w)
{
    return store_account_list(w->k->store, w->request->text, w->arena, &w->response->accounts, &w->response->account_count, &w->error);
}

static int status(struct work *w)
{
    struct journal_status *s = &w->response->status;
    int result = store_plan_open_count(w->k->store, INT64_MAX, &s->open_plans, &s->oldest_plan, &w->error);

    if (result == 0)
        result = store_task_next(w->k->store, &s->next_task, &w->error);
    s->log_lines = ledger_head(w->k->ledger).count;
    s->log_damage = w->k->damage.code ? w->k->damage.text : "";
    return result;
}

typedef int apply_verb(struct work *w);

static apply_verb *const verbs[JOURNAL_VERB_COUNT] = {
    [JOURNAL_CLAIM] = claim,
    [JOURNAL_BEGIN] = begin,
    [JOURNAL_OUTCOME] = outcome,
    [JOURNAL_END] = end,
    [JOURNAL_RELEASE] = release,
    [JOURNAL_CRASHED] = crashed,
    [JOURNAL_TRANSACTION] = transaction,
    [JOURNAL_DUE] = due,
    [JOURNAL_TASK_DONE] = task_done,
    [JOURNAL_WELCOME] = welcome,
    [JOURNAL_HOUSEKEEPING] = housekeeping,
    [JOURNAL_LOG_CLOSE] = log_close,
    [JOURNAL_LOG_HEAD] = log_head,
    [JOURNAL_DOMAIN_ADD] = domain_add,
    [JOURNAL_DOMAIN_REMOVE] = domain_remove,
    [JOURNAL_DOMAIN_LIST] = domain_list,
    [JOURNAL_ACCOUNT_ADD] = account_add,
    [JOURNAL_ACCOUNT_SET] = account_set,
    [JOURNAL_ACCOUNT_REMOVE] = account_remove,
    [JOURNAL_ACCOUNT_LIST] = account_list,
    [JOURNAL_STATUS] = status,
};

/* An answer that says no (there is one already, there is none) leaves the batch whole; a store that fails does not. */
static bool spoils(int code)
{
    return code != 0 && code != ERROR_EXISTS && code != ERROR_NOT_FOUND && code != ERROR_SYNTAX && code != ERROR_LIMIT && code != ERROR_BUDGET;
}

void keeper_apply(struct keeper *k, keeper_client client, const struct journal_request *request, struct arena *arena,
                  struct journal_response *out)
{
    struct work w = { .k = k, .client = client, .request = request, .arena = arena, .response = out };

    *out = (struct journal_response){ .status.log_damage = "" };
    out->error = verbs[request->verb](&w);
    if (out->error == 0)
        return;
    out->words = arena_text(arena, slice_of(w.error.text));
    if (spoils(out->error) && k->failure == 0) {
        k->failure = out->error;
        text_copy(k->failure_words, sizeof k->failure_words, slice_of(w.error.text));
    }
}

/* --- batches ---------------------------------------------------------------------------------------------------------------- */

int keeper_batch_begin(struct keeper *k, struct error *e)
{
    arena_reset(k->batch);
    k->lines = NULL;
    k->line_count = k->line_capacity = 0;
    k->store_durable = k->log_durable = false;
    k->failure = 0;
    return store_begin(k->store, e);
}

static int write_lines(struct keeper *k, struct error *e)
{
    int64_t now = clock_now();
    int result = 0;

    for (size_t i = 0; i < k->line_count && result == 0; i++)
        result = ledger_append(k->ledger, k->lines[i].id, k->lines[i].text, now, e);
    return result;
}

/* The log before the store, so that the head that the store remembers is never ahead of what the log holds. */
int keeper_batch_end(struct keeper *k, struct error *e)
{
    int result = k->failure ? error_set(e, k->failure, "%s", k->failure_words) : write_lines(k, e);

    if (result == 0 && k->log_durable) {
        result = ledger_sync(k->ledger, e);
        if (result == 0)
            result = write_head(k, e);
    }
    if (result == 0)
        result = store_commit(k->store, k->store_durable, e);
    if (result != 0)
        store_rollback(k->store);
    return result;
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
    if (result != 0)
        return result;
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

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the keeper is asked besides: transactions and tasks, the log, domains and accounts.
 */
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "flow/keeper_private.h"

enum { PURGE_AT_ONCE = 500, RETENTION_PAUSE = 3600 };

static const char tag_key_setting[] = "tag_key";

static int transaction(struct keeper_turn *t)
{
    int result = store_transaction_find(t->k->store, t->request->transaction.number, t->arena, &t->response->transaction, &t->error);

    t->response->state = result == 0 ? JOURNAL_FOUND : JOURNAL_UNKNOWN;
    return result == ERROR_NOT_FOUND ? 0 : result;
}

static int due(struct keeper_turn *t)
{
    int result = store_task_due(t->k->store, t->request->time, t->request->number, t->arena, &t->response->tasks,
                                &t->response->task_count, &t->error);

    return result ? result : store_task_next(t->k->store, &t->response->time, &t->error);
}

static int task_done(struct keeper_turn *t)
{
    return store_task_done(t->k->store, t->request->task, &t->error);
}

/* The key of tags is made once for all nodes and all time. */
static int tag_key(struct keeper_turn *t)
{
    unsigned char key[TAG_KEY_SIZE];
    char hex[2 * TAG_KEY_SIZE + 1];
    struct slice value;
    int result = store_setting_get(t->k->store, tag_key_setting, t->arena, &value, &t->error);

    if (result == ERROR_NOT_FOUND) {
        random_bytes(key, sizeof key);
        hex_write((struct slice){ (const char *)key, sizeof key }, hex);
        t->k->is_durable = true;
        result = store_setting_put(t->k->store, tag_key_setting, slice_of(hex), &t->error);
        value = slice_of(hex);
    }
    if (result == 0 && !hex_read(value, t->response->tag_key, TAG_KEY_SIZE))
        result = error_set(&t->error, ERROR_CORRUPT, "store: the setting %s is damaged", tag_key_setting);
    return result;
}

static int domain_list(struct keeper_turn *t)
{
    return store_domain_list(t->k->store, t->arena, &t->response->names, &t->response->name_count, &t->error);
}

static int welcome(struct keeper_turn *t)
{
    int result = tag_key(t);

    return result ? result : domain_list(t);
}

static int rotate(struct keeper_turn *t, bool force)
{
    char closed[LEDGER_PATH_SIZE];
    int result = ledger_rotate(t->k->ledger, t->request->time, force, closed, &t->error);

    if (result == 0 && !(t->response->text = arena_text(t->arena, slice_of(closed))))
        result = ERROR_MEMORY;
    return result;
}

/* Looking through the folders takes a while when there is much in them; nobody minds an hour more, unless less is kept. */
static int remove_outlived(struct keeper_turn *t)
{
    struct keeper *k = t->k;
    const struct retention_settings *s = &k->settings.retention;
    int64_t pause = RETENTION_PAUSE;
    int result;

    if (t->request->time < k->retention_at)
        return 0;
    pause = s->log_kept < pause ? s->log_kept : pause;
    pause = s->quarantine_kept < pause ? s->quarantine_kept : pause;
    result = retention_find(s, t->request->time, k->batch, k->outlived, &k->outlived_count, &t->error);
    for (size_t i = 0; result == 0 && i < k->outlived_count; i++)
        if (!keeper_queue_line(k, &k->outlived[i].line))
            result = error_set(&t->error, ERROR_MEMORY, "out of memory");
    if (result != 0)
        k->outlived_count = 0;
    k->is_durable |= k->outlived_count > 0;
    k->retention_at = k->outlived_count == RETENTION_AT_ONCE ? 0 : t->request->time + pause;
    return result;
}

static int housekeeping(struct keeper_turn *t)
{
    int64_t now = t->request->time;
    int result = t->k->session ? store_node_seen(t->k->store, now, &t->error) : 0;

    if (result == 0)
        result = store_plan_purge(t->k->store, now - t->k->settings.finished_kept, PURGE_AT_ONCE, &t->error);
    if (result == 0)
        result = store_transaction_purge(t->k->store, now - t->k->settings.tracked_kept, PURGE_AT_ONCE, &t->error);
    if (result == 0)
        result = rotate(t, false);
    return result ? result : remove_outlived(t);
}

static int log_close(struct keeper_turn *t)
{
    return rotate(t, true);
}

static int log_head(struct keeper_turn *t)
{
    struct ledger_head head = ledger_head(t->k->ledger);
    char hex[2 * LEDGER_HASH_SIZE + 1];

    hex_write((struct slice){ (const char *)head.hash, sizeof head.hash }, hex);
    t->response->status.log_lines = head.count;
    t->response->text = arena_text(t->arena, slice_of(hex));
    t->k->is_durable = true;
    if (!t->response->text)
        return error_set(&t->error, ERROR_MEMORY, "out of memory");
    return keeper_others(t->k->store, t->arena, &t->response->nodes, &t->response->node_count, &t->error);
}

static int domain_add(struct keeper_turn *t)
{
    t->k->is_durable = true;
    return store_domain_add(t->k->store, t->request->text, t->request->time, &t->error);
}

static int domain_remove(struct keeper_turn *t)
{
    t->k->is_durable = true;
    return store_domain_remove(t->k->store, t->request->text, &t->error);
}

static int account_add(struct keeper_turn *t)
{
    t->k->is_durable = true;
    return store_account_add(t->k->store, &t->request->account, &t->error);
}

static int account_set(struct keeper_turn *t)
{
    t->k->is_durable = true;
    return store_account_set(t->k->store, &t->request->account, &t->error);
}

static int account_remove(struct keeper_turn *t)
{
    t->k->is_durable = true;
    return store_account_remove(t->k->store, t->request->text, &t->error);
}

static int account_list(struct keeper_turn *t)
{
    return store_account_list(t->k->store, t->request->text, t->arena, &t->response->accounts, &t->response->account_count, &t->error);
}

static int status(struct keeper_turn *t)
{
    struct journal_status *s = &t->response->status;
    int result = store_plan_open_count(t->k->store, INT64_MAX, &s->open_plans, &s->oldest_plan, &t->error);

    if (result == 0)
        result = store_task_next(t->k->store, &s->next_task, &t->error);
    s->log_lines = ledger_head(t->k->ledger).count;
    s->log_damage = t->k->damage.code ? t->k->damage.text : "";
    return result ? result : keeper_others(t->k->store, t->arena, &t->response->nodes, &t->response->node_count, &t->error);
}

keeper_verb *const keeper_verbs[JOURNAL_VERB_COUNT] = {
    [JOURNAL_CLAIM] = keeper_claim,
    [JOURNAL_BEGIN] = keeper_begin,
    [JOURNAL_OUTCOME] = keeper_outcome,
    [JOURNAL_END] = keeper_end,
    [JOURNAL_RELEASE] = keeper_release,
    [JOURNAL_CRASHED] = keeper_crashed,
    [JOURNAL_TRANSACTION] = transaction,
    [JOURNAL_DUE] = due,
    [JOURNAL_TASK_DONE] = task_done,
    [JOURNAL_WELCOME] = welcome,
    [JOURNAL_HOUSEKEEPING] = housekeeping,
    [JOURNAL_LOG_CLOSE] = log_close,
    [JOURNAL_LOG_HEAD] = log_head,
    [JOURNAL_NOTE] = keeper_note,
    [JOURNAL_DOMAIN_ADD] = domain_add,
    [JOURNAL_DOMAIN_REMOVE] = domain_remove,
    [JOURNAL_DOMAIN_LIST] = domain_list,
    [JOURNAL_ACCOUNT_ADD] = account_add,
    [JOURNAL_ACCOUNT_SET] = account_set,
    [JOURNAL_ACCOUNT_REMOVE] = account_remove,
    [JOURNAL_ACCOUNT_LIST] = account_list,
    [JOURNAL_STATUS] = status,
};

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the keeper is asked about the plan of a message, from the claim to the end; and lines of the log without one.
 */
#include <string.h>

#include "flow/keeper_private.h"

enum {
    LINE_ID_MAX = 255,                /* as the legal log has it */
    LINE_TEXT_MAX = 16 * 1000 * 1000, /* and with room for what the log adds */
};

/* Whoever changes a plan has it in hand. A worker whose keeper died comes back as another client and takes its message again, unless
 * somebody else has it meanwhile: then its own plan must go no further. */
static int hold(struct keeper_turn *t)
{
    bool is_taken = false;
    int result = keeper_take(t, &is_taken);

    return result || is_taken ? result : error_set(&t->error, ERROR_BUSY, "the message is in other hands");
}

/* A plan may begin only if it was in hand all the time since it was found to be fresh. After the death of a keeper, or of the connection to
 * the store, somebody else may have begun another one meanwhile, or even ended it. */
static int check_fresh(struct keeper_turn *t)
{
    struct claim *claim = claims_find(&t->k->claims, t->request->key);
    struct stored_plan plan = { 0 };
    int result;

    if (!claim || (!claim->is_new && claim->session == t->k->session))
        return 0;
    result = store_plan_find(t->k->store, t->request->key, t->arena, &plan, &t->error);
    if (result == 0 && (plan.finished || !slice_equal(plan.record, t->request->record)))
        return error_set(&t->error, ERROR_BUSY, "the message has another plan meanwhile");
    if (result == 0 || result == ERROR_NOT_FOUND)
        claim->session = t->k->session;
    return result == ERROR_NOT_FOUND ? 0 : result;
}

/* Looked at before anything is changed: a line that the log refuses would take the whole batch with it. */
static int check_lines(struct keeper_turn *t)
{
    for (size_t i = 0; i < t->request->line_count; i++) {
        const struct journal_line *line = &t->request->lines[i];
        size_t id_size = strlen(line->id);

        if (id_size == 0 || id_size > LINE_ID_MAX || line->text.size == 0 || line->text.size > LINE_TEXT_MAX)
            return error_set(&t->error, ERROR_LIMIT, "a line of %zu bytes for the legal log", line->text.size);
    }
    return 0;
}

static bool grow_lines(struct keeper *k)
{
    size_t capacity = k->line_capacity ? 2 * k->line_capacity : 64;
    struct journal_line *lines = arena_array(k->batch, capacity, sizeof *lines);

    if (!lines)
        return false;
    if (k->line_count)
        memcpy(lines, k->lines, k->line_count * sizeof *lines);
    k->lines = lines;
    k->line_capacity = capacity;
    return true;
}

bool keeper_queue_line(struct keeper *k, const struct journal_line *line)
{
    struct journal_line copy = { .id = arena_text(k->batch, slice_of(line->id)), .text = arena_copy(k->batch, line->text) };

    if (!copy.id || !copy.text.data || (k->line_count == k->line_capacity && !grow_lines(k)))
        return false;
    k->lines[k->line_count++] = copy;
    return true;
}

/* Lines are written at the end of the batch, when every change to the store has gone well. The store has been changed already: without
 * its lines the batch cannot stand. What the store knows already has its lines in the log, which goes first, however long ago; a keeper
 * that has been born again would not know them from its tail. */
static int queue_lines(struct keeper_turn *t)
{
    for (size_t i = 0; i < t->request->line_count; i++)
        if (!keeper_queue_line(t->k, &t->request->lines[i]))
            return error_set(&t->k->spoiled, ERROR_MEMORY, "no memory for the lines of a batch");
    return 0;
}

static int apply_releases(struct keeper_turn *t)
{
    bool known;
    int result = 0;

    for (size_t i = 0; i < t->request->release_count && result == 0; i++) {
        const struct journal_release *r = &t->request->releases[i];

        result = store_untrack(t->k->store, r->pec_id, r->address, r->is_final ? UNTRACK_ALL : UNTRACK_FIRST, &known, &t->error);
    }
    return result;
}

int keeper_claim(struct keeper_turn *t)
{
    struct stored_plan plan = { 0 };
    bool is_taken = false;
    uint32_t crashes;
    int result = keeper_take(t, &is_taken);

    if (result == 0 && !is_taken) {
        t->response->state = JOURNAL_BUSY;
        return 0;
    }
    if (result == 0)
        result = store_crash_count(t->k->store, t->request->key, &crashes, &t->error);
    if (result == 0 && crashes >= t->k->settings.crashes_max) {
        t->response->state = JOURNAL_POISONED;
        return 0;
    }
    if (result == 0)
        result = store_plan_find(t->k->store, t->request->key, t->arena, &plan, &t->error);
    if (result == ERROR_NOT_FOUND) {
        t->response->state = JOURNAL_FRESH;
        return 0;
    }
    if (result != 0) {
        claims_drop(&t->k->claims, t->request->key, t->client);
        return result;
    }
    t->response->state = plan.finished ? JOURNAL_FINISHED : JOURNAL_FOUND;
    t->response->text = plan.answer;
    t->response->record = plan.record;
    t->response->outcomes = plan.outcomes;
    t->response->outcome_count = plan.outcome_count;
    if (plan.finished)
        claims_drop(&t->k->claims, t->request->key, t->client);
    return 0;
}

/* What may be refused comes first, so that a refusal leaves nothing behind. */
int keeper_begin(struct keeper_turn *t)
{
    const struct journal_request *r = t->request;
    int result = hold(t);

    if (result == 0)
        result = check_fresh(t);
    if (result == 0 && r->is_tracked)
        result = store_track(t->k->store, &r->transaction, r->first_due, r->second_due, &t->error);
    if (result == 0)
        result = store_plan_add(t->k->store, r->key, r->time, r->record, &t->error);
    if (result == 0)
        result = apply_releases(t);
    t->k->is_durable = true;
    return result;
}

int keeper_outcome(struct keeper_turn *t)
{
    bool is_new = true;
    int result = hold(t);

    if (result == 0)
        result = check_lines(t);
    if (result == 0)
        result = store_outcome_add(t->k->store, t->request->key, t->request->number, t->request->record, &is_new, &t->error);
    if (result == 0)
        result = apply_releases(t);
    return result || !is_new ? result : queue_lines(t);
}

int keeper_end(struct keeper_turn *t)
{
    const struct journal_request *r = t->request;
    bool is_new = true;
    int result = hold(t);

    if (result == 0)
        result = check_lines(t);
    if (result == 0)
        result = store_plan_finish(t->k->store, r->key, r->time, r->text ? r->text : "", &is_new, &t->error);
    if (result == 0 && r->task)
        result = store_task_done(t->k->store, r->task, &t->error);
    if (result == 0)
        result = apply_releases(t);
    claims_drop(&t->k->claims, r->key, t->client);
    t->k->is_durable = true;
    return result || !is_new ? result : queue_lines(t);
}

/* Of no plan: only its lines' ids tell one asked for again from another. */
int keeper_note(struct keeper_turn *t)
{
    int result = check_lines(t);

    t->k->is_durable = true;
    return result ? result : queue_lines(t);
}

int keeper_release(struct keeper_turn *t)
{
    claims_drop(&t->k->claims, t->request->key, t->client);
    return 0;
}

int keeper_crashed(struct keeper_turn *t)
{
    t->k->is_durable = true;
    return store_crash_add(t->k->store, t->request->key, t->request->time, &t->response->number, &t->error);
}

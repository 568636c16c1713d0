/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/settle.h"

#include <string.h>

#include "base/clock.h"
#include "flow/boundary.h"
#include "pec/event.h"

enum { JOURNAL_MS = 30000 };

int settle_ask(struct work *w, struct journal_request *request, struct journal_response *out, struct error *e)
{
    struct journal *journal = w->services->journal;
    enum phase before = phases_enter(&w->phases, PHASE_STORE);
    int result;

    memcpy(request->key, w->key, sizeof request->key);
    request->time = request->time ? request->time : clock_now();
    result = journal->ask(journal, request, w->arena, out, clock_monotonic_ms() + JOURNAL_MS, e);
    phases_leave(&w->phases, before);
    board_report(w->services->board, DEP_STORE, result == ERROR_BUDGET ? 0 : result, e->text);
    return result;
}

/* --- what follows by the law ------------------------------------------------------------------------------------------------ */

static int add_releases(struct work *w, const struct effects *effects, struct journal_request *request)
{
    struct journal_release *list = arena_array(w->arena, effects->release_count ? effects->release_count : 1, sizeof *list);

    if (!list)
        return ERROR_BUDGET;
    for (size_t i = 0; i < effects->release_count; i++)
        list[i] = (struct journal_release){ effects->releases[i].pec_id, effects->releases[i].address, effects->releases[i].is_final };
    request->releases = list;
    request->release_count = effects->release_count;
    return 0;
}

/* A bounce proves why a message was not delivered, and nobody else keeps it: its bytes stand in the log, where none of them can be changed. */
static struct event with_report(const struct work *w, struct event event)
{
    bool is_bounce = w->plan.verdict == VERDICT_BOUNCE || w->plan.verdict == VERDICT_BOUNCE_OF_RECEIPT;

    if (is_bounce && !event.message)
        event.report = w->spooled->arrival.bytes;
    return event;
}

/* More lines for the legal log; `digest` is that of the message of ours that they speak of. */
static int add_lines(struct work *w, const struct effects *effects, const char *digest, struct journal_request *request)
{
    struct journal_line *lines = arena_array(w->arena, request->line_count + effects->event_count + 1, sizeof *lines);

    if (!lines)
        return ERROR_BUDGET;
    if (request->line_count)
        memcpy(lines, request->lines, request->line_count * sizeof *lines);
    request->lines = lines;
    for (size_t i = 0; i < effects->event_count; i++) {
        struct journal_line *line = &lines[request->line_count++];
        const struct event event = with_report(w, effects->events[i]);

        line->id = arena_printf(w->arena, "%s.%zu.%zu", w->plan.seed, event.number, i);
        line->text = slice_of(event_write(&w->plan, &event, event.message ? digest : NULL, w->arena));
        if (!line->id || !line->text.data)
            return ERROR_BUDGET;
    }
    return 0;
}

/* That the message was received is logged with the first thing that is recorded of it, not with the plan: the log is written before the
 * store, and of a plan that came to nothing in between (the machine stopped, the disk was full) it would tell for ever, beside the other
 * plan that is made when the message comes again. */
static int add_beginning(struct work *w, struct journal_request *request)
{
    struct effects effects;
    int result = w->outcomes == 0 ? plan_begin(&w->plan, w->arena, &effects) : 0;

    return w->outcomes == 0 && result == 0 ? add_lines(w, &effects, NULL, request) : result;
}

/* --- the beginning ---------------------------------------------------------------------------------------------------------- */

static int write_plan(struct work *w, struct slice *out)
{
    struct record r = record_writer();

    plan_visit(&r, &w->plan);
    *out = slice_of(record_finish(&r, w->arena));
    return out->data ? 0 : ERROR_BUDGET;
}

/* 3.1.6: the recipients that receipts are waited for. */
static int fill_transaction(struct work *w, struct journal_request *request)
{
    const struct transaction *about = &w->plan.about;
    struct stored_transaction *t = &request->transaction;
    struct record r = record_writer();

    *t = (struct stored_transaction){ .number = (uint64_t)w->plan.number, .pec_id = about->pec_id, .created = w->plan.time };
    transaction_visit(&r, &w->plan.about);
    t->record = slice_of(record_finish(&r, w->arena));
    t->recipients = arena_array(w->arena, about->recipient_count, sizeof *t->recipients);
    if (!t->record.data || !t->recipients)
        return ERROR_BUDGET;
    t->recipient_count = about->recipient_count;
    for (size_t i = 0; i < about->recipient_count; i++)
        t->recipients[i] = (struct stored_recipient){ .address = about->recipients[i].address, .certified = about->recipients[i].certified };
    request->is_tracked = true;
    /* One second more: the dispatch was somewhere within its second, and no notice may come before its time is full. */
    request->first_due = w->plan.time + w->services->config->notices.first + 1;
    request->second_due = w->plan.time + w->services->config->notices.second + 1;
    return 0;
}

int settle_begin(struct work *w, struct error *e)
{
    struct journal_request request = { .verb = JOURNAL_BEGIN, .time = w->plan.time };
    struct journal_response response;
    struct effects effects;
    int result;

    boundary_cross(w, BOUNDARY_DECIDED, 0);
    if ((result = write_plan(w, &request.record)) != 0 || (w->plan.is_tracked && (result = fill_transaction(w, &request)) != 0) ||
        (result = plan_begin(&w->plan, w->arena, &effects)) != 0 || (result = add_releases(w, &effects, &request)) != 0)
        return error_set(e, result, "recording a plan: %s", error_row(result)->text);
    result = settle_ask(w, &request, &response, e);
    if (result == 0)
        boundary_cross(w, BOUNDARY_BEGUN, 0);
    return result;
}

/* --- steps and the end ------------------------------------------------------------------------------------------------------ */

static const char *final_reply(struct work *w)
{
    if (w->plan.refusal)
        return w->plan.refusal;
    return arena_printf(w->arena, "250 2.0.0 Ok: %s", w->plan.about.pec_id ? w->plan.about.pec_id : verdict_names[w->plan.verdict]);
}

static int end_with(struct work *w, struct journal_request *request, struct error *e)
{
    struct journal_response response;
    const char *reply = final_reply(w);
    int result;

    if (!reply)
        return error_set(e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);
    request->verb = JOURNAL_END;
    request->text = reply;
    request->task = w->task;
    result = settle_ask(w, request, &response, e);
    if (result == 0)
        w->reply = reply;
    return result;
}

static int write_outcome(struct work *w, struct outcome *o, struct slice *out)
{
    struct record r = record_writer();

    outcome_visit(&r, o);
    *out = slice_of(record_finish(&r, w->arena));
    return out->data ? 0 : ERROR_BUDGET;
}

int settle_step(struct work *w, size_t step, struct answer *answers, size_t count, const char *digest, struct error *e)
{
    struct outcome outcome = { .step = step, .time = clock_now(), .answers = answers, .answer_count = count };
    struct journal_request request = { .verb = JOURNAL_OUTCOME, .time = outcome.time, .number = w->outcomes };
    struct journal_response response;
    struct effects effects;
    int result;

    if ((result = write_outcome(w, &outcome, &request.record)) != 0 ||
        (result = plan_apply(&w->services->provider, &w->plan, &outcome, w->arena, &effects)) != 0 ||
        (result = add_beginning(w, &request)) != 0 || (result = add_releases(w, &effects, &request)) != 0 ||
        (result = add_lines(w, &effects, digest, &request)) != 0)
        return error_set(e, result, "recording a step: %s", error_row(result)->text);
    result = plan_is_done(&w->plan) ? end_with(w, &request, e) : settle_ask(w, &request, &response, e);
    if (result != 0)
        return result;
    w->outcomes++;
    boundary_cross(w, BOUNDARY_RECORDED, step);
    return 0;
}

int settle_end(struct work *w, struct error *e)
{
    struct journal_request request = { 0 };
    int result = w->reply ? 0 : add_beginning(w, &request);

    if (result != 0)
        return error_set(e, result, "recording an end: %s", error_row(result)->text);
    return w->reply ? 0 : end_with(w, &request, e);
}

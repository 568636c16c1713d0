/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/flow.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "flow/boundary.h"
#include "flow/decide.h"
#include "flow/execute.h"
#include "flow/identity.h"
#include "flow/render.h"
#include "flow/settle.h"
#include "pec/notice.h"

enum {
    BUDGET_BASE = 64 * 1024 * 1024, /* a message may need this, and four times its size: decoded parts, answers of 10,000 mailboxes */
    BUDGET_FACTOR = 4,
};

/* --- beginning -------------------------------------------------------------------------------------------------------------- */

static int claim(struct work *w, struct journal_response *out, struct error *e)
{
    struct journal_request request = { .verb = JOURNAL_CLAIM };
    int result = settle_ask(w, &request, out, e);

    if (result == 0)
        boundary_cross(w, BOUNDARY_CLAIMED, 0);
    return result;
}

static int decide(struct work *w, struct error *e)
{
    return w->spooled->point == POINT_ACCESS ? decide_access(w, e) : decide_incoming(w, e);
}

/* A plan that was begun before: as it was recorded, with its outcomes applied again. */
static int resume(struct work *w, const struct journal_response *found, struct error *e)
{
    struct record r = record_reader(found->record, w->arena);
    int result = 0;

    plan_visit(&r, &w->plan);
    if (!record_drop(&r))
        return error_set(e, ERROR_CORRUPT, "store: the record of a plan is damaged");
    for (size_t i = 0; i < found->outcome_count && result == 0; i++) {
        struct outcome *outcome = arena_alloc(w->arena, sizeof *outcome);
        struct effects effects;

        if (!outcome)
            return error_set(e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);
        r = record_reader(found->outcomes[i], w->arena);
        outcome_visit(&r, outcome);
        if (!record_drop(&r))
            return error_set(e, ERROR_CORRUPT, "store: the record of an outcome is damaged");
        result = plan_apply(&w->services->provider, &w->plan, outcome, w->arena, &effects);
    }
    if (result != 0)
        return error_set(e, result, "store: an outcome does not fit its plan");
    w->outcomes = (uint32_t)found->outcome_count;
    return decide_reread(w, e);
}

/* --- ending ----------------------------------------------------------------------------------------------------------------- */

/* To be tried again: the claim is given back. */
static void release(struct work *w)
{
    struct journal_request request = { .verb = JOURNAL_RELEASE };
    struct journal_response response;
    struct error e;

    settle_ask(w, &request, &response, &e);
}

static int carry_out(struct work *w, const char **out_reply, struct error *e)
{
    int result = execute(w, e);

    if (result == 0)
        result = settle_end(w, e);
    if (result != 0)
        return result;
    boundary_cross(w, BOUNDARY_ENDED, 0);
    *out_reply = w->reply;
    return 0;
}

/* --- a message -------------------------------------------------------------------------------------------------------------- */

/* It has killed worker after worker: a copy is kept for whoever looks into it, and it is refused. */
static int refuse_poisoned(struct work *w, const char **out_reply, struct error *e)
{
    char hex[2 * STORE_KEY_SIZE + 1], path[4096];
    int result;

    hex_write((struct slice){ (const char *)w->key, sizeof w->key }, hex);
    snprintf(path, sizeof path, "%s/poisoned-%.16s.eml", w->services->config->daemon.spool_dir, hex);
    result = file_replace(path, w->spooled->arrival.bytes, 0600, e);
    if (result != 0)
        return result;
    log_error("message refused: it crashed its worker time and again; a copy is kept in %s", path);
    *out_reply = "554 5.6.0 This message cannot be processed";
    return 0;
}

static int process(struct work *w, const char **out_reply, struct error *e)
{
    struct journal_response response;
    int result = claim(w, &response, e);

    if (result != 0)
        return result;
    switch (response.state) {
    case JOURNAL_BUSY:
        return error_set(e, ERROR_BUSY, "the message is in other hands");
    case JOURNAL_FINISHED:
        *out_reply = response.text;
        return 0;
    case JOURNAL_POISONED:
        result = refuse_poisoned(w, out_reply, e);
        break;
    case JOURNAL_FOUND:
        result = resume(w, &response, e);
        break;
    default:
        result = decide(w, e);
        if (result == 0)
            result = settle_begin(w, e);
        break;
    }
    w->is_known = result == 0 && !*out_reply;
    if (w->is_known)
        result = carry_out(w, out_reply, e);
    if (result != 0 || response.state == JOURNAL_POISONED)
        release(w);
    return result;
}

/* RFC 5321 2.3.8, design: bytes that no message may have, told by the receiver. At the access point a user's mistake is no SMTP error:
 * the formal checks name it. */
static const char *refuse_bytes(const struct spooled *s)
{
    if (s->bare_lf)
        return "554 5.6.0 Bare line feed in message";
    if (s->point == POINT_INCOMING && s->arrival.bare_cr)
        return "554 5.6.0 Bare carriage return in message";
    return NULL;
}

static void count(struct board *b, const struct work *w, const char *reply)
{
    _Atomic uint64_t *answers = reply[0] == '2' ? &b->answers_2xx : reply[0] == '4' ? &b->answers_4xx : &b->answers_5xx;

    atomic_fetch_add(answers, 1);
    if (reply[0] != '4' && w->is_known)
        atomic_fetch_add(&b->verdicts[w->plan.verdict], 1);
}

/* One line for a message; a repeated one, whose plan is finished, has no verdict of its own. The milliseconds are since it was whole. */
static void log_message(const struct work *w, const char *reply, int result, const struct error *e)
{
    char sender[LOG_QUOTED_SIZE], words[LOG_QUOTED_SIZE];
    const struct arrival *a = &w->spooled->arrival;

    log_write(result ? error_row(result)->level : LEVEL_INFO,
              "message: point=%s verdict=%s id=%s ident=%s from=%s recipients=%zu size=%zu ms=%lld reply=%.3s%s%s",
              point_names[w->spooled->point], w->is_known ? verdict_names[w->plan.verdict] : "-",
              w->is_known && w->plan.about.pec_id ? w->plan.about.pec_id : "-", *w->spooled->ident ? w->spooled->ident : "-",
              log_quote(slice_of(a->sender), sender), a->recipient_count, a->bytes.size,
              (long long)((w->phases.spent_us[PHASE_TOTAL] - w->phases.spent_us[PHASE_RECEIVE]) / 1000), reply, result ? " why=" : "",
              result ? log_quote(slice_of(e->text), words) : "");
}

/* Where its time went: for all to be counted, and at debug for this one. */
static void tell_phases(const struct work *w, enum point point)
{
    char text[PHASES_TEXT_SIZE];

    phases_count(&w->phases, w->services->board->phases[point]);
    if (log_wants(LEVEL_DEBUG))
        log_debug("trace: point=%s id=%s %s", point_names[point], w->plan.about.pec_id ? w->plan.about.pec_id : "-",
                  phases_write(&w->phases, text));
}

/* The key of the message, for the board as well. */
static int identify(struct work *w)
{
    enum phase before = phases_enter(&w->phases, PHASE_PARSE);
    int result = identity_of_message(w->spooled, w->arena, w->key);

    phases_leave(&w->phases, before);
    board_key(w->services->board, w->services->slot, w->key);
    return result;
}

static void run(struct services *s, const struct spooled *spooled, struct arena *arena, char out_reply[FLOW_REPLY_SIZE])
{
    struct work w = { .services = s, .arena = arena, .spooled = spooled };
    const char *reply = refuse_bytes(spooled);
    struct error e = { 0 };
    int result = 0;

    phases_begin(&w.phases, spooled->began_us, spooled->whole_us);
    w.deadline_ms = clock_monotonic_ms() + s->config->daemon.message_timeout * 1000;
    if (!reply) {
        result = identify(&w);
        if (result == 0)
            result = process(&w, &reply, &e);
    }
    if (result == 0 && reply)
        snprintf(out_reply, FLOW_REPLY_SIZE, "%s", reply);
    else
        snprintf(out_reply, FLOW_REPLY_SIZE, "%d %s %s", error_row(result)->smtp_code, error_row(result)->smtp_enhanced,
                 error_row(result)->smtp_text);
    render_end(&w);
    phases_end(&w.phases);
    count(s->board, &w, out_reply);
    log_message(&w, out_reply, result, &e);
    tell_phases(&w, spooled->point);
}

void flow_message(struct services *s, int fd, size_t message_size, char out_reply[FLOW_REPLY_SIZE])
{
    struct arena *arena = arena_new(BUDGET_BASE + BUDGET_FACTOR * message_size);
    struct spooled spooled = { 0 };
    struct error e = { 0 };
    int result = arena ? spool_read(fd, message_size, arena, &spooled, &e) : error_set(&e, ERROR_MEMORY, "out of memory");

    if (result == 0) {
        board_busy(s->board, s->slot, spooled.point);
        services_refresh(s);
        run(s, &spooled, arena, out_reply);
        board_idle(s->board, s->slot);
    } else {
        log_error("message not read: %s; it stays in Postfix's queue", e.text);
        snprintf(out_reply, FLOW_REPLY_SIZE, "%d %s %s", error_row(result)->smtp_code, error_row(result)->smtp_enhanced,
                 error_row(result)->smtp_text);
    }
    spool_unmap(&spooled);
    arena_free(&arena);
}

/* --- a notice --------------------------------------------------------------------------------------------------------------- */

/* Is the recipient still waited for, and for this notice? */
static bool is_wanted(const struct stored_transaction *t, const struct stored_task *task)
{
    for (size_t i = 0; i < t->recipient_count; i++)
        if (strcmp(t->recipients[i].address, task->address) == 0)
            return !t->recipients[i].closed && (task->kind == TASK_SECOND_NOTICE || !t->recipients[i].taken);
    return false;
}

static int void_task(struct work *w, const struct stored_task *task, struct error *e)
{
    struct journal_request request = { .verb = JOURNAL_TASK_DONE, .task = task->id };
    struct journal_response response;

    return settle_ask(w, &request, &response, e);
}

static int decide_notice(struct work *w, const struct stored_task *task, bool *out_wanted, struct error *e)
{
    struct journal_request request = { .verb = JOURNAL_TRANSACTION, .transaction.number = task->transaction };
    struct transaction about = { 0 };
    const char *seed = decide_seed(w->arena);
    struct journal_response response;
    struct record r;
    int result = seed ? settle_ask(w, &request, &response, e) : error_set(e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);

    if (result != 0)
        return result;
    *out_wanted = response.state == JOURNAL_FOUND && is_wanted(&response.transaction, task);
    if (!*out_wanted)
        return 0;
    r = record_reader(response.transaction.record, w->arena);
    transaction_visit(&r, &about);
    if (!record_drop(&r))
        return error_set(e, ERROR_CORRUPT, "store: the record of transaction %llx is damaged", (unsigned long long)task->transaction);
    result = notice_decide(&w->services->provider, &about, task->address, task->kind == TASK_SECOND_NOTICE, clock_now(), seed, w->arena,
                           &w->plan);
    return result ? error_set(e, result, "%s", error_row(result)->text) : 0;
}

static int process_notice(struct work *w, const struct stored_task *task, struct error *e)
{
    struct journal_response response;
    const char *reply;
    bool is_wanted_now = true;
    int result = claim(w, &response, e);

    if (result != 0)
        return result;
    if (response.state == JOURNAL_BUSY)
        return error_set(e, ERROR_BUSY, "the notice is in other hands");
    if (response.state == JOURNAL_FINISHED)
        return void_task(w, task, e);
    if (response.state == JOURNAL_FOUND) {
        result = resume(w, &response, e);
    } else {
        result = decide_notice(w, task, &is_wanted_now, e);
        if (result == 0 && is_wanted_now)
            result = settle_begin(w, e);
        else if (result == 0)
            result = void_task(w, task, e);
    }
    if (result == 0 && is_wanted_now)
        result = carry_out(w, &reply, e);
    if (result != 0 || !is_wanted_now)
        release(w);
    return result;
}

int flow_notice(struct services *s, const struct stored_task *task, struct error *e)
{
    struct work w = { .services = s, .arena = arena_new(BUDGET_BASE), .task = task->id };
    char address[LOG_QUOTED_SIZE];
    int result = w.arena ? identity_of_task(task->transaction, task->address, (int)task->kind, w.key) : ERROR_MEMORY;

    w.deadline_ms = clock_monotonic_ms() + s->config->daemon.message_timeout * 1000;
    phases_begin(&w.phases, 0, 0);
    board_busy(s->board, s->slot, POINT_NOTICE);
    if (result == 0)
        result = process_notice(&w, task, e);
    else
        error_set(e, result, "%s", error_row(result)->text);
    board_idle(s->board, s->slot);
    log_write(result ? LEVEL_WARNING : LEVEL_INFO, "notice: kind=%s recipient=%s id=%s result=%s",
              task->kind == TASK_FIRST_NOTICE ? "first" : "second",
              log_quote(slice_of(task->address), address), w.plan.about.pec_id ? w.plan.about.pec_id : "-", result ? e->text : "done");
    phases_end(&w.phases);
    tell_phases(&w, POINT_NOTICE);
    render_end(&w);
    arena_free(&w.arena);
    return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/execute.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/boundary.h"
#include "flow/quarantine.h"
#include "flow/render.h"
#include "flow/report.h"
#include "flow/settle.h"
#include "flow/tag.h"
#include "pec/event.h"

/* What one step sends. */
struct matter {
    const struct rope *rope;
    const char *digest; /* NULL unless it was made here */
    bool eight_bit;
};

/* --- matter ----------------------------------------------------------------------------------------------------------------- */

static int rope_of_arrival(struct work *w, struct rope **out)
{
    struct rope *r = arena_alloc(w->arena, sizeof *r);

    if (!r)
        return ERROR_BUDGET;
    *r = rope_new(w->arena);
    rope_add(r, w->spooled->arrival.bytes);
    *out = r;
    return rope_ok(r) ? 0 : ERROR_BUDGET;
}

static int report_rope(struct work *w, size_t step, struct rope **out)
{
    struct rope *r = arena_alloc(w->arena, sizeof *r);
    const char *id = plan_id(&w->services->provider, &w->plan, step + 1, w->arena);

    if (!r || !id)
        return ERROR_BUDGET;
    *r = rope_new(w->arena);
    *out = r;
    return report_write(w->services->config, &w->plan, &w->original, id, r);
}

static int matter_of(struct work *w, size_t step, struct matter *out, struct error *e)
{
    const struct rendered *rendered;
    struct rope *rope = NULL;
    int result = 0;

    switch (role_rows[w->plan.steps[step].role].matter) {
    case MATTER_MADE:
        result = render_step(w, step, &rendered, e);
        if (result == 0)
            *out = (struct matter){ .rope = &rendered->rope, .digest = rendered->digest, .eight_bit = rendered->eight_bit };
        return result;
    case MATTER_AS_CAME:
        result = rope_of_arrival(w, &rope);
        break;
    case MATTER_REPORT:
        result = report_rope(w, step, &rope);
        break;
    }
    if (result != 0)
        return error_set(e, result, "%s", error_row(result)->text);
    *out = (struct matter){ .rope = rope, .eight_bit = w->spooled->arrival.eight_bit };
    return 0;
}

/* --- sending ---------------------------------------------------------------------------------------------------------------- */

/* Failures that are the dependency's own, for the board; answers to one message are not. */
static int own_failure(int result)
{
    return result == ERROR_BUDGET || result == ERROR_DEFERRED ? 0 : result;
}

static int send_to(struct work *w, enum dependency d, struct smtp_delivery *delivery, struct error *e)
{
    struct services *s = w->services;
    struct smtp_client *client = d == DEP_RELAY ? s->relay : s->mailboxes;
    enum phase before = phases_enter(&w->phases, d == DEP_RELAY ? PHASE_RELAY : PHASE_DELIVER);
    struct error words = { 0 };
    int result = board_enter(s->board, d, s->slot, e);

    if (result == 0) {
        result = smtp_client_deliver(client, delivery, w->deadline_ms, w->arena, &words);
        board_leave(s->board, d, s->slot, own_failure(result), words.text);
        if (result != 0)
            error_set(e, result, "%s: %s", dependency_names[d], words.text);
    }
    phases_leave(&w->phases, before);
    return result;
}

static enum fate fate_of(enum smtp_fate fate)
{
    static const enum fate fates[] = {
        [SMTP_UNTRIED] = FATE_UNTRIED, [SMTP_TAKEN] = FATE_TAKEN, [SMTP_DEFERRED] = FATE_DEFERRED, [SMTP_REFUSED] = FATE_REFUSED
    };

    return fates[fate];
}

static struct answer answer_of(const struct smtp_recipient *r)
{
    return (struct answer){ .address = r->address, .fate = fate_of(r->fate), .code = r->code, .enhanced = r->enhanced, .text = r->text };
}

/* Envelopes bear the tag of their transaction, receipts one of their own; a report has no reverse path and needs none. */
static int envid_of(struct work *w, const struct step *step, char out[TAG_SIZE])
{
    bool is_envelope = step->role == ROLE_ENVELOPE;
    char head[17];
    uint64_t number;

    snprintf(head, sizeof head, "%.16s", w->plan.seed);
    number = is_envelope ? (uint64_t)w->plan.number : strtoull(head, NULL, 16);
    return tag_write(w->services->tag_key, is_envelope ? TAG_TRANSACTION : TAG_RECEIPT, number, out);
}

/* One transaction for an envelope and all its recipients: all of them are settled, or none. */
static int run_relay(struct work *w, size_t step, struct error *e)
{
    const struct step *s = &w->plan.steps[step];
    size_t count = s->recipient_count;
    struct smtp_recipient *recipients = arena_array(w->arena, count, sizeof *recipients);
    struct answer *answers = arena_array(w->arena, count, sizeof *answers);
    char envid[TAG_SIZE];
    struct matter matter;
    int result = matter_of(w, step, &matter, e);

    if (result != 0)
        return result;
    s = &w->plan.steps[step];
    if (!recipients || !answers || envid_of(w, s, envid) != 0)
        return error_set(e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);
    for (size_t i = 0; i < count; i++)
        recipients[i].address = s->recipients[i];
    result = send_to(w, DEP_RELAY,
                     &(struct smtp_delivery){ .sender = s->sender, .envid = *s->sender ? envid : NULL, .eight_bit = matter.eight_bit,
                                              .recipients = recipients, .recipient_count = count, .content = matter.rope },
                     e);
    boundary_cross(w, BOUNDARY_HAPPENED, step);
    for (size_t i = 0; i < count && result == 0; i++) {
        answers[i] = answer_of(&recipients[i]);
        if (recipients[i].fate == SMTP_DEFERRED)
            result = error_set(e, ERROR_DEFERRED, "relay: %s: %d %s", recipients[i].address, recipients[i].code, recipients[i].text);
    }
    return result ? result : settle_step(w, step, answers, count, matter.digest, e);
}

/* Steps that send the same bytes to mailboxes share a transaction. */
static bool goes_along(const struct work *w, size_t first, size_t i)
{
    const struct step *a = &w->plan.steps[first], *b = &w->plan.steps[i];

    if (b->is_done || b->is_deferred || a->role != b->role)
        return false;
    return role_rows[a->role].matter != MATTER_MADE || strcmp(a->message.id, b->message.id) == 0;
}

/* The steps that go along with the first, and their mailboxes. A receipt is alone: room for it, not for all that may follow. */
static int gather(struct work *w, size_t first, size_t **out_steps, struct smtp_recipient **out_recipients, size_t *out_count,
                  struct error *e)
{
    size_t count = 0;

    for (size_t i = first; i < w->plan.step_count; i++)
        count += goes_along(w, first, i);
    *out_steps = arena_array(w->arena, count, sizeof **out_steps);
    *out_recipients = arena_array(w->arena, count, sizeof **out_recipients);
    if (!*out_steps || !*out_recipients)
        return error_set(e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);
    *out_count = 0;
    for (size_t i = first; i < w->plan.step_count; i++) {
        if (!goes_along(w, first, i))
            continue;
        (*out_recipients)[*out_count].address = w->plan.steps[i].recipients[0];
        (*out_steps)[(*out_count)++] = i;
    }
    return 0;
}

/* A mailbox that has deferred an envelope for too long is given up (incoming.delivery_timeout). */
static void give_up_late(const struct work *w, const struct step *step, struct answer *a)
{
    bool is_late = clock_now() - w->plan.time >= w->services->config->incoming.delivery_timeout;

    if (step->role != ROLE_DELIVERY || !is_late || a->fate == FATE_TAKEN || a->fate == FATE_REFUSED)
        return;
    a->fate = FATE_REFUSED;
    a->enhanced = "5.4.7";
    a->text = a->text ? a->text : "delivery time expired";
}

/* What a mailbox answered to one step. A receipt of ours never waits for it: deferred, or not asked at all, it goes by the queue. */
static int settle_mailbox(struct work *w, size_t step, const struct smtp_recipient *r, const char *digest, struct error *e)
{
    struct answer *answer = arena_alloc(w->arena, sizeof *answer);
    const struct step *s = &w->plan.steps[step];

    if (!answer)
        return error_set(e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);
    *answer = answer_of(r);
    give_up_late(w, s, answer);
    if (s->role == ROLE_HOME && answer->fate == FATE_UNTRIED)
        answer->fate = FATE_DEFERRED;
    if (answer->fate == FATE_UNTRIED || (answer->fate == FATE_DEFERRED && s->role != ROLE_HOME)) {
        w->plan.steps[step].is_deferred = true;
        return 0;
    }
    return settle_step(w, step, answer, 1, digest, e);
}

/* Open steps of the same bytes, in one transaction; each mailbox has its own answer (RFC 2033). */
static int run_mailboxes(struct work *w, size_t first, struct error *e)
{
    size_t count = 0, *steps;
    struct smtp_recipient *recipients;
    struct error why = { 0 };
    struct matter matter;
    int sent, result = matter_of(w, first, &matter, e);

    if (result == 0)
        result = gather(w, first, &steps, &recipients, &count, e);
    if (result != 0)
        return result;
    sent = send_to(w, DEP_MAILBOXES,
                   &(struct smtp_delivery){ .sender = w->plan.steps[first].sender, .eight_bit = matter.eight_bit,
                                            .recipients = recipients, .recipient_count = count, .content = matter.rope },
                   &why);
    boundary_cross(w, BOUNDARY_HAPPENED, first);
    for (size_t i = 0; i < count && result == 0; i++) {
        if (recipients[i].fate == SMTP_DEFERRED)
            error_set(&why, ERROR_DEFERRED, "mailboxes: %s: %d %s", recipients[i].address, recipients[i].code, recipients[i].text);
        result = settle_mailbox(w, steps[i], &recipients[i], matter.digest, e);
    }
    if (sent != 0 || why.code)
        w->why = why;
    return result;
}

/* 2.2.4: the infected message, with what is known of it. */
static int run_quarantine(struct work *w, size_t step, struct error *e)
{
    const struct event event = { .what = "quarantined", .reason = w->plan.reason, .time = w->plan.time, .number = step + 1 };
    struct answer *answer = arena_alloc(w->arena, sizeof *answer);
    char kept[QUARANTINE_NAME_SIZE], stamp[CLOCK_TEXT_SIZE];
    struct legal_time t = clock_legal(w->plan.time);
    const char *name, *text = event_write(&w->plan, &event, NULL, w->arena);
    enum phase before;
    int result;

    clock_stamp(&t, stamp);
    name = arena_printf(w->arena, "%s-%s", stamp, w->plan.seed);
    if (!answer || !name || !text)
        return error_set(e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);
    before = phases_enter(&w->phases, PHASE_STORE);
    result = quarantine_keep(w->services->config->antivirus.quarantine_dir, name, w->spooled->arrival.bytes, text, kept, e);
    phases_leave(&w->phases, before);
    if (result != 0)
        return error_prefix(e, result, "quarantine");
    boundary_cross(w, BOUNDARY_HAPPENED, step);
    *answer = (struct answer){ .address = "", .fate = FATE_TAKEN, .text = arena_printf(w->arena, "%s: %s", w->plan.reason, kept) };
    return settle_step(w, step, answer, 1, NULL, e);
}

/* --- the plan --------------------------------------------------------------------------------------------------------------- */

static int run_step(struct work *w, size_t step, struct error *e)
{
    switch (role_rows[w->plan.steps[step].role].way) {
    case WAY_FILE:
        return run_quarantine(w, step, e);
    case WAY_RELAY:
        return run_relay(w, step, e);
    case WAY_MAILBOX:
        break;
    }
    return run_mailboxes(w, step, e);
}

/* A mailbox that defers keeps only itself waiting; anything else that fails ends this attempt, so that nothing happens out of order. */
int execute(struct work *w, struct error *e)
{
    bool is_open = false;

    for (size_t i = 0; i < w->plan.step_count; i++) {
        int result;

        if (w->plan.steps[i].is_done || w->plan.steps[i].is_deferred)
            continue;
        result = run_step(w, i, e);
        if (result != 0)
            return result;
    }
    for (size_t i = 0; i < w->plan.step_count; i++)
        is_open = is_open || !w->plan.steps[i].is_done;
    if (is_open)
        return error_set(e, w->why.code ? w->why.code : ERROR_DEFERRED, "%s", w->why.code ? w->why.text : "a mailbox deferred the message");
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What follows from what happened: the law's answer to each outcome of a step. The delivery point (RFC 6109 3.3) is here: a receipt is
 * made of a delivery that has taken place, never of one that will.
 */
#include <string.h>

#include "base/text.h"
#include "pec/plan.h"
#include "pec/refusal.h"

/* One call of plan_apply. */
struct turn {
    const struct pec_provider *provider;
    struct plan *plan;
    size_t step; /* by number: adding steps moves them */
    const struct outcome *outcome;
    struct arena *arena;
    struct effects *effects;
};

static const char **one_recipient(const char *address, struct arena *arena)
{
    const char **list = arena_array(arena, 1, sizeof *list);

    if (list)
        *list = address;
    return list;
}

/* 4.1: log, messages and texts of a transaction have one time. A delivery is the delivery point's, of the second in which the mailbox
 * took the message; what is made of it bears that time as well. */
static struct event new_event(const struct turn *t, const char *what, const struct pec_message *message)
{
    enum step_role role = t->plan->steps[t->step].role;
    bool is_delivery = role == ROLE_DELIVERY || role == ROLE_PASS;
    int64_t done = t->outcome->time, time = message ? message->time : is_delivery ? done : t->plan->time;

    return (struct event){ .what = what, .message = message, .time = time, .done = done > time ? done : 0, .number = t->step + 1 };
}

static int add_event(struct turn *t, const char *what, const struct pec_message *message, const struct answer *a, const char *reason)
{
    struct event *event = &t->effects->events[t->effects->event_count++];

    *event = new_event(t, what, message);
    event->reason = reason;
    event->recipients = one_recipient(a->address, t->arena);
    event->recipient_count = 1;
    return event->recipients ? 0 : ERROR_BUDGET;
}

/* An answer as SMTP has it, in one line: it may be said to a client of ours. NULL without budget. */
static char *answer_line(const struct answer *a, const char *enhanced, struct arena *arena)
{
    char *text = text_one_line(arena, slice_of(a->text));

    return text ? arena_printf(arena, "%d%s%s%s%s", a->code ? a->code : 550, enhanced ? " " : "", enhanced ? enhanced : "", *text ? " " : "",
                               text)
                : NULL;
}

/* That somebody refused it for good. */
static int add_refusal(struct turn *t, const struct pec_message *message, const struct answer *a)
{
    const char *words = answer_line(a, a->enhanced, t->arena);

    return words ? add_event(t, "refused", message, a, words) : ERROR_BUDGET;
}

static const struct pec_message *message_of(const struct turn *t)
{
    const struct step *step = &t->plan->steps[t->step];

    return role_rows[step->role].matter == MATTER_MADE ? &step->message : NULL;
}

/* The receipt that a recipient's answer yields, to the sender of the transaction (2.1: the reverse path). */
static int add_receipt(struct turn *t, enum message_kind kind, const char *recipient, struct step **out)
{
    struct plan *plan = t->plan;
    struct step *step;
    int result = plan_add_message(t->provider, plan, plan->sender_is_home ? ROLE_HOME : ROLE_ABROAD, kind, t->arena, &step);

    if (result != 0)
        return result;
    step->message.time = t->outcome->time;
    step->message.to = plan->about.sender;
    step->message.recipient = recipient;
    step->recipients = one_recipient(plan->about.sender, t->arena);
    step->recipient_count = 1;
    if (!step->recipients)
        return ERROR_BUDGET;
    /* A receipt of ours for a user of ours never passes the incoming point: it calls off the waiting here. */
    if (plan->sender_is_home)
        t->effects->releases[t->effects->release_count++] =
            (struct release){ .pec_id = plan->about.pec_id, .address = recipient, .is_final = true };
    *out = step;
    return 0;
}

/* 3.3.3. */
static int add_non_delivery(struct turn *t, const struct answer *a)
{
    const char *detail = refusal_detail(t->provider, a->enhanced, a->code, a->text, t->arena);
    struct step *step;
    int result = add_receipt(t, KIND_NON_DELIVERY, a->address, &step);

    if (result != 0 || !detail)
        return result ? result : ERROR_BUDGET;
    step->message.error = refusal_error(a->enhanced, a->code);
    step->message.detail = detail;
    step->message.reason = detail;
    return 0;
}

/* To whom the relay took our envelope; nothing if it refused everybody (no recipient in an event would mean all). */
static int add_sent(struct turn *t)
{
    const struct outcome *o = t->outcome;
    const char **taken = arena_array(t->arena, o->answer_count, sizeof *taken);
    struct event event = new_event(t, "sent", message_of(t));

    if (!taken)
        return ERROR_BUDGET;
    event.recipients = taken;
    for (size_t i = 0; i < o->answer_count; i++)
        if (o->answers[i].fate == FATE_TAKEN)
            taken[event.recipient_count++] = o->answers[i].address;
    if (event.recipient_count)
        t->effects->events[t->effects->event_count++] = event;
    return 0;
}

/* Our envelope and the relay: who was refused there is not delivered. */
static int after_envelope(struct turn *t)
{
    int result = add_sent(t);

    for (size_t i = 0; i < t->outcome->answer_count && result == 0; i++) {
        const struct answer *a = &t->outcome->answers[i];

        if (a->fate != FATE_REFUSED)
            continue;
        result = add_refusal(t, message_of(t), a);
        if (result == 0)
            result = add_non_delivery(t, a);
    }
    return result;
}

/* A receipt of ours and a mailbox of ours. One that defers gets it by the queue: nothing waits for a user's full mailbox. */
static int after_home(struct turn *t)
{
    const struct answer *a = t->outcome->answers;
    struct step *late;
    int result;

    if (a->fate == FATE_TAKEN)
        return add_event(t, "delivered", message_of(t), a, NULL);
    if (a->fate == FATE_REFUSED)
        return add_refusal(t, message_of(t), a);
    result = plan_add_step(t->plan, ROLE_HOME_LATE, t->arena, &late);
    if (result != 0)
        return result;
    *late = t->plan->steps[t->step];
    late->role = ROLE_HOME_LATE;
    late->is_done = late->is_deferred = false;
    return 0;
}

/* A receipt of ours and the relay. Refused for good, it is logged and done. */
static int after_abroad(struct turn *t)
{
    const struct answer *a = t->outcome->answers;

    return a->fate == FATE_TAKEN ? add_event(t, "sent", message_of(t), a, NULL) : add_refusal(t, message_of(t), a);
}

/* 3.3.2: a correct envelope and a mailbox; the step carries the kind of receipt that this recipient's delivery yields. */
static int after_delivery(struct turn *t)
{
    const struct answer *a = t->outcome->answers;
    enum message_kind kind = t->plan->steps[t->step].message.kind;
    struct step *receipt;
    int result;

    if (a->fate == FATE_REFUSED) {
        result = add_refusal(t, NULL, a);
        return result ? result : add_non_delivery(t, a);
    }
    result = add_event(t, "delivered", NULL, a, NULL);
    return result ? result : add_receipt(t, kind, a->address, &receipt);
}

static int after_pass(struct turn *t)
{
    const struct answer *a = t->outcome->answers;

    return a->fate == FATE_TAKEN ? add_event(t, "delivered", NULL, a, NULL) : add_refusal(t, NULL, a);
}

/* All mailboxes refused: their answer is ours. Some did: the sender of ordinary mail is told (SMTP's own way, 2.2.2), unless it has
 * no reverse path. */
static int conclude_wrapped(struct turn *t, const struct answer *last)
{
    struct plan *plan = t->plan;
    size_t wrapped = 0;
    struct step *report;
    int result;

    for (size_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i].role == ROLE_WRAPPED && !plan->steps[i].is_done)
            return 0;
        wrapped += plan->steps[i].role == ROLE_WRAPPED;
    }
    if (plan->refused_count == 0)
        return 0;
    if (plan->refused_count == wrapped) {
        plan->refusal = answer_line(last, last->enhanced ? last->enhanced : "5.0.0", t->arena);
        return plan->refusal ? 0 : ERROR_BUDGET;
    }
    if (!*plan->reverse_path)
        return 0;
    result = plan_add_step(plan, ROLE_REPORT, t->arena, &report);
    if (result != 0)
        return result;
    report->sender = "";
    report->recipients = one_recipient(plan->reverse_path, t->arena);
    report->recipient_count = 1;
    return report->recipients ? 0 : ERROR_BUDGET;
}

static int after_wrapped(struct turn *t)
{
    const struct answer *a = t->outcome->answers;
    int result;

    if (a->fate == FATE_TAKEN) {
        result = add_event(t, "delivered", message_of(t), a, NULL);
    } else {
        result = add_refusal(t, message_of(t), a);
        t->plan->steps[t->step].refused = a;
        t->plan->refused_count++;
    }
    return result ? result : conclude_wrapped(t, a);
}

/* 2.2.4: `text` of the answer says where it is kept. It concerns all recipients. */
static int after_quarantine(struct turn *t)
{
    int result = add_event(t, "quarantined", NULL, t->outcome->answers, t->outcome->answers->text);

    t->effects->events[t->effects->event_count - 1].recipient_count = 0;
    return result;
}

typedef int after_step(struct turn *t);

static after_step *const after[ROLE_COUNT] = {
    [ROLE_QUARANTINE] = after_quarantine, [ROLE_ENVELOPE] = after_envelope, [ROLE_HOME] = after_home,
    [ROLE_HOME_LATE] = after_abroad,      [ROLE_ABROAD] = after_abroad,     [ROLE_DELIVERY] = after_delivery,
    [ROLE_PASS] = after_pass,             [ROLE_WRAPPED] = after_wrapped,   [ROLE_REPORT] = after_abroad,
};

/* Is the answer one that settles the step? What was deferred or never tried has not happened, and nothing may be certified of it. Only
 * a receipt of ours goes another way then (after_home). */
static bool settles(const struct step *step, const struct answer *a)
{
    return a->fate == FATE_TAKEN || a->fate == FATE_REFUSED || (a->fate == FATE_DEFERRED && step->role == ROLE_HOME);
}

/* Does the outcome belong to a step that waits for it, with an answer that settles it for each of its recipients? */
static bool fits(const struct plan *plan, const struct outcome *o)
{
    const struct step *step = o->step < plan->step_count ? &plan->steps[o->step] : NULL;
    bool is_file = step && role_rows[step->role].way == WAY_FILE;

    if (!step || step->is_done || o->answer_count != (is_file ? 1 : step->recipient_count) || o->answer_count == 0)
        return false;
    for (size_t i = 0; i < o->answer_count; i++)
        if (!settles(step, &o->answers[i]) || !o->answers[i].address || (!is_file && strcmp(o->answers[i].address, step->recipients[i]) != 0))
            return false;
    return true;
}

int plan_apply(const struct pec_provider *provider, struct plan *plan, const struct outcome *outcome, struct arena *arena,
               struct effects *out)
{
    struct effects effects = { 0 };
    struct turn t = { .provider = provider, .plan = plan, .step = outcome->step, .outcome = outcome, .arena = arena, .effects = &effects };
    int result;

    if (!fits(plan, outcome))
        return ERROR_CORRUPT;
    effects.events = arena_array(arena, outcome->answer_count + 1, sizeof *effects.events);
    effects.releases = arena_array(arena, outcome->answer_count, sizeof *effects.releases);
    if (!effects.events || !effects.releases)
        return ERROR_BUDGET;
    plan->steps[outcome->step].is_done = true;
    result = after[plan->steps[outcome->step].role](&t);
    if (result == 0)
        *out = effects;
    return result;
}

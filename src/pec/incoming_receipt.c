/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What comes back for messages of our users: receipts and notices of other providers (RFC 6109 2.2.2, 3.2.4), and bounces of our own
 * Postfix (3.3.3). They end the waiting for a recipient (3.1.6).
 */
#include "pec/incoming_decision.h"
#include "pec/refusal.h"

/* 3.1.6: which waiting a receipt ends. It counts only if its signer manages the recipient's domain. */
static int release_waiting(struct decision *d)
{
    const struct certification *c = &d->judgement->certification;
    int result = decision_reserve_releases(d, c->taken_count + 2);

    if (result != 0)
        return result;
    if (c->type == TYPE_TAKE_CHARGE)
        for (size_t i = 0; i < c->taken_count; i++)
            if (d->facts->signer_manages(d->facts->arg, c->taken[i]))
                decision_release(d, c->taken[i], false);
    if ((c->type == TYPE_DELIVERY || c->type == TYPE_NON_DELIVERY) && c->delivered &&
        d->facts->signer_manages(d->facts->arg, c->delivered))
        decision_release(d, c->delivered, true);
    return 0;
}

/* 3.2.4: has the notice a consequence for a user of ours? It counts only from who manages the recipient's domain. One of our own that
 * came around by the queue has had its consequence when it was made (virus_detection). */
static bool tells_our_user(const struct decision *d, const struct certification *c)
{
    return c->type == TYPE_VIRUS_DETECTION && c->delivered && decision_is_home(d, c->about.sender) &&
           d->facts->signer_manages(d->facts->arg, c->delivered) && !decision_is_home(d, d->facts->signer->mail_receipt);
}

/* For the log (2.3): the receipt's own id and type, and whom it concerns. */
static int note_receipt(struct decision *d)
{
    const struct certification *c = &d->judgement->certification;
    struct plan *plan = &d->plan;
    size_t count = c->taken_count + (c->delivered ? 1 : 0);

    plan->receipt_id = d->in->about.msgid;
    plan->receipt_type = certified_type_words[c->type];
    plan->concerned = arena_array(d->arena, count ? count : 1, sizeof *plan->concerned);
    if (!plan->concerned)
        return ERROR_BUDGET;
    for (size_t i = 0; i < c->taken_count; i++)
        plan->concerned[plan->concerned_count++] = c->taken[i];
    if (c->delivered)
        plan->concerned[plan->concerned_count++] = c->delivered;
    return 0;
}

/* A correct receipt or notice goes to its mailbox unchanged (2.2.2). */
int incoming_receipt(struct decision *d)
{
    const struct certification *c = &d->judgement->certification;
    const char *detail;
    struct step *step;
    int result = note_receipt(d);

    if (result == 0)
        result = release_waiting(d);
    for (size_t i = 0; i < d->in->arrival->recipient_count && result == 0; i++)
        result = decision_add_mailbox(d, ROLE_PASS, d->in->arrival->recipients[i], &step);
    if (result != 0 || !tells_our_user(d, c))
        return result;
    detail = refusal_virus_told(d->provider, c->detail, d->arena);
    if (!detail)
        return ERROR_BUDGET;
    return decision_tell_virus(d, c->delivered, c->detail && *c->detail ? c->detail : detail, detail);
}

/* The recipient of the transaction that a report speaks of: by its own address, or by the one that the mail system had from us. */
static const struct recipient *bounced_recipient(const struct transaction *about, const struct bounced *r)
{
    const struct recipient *found = transaction_recipient(about, r->address);

    return found || !r->original ? found : transaction_recipient(about, r->original);
}

/* 3.3.3: the non-delivery for one recipient of a report. */
static int add_non_delivery(struct decision *d, const char *recipient, const struct bounced *r)
{
    struct step *step;
    int result = decision_notify(d, KIND_NON_DELIVERY, d->plan.about.sender, &step);

    if (result != 0)
        return result;
    step->message.recipient = recipient;
    step->message.error = refusal_error(r->status, 0);
    step->message.detail = refusal_detail(d->provider, r->status, 0, r->diagnostic, d->arena);
    step->message.reason = step->message.detail;
    decision_release(d, recipient, true);
    return step->message.detail ? 0 : ERROR_BUDGET;
}

/* Each recipient that we still wait for is told once, however often the report names it. */
static int tell_bounced(struct decision *d, const struct bounce_facts *b, bool *is_told)
{
    const struct transaction *about = b->about;
    int result = 0;

    for (size_t i = 0; i < b->report->recipient_count && result == 0; i++) {
        const struct bounced *r = &b->report->recipients[i];
        const struct recipient *recipient = r->failed && b->open[i] ? bounced_recipient(about, r) : NULL;

        if (!recipient || is_told[recipient - about->recipients])
            continue;
        is_told[recipient - about->recipients] = true;
        d->plan.concerned[d->plan.concerned_count++] = recipient->address;
        result = add_non_delivery(d, recipient->address, r);
    }
    return result;
}

/* A bounce of our own mail system for an envelope of ours is a non-delivery (2.2.2, 3.3.3). One for a receipt is logged, and that is all. */
int incoming_bounce(struct decision *d)
{
    const struct bounce_facts *b = d->facts->bounce;
    bool *is_told;
    int result;

    d->plan.verdict = b->is_of_receipt ? VERDICT_BOUNCE_OF_RECEIPT : VERDICT_BOUNCE;
    d->plan.reason = NULL;
    if (b->is_of_receipt)
        return 0;
    d->plan.about = *b->about;
    d->plan.sender_is_home = true;
    d->plan.concerned = arena_array(d->arena, b->report->recipient_count + 1, sizeof *d->plan.concerned);
    is_told = arena_array(d->arena, b->about->recipient_count + 1, sizeof *is_told);
    result = d->plan.concerned && is_told ? decision_reserve_releases(d, b->report->recipient_count) : ERROR_BUDGET;
    return result ? result : tell_bounced(d, b, is_told);
}

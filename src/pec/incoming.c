/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/incoming.h"

#include <string.h>

#include "pec/address_set.h"
#include "pec/reading.h"
#include "pec/refusal.h"

/* One decision. */
struct decision {
    const struct pec_provider *provider;
    const struct incoming *in;
    const struct judgement *judgement;
    const struct incoming_facts *facts;
    struct arena *arena;
    struct plan plan;
};

static bool is_home(const struct decision *d, const char *address)
{
    return d->facts->is_home(d->facts->arg, address);
}

/* A receipt or notice of ours, to one address. */
static int notify(struct decision *d, enum message_kind kind, const char *to, struct step **out)
{
    struct step *step;
    const char **recipients = arena_array(d->arena, 1, sizeof *recipients);
    int result = recipients ? plan_add_message(d->provider, &d->plan, is_home(d, to) ? ROLE_HOME : ROLE_ABROAD, kind, d->arena, &step)
                            : ERROR_BUDGET;

    if (result != 0)
        return result;
    recipients[0] = to;
    step->recipients = recipients;
    step->recipient_count = 1;
    step->message.to = to;
    *out = step;
    return 0;
}

/* Something unchanged, or an anomaly envelope, to each mailbox. */
static int add_mailbox_step(struct decision *d, enum step_role role, const char *address, struct step **out)
{
    const char **recipients = arena_array(d->arena, 1, sizeof *recipients);
    int result = recipients ? plan_add_step(&d->plan, role, d->arena, out) : ERROR_BUDGET;

    if (result != 0)
        return result;
    recipients[0] = address;
    (*out)->sender = d->in->arrival->sender;
    (*out)->recipients = recipients;
    (*out)->recipient_count = 1;
    return 0;
}

static void release(struct decision *d, const char *address, bool is_final)
{
    d->plan.releases[d->plan.release_count++] =
        (struct release){ .pec_id = d->plan.about.pec_id, .address = address, .is_final = is_final };
}

/* Room for the releases of a plan. */
static int reserve_releases(struct decision *d, size_t count)
{
    d->plan.releases = arena_array(d->arena, count ? count : 1, sizeof *d->plan.releases);
    return d->plan.releases ? 0 : ERROR_BUDGET;
}

/* --- correct envelopes ------------------------------------------------------------------------------------------------------ */

/* 3.2.1: one for the message, with all our recipients in it, to the service mailbox of the sender's provider. */
static int take_charge(struct decision *d)
{
    const struct arrival *a = d->in->arrival;
    struct step *step;
    int result = notify(d, KIND_TAKE_CHARGE, d->facts->signer->mail_receipt, &step);

    if (result != 0)
        return result;
    step->message.taken = a->recipients;
    step->message.taken_count = a->recipient_count;
    /* Sender and recipient of one provider (3.4): the take-charge does not pass the incoming point again. */
    for (size_t i = 0; step->role == ROLE_HOME && i < a->recipient_count; i++)
        release(d, a->recipients[i], false);
    return 0;
}

/* The To and Cc of the original message: who is primary (3.3.2.1). */
struct audience {
    struct address_set to, cc;
    bool is_ambiguous; /* To cannot be read to its end: everybody may be in it */
};

/* A list beyond all limits is one that cannot be read. */
static int read_list(struct decision *d, const char *name, struct address_list *out)
{
    static const struct address_list unreadable = { .fault = "too many addresses" };
    int result = read_addresses(&d->judgement->postacert.header, name, d->arena, out);

    if (result != ERROR_LIMIT)
        return result;
    *out = unreadable;
    return 0;
}

static int read_audience(struct decision *d, struct audience *out)
{
    struct address_list to, cc;
    int result = read_list(d, "To", &to);

    if (result != 0 || (result = read_list(d, "Cc", &cc)) != 0 || (result = address_set_make(&to, d->arena, &out->to)) != 0)
        return result;
    out->is_ambiguous = to.fault != NULL;
    return address_set_make(&cc, d->arena, &out->cc);
}

/* 3.3.2.1: a recipient in Cc gets the concise form; one that cannot be told apart counts as primary. */
static enum message_kind receipt_kind(const struct decision *d, const struct audience *audience, const char *recipient)
{
    bool is_copy = !audience->is_ambiguous && address_set_has(&audience->cc, recipient) && !address_set_has(&audience->to, recipient);

    if (d->plan.about.form == RECEIPT_CONCISE || is_copy)
        return KIND_DELIVERY_CONCISE;
    return d->plan.about.form == RECEIPT_BRIEF ? KIND_DELIVERY_BRIEF : KIND_DELIVERY_COMPLETE;
}

/* 2.2.3, 3.3: to each mailbox, unchanged; its answer decides which receipt follows. */
static int deliver(struct decision *d)
{
    struct audience audience;
    int result = read_audience(d, &audience);

    for (size_t i = 0; i < d->in->arrival->recipient_count && result == 0; i++) {
        const char *recipient = d->in->arrival->recipients[i];
        struct step *step;

        result = add_mailbox_step(d, ROLE_DELIVERY, recipient, &step);
        if (result == 0)
            step->message.kind = receipt_kind(d, &audience, recipient);
    }
    return result;
}

static int decide_envelope(struct decision *d)
{
    int result = reserve_releases(d, d->in->arrival->recipient_count);

    if (result == 0)
        result = take_charge(d);
    return result ? result : deliver(d);
}

static int add_quarantine(struct decision *d)
{
    struct step *step;

    return plan_add_step(&d->plan, ROLE_QUARANTINE, d->arena, &step);
}

/* 3.2.4: the sender's provider tells its user. `detail` is that of the notice. */
static int virus_non_delivery(struct decision *d, const char *recipient, const char *virus, const char *detail)
{
    struct step *step;
    int result = notify(d, KIND_NON_DELIVERY_VIRUS, d->plan.about.sender, &step);

    if (result != 0)
        return result;
    step->message.recipient = recipient;
    step->message.reason = virus;
    step->message.detail = detail;
    release(d, recipient, true);
    return 0;
}

/* 3.2.3: one notice for each recipient. Where the sender's provider is ourselves the notice does not pass the incoming point, so what
 * follows from it there is done here. */
static int virus_detection(struct decision *d, const char *recipient)
{
    const char *virus = d->facts->virus, *to = d->facts->signer->mail_receipt;
    const char *detail = refusal_virus(d->provider, virus, d->arena);
    struct step *step;
    int result = detail ? notify(d, KIND_VIRUS_DETECTION, to, &step) : ERROR_BUDGET;

    if (result != 0)
        return result;
    step->message.recipient = recipient;
    step->message.reason = virus;
    step->message.detail = detail;
    if (!is_home(d, to) || !is_home(d, d->plan.about.sender))
        return 0;
    return virus_non_delivery(d, recipient, virus, detail);
}

/* 2.2.2, 3.2.3: an infected envelope is correct all the same; it is taken in charge, kept, and goes no further. */
static int decide_infected(struct decision *d)
{
    const struct arrival *a = d->in->arrival;
    int result = reserve_releases(d, 2 * a->recipient_count);

    if (result != 0 || (result = add_quarantine(d)) != 0 || (result = take_charge(d)) != 0)
        return result;
    for (size_t i = 0; i < a->recipient_count && result == 0; i++)
        result = virus_detection(d, a->recipients[i]);
    return result;
}

/* --- receipts --------------------------------------------------------------------------------------------------------------- */

/* 3.1.6: which waiting a receipt ends. It counts only if its signer manages the recipient's domain. */
static int release_waiting(struct decision *d)
{
    const struct certification *c = &d->judgement->certification;
    int result = reserve_releases(d, c->taken_count + 2);

    if (result != 0)
        return result;
    if (c->type == TYPE_TAKE_CHARGE)
        for (size_t i = 0; i < c->taken_count; i++)
            if (d->facts->signer_manages(d->facts->arg, c->taken[i]))
                release(d, c->taken[i], false);
    if ((c->type == TYPE_DELIVERY || c->type == TYPE_NON_DELIVERY) && c->delivered &&
        d->facts->signer_manages(d->facts->arg, c->delivered))
        release(d, c->delivered, true);
    return 0;
}

/* 3.2.4: has the notice a consequence for a user of ours? It counts only from who manages the recipient's domain. One of our own that
 * came around by the queue has had its consequence when it was made (virus_detection). */
static bool tells_our_user(const struct decision *d, const struct certification *c)
{
    return c->type == TYPE_VIRUS_DETECTION && c->delivered && is_home(d, c->about.sender) &&
           d->facts->signer_manages(d->facts->arg, c->delivered) && !is_home(d, d->facts->signer->mail_receipt);
}

/* A correct receipt or notice goes to its mailbox unchanged (2.2.2). */
static int decide_receipt(struct decision *d)
{
    const struct certification *c = &d->judgement->certification;
    struct step *step;
    int result = release_waiting(d);

    for (size_t i = 0; i < d->in->arrival->recipient_count && result == 0; i++)
        result = add_mailbox_step(d, ROLE_PASS, d->in->arrival->recipients[i], &step);
    if (result != 0 || !tells_our_user(d, c))
        return result;
    return virus_non_delivery(d, c->delivered, c->detail ? c->detail : "virus", c->detail);
}

/* --- everything else -------------------------------------------------------------------------------------------------------- */

/* 3.2.2: one anomaly envelope, the same bytes for all mailboxes. */
static int decide_wrapped(struct decision *d)
{
    struct pec_message shared;
    struct step *step;
    int result = 0;

    for (size_t i = 0; i < d->in->arrival->recipient_count && result == 0; i++) {
        result = plan_add_message(d->provider, &d->plan, ROLE_WRAPPED, KIND_ANOMALY_ENVELOPE, d->arena, &step);
        if (result != 0)
            return result;
        step->message.reason = d->plan.reason;
        if (i == 0)
            shared = step->message;
        step->message = shared;
        step->sender = d->in->arrival->sender;
        step->recipients = &d->in->arrival->recipients[i];
        step->recipient_count = 1;
    }
    return result;
}

/* 2.2.2: an infected message that is no correct envelope is kept and goes no further; its sender may be forged, so nobody is told. */
static int decide_infected_stranger(struct decision *d)
{
    d->plan.verdict = VERDICT_DISCARDED;
    d->plan.reason = d->facts->virus;
    return add_quarantine(d);
}

static int decide_ordinary(struct decision *d)
{
    switch (d->facts->policy) {
    case POLICY_REJECT:
        d->plan.verdict = VERDICT_REJECTED;
        d->plan.refusal = "550 5.7.1 This mailbox takes certified mail (PEC) only";
        return 0;
    case POLICY_DISCARD:
        d->plan.verdict = VERDICT_DISCARDED;
        return 0;
    case POLICY_WRAP:
        break;
    }
    return decide_wrapped(d);
}

/* A bounce of our own mail system for an envelope of ours: a non-delivery for each recipient that we still wait for (2.2.2, 3.3.3). */
static int decide_bounce(struct decision *d)
{
    const struct bounce_facts *b = d->facts->bounce;
    int result = reserve_releases(d, b->is_of_receipt ? 0 : b->report->recipient_count);

    d->plan.verdict = b->is_of_receipt ? VERDICT_BOUNCE_OF_RECEIPT : VERDICT_BOUNCE;
    if (b->is_of_receipt)
        return result;
    d->plan.about = *b->about;
    for (size_t i = 0; i < b->report->recipient_count && result == 0; i++) {
        const struct bounced *r = &b->report->recipients[i];
        struct step *step;

        if (!r->failed || !b->open[i])
            continue;
        result = notify(d, KIND_NON_DELIVERY, d->plan.about.sender, &step);
        if (result != 0)
            return result;
        step->message.recipient = r->address;
        step->message.error = refusal_error(r->status, 0);
        step->message.detail = refusal_detail(d->provider, r->status, 0, r->diagnostic, d->arena);
        step->message.reason = step->message.detail;
        if (!step->message.detail)
            return ERROR_BUDGET;
        release(d, r->address, true);
    }
    return result;
}

static int decide(struct decision *d)
{
    enum verdict verdict = d->judgement->verdict;

    if (d->facts->bounce)
        return decide_bounce(d);
    if (verdict == VERDICT_ENVELOPE && d->facts->virus) {
        d->plan.verdict = VERDICT_ENVELOPE_VIRUS;
        d->plan.reason = d->facts->virus;
        return decide_infected(d);
    }
    if (verdict == VERDICT_ENVELOPE)
        return decide_envelope(d);
    /* A receipt is never held back for a virus: what it may hold is our own user's message, and a lost receipt loses cases. */
    if (verdict == VERDICT_RECEIPT)
        return decide_receipt(d);
    if (d->facts->virus)
        return decide_infected_stranger(d);
    return verdict == VERDICT_ORDINARY ? decide_ordinary(d) : decide_wrapped(d);
}

int incoming_decide(const struct pec_provider *provider, const struct incoming *in, const struct judgement *judgement,
                    const struct incoming_facts *facts, struct arena *arena, struct plan *out)
{
    struct decision d = { .provider = provider, .in = in, .judgement = judgement, .facts = facts, .arena = arena };
    bool is_certified = judgement->verdict == VERDICT_ENVELOPE || judgement->verdict == VERDICT_RECEIPT;
    int result;

    d.plan = plan_new(POINT_INCOMING, judgement->verdict, facts->now, facts->seed);
    d.plan.about = is_certified ? judgement->certification.about : in->about;
    d.plan.reverse_path = in->arrival->sender;
    d.plan.reason = judgement->reason;
    d.plan.size = (int64_t)in->arrival->bytes.size;
    d.plan.sender_is_home = is_certified && is_home(&d, d.plan.about.sender);
    result = decide(&d);
    if (result == 0)
        *out = d.plan;
    return result;
}

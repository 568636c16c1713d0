/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/incoming_decision.h"

bool decision_is_home(const struct decision *d, const char *address)
{
    return d->facts->is_home(d->facts->arg, address);
}

int decision_notify(struct decision *d, enum message_kind kind, const char *to, struct step **out)
{
    enum step_role role = decision_is_home(d, to) ? ROLE_HOME : ROLE_ABROAD;
    const char **recipients = arena_array(d->arena, 1, sizeof *recipients);
    struct step *step;
    int result = recipients ? plan_add_message(d->provider, &d->plan, role, kind, d->arena, &step) : ERROR_BUDGET;

    if (result != 0)
        return result;
    recipients[0] = to;
    step->recipients = recipients;
    step->recipient_count = 1;
    step->message.to = to;
    *out = step;
    return 0;
}

int decision_add_mailbox(struct decision *d, enum step_role role, const char *address, struct step **out)
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

int decision_add_quarantine(struct decision *d)
{
    struct step *step;

    return plan_add_step(&d->plan, ROLE_QUARANTINE, d->arena, &step);
}

int decision_reserve_releases(struct decision *d, size_t count)
{
    d->plan.releases = arena_array(d->arena, count ? count : 1, sizeof *d->plan.releases);
    return d->plan.releases ? 0 : ERROR_BUDGET;
}

void decision_release(struct decision *d, const char *address, bool is_final)
{
    d->plan.releases[d->plan.release_count++] =
        (struct release){ .pec_id = d->plan.about.pec_id, .address = address, .is_final = is_final };
}

int decision_tell_virus(struct decision *d, const char *recipient, const char *virus, const char *detail)
{
    struct step *step;
    int result = decision_notify(d, KIND_NON_DELIVERY_VIRUS, d->plan.about.sender, &step);

    if (result != 0)
        return result;
    step->message.recipient = recipient;
    step->message.reason = virus;
    step->message.detail = detail;
    decision_release(d, recipient, true);
    return 0;
}

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
    return decision_add_quarantine(d);
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

static int decide(struct decision *d)
{
    enum verdict verdict = d->judgement->verdict;

    if (d->facts->bounce)
        return incoming_bounce(d);
    if (verdict == VERDICT_ENVELOPE && d->facts->virus) {
        d->plan.verdict = VERDICT_ENVELOPE_VIRUS;
        d->plan.reason = d->facts->virus;
        return incoming_infected(d);
    }
    if (verdict == VERDICT_ENVELOPE)
        return incoming_envelope(d);
    /* A receipt is never held back for a virus: what it may hold is our own user's message, and a lost receipt loses cases. */
    if (verdict == VERDICT_RECEIPT)
        return incoming_receipt(d);
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
    d.plan.sender_is_home = is_certified && decision_is_home(&d, d.plan.about.sender);
    result = decide(&d);
    if (result == 0)
        *out = d.plan;
    return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/access.h"

#include "pec/reading.h"
#include "pec/refusal.h"

int access_read(const struct arrival *arrival, struct arena *arena, struct submission *out)
{
    struct submission s = { .arrival = arrival, .original = { .whole = arrival->bytes, .eight_bit = arrival->eight_bit } };
    const struct header *h = &s.original.header;
    int result = header_split(arrival->bytes, arena, &s.original.header, &s.original.body);

    if (result != 0 || (result = read_addresses(h, "From", arena, &s.from)) != 0 ||
        (result = read_addresses(h, "To", arena, &s.to)) != 0 || (result = read_addresses(h, "Cc", arena, &s.cc)) != 0 ||
        (result = read_subject(h, arena, &s.about.subject)) != 0 || (result = read_message_id(h, arena, &s.about.msgid)) != 0 ||
        (result = read_reply_to(h, arrival->sender, arena, &s.about.reply_to)) != 0 ||
        (result = read_receipt_form(h, arena, &s.about.form)) != 0)
        return result;
    /* 2.1: what is certified of the addresses is the routing data. */
    s.about.sender = arrival->sender;
    s.about.recipient_count = arrival->recipient_count;
    s.about.recipients = arena_array(arena, arrival->recipient_count, sizeof *s.about.recipients);
    if (!s.about.recipients)
        return ERROR_BUDGET;
    for (size_t i = 0; i < arrival->recipient_count; i++)
        s.about.recipients[i].address = arrival->recipients[i];
    *out = s;
    return 0;
}

/* A notification goes to the sender's own mailbox, whatever Reply-To says (2.1). */
static int notify_sender(const struct pec_provider *provider, struct plan *plan, enum message_kind kind, struct arena *arena,
                         struct step **out)
{
    struct step *step;
    const char **recipients = arena_array(arena, 1, sizeof *recipients);
    int result = recipients ? plan_add_message(provider, plan, ROLE_HOME, kind, arena, &step) : ERROR_BUDGET;

    if (result != 0)
        return result;
    recipients[0] = plan->about.sender;
    step->recipients = recipients;
    step->recipient_count = 1;
    step->message.to = plan->about.sender;
    *out = step;
    return 0;
}

/* 3.1.4, 3.1.5: the envelope first; what it certifies has then happened when the acceptance states it. */
static int accept(const struct pec_provider *provider, const struct submission *s, const struct access_facts *facts, struct arena *arena,
                  struct plan *plan)
{
    struct step *step;
    int result = plan_add_message(provider, plan, ROLE_ENVELOPE, KIND_TRANSPORT_ENVELOPE, arena, &step);

    if (result != 0)
        return result;
    /* 3.1.5: the routing data remain unaltered. */
    step->sender = s->arrival->sender;
    step->recipients = s->arrival->recipients;
    step->recipient_count = s->arrival->recipient_count;
    plan->is_tracked = true;
    plan->number = facts->number;
    return notify_sender(provider, plan, KIND_ACCEPTANCE, arena, &step);
}

/* 3.1.2. */
static int refuse(const struct pec_provider *provider, const struct formal_fault *fault, struct arena *arena, struct plan *plan)
{
    struct step *step;
    int result = notify_sender(provider, plan, KIND_NON_ACCEPTANCE, arena, &step);

    if (result != 0)
        return result;
    step->message.reason = fault->words;
    step->message.detail = refusal_words(provider, fault->status, fault->words, arena);
    return step->message.detail ? 0 : ERROR_BUDGET;
}

/* 3.1.3, 2.2.4: the message is kept and the sender told. */
static int refuse_virus(const struct pec_provider *provider, const char *virus, struct arena *arena, struct plan *plan)
{
    struct step *step;
    int result = plan_add_step(plan, ROLE_QUARANTINE, arena, &step);

    if (result == 0)
        result = notify_sender(provider, plan, KIND_NON_ACCEPTANCE_VIRUS, arena, &step);
    if (result != 0)
        return result;
    step->message.reason = virus;
    step->message.detail = refusal_virus(provider, virus, arena);
    return step->message.detail ? 0 : ERROR_BUDGET;
}

int access_decide(const struct pec_provider *provider, const struct submission *s, const struct access_facts *facts, struct arena *arena,
                  struct plan *out)
{
    struct plan plan = plan_new(POINT_ACCESS, VERDICT_ACCEPTED, facts->now, facts->seed);
    int result;

    plan.about = s->about;
    plan.about.provider = provider->name;
    plan.about.pec_id = plan_id(provider, &plan, 0, arena);
    if (!plan.about.pec_id)
        return ERROR_BUDGET;
    for (size_t i = 0; i < plan.about.recipient_count; i++)
        plan.about.recipients[i].certified = facts->certified[i];
    plan.reverse_path = s->arrival->sender;
    plan.size = (int64_t)s->arrival->bytes.size;
    plan.sender_is_home = true;
    if (facts->fault) {
        plan.verdict = VERDICT_NOT_ACCEPTED;
        plan.reason = facts->fault->words;
        result = refuse(provider, facts->fault, arena, &plan);
    } else if (facts->virus) {
        plan.verdict = VERDICT_NOT_ACCEPTED_VIRUS;
        plan.reason = facts->virus;
        result = refuse_virus(provider, facts->virus, arena, &plan);
    } else {
        result = accept(provider, s, facts, arena, &plan);
    }
    if (result == 0)
        *out = plan;
    return result;
}

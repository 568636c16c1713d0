/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Correct transport envelopes: taken in charge and handed to the delivery point (RFC 6109 2.2.2, 3.2.1, 3.3), or kept if they are
 * infected (3.2.3).
 */
#include "pec/address_set.h"
#include "pec/incoming_decision.h"
#include "pec/reading.h"
#include "pec/refusal.h"

/* 3.2.1: one for the message, with all our recipients in it, to the service mailbox of the sender's provider. */
static int take_charge(struct decision *d)
{
    const struct arrival *a = d->in->arrival;
    struct step *step;
    int result = decision_notify(d, KIND_TAKE_CHARGE, d->facts->signer->mail_receipt, &step);

    if (result != 0)
        return result;
    step->message.taken = a->recipients;
    step->message.taken_count = a->recipient_count;
    /* Sender and recipient of one provider (3.4): the take-charge does not pass the incoming point again. */
    for (size_t i = 0; step->role == ROLE_HOME && i < a->recipient_count; i++)
        decision_release(d, a->recipients[i], false);
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

        result = decision_add_mailbox(d, ROLE_DELIVERY, recipient, &step);
        if (result == 0)
            step->message.kind = receipt_kind(d, &audience, recipient);
    }
    return result;
}

int incoming_envelope(struct decision *d)
{
    int result = decision_reserve_releases(d, d->in->arrival->recipient_count);

    if (result == 0)
        result = take_charge(d);
    return result ? result : deliver(d);
}

/* 3.2.3: one notice for each recipient. Where the sender's provider is ourselves the notice does not pass the incoming point, so what
 * follows from it there is done here. */
static int virus_detection(struct decision *d, const char *recipient)
{
    const char *virus = d->facts->virus, *to = d->facts->signer->mail_receipt;
    const char *detail = refusal_virus(d->provider, virus, d->arena);
    struct step *step;
    int result = detail ? decision_notify(d, KIND_VIRUS_DETECTION, to, &step) : ERROR_BUDGET;

    if (result != 0)
        return result;
    step->message.recipient = recipient;
    step->message.reason = virus;
    step->message.detail = detail;
    if (!decision_is_home(d, to) || !decision_is_home(d, d->plan.about.sender))
        return 0;
    return decision_tell_virus(d, recipient, virus, detail);
}

/* 2.2.2, 3.2.3: an infected envelope is correct all the same; it is taken in charge, kept, and goes no further. */
int incoming_infected(struct decision *d)
{
    const struct arrival *a = d->in->arrival;
    int result = decision_reserve_releases(d, 2 * a->recipient_count);

    if (result != 0 || (result = decision_add_quarantine(d)) != 0 || (result = take_charge(d)) != 0)
        return result;
    for (size_t i = 0; i < a->recipient_count && result == 0; i++)
        result = virus_detection(d, a->recipients[i]);
    return result;
}

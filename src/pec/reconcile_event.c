/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What each event of the log tells of its transaction.
 */
#include <stdlib.h>
#include <string.h>

#include "mime/address.h"
#include "pec/reconcile_private.h"

static uint32_t bit(enum finding_kind kind)
{
    return UINT32_C(1) << kind;
}

static void count(uint8_t *counter)
{
    if (*counter < UINT8_MAX)
        (*counter)++;
}

/* Which receipt it was; never 0. Ids of receipts come with brackets and without. FNV-1a: who would gain by two that meet? */
static uint64_t id_of(const char *id)
{
    uint64_t h = 14695981039346656037u;

    for (; id && *id; id++)
        if (*id != '<' && *id != '>')
            h = (h ^ (unsigned char)*id) * 1099511628211u;
    return h ? h : 1;
}

/* --- recipients ------------------------------------------------------------------------------------------------------------- */

static struct party *add_party(struct audited *a, const char *address)
{
    struct party *p;

    if (a->party_count == a->party_capacity) {
        size_t capacity = a->party_capacity ? 2 * a->party_capacity : 1;
        struct party *larger = reallocarray(a->parties, capacity, sizeof *larger);

        if (!larger)
            return NULL;
        a->parties = larger;
        a->party_capacity = capacity;
    }
    p = &a->parties[a->party_count];
    *p = (struct party){ .address = strdup(address) };
    a->party_count += p->address != NULL;
    return p->address ? p : NULL;
}

/* That recipient; one that was not known is made. They come mostly in their order, so the search goes on from `*at`. NULL without memory. */
static struct party *party_of(struct audited *a, const char *address, size_t *at)
{
    for (size_t i = 0; i < a->party_count; i++) {
        struct party *p = &a->parties[(*at + i) % a->party_count];

        if (!address_same(slice_of(p->address), slice_of(address)))
            continue;
        *at += i + 1;
        return p;
    }
    return add_party(a, address);
}

/* The recipients of the message itself. */
static int name_parties(struct audited *a, const struct logged *l)
{
    size_t at = 0;

    for (size_t i = 0; i < l->recipient_count; i++) {
        struct party *p = party_of(a, l->recipients[i].address, &at);

        if (!p)
            return ERROR_MEMORY;
        p->is_named = true;
        p->certified = l->recipients[i].certified;
    }
    return 0;
}

typedef void tell(struct party *p, const struct logged *l);

static int tell_each(struct audited *a, const struct logged *l, const struct logged_list *list, tell *what)
{
    size_t at = 0;

    for (size_t i = 0; i < list->count; i++) {
        struct party *p = party_of(a, list->items[i], &at);

        if (!p)
            return ERROR_MEMORY;
        what(p, l);
    }
    return 0;
}

static int tell_recipients(struct audited *a, const struct logged *l, tell *what)
{
    size_t at = 0;

    for (size_t i = 0; i < l->recipient_count; i++) {
        struct party *p = party_of(a, l->recipients[i].address, &at);

        if (!p)
            return ERROR_MEMORY;
        what(p, l);
    }
    return 0;
}

/* --- what is told of one ---------------------------------------------------------------------------------------------------- */

/* A receipt of ours may come around by the queue: issued, and come, it is one. Anything else is a second. */
static bool is_second(struct told *told, const struct logged *l)
{
    bool *way = logged_issues(l) ? &told->is_issued : &told->has_come;
    uint64_t id = id_of(l->related);
    bool second = told->id && (told->id != id || *way);

    if (!told->id)
        told->time = l->time;
    told->id = told->id ? told->id : id;
    *way = true;
    return second;
}

static void charge(struct party *p, const struct logged *l)
{
    if (is_second(&p->charge, l))
        p->seen |= bit(FINDING_TAKE_CHARGE_TWICE);
}

static void charge_here(struct party *p, const struct logged *l)
{
    p->is_here = true;
    charge(p, l);
}

static void end_with(struct party *p, const struct logged *l, enum party_end end)
{
    if (is_second(&p->ended, l))
        p->seen |= bit(FINDING_END_TWICE);
    else
        p->end = end;
}

static void end_delivered(struct party *p, const struct logged *l)
{
    end_with(p, l, END_DELIVERED);
}

static void end_refused(struct party *p, const struct logged *l)
{
    end_with(p, l, END_REFUSED);
}

static void end_virus(struct party *p, const struct logged *l)
{
    end_with(p, l, END_VIRUS);
}

static void answer_delivered(struct party *p, const struct logged *l)
{
    p->is_answered = true;
    end_delivered(p, l);
}

/* Of a bounce, or of a refusal by our own relay: nobody had the message. */
static void answer_refused(struct party *p, const struct logged *l)
{
    bool is_at_mailbox = l->verdict == VERDICT_ENVELOPE;

    p->is_answered = is_at_mailbox;
    end_with(p, l, is_at_mailbox ? END_REFUSED : END_RETURNED);
}

static void detect(struct party *p, const struct logged *l)
{
    p->detected = p->detected ? p->detected : l->time;
}

static void notice(struct party *p, const struct logged *l)
{
    int64_t *time = l->message == KIND_FIRST_NOTICE ? &p->first_notice : &p->second_notice;

    if (*time)
        p->seen |= bit(FINDING_NOTICE_TWICE);
    else
        *time = l->time;
}

static void mailbox_took(struct party *p, const struct logged *l)
{
    (void)l;
    p->is_here = true;
    count(&p->taken);
    if (p->taken + p->refused > 1)
        p->seen |= bit(FINDING_MAILBOX_TWICE);
}

static void mailbox_refused(struct party *p, const struct logged *l)
{
    (void)l;
    p->is_here = true;
    count(&p->refused);
    if (p->taken + p->refused > 1)
        p->seen |= bit(FINDING_MAILBOX_TWICE);
}

static void doubt(struct party *p, const struct logged *l)
{
    (void)l;
    p->seen |= bit(FINDING_STRANGER);
}

/* --- events ----------------------------------------------------------------------------------------------------------------- */

/* Those of its recipients for whom the receipt is not the awaited one: its signer does not answer for them. */
static int doubt_others(struct audited *a, const struct logged *l)
{
    size_t at = 0;

    for (size_t i = 0; i < l->recipient_count; i++) {
        struct party *p = NULL;
        bool is_settled = false;

        for (size_t j = 0; j < l->settles.count && !is_settled; j++)
            is_settled = address_same(slice_of(l->settles.items[j]), slice_of(l->recipients[i].address));
        if (is_settled)
            continue;
        p = party_of(a, l->recipients[i].address, &at);
        if (!p)
            return ERROR_MEMORY;
        doubt(p, l);
    }
    return 0;
}

/* A receipt that came. Of a virus detection the consequence is a message of our own, which is looked for. */
static int receipt_came(struct audited *a, const struct logged *l)
{
    static tell *const tells[TYPE_NONE] = { [TYPE_TAKE_CHARGE] = charge, [TYPE_DELIVERY] = end_delivered, [TYPE_NON_DELIVERY] = end_refused };
    int result;

    if (l->receipt == TYPE_VIRUS_DETECTION)
        return tell_each(a, l, &l->settles, detect);
    if (l->receipt == TYPE_NONE || !tells[l->receipt])
        return 0;
    count(&a->receipts);
    result = tell_each(a, l, &l->settles, tells[l->receipt]);
    return result ? result : doubt_others(a, l);
}

static int received_at_access(struct audited *a, const struct logged *l)
{
    count(&a->received);
    a->verdict = l->verdict;
    return name_parties(a, l);
}

static int envelope_came(struct audited *a, const struct logged *l, const char *provider)
{
    count(&a->came);
    a->is_infected = a->is_infected || l->verdict == VERDICT_ENVELOPE_VIRUS;
    a->is_foreign = a->is_foreign || !l->provider || strcmp(l->provider, provider) != 0;
    return name_parties(a, l);
}

static int received(struct audited *a, const struct logged *l, const char *provider)
{
    if (l->point == POINT_ACCESS)
        return received_at_access(a, l);
    if (l->verdict == VERDICT_RECEIPT)
        return receipt_came(a, l);
    if (l->verdict == VERDICT_ENVELOPE || l->verdict == VERDICT_ENVELOPE_VIRUS)
        return envelope_came(a, l, provider);
    return 0;
}

static void envelope_left(struct audited *a, const struct logged *l)
{
    count(l->what == LOGGED_REFUSED ? &a->returned : &a->envelopes);
}

static int issued(struct audited *a, const struct logged *l)
{
    switch (l->message) {
    case KIND_ACCEPTANCE:
        count(&a->acceptances);
        return 0;
    case KIND_NON_ACCEPTANCE:
    case KIND_NON_ACCEPTANCE_VIRUS:
        count(&a->non_acceptances);
        return 0;
    case KIND_TRANSPORT_ENVELOPE:
        envelope_left(a, l);
        return 0;
    case KIND_FIRST_NOTICE:
    case KIND_SECOND_NOTICE:
        count(&a->notices);
        return tell_each(a, l, &l->concerned, notice);
    case KIND_TAKE_CHARGE:
        count(&a->charges);
        return tell_each(a, l, &l->concerned, charge_here);
    case KIND_VIRUS_DETECTION:
        return tell_each(a, l, &l->concerned, detect);
    case KIND_NON_DELIVERY_VIRUS:
        return tell_each(a, l, &l->concerned, end_virus);
    case KIND_NON_DELIVERY:
        return tell_each(a, l, &l->concerned, answer_refused);
    case KIND_DELIVERY_COMPLETE:
    case KIND_DELIVERY_BRIEF:
    case KIND_DELIVERY_CONCISE:
        return tell_each(a, l, &l->concerned, answer_delivered);
    default:
        return 0;
    }
}

static int check_sender(struct audited *a, const struct logged *l)
{
    if (!l->sender)
        return 0;
    if (!a->sender)
        return (a->sender = strdup(l->sender)) ? 0 : ERROR_MEMORY;
    if (!address_same(slice_of(a->sender), slice_of(l->sender)))
        a->seen |= bit(FINDING_OTHER_SENDER);
    return 0;
}

int audited_event(struct audited *a, const struct logged *l, const char *provider)
{
    bool is_at_mailbox = l->message < 0 && l->verdict == VERDICT_ENVELOPE;
    int result = check_sender(a, l);

    if (result != 0)
        return result;
    if (l->what == LOGGED_RECEIVED)
        return received(a, l, provider);
    if (l->what == LOGGED_QUARANTINED)
        count(&a->kept);
    if (logged_issues(l))
        return issued(a, l);
    if (is_at_mailbox && l->what == LOGGED_DELIVERED)
        return tell_recipients(a, l, mailbox_took);
    if (is_at_mailbox && l->what == LOGGED_REFUSED)
        return tell_recipients(a, l, mailbox_refused);
    return 0;
}

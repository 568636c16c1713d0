/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is wrong with a transaction, once all that the log has of it is known.
 */
#include <stdlib.h>
#include <string.h>

#include "pec/reconcile_private.h"

/* Beyond the hours of a notice: it goes within seconds of them, unless the machine was down for a moment. */
enum { GRACE = 600 };

const char *const finding_names[FINDING_COUNT] = {
    "not-received",      "received-twice",  "no-envelope",       "envelope-twice",  "no-acceptance",       "accepted-twice",
    "refused-yet-sent",  "no-non-acceptance", "non-acceptance-twice", "not-kept",    "unknown-transaction", "other-sender",
    "other-recipient",   "stranger",        "no-take-charge",    "take-charge-twice", "no-end",            "end-twice",
    "virus-untold",      "mailbox-twice",   "no-receipt",        "no-delivery",     "no-first-notice",     "no-second-notice",
    "notice-twice",      "notice-early",
};

const char *const finding_texts[FINDING_COUNT] = {
    [FINDING_NOT_RECEIVED] = "an envelope or acceptance of ours, but the access point received no such message",
    [FINDING_RECEIVED_TWICE] = "received twice by the access point",
    [FINDING_NO_ENVELOPE] = "accepted, but no envelope was sent",
    [FINDING_ENVELOPE_TWICE] = "two envelopes were sent",
    [FINDING_NO_ACCEPTANCE] = "no acceptance was issued",
    [FINDING_ACCEPTED_TWICE] = "two acceptances were issued",
    [FINDING_REFUSED_YET_SENT] = "not accepted, and yet an envelope or an acceptance went out",
    [FINDING_NO_NON_ACCEPTANCE] = "not accepted, but no notice of it was issued",
    [FINDING_NON_ACCEPTANCE_TWICE] = "two notices of non-acceptance were issued",
    [FINDING_NOT_KEPT] = "infected, but not put into the quarantine",
    [FINDING_UNKNOWN] = "a receipt for a transaction that the log does not know",
    [FINDING_OTHER_SENDER] = "its events name different senders",
    [FINDING_OTHER_RECIPIENT] = "an event concerns somebody who is no recipient of the message",
    [FINDING_STRANGER] = "a receipt of a provider that does not manage the recipient's domain",
    [FINDING_NO_TAKE_CHARGE] = "nobody took it in charge",
    [FINDING_TAKE_CHARGE_TWICE] = "taken in charge twice",
    [FINDING_NO_END] = "neither delivered nor refused, and no second notice went",
    [FINDING_END_TWICE] = "two receipts of a delivery or non-delivery",
    [FINDING_VIRUS_UNTOLD] = "a virus was detected, but the sender was not told",
    [FINDING_MAILBOX_TWICE] = "the mailbox was given it twice",
    [FINDING_NO_RECEIPT] = "the mailbox has answered, but no receipt was issued",
    [FINDING_NO_DELIVERY] = "a receipt was issued, but no mailbox was given it",
    [FINDING_NO_FIRST_NOTICE] = "no first notice went",
    [FINDING_NO_SECOND_NOTICE] = "no second notice went in time",
    [FINDING_NOTICE_TWICE] = "the same notice of timeout went twice",
    [FINDING_NOTICE_EARLY] = "a notice of timeout went before its hours were full",
};

static uint32_t bit(enum finding_kind kind)
{
    return UINT32_C(1) << kind;
}

/* --- the transaction as a whole --------------------------------------------------------------------------------------------- */

static bool is_accepted(const struct audited *a)
{
    return a->received && a->verdict == VERDICT_ACCEPTED;
}

static bool is_sent(const struct audited *a)
{
    return a->envelopes || a->returned;
}

/* What ought to be there and is not (yet). */
static uint32_t lacks(const struct audited *a)
{
    uint32_t lacks = 0;

    if (is_accepted(a) && !is_sent(a))
        lacks |= bit(FINDING_NO_ENVELOPE);
    if (is_accepted(a) && !a->acceptances)
        lacks |= bit(FINDING_NO_ACCEPTANCE);
    if (a->received && !is_accepted(a) && !a->non_acceptances)
        lacks |= bit(FINDING_NO_NON_ACCEPTANCE);
    if ((a->is_infected || (a->received && a->verdict == VERDICT_NOT_ACCEPTED_VIRUS)) && !a->kept)
        lacks |= bit(FINDING_NOT_KEPT);
    if (a->came && !a->charges)
        lacks |= bit(FINDING_NO_TAKE_CHARGE);
    return lacks;
}

/* What is wrong for good. */
static uint32_t faults(const struct audited *a)
{
    bool is_ours = is_sent(a) || a->acceptances || a->non_acceptances || a->notices || (a->came && !a->is_foreign);
    uint32_t faults = a->seen;

    if (is_ours && !a->received)
        faults |= bit(FINDING_NOT_RECEIVED);
    if (a->received > 1)
        faults |= bit(FINDING_RECEIVED_TWICE);
    if (a->envelopes > 1)
        faults |= bit(FINDING_ENVELOPE_TWICE);
    if (a->acceptances > 1)
        faults |= bit(FINDING_ACCEPTED_TWICE);
    if (a->non_acceptances > 1)
        faults |= bit(FINDING_NON_ACCEPTANCE_TWICE);
    if (a->received && !is_accepted(a) && (is_sent(a) || a->acceptances))
        faults |= bit(FINDING_REFUSED_YET_SENT);
    if (a->receipts && !a->received && !is_ours)
        faults |= bit(FINDING_UNKNOWN);
    return faults;
}

bool audited_is_headless(const struct audited *a)
{
    return faults(a) & (bit(FINDING_NOT_RECEIVED) | bit(FINDING_UNKNOWN));
}

/* --- a recipient ------------------------------------------------------------------------------------------------------------ */

/* Must somebody answer for it? Nobody does for a recipient who is not certified. */
static bool is_answerable(const struct audited *a, const struct party *p)
{
    return p->is_here || (is_accepted(a) && p->certified && p->is_named);
}

/* An infected envelope of another provider's user: that provider tells its user, once it has our notice (3.2.3, 3.2.4). */
static bool is_others_to_tell(const struct audited *a, const struct party *p)
{
    return p->is_here && p->detected && !a->received;
}

static uint32_t party_lacks(const struct audited *a, const struct party *p)
{
    bool has_end = p->end != END_NONE || p->second_notice || is_others_to_tell(a, p);
    bool is_answered = p->taken || p->refused;
    uint32_t lacks = 0;

    if (!is_answerable(a, p))
        return 0;
    if (!p->charge.id && p->end != END_RETURNED && !p->second_notice)
        lacks |= bit(FINDING_NO_TAKE_CHARGE);
    if (!has_end && p->is_here && is_answered)
        lacks |= bit(FINDING_NO_RECEIPT);
    else if (!has_end)
        lacks |= bit(p->detected ? FINDING_VIRUS_UNTOLD : FINDING_NO_END);
    return lacks;
}

/* 3.1.6: none may be missing once its hours are over, none may come before. What came within its hours calls it off. */
static uint32_t notice_faults(const struct reconcile *r, const struct audited *a, const struct party *p, int64_t now)
{
    int64_t first = a->begun + r->settings.first, second = a->begun + r->settings.second, end = p->ended.time;
    int64_t sign = p->charge.time && (!end || p->charge.time < end) ? p->charge.time : end;
    uint32_t faults = 0;

    if (!is_accepted(a) || !p->certified || !p->is_named)
        return 0;
    if (!p->first_notice && now > first + GRACE && (!sign || sign > first + GRACE))
        faults |= bit(FINDING_NO_FIRST_NOTICE);
    if (!p->second_notice && end > second + GRACE)
        faults |= bit(FINDING_NO_SECOND_NOTICE);
    if ((p->first_notice && p->first_notice < first) || (p->second_notice && p->second_notice < second))
        faults |= bit(FINDING_NOTICE_EARLY);
    return faults;
}

static uint32_t party_faults(const struct reconcile *r, const struct audited *a, const struct party *p, int64_t now)
{
    uint32_t faults = p->seen | notice_faults(r, a, p, now);

    if (!p->is_named && (a->received || a->came))
        faults |= bit(FINDING_OTHER_RECIPIENT);
    if (p->is_answered && !p->taken && !p->refused)
        faults |= bit(FINDING_NO_DELIVERY);
    return faults;
}

bool audited_is_whole(const struct audited *a)
{
    if (lacks(a) || audited_is_headless(a))
        return false;
    for (size_t i = 0; i < a->party_count; i++)
        if (party_lacks(a, &a->parties[i]))
            return false;
    return true;
}

/* --- the result ------------------------------------------------------------------------------------------------------------- */

/* Room for one more at the end of a list that doubles. False without memory. */
static bool make_room(void **list, size_t count, size_t size)
{
    void *larger;

    if (count & (count - 1))
        return true; /* it has room up to the next power of two */
    larger = reallocarray(*list, count ? 2 * count : 1, size);
    if (larger)
        *list = larger;
    return larger != NULL;
}

static int name_both(const char *pec_id, const char *recipient, char **out_id, char **out_recipient)
{
    char *id = strdup(pec_id), *address = recipient ? strdup(recipient) : NULL;

    if (!id || (recipient && !address)) {
        free(id);
        free(address);
        return ERROR_MEMORY;
    }
    *out_id = id;
    *out_recipient = address;
    return 0;
}

static int add_finding(struct reconcile_result *out, enum finding_kind kind, const struct audited *a, const char *recipient)
{
    void *list = out->findings;
    struct reconcile_finding f = { .kind = kind, .since = a->begun };

    if (out->finding_count == RECONCILE_LISTED_MAX) {
        out->unlisted_findings++;
        return 0;
    }
    if (!make_room(&list, out->finding_count, sizeof f))
        return ERROR_MEMORY;
    out->findings = list;
    if (name_both(a->pec_id, recipient, &f.pec_id, &f.recipient) != 0)
        return ERROR_MEMORY;
    out->findings[out->finding_count++] = f;
    return 0;
}

static int add_open(struct reconcile_result *out, enum finding_kind kind, const struct audited *a, const struct party *p)
{
    void *list = out->open;
    struct reconcile_open open = { .waits_for = kind, .since = a->begun, .notice = p ? p->first_notice : 0 };

    if (out->open_count == RECONCILE_LISTED_MAX) {
        out->unlisted_open++;
        return 0;
    }
    if (!make_room(&list, out->open_count, sizeof open))
        return ERROR_MEMORY;
    out->open = list;
    if (name_both(a->pec_id, p ? p->address : NULL, &open.pec_id, &open.recipient) != 0)
        return ERROR_MEMORY;
    out->open[out->open_count++] = open;
    return 0;
}

/* What is missing is a finding once it is too late for it. */
static int put(struct reconcile *r, const struct audited *a, const struct party *p, uint32_t faults, uint32_t lacks, bool is_late)
{
    int result = 0;

    for (int kind = 0; kind < FINDING_COUNT && result == 0; kind++) {
        bool is_wrong = faults & bit((enum finding_kind)kind), is_missing = lacks & bit((enum finding_kind)kind);

        if (is_wrong || (is_missing && is_late))
            result = add_finding(&r->result, (enum finding_kind)kind, a, p ? p->address : NULL);
        else if (is_missing)
            result = add_open(&r->result, (enum finding_kind)kind, a, p);
    }
    return result;
}

/* What the second reading has from its beginning was counted by the first. */
int audited_judge(struct reconcile *r, const struct audited *a, int64_t now)
{
    bool is_late = now > a->begun + r->settings.second + GRACE, is_counted = !r->is_second || audited_is_headless(a);
    int result = put(r, a, NULL, faults(a), lacks(a), is_late);

    r->result.transactions += is_counted;
    for (size_t i = 0; i < a->party_count && result == 0; i++) {
        const struct party *p = &a->parties[i];

        r->result.recipients += is_counted && is_answerable(a, p);
        result = put(r, a, p, party_faults(r, a, p, now), party_lacks(a, p), is_late);
    }
    return result;
}

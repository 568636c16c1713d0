/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The facts of the incoming point: whose signature it is, whether it holds (RFC 6109 2.2.2), whether a bounce is of ours.
 */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "flow/decide.h"
#include "flow/tag.h"
#include "sign/verify.h"

enum { JOURNAL_MS = 30000 };

/* What the law's questions are answered with while it decides. */
struct oracle {
    const struct services *services;
    unsigned char certificate[CERTIFICATE_HASH_SIZE];
};

static bool is_home(const void *arg, const char *address)
{
    const struct oracle *o = arg;

    return domains_is_home(o->services->domains, address);
}

static bool signer_manages(const void *arg, const char *address)
{
    const struct oracle *o = arg;

    return index_signer_manages(o->services->index, o->certificate, address_domain(slice_of(address)));
}

/* The certificate's chain at reception. A revocation list that is wanted and missing is no verdict. */
static int judge_trust(struct work *w, const struct signature *signature, struct signer_facts *out, struct error *e)
{
    struct trust_answer answer;
    int result = signature_trust(signature, w->services->trust, clock_now(), &answer, e);

    if (result != 0)
        return result;
    switch (answer.verdict) {
    case TRUST_GOOD:
        out->state = SIGNER_GOOD;
        return 0;
    case TRUST_NO_CRL:
        return error_set(e, ERROR_OUT, "revocation list: %s", answer.why);
    case TRUST_EXPIRED:
    case TRUST_NOT_YET:
        out->state = SIGNER_EXPIRED;
        break;
    case TRUST_REVOKED:
        out->state = SIGNER_REVOKED;
        break;
    case TRUST_NO_CHAIN:
    case TRUST_UNFIT:
        out->state = SIGNER_UNTRUSTED;
        break;
    }
    log_info("signature not trusted: %s", answer.why);
    return 0;
}

/* The record of the index that holds the certificate and manages the domain in From. */
static int look_up_signer(struct work *w, const struct incoming *in, const struct signature *signature, const struct oracle *o,
                          struct signer_facts *out)
{
    const char *from = in->from.count ? in->from.items[0].address : "";
    struct index_provider provider;

    out->has_from = certificate_has_address(signature_certificate(signature), from);
    out->is_listed = index_find_signer(w->services->index, o->certificate, address_domain(slice_of(from)), &provider);
    if (!out->is_listed)
        return 0;
    out->name = arena_text(w->arena, provider.name);
    out->mail_receipt = arena_text(w->arena, provider.mail_receipt);
    return out->name && out->mail_receipt ? 0 : ERROR_BUDGET;
}

/* 2.2.2, in its order: existence, origin, validity. */
static int examine(struct work *w, const struct incoming *in, struct oracle *o, struct signer_facts *out, struct error *e)
{
    struct signature *signature = NULL;
    enum phase before;
    int result;

    out->state = SIGNER_ABSENT;
    if (!in->is_signed)
        return 0;
    if (!w->services->index)
        return error_set(e, ERROR_OUT, "the providers' index is out");
    before = phases_enter(&w->phases, PHASE_VERIFY);
    result = signature_read(in->signature, w->services->trust, &signature, e);
    if (result != 0) {
        out->state = SIGNER_UNREADABLE;
        result = result == ERROR_SIGNATURE ? 0 : result;
        goto out;
    }
    certificate_hash(signature_certificate(signature), o->certificate);
    if (!index_knows_certificate(w->services->index, o->certificate)) {
        out->state = SIGNER_STRANGER;
        goto out;
    }
    result = signature_holds(signature, in->content.raw, e);
    if (result == ERROR_SIGNATURE) {
        out->state = SIGNER_BROKEN;
        result = 0;
        goto out;
    }
    if (result == 0)
        result = judge_trust(w, signature, out, e);
    if (result == 0)
        result = look_up_signer(w, in, signature, o, out);
out:
    signature_free(&signature);
    phases_leave(&w->phases, before);
    return result;
}

static bool is_open_recipient(const struct stored_transaction *t, const struct bounced *b)
{
    for (size_t i = 0; i < t->recipient_count; i++)
        if (!t->recipients[i].closed && (address_same(slice_of(t->recipients[i].address), slice_of(b->address)) ||
                                         (b->original && address_same(slice_of(t->recipients[i].address), slice_of(b->original)))))
            return true;
    return false;
}

static int ask_transaction(struct work *w, uint64_t number, struct journal_response *out, struct error *e)
{
    const struct journal_request request = { .verb = JOURNAL_TRANSACTION, .transaction.number = number };
    enum phase before = phases_enter(&w->phases, PHASE_STORE);
    int result = w->services->journal->ask(w->services->journal, &request, w->arena, out, clock_monotonic_ms() + JOURNAL_MS, e);

    phases_leave(&w->phases, before);
    return result;
}

/* The transaction of a bounce of ours, and who of its recipients is still open. */
static int read_transaction(struct work *w, uint64_t number, struct bounce_facts *out, struct error *e)
{
    struct journal_response response;
    struct transaction *about = arena_alloc(w->arena, sizeof *about);
    bool *open = arena_array(w->arena, out->report->recipient_count + 1, sizeof *open);
    struct record r;
    int result = about && open ? ask_transaction(w, number, &response, e) : ERROR_BUDGET;

    if (result != 0)
        return result;
    if (response.state != JOURNAL_FOUND) {
        out->is_of_receipt = true; /* forgotten long ago: there is nobody to tell */
        return 0;
    }
    r = record_reader(response.transaction.record, w->arena);
    transaction_visit(&r, about);
    if (!record_drop(&r))
        return error_set(e, ERROR_CORRUPT, "store: the record of transaction %llx is damaged", (unsigned long long)number);
    for (size_t i = 0; i < out->report->recipient_count; i++)
        open[i] = is_open_recipient(&response.transaction, &out->report->recipients[i]);
    out->about = about;
    out->open = open;
    return 0;
}

/* A delivery status report to nobody whose envelope id bears our tag; without the tag it is ordinary mail. */
static int examine_bounce(struct work *w, struct bounce_facts *facts, const struct bounce_facts **out, struct error *e)
{
    struct bounce *report = arena_alloc(w->arena, sizeof *report);
    enum phase before;
    enum tag_kind kind;
    uint64_t number;
    int result;

    *out = NULL;
    if (*w->spooled->arrival.sender)
        return 0;
    before = phases_enter(&w->phases, PHASE_PARSE);
    result = report ? bounce_read(w->spooled->arrival.bytes, w->arena, report) : ERROR_BUDGET;
    phases_leave(&w->phases, before);
    if (result != 0)
        return error_set(e, result, "%s", error_row(result)->text);
    if (!report->envid || !tag_read(w->services->tag_key, slice_of(report->envid), &kind, &number))
        return 0;
    facts->report = report;
    facts->is_of_receipt = kind == TAG_RECEIPT;
    *out = facts;
    return facts->is_of_receipt ? 0 : read_transaction(w, number, facts, e);
}

static enum ordinary_policy policy_of(const struct config *config)
{
    static const enum ordinary_policy policies[] = {
        [ORDINARY_WRAP] = POLICY_WRAP, [ORDINARY_REJECT] = POLICY_REJECT, [ORDINARY_DISCARD] = POLICY_DISCARD
    };

    return policies[config->incoming.ordinary_mail];
}

/* Everything is scanned but receipts (incoming.c says why), bounces of ours, and what will be refused anyhow. */
static bool needs_scan(const struct judgement *j, const struct incoming_facts *facts)
{
    return !facts->bounce && j->verdict != VERDICT_RECEIPT && !(j->verdict == VERDICT_ORDINARY && facts->policy == POLICY_REJECT);
}

static int read_message(struct work *w, struct incoming *out)
{
    enum phase before = phases_enter(&w->phases, PHASE_PARSE);
    int result = incoming_read(&w->spooled->arrival, w->arena, out);

    phases_leave(&w->phases, before);
    return result;
}

/* What it is; an envelope is read for that. */
static int judge(struct work *w, const struct incoming *in, const struct signer_facts *signer, struct judgement *out)
{
    enum phase before = phases_enter(&w->phases, PHASE_PARSE);
    int result = incoming_judge(in, signer, w->arena, out);

    phases_leave(&w->phases, before);
    return result;
}

int decide_incoming(struct work *w, struct error *e)
{
    struct oracle oracle = { .services = w->services };
    struct signer_facts signer = { 0 };
    struct bounce_facts bounce = { 0 };
    struct judgement judgement;
    struct incoming in;
    struct incoming_facts facts = {
        .signer = &signer, .policy = policy_of(w->services->config), .now = clock_now(), .seed = decide_seed(w->arena),
        .is_home = is_home, .signer_manages = signer_manages, .arg = &oracle,
    };
    int result = facts.seed ? read_message(w, &in) : ERROR_BUDGET;

    if (result != 0)
        return error_set(e, result, "%s", error_row(result)->text);
    if ((result = examine_bounce(w, &bounce, &facts.bounce, e)) != 0 || (result = examine(w, &in, &oracle, &signer, e)) != 0)
        return result;
    result = judge(w, &in, &signer, &judgement);
    if (result == 0 && needs_scan(&judgement, &facts))
        result = decide_scan(w, &facts.virus, e);
    else if (result != 0)
        error_set(e, result, "%s", error_row(result)->text);
    if (result != 0)
        return result;
    w->original = judgement.verdict == VERDICT_ENVELOPE ? judgement.postacert : in.original;
    result = incoming_decide(&w->services->provider, &in, &judgement, &facts, w->arena, &w->plan);
    return result ? error_set(e, result, "%s", error_row(result)->text) : 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/verify/signer.h"

#include <string.h>

#include "base/clock.h"
#include "base/rope.h"
#include "base/text.h"
#include "sign/verify.h"

struct examining {
    const struct incoming *in;
    const struct verify_sources *sources;
    struct arena *arena;
    struct verify_report *report;
    struct signer_facts *facts;
    struct error *e;
};

static int no_budget(const struct examining *x)
{
    return error_set(x->e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);
}

/* The time that the chain is judged at. */
static void read_time(struct examining *x, const struct signature *signature)
{
    struct verify_signer *s = &x->report->signer;

    s->time = signature_time(signature);
    s->time_from = TIME_SIGNED;
    if (s->time == 0) {
        s->time_from = x->report->date && clock_read_date(x->report->date, &s->time) ? TIME_DATE : TIME_NOW;
        if (s->time_from == TIME_NOW)
            s->time = x->sources->now;
    }
}

static int read_addresses_of(struct examining *x, const X509 *certificate)
{
    struct rope joined = rope_new(x->arena);
    const char **addresses;
    size_t count;
    int result = certificate_addresses(certificate, x->arena, &addresses, &count);

    for (size_t i = 0; result == 0 && i < count; i++)
        rope_printf(&joined, "%s%s", i ? ", " : "", addresses[i]);
    if (result != 0 || !rope_ok(&joined))
        return no_budget(x);
    x->report->signer.addresses = arena_text(x->arena, rope_flat(&joined));
    return x->report->signer.addresses ? 0 : no_budget(x);
}

static int read_certificate(struct examining *x, const struct signature *signature)
{
    const X509 *certificate = signature_certificate(signature);
    struct verify_signer *s = &x->report->signer;
    unsigned char hash[CERTIFICATE_HASH_SIZE];

    certificate_hash(certificate, hash);
    hex_write((struct slice){ (const char *)hash, sizeof hash }, s->sha1);
    certificate_validity(certificate, &s->from, &s->until);
    s->digest = signature_digest_name(signature);
    s->subject = certificate_subject(certificate, x->arena);
    s->issuer = certificate_issuer(certificate, x->arena);
    if (!s->subject || !s->issuer)
        return no_budget(x);
    read_time(x, signature);
    return read_addresses_of(x, certificate);
}

/* The record of the index for the domain in From. Without an index whoever an authority of ours vouches for is taken for a provider. */
static int ask_index(struct examining *x, const X509 *certificate)
{
    const char *from = x->in->from.count ? x->in->from.items[0].address : "";
    struct slice domain = address_domain(slice_of(from));
    unsigned char hash[CERTIFICATE_HASH_SIZE];
    struct index_provider provider;

    x->facts->has_from = certificate_has_address(certificate, from);
    x->facts->is_listed = true;
    if (!x->sources->index)
        return 0;
    certificate_hash(certificate, hash);
    x->report->signer.index = index_knows_certificate(x->sources->index, hash) ? INDEX_KNOWS : INDEX_LACKS;
    x->facts->is_listed = index_find_signer(x->sources->index, hash, domain, &provider);
    if (!x->facts->is_listed)
        return 0;
    x->report->signer.provider = arena_text(x->arena, provider.name);
    return x->report->signer.provider ? 0 : no_budget(x);
}

static enum signer_state state_of_trust(enum trust_verdict verdict)
{
    switch (verdict) {
    case TRUST_GOOD:
    case TRUST_NO_CRL:
        return SIGNER_GOOD;
    case TRUST_NOT_YET:
    case TRUST_EXPIRED:
        return SIGNER_EXPIRED;
    case TRUST_REVOKED:
        return SIGNER_REVOKED;
    case TRUST_NO_CHAIN:
    case TRUST_UNFIT:
        break;
    }
    return SIGNER_UNTRUSTED;
}

/* Renewed certificates leave the index in time. One that has ended is not held against a message that an authority of ours vouches for
 * at the time of signing. */
static bool has_left_index(const struct verify_signer *s, int64_t now)
{
    return s->index == INDEX_LACKS && s->then.verdict == TRUST_GOOD && s->until < now;
}

static void make_remarks(struct examining *x)
{
    struct verify_signer *s = &x->report->signer;
    bool *remarks = x->report->remarks, is_good = state_of_trust(s->then.verdict) == SIGNER_GOOD;

    remarks[REMARK_SHA1] = strcmp(s->digest, "sha1") == 0;
    remarks[REMARK_UNDATED_DATE] = s->time_from == TIME_DATE;
    remarks[REMARK_UNDATED_NOW] = s->time_from == TIME_NOW;
    remarks[REMARK_REVOKED] = is_good && s->now.verdict == TRUST_REVOKED;
    remarks[REMARK_ENDED] = is_good && s->until < x->sources->now;
    remarks[REMARK_WEAK] = is_good && s->then.is_weak;
    remarks[REMARK_UNLISTED] = is_good && (s->then.is_unlisted || s->then.verdict == TRUST_NO_CRL);
    remarks[REMARK_LEFT] = has_left_index(s, x->sources->now);
}

/* Everything about the signature is found out, for the report; the first fault in the order of 2.2.2 is the verdict. */
static int examine_signature(struct examining *x, struct signature *signature)
{
    struct verify_signer *s = &x->report->signer;
    int holds, result;

    if ((result = read_certificate(x, signature)) != 0 || (result = ask_index(x, signature_certificate(signature))) != 0)
        return result;
    holds = signature_holds(signature, x->in->content.raw, x->e);
    if (holds != 0 && holds != ERROR_SIGNATURE)
        return holds;
    s->signature = holds == 0 ? SIGNATURE_HOLDS : SIGNATURE_BROKEN;
    if ((result = signature_trust(signature, x->sources->trust, s->time, &s->then, x->e)) != 0 ||
        (result = signature_trust(signature, x->sources->trust, x->sources->now, &s->now, x->e)) != 0)
        return result;
    make_remarks(x);
    x->facts->is_listed |= x->report->remarks[REMARK_LEFT];
    if (s->index == INDEX_LACKS && !x->report->remarks[REMARK_LEFT])
        x->facts->state = SIGNER_STRANGER;
    else if (holds != 0)
        x->facts->state = SIGNER_BROKEN;
    else
        x->facts->state = state_of_trust(s->then.verdict);
    return 0;
}

int verify_signer(const struct incoming *in, const struct verify_sources *sources, struct arena *arena, struct verify_report *report,
                  struct signer_facts *out, struct error *e)
{
    struct examining x = { .in = in, .sources = sources, .arena = arena, .report = report, .facts = out, .e = e };
    struct signature *signature = NULL;
    struct error fault;
    int result;

    *out = (struct signer_facts){ .state = SIGNER_ABSENT };
    if (!in->is_signed)
        return 0;
    result = signature_read(in->signature, sources->trust, &signature, &fault);
    if (result == ERROR_SIGNATURE) {
        out->state = SIGNER_UNREADABLE;
        report->signer.signature = SIGNATURE_UNREADABLE;
        report->signer.words = arena_text(arena, slice_of(fault.text));
        return report->signer.words ? 0 : no_budget(&x);
    }
    if (result != 0)
        return error_set(e, result, "%s", fault.text);
    result = examine_signature(&x, signature);
    signature_free(&signature);
    return result;
}

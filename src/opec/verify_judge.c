/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/verify_judge.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/text.h"
#include "mime/address.h"
#include "mime/word.h"
#include "pec/incoming.h"
#include "sign/verify.h"

struct judging {
    const struct verify_sources *sources;
    struct arena *arena;
    struct incoming in;
    struct signer_facts facts;
    struct verify_report report;
    struct error *e;
};

static int no_budget(const struct judging *j, int result)
{
    return error_set(j->e, result, "%s", error_row(result)->text);
}

/* --- what it claims --------------------------------------------------------------------------------------------------------- */

/* A field in one line of UTF-8; NULL if it is not there. */
static int read_field(struct judging *j, const char *name, const char **out)
{
    const struct field *f = header_find(&j->in.original.header, name);
    char *decoded = f ? words_decode(f->value, j->arena) : NULL;
    const char *line = decoded ? text_one_line(j->arena, slice_of(decoded)) : NULL;

    if (f && !line)
        return no_budget(j, ERROR_BUDGET);
    *out = line;
    return 0;
}

/* 3.2.2: an anomaly envelope has no certification data; its header says what it is. */
static bool claims_anomaly(const struct judging *j)
{
    const struct kind_row *row = &kind_rows[KIND_ANOMALY_ENVELOPE];

    return j->in.claim == CLAIM_UNKNOWN && j->report.type && slice_is_nocase(slice_of(j->report.type), row->header_value) &&
           header_find(&j->in.original.header, row->header) && !header_find(&j->in.original.header, "X-Ricevuta");
}

static const char *claimed_kind(const struct judging *j)
{
    if (j->in.claim == CLAIM_NOTHING)
        return j->in.is_signed ? "signed message that is no PEC message" : "ordinary message";
    if (claims_anomaly(j))
        return "anomaly envelope";
    return j->in.claim == CLAIM_UNKNOWN ? "message of an unknown kind"
                                        : verify_report_kind(j->in.claimed_type, CERTIFIED_NO_ERROR, j->in.about.form);
}

static int read_claims(struct judging *j)
{
    struct verify_report *r = &j->report;
    const char *receipt = NULL;
    int result;

    if ((result = read_field(j, "X-Trasporto", &r->type)) != 0 || (result = read_field(j, "X-Ricevuta", &receipt)) != 0 ||
        (result = read_field(j, "From", &r->from)) != 0 || (result = read_field(j, "To", &r->to)) != 0 ||
        (result = read_field(j, "Date", &r->date)) != 0 || (result = read_field(j, "Subject", &r->subject)) != 0 ||
        (result = read_field(j, "Message-ID", &r->message_id)) != 0)
        return result;
    if (!r->type)
        r->type = receipt;
    r->is_pec = j->in.claim != CLAIM_NOTHING;
    r->kind = claimed_kind(j);
    return 0;
}

/* --- who signed it ---------------------------------------------------------------------------------------------------------- */

/* The time that the chain is judged at. */
static void read_time(struct judging *j, const struct signature *signature)
{
    struct verify_signer *s = &j->report.signer;

    s->time = signature_time(signature);
    s->time_from = TIME_SIGNED;
    if (s->time == 0) {
        s->time_from = j->report.date && clock_read_date(j->report.date, &s->time) ? TIME_DATE : TIME_NOW;
        if (s->time_from == TIME_NOW)
            s->time = j->sources->now;
    }
}

static int read_addresses_of(struct judging *j, const X509 *certificate)
{
    struct rope joined = rope_new(j->arena);
    const char **addresses;
    size_t count;
    int result = certificate_addresses(certificate, j->arena, &addresses, &count);

    for (size_t i = 0; result == 0 && i < count; i++)
        rope_printf(&joined, "%s%s", i ? ", " : "", addresses[i]);
    if (result != 0 || !rope_ok(&joined))
        return no_budget(j, ERROR_BUDGET);
    j->report.signer.addresses = arena_text(j->arena, rope_flat(&joined));
    return j->report.signer.addresses ? 0 : no_budget(j, ERROR_BUDGET);
}

static int read_certificate(struct judging *j, const struct signature *signature)
{
    const X509 *certificate = signature_certificate(signature);
    struct verify_signer *s = &j->report.signer;
    unsigned char hash[CERTIFICATE_HASH_SIZE];

    certificate_hash(certificate, hash);
    hex_write((struct slice){ (const char *)hash, sizeof hash }, s->sha1);
    certificate_validity(certificate, &s->from, &s->until);
    s->digest = signature_digest_name(signature);
    s->subject = certificate_subject(certificate, j->arena);
    s->issuer = certificate_issuer(certificate, j->arena);
    if (!s->subject || !s->issuer)
        return no_budget(j, ERROR_BUDGET);
    read_time(j, signature);
    return read_addresses_of(j, certificate);
}

/* The record of the index for the domain in From. Without an index whoever an authority of ours vouches for is taken for a provider. */
static int ask_index(struct judging *j, const X509 *certificate)
{
    const char *from = j->in.from.count ? j->in.from.items[0].address : "";
    struct slice domain = address_domain(slice_of(from));
    unsigned char hash[CERTIFICATE_HASH_SIZE];
    struct index_provider provider;

    j->facts.has_from = certificate_has_address(certificate, from);
    j->facts.is_listed = true;
    if (!j->sources->index)
        return 0;
    certificate_hash(certificate, hash);
    j->report.signer.index = index_knows_certificate(j->sources->index, hash) ? INDEX_KNOWS : INDEX_LACKS;
    j->facts.is_listed = index_find_signer(j->sources->index, hash, domain, &provider);
    if (!j->facts.is_listed)
        return 0;
    j->report.signer.provider = arena_text(j->arena, provider.name);
    return j->report.signer.provider ? 0 : no_budget(j, ERROR_BUDGET);
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

/* Everything about the signature is found out, for the report; the first fault in the order of 2.2.2 is the verdict. */
static int examine_signature(struct judging *j, struct signature *signature)
{
    struct verify_signer *s = &j->report.signer;
    int holds, result;

    if ((result = read_certificate(j, signature)) != 0 || (result = ask_index(j, signature_certificate(signature))) != 0)
        return result;
    holds = signature_holds(signature, j->in.content.raw, j->e);
    if (holds != 0 && holds != ERROR_SIGNATURE)
        return holds;
    s->signature = holds == 0 ? SIGNATURE_HOLDS : SIGNATURE_BROKEN;
    if ((result = signature_trust(signature, j->sources->trust, s->time, &s->then, j->e)) != 0 ||
        (result = signature_trust(signature, j->sources->trust, j->sources->now, &s->now, j->e)) != 0)
        return result;
    if (s->index == INDEX_LACKS)
        j->facts.state = SIGNER_STRANGER;
    else if (holds != 0)
        j->facts.state = SIGNER_BROKEN;
    else
        j->facts.state = state_of_trust(s->then.verdict);
    return 0;
}

static int examine(struct judging *j)
{
    struct signature *signature = NULL;
    struct error e;
    int result;

    j->facts.state = SIGNER_ABSENT;
    if (!j->in.is_signed)
        return 0;
    result = signature_read(j->in.signature, j->sources->trust, &signature, &e);
    if (result == ERROR_SIGNATURE) {
        j->facts.state = SIGNER_UNREADABLE;
        j->report.signer.signature = SIGNATURE_UNREADABLE;
        j->report.signer.words = arena_text(j->arena, slice_of(e.text));
        return j->report.signer.words ? 0 : no_budget(j, ERROR_BUDGET);
    }
    if (result != 0)
        return error_set(j->e, result, "%s", e.text);
    result = examine_signature(j, signature);
    signature_free(&signature);
    return result;
}

/* --- whether it holds ------------------------------------------------------------------------------------------------------- */

static const char *why_not_of_a_provider(struct judging *j)
{
    const struct verify_signer *s = &j->report.signer;

    switch (j->facts.state) {
    case SIGNER_ABSENT:
        return "it bears no signature of a provider";
    case SIGNER_UNREADABLE:
        return arena_printf(j->arena, "its signature cannot be read: %s", s->words);
    case SIGNER_STRANGER:
        return "the certificate of its signature is not in the providers' index: its signer is no PEC provider, or has another one "
               "by now";
    case SIGNER_BROKEN:
        return "the signature does not hold over the content: it was changed after it was signed";
    case SIGNER_UNTRUSTED:
    case SIGNER_EXPIRED:
    case SIGNER_REVOKED:
        return arena_printf(j->arena, "the certificate was not good when it signed: %s", verify_report_trust(&s->then));
    case SIGNER_GOOD:
        break;
    }
    return NULL;
}

/* 2.1, 7 */
static const char *why_wrong_author(const struct judging *j)
{
    if (header_count(&j->in.original.header, "From") != 1 || j->in.from.fault || j->in.from.count != 1)
        return "From is not one valid address";
    if (!j->facts.has_from)
        return "the address in From is not that of the certificate";
    if (!j->facts.is_listed)
        return "the domain in From is not managed by the provider that signed";
    return NULL;
}

/* 3.2.2: the message as it came stands in the signed part, and beside it the text alone. The header is not signed: a transport envelope
 * whose header was changed says that it is an anomaly envelope, and has one part more. */
static const char *why_no_anomaly(const struct judging *j)
{
    const struct part *content = &j->in.content;

    if (strcmp(content->type, "multipart/mixed") != 0 || !part_find_type(content, "message/rfc822"))
        return "it is no anomaly envelope by its form: the message that it reports is not in it";
    return content->child_count == 2 ? NULL : "it is no anomaly envelope by its form: there is more in it than a message and a text";
}

static const char *why_not(struct judging *j, const struct judgement *judgement)
{
    const char *why = why_not_of_a_provider(j);

    if (!why)
        why = why_wrong_author(j);
    if (why || judgement->verdict == VERDICT_ENVELOPE || judgement->verdict == VERDICT_RECEIPT)
        return why;
    if (claims_anomaly(j))
        return why_no_anomaly(j);
    j->report.form = judgement->reason;
    return "a provider has signed it, but its form is not that of a PEC message (RFC 6109 2.2.2)";
}

static int conclude(struct judging *j)
{
    struct verify_report *r = &j->report;
    struct judgement judgement;
    int result = incoming_judge(&j->in, &j->facts, j->arena, &judgement);

    if (result != 0)
        return no_budget(j, result);
    r->why = why_not(j, &judgement);
    r->holds = !r->why;
    r->is_certified = judgement.verdict == VERDICT_ENVELOPE || judgement.verdict == VERDICT_RECEIPT;
    if (r->is_certified) {
        r->certification = judgement.certification;
        r->kind = verify_report_kind(r->certification.type, r->certification.error, r->certification.about.form);
    }
    return 0;
}

/* --- what it carries -------------------------------------------------------------------------------------------------------- */

/* daticert.xml goes by its name (4.4): an original may have XML of its own. */
static const struct part *find_certification(const struct part *p)
{
    const struct part *found = p->name && strcasecmp(p->name, "daticert.xml") == 0 ? p : NULL;

    for (size_t i = 0; !found && i < p->child_count; i++)
        found = find_certification(&p->children[i]);
    return found;
}

static int read_part(struct judging *j, const struct part *p, struct slice *out)
{
    int result = p ? part_decode(p, j->arena, out) : 0;

    return result ? no_budget(j, result) : 0;
}

static int read_parts(struct judging *j)
{
    struct verify_report *r = &j->report;
    int result;

    if (!j->in.is_signed || !r->is_pec)
        return 0;
    r->signature = j->in.signature;
    if ((result = read_part(j, part_find_type(&j->in.content, "message/rfc822"), &r->original)) != 0)
        return result;
    return read_part(j, find_certification(&j->in.content), &r->certification_data);
}

int verify_judge(struct slice message, const struct verify_sources *sources, struct arena *arena, struct verify_report *out,
                 struct error *e)
{
    const struct arrival arrival = { .sender = "", .bytes = message, .eight_bit = !text_is_ascii(message) };
    struct judging j = { .sources = sources, .arena = arena, .e = e };
    int result = incoming_read(&arrival, arena, &j.in);

    if (result != 0)
        return no_budget(&j, result);
    if ((result = read_claims(&j)) != 0 || (result = examine(&j)) != 0 || (result = conclude(&j)) != 0 ||
        (result = read_parts(&j)) != 0)
        return result;
    *out = j.report;
    return 0;
}

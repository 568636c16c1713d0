/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/verify/judge.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "mime/word.h"
#include "opec/verify/agreement.h"
#include "pec/incoming.h"

enum { SIGNED_APART = 600 };

struct judging {
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

static enum verify_kind kind_of_delivery(enum receipt_form form)
{
    return form == RECEIPT_BRIEF ? VERIFY_DELIVERY_BRIEF : form == RECEIPT_CONCISE ? VERIFY_DELIVERY_CONCISE : VERIFY_DELIVERY;
}

static enum verify_kind kind_of(enum certified_type type, enum certified_error error, enum receipt_form form)
{
    bool is_virus = error == CERTIFIED_VIRUS;

    switch (type) {
    case TYPE_ACCEPTANCE:
        return VERIFY_ACCEPTANCE;
    case TYPE_NON_ACCEPTANCE:
        return is_virus ? VERIFY_NON_ACCEPTANCE_VIRUS : VERIFY_NON_ACCEPTANCE;
    case TYPE_TAKE_CHARGE:
        return VERIFY_TAKE_CHARGE;
    case TYPE_DELIVERY:
        return kind_of_delivery(form);
    case TYPE_TRANSPORT:
        return VERIFY_ENVELOPE;
    case TYPE_NON_DELIVERY:
        return is_virus ? VERIFY_NON_DELIVERY_VIRUS : VERIFY_NON_DELIVERY;
    case TYPE_TIMEOUT:
        return VERIFY_TIMEOUT;
    case TYPE_VIRUS_DETECTION:
        return VERIFY_VIRUS_DETECTION;
    case TYPE_NONE:
        break;
    }
    return VERIFY_UNKNOWN;
}

static enum verify_kind claimed_kind(const struct judging *j)
{
    if (j->in.claim == CLAIM_NOTHING)
        return j->in.is_signed ? VERIFY_SIGNED : VERIFY_ORDINARY;
    if (claims_anomaly(j))
        return VERIFY_ANOMALY;
    return j->in.claim == CLAIM_UNKNOWN ? VERIFY_UNKNOWN : kind_of(j->in.claimed_type, CERTIFIED_NO_ERROR, j->in.about.form);
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

/* --- whether it holds ------------------------------------------------------------------------------------------------------- */

static enum verify_finding find_in_signature(const struct judging *j)
{
    switch (j->facts.state) {
    case SIGNER_ABSENT:
        return FINDING_UNSIGNED;
    case SIGNER_UNREADABLE:
        return FINDING_UNREADABLE;
    case SIGNER_STRANGER:
        return FINDING_STRANGER;
    case SIGNER_BROKEN:
        return FINDING_BROKEN;
    case SIGNER_UNTRUSTED:
    case SIGNER_EXPIRED:
    case SIGNER_REVOKED:
        return FINDING_CERTIFICATE;
    case SIGNER_GOOD:
        break;
    }
    return FINDING_HOLDS;
}

/* 2.1, 7 */
static enum verify_finding find_in_author(const struct judging *j)
{
    if (header_count(&j->in.original.header, "From") != 1 || j->in.from.fault || j->in.from.count != 1)
        return FINDING_FROM;
    if (!j->facts.has_from)
        return FINDING_FROM_OTHER;
    return j->facts.is_listed ? FINDING_HOLDS : FINDING_FROM_DOMAIN;
}

/* 3.2.2: the message as it came stands in the signed part, and beside it the text alone. The header is not signed: a transport envelope
 * whose header was changed says that it is an anomaly envelope, and has one part more. */
static enum verify_finding find_in_anomaly(const struct judging *j)
{
    const struct part *content = &j->in.content;

    if (strcmp(content->type, "multipart/mixed") != 0 || !part_find_type(content, "message/rfc822"))
        return FINDING_NO_MESSAGE;
    return content->child_count == 2 ? FINDING_HOLDS : FINDING_MORE_PARTS;
}

static enum verify_finding find_fault(struct judging *j, const struct judgement *judgement)
{
    enum verify_finding finding = find_in_signature(j);

    if (finding == FINDING_HOLDS)
        finding = find_in_author(j);
    if (finding != FINDING_HOLDS || judgement->verdict == VERDICT_ENVELOPE || judgement->verdict == VERDICT_RECEIPT)
        return finding;
    if (claims_anomaly(j))
        return find_in_anomaly(j);
    j->report.form = judgement->reason;
    return FINDING_FORM;
}

static bool is_signed_apart(const struct verify_report *r)
{
    return r->is_certified && r->signer.time_from == TIME_SIGNED && llabs(r->signer.time - r->certification.time.seconds) > SIGNED_APART;
}

static int conclude(struct judging *j)
{
    struct verify_report *r = &j->report;
    struct judgement judgement;
    int result = incoming_judge(&j->in, &j->facts, j->arena, &judgement);

    if (result != 0)
        return no_budget(j, result);
    r->finding = find_fault(j, &judgement);
    r->is_certified = judgement.verdict == VERDICT_ENVELOPE || judgement.verdict == VERDICT_RECEIPT;
    if (r->is_certified) {
        r->certification = judgement.certification;
        r->kind = kind_of(r->certification.type, r->certification.error, r->certification.about.form);
    }
    r->remarks[REMARK_APART] = is_signed_apart(r);
    return verify_agreement(&j->in, j->arena, r, j->e);
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
    struct judging j = { .arena = arena, .e = e };
    int result = incoming_read(&arrival, arena, &j.in);

    if (result != 0)
        return no_budget(&j, result);
    if ((result = read_claims(&j)) != 0 || (result = verify_signer(&j.in, sources, arena, &j.report, &j.facts, e)) != 0 ||
        (result = conclude(&j)) != 0 || (result = read_parts(&j)) != 0)
        return result;
    *out = j.report;
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/verify_report.h"

#include <string.h>

#include "opec/print.h"

enum { LINE_BUDGET = 1024 * 1024 };

/* --- words ------------------------------------------------------------------------------------------------------------------ */

const char *verify_report_kind(enum certified_type type, enum certified_error error, enum receipt_form form)
{
    bool is_virus = error == CERTIFIED_VIRUS;

    switch (type) {
    case TYPE_ACCEPTANCE:
        return "acceptance receipt";
    case TYPE_NON_ACCEPTANCE:
        return is_virus ? "non-acceptance notice for a virus" : "non-acceptance notice";
    case TYPE_TAKE_CHARGE:
        return "take-charge receipt";
    case TYPE_DELIVERY:
        return form == RECEIPT_BRIEF     ? "brief delivery receipt"
               : form == RECEIPT_CONCISE ? "concise delivery receipt"
                                         : "delivery receipt";
    case TYPE_TRANSPORT:
        return "transport envelope";
    case TYPE_NON_DELIVERY:
        return is_virus ? "non-delivery notice for a virus" : "non-delivery notice";
    case TYPE_TIMEOUT:
        return "non-delivery notice for timeout";
    case TYPE_VIRUS_DETECTION:
        return "virus detection notice";
    case TYPE_NONE:
        break;
    }
    return "ordinary message";
}

static const char *const signature_words[] = { "absent", "unreadable", "broken", "holds" };
static const char *const index_words[] = { "not asked", "known", "unknown" };
static const char *const time_words[] = { "signingTime", "Date", "now" };

const char *verify_report_trust(const struct trust_answer *answer)
{
    return answer->verdict == TRUST_GOOD ? "good" : *answer->why ? answer->why : "not good";
}

/* --- for people ------------------------------------------------------------------------------------------------------------- */

struct table {
    FILE *out;
    struct arena *arena; /* of a line */
};

static void put(struct table *t, const char *name, const char *text)
{
    if (!text)
        return;
    arena_reset(t->arena);
    fprintf(t->out, "  %-14s%s\n", name, print_line(t->arena, slice_of(text)));
}

static void put_moment(struct table *t, const char *name, int64_t seconds, const char *more)
{
    char moment[PRINT_SIZE];

    arena_reset(t->arena);
    fprintf(t->out, "  %-14s%s%s\n", name, print_moment(seconds, moment), more);
}

static void put_recipients(struct table *t, const struct transaction *about)
{
    for (size_t i = 0; i < about->recipient_count; i++) {
        arena_reset(t->arena);
        fprintf(t->out, "  %-14s%s (%s)\n", i ? "" : "recipients", print_line(t->arena, slice_of(about->recipients[i].address)),
                about->recipients[i].certified ? "certified" : "external");
    }
}

static void put_certification(struct table *t, const struct certification *c)
{
    put(t, "about", c->about.pec_id);
    put(t, "message-id", c->about.msgid);
    put(t, "sender", c->about.sender);
    put_recipients(t, &c->about);
    put(t, "subject", c->about.subject);
    put(t, "delivered to", c->delivered);
    if (c->error != CERTIFIED_NO_ERROR)
        put(t, "error", certified_error_words[c->error]);
    put(t, "detail", c->detail);
    put_moment(t, "certified", c->time.seconds, "");
    put(t, "by", c->issuer);
}

/* Of a message whose certification data are not proved, the header is all there is. */
static void put_header(struct table *t, const struct verify_report *r)
{
    put(t, "From", r->from);
    put(t, "To", r->to);
    put(t, "Date", r->date);
    put(t, "Subject", r->subject);
    put(t, "Message-ID", r->message_id);
}

static void put_signer(struct table *t, const struct verify_signer *s)
{
    char from[PRINT_SIZE], until[PRINT_SIZE];

    put(t, "signature", signature_words[s->signature]);
    put(t, "", s->words);
    if (!s->subject)
        return;
    put(t, "digest", s->digest);
    put_moment(t, "signed", s->time,
               s->time_from == TIME_SIGNED ? "" : s->time_from == TIME_DATE ? " (of the Date field)" : " (no time is given: now)");
    put(t, "provider", s->provider);
    put(t, "certificate", s->subject);
    put(t, "issued by", s->issuer);
    put(t, "for", s->addresses);
    put(t, "SHA-1", s->sha1);
    fprintf(t->out, "  %-14s%s until %s\n", "valid from", print_moment(s->from, from), print_moment(s->until, until));
    put(t, "at signing", verify_report_trust(&s->then));
    put(t, "now", verify_report_trust(&s->now));
    put(t, "index", index_words[s->index]);
}

void verify_report_print(FILE *out, const char *source, const struct verify_report *r)
{
    struct table t = { .out = out, .arena = arena_new(LINE_BUDGET) };

    if (!t.arena)
        return;
    fprintf(out, "%s: ", print_line(t.arena, slice_of(source)));
    fprintf(out, "%s%s", r->is_pec && !r->holds ? "claims to be: " : "", r->kind);
    if (r->type)
        fprintf(out, " (%s)", print_line(t.arena, slice_of(r->type)));
    fprintf(out, "; %s\n", r->holds ? "it holds" : "it DOES NOT HOLD");
    put(&t, "because", r->why);
    if (r->is_certified)
        put_certification(&t, &r->certification);
    else
        put_header(&t, r);
    put_signer(&t, &r->signer);
    if (r->signer.subject)
        put(&t, "form", r->form ? r->form : r->holds ? "correct" : NULL);
    for (size_t i = 0; i < r->extracted_count; i++)
        put(&t, i ? "" : "extracted", r->extracted[i]);
    arena_free(&t.arena);
}

/* --- for programs ----------------------------------------------------------------------------------------------------------- */

static void set(json_t *object, const char *name, const char *text)
{
    if (text)
        json_object_set_new(object, name, print_json_text(slice_of(text)));
}

static json_t *recipients_json(const struct transaction *about)
{
    json_t *list = json_array();

    for (size_t i = 0; i < about->recipient_count; i++)
        json_array_append_new(list, json_pack("{s:o, s:s}", "address", print_json_text(slice_of(about->recipients[i].address)), "kind",
                                              about->recipients[i].certified ? "certified" : "external"));
    return list;
}

static void set_certification(json_t *object, const struct certification *c)
{
    char legal[PRINT_SIZE];

    set(object, "pec_id", c->about.pec_id);
    set(object, "msgid", c->about.msgid);
    set(object, "sender", c->about.sender);
    set(object, "reply_to", c->about.reply_to);
    json_object_set_new(object, "recipients", recipients_json(&c->about));
    set(object, "subject", c->about.subject);
    set(object, "delivered_to", c->delivered);
    set(object, "error", c->error == CERTIFIED_NO_ERROR ? NULL : certified_error_words[c->error]);
    set(object, "detail", c->detail);
    json_object_set_new(object, "certified", print_json_moment(c->time.seconds));
    set(object, "certified_legal_time", print_moment(c->time.seconds, legal));
    set(object, "issuer", c->issuer);
}

static json_t *header_json(const struct verify_report *r)
{
    json_t *object = json_object();

    set(object, "from", r->from);
    set(object, "to", r->to);
    set(object, "date", r->date);
    set(object, "subject", r->subject);
    set(object, "message_id", r->message_id);
    return object;
}

static json_t *signer_json(const struct verify_signer *s)
{
    json_t *object = json_object();

    set(object, "signature", signature_words[s->signature]);
    set(object, "words", s->words);
    if (!s->subject)
        return object;
    set(object, "digest", s->digest);
    json_object_set_new(object, "signed", print_json_moment(s->time));
    set(object, "signed_from", time_words[s->time_from]);
    set(object, "provider", s->provider);
    set(object, "subject", s->subject);
    set(object, "issuer", s->issuer);
    set(object, "addresses", s->addresses);
    set(object, "sha1", s->sha1);
    json_object_set_new(object, "valid_from", print_json_moment(s->from));
    json_object_set_new(object, "valid_until", print_json_moment(s->until));
    set(object, "at_signing", verify_report_trust(&s->then));
    set(object, "now", verify_report_trust(&s->now));
    set(object, "index", index_words[s->index]);
    return object;
}

static json_t *extracted_json(const struct verify_report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->extracted_count; i++)
        json_array_append_new(list, print_json_text(slice_of(r->extracted[i])));
    return list;
}

json_t *verify_report_json(const struct verify_report *r)
{
    json_t *object = json_object();

    json_object_set_new(object, "holds", json_boolean(r->holds));
    set(object, "kind", r->kind);
    set(object, "type", r->type);
    set(object, "why", r->why);
    set(object, "form", r->form);
    if (r->is_certified)
        set_certification(object, &r->certification);
    json_object_set_new(object, "header", header_json(r));
    json_object_set_new(object, "signer", signer_json(&r->signer));
    if (r->extracted_count)
        json_object_set_new(object, "extracted", extracted_json(r));
    return object;
}

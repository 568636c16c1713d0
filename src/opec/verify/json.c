/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/print.h"
#include "opec/verify/print.h"

enum { WORDS_BUDGET = 64 * 1024 };

static const char *const signature_words[] = { "absent", "unreadable", "broken", "holds" };
static const char *const index_words[] = { "not asked", "known", "unknown" };
static const char *const time_words[] = { "signingTime", "Date", "now" };

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

static json_t *signer_json(const struct verify_signer *s, struct arena *arena)
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
    set(object, "at_signing", words_trust(&s->then, arena, ENGLISH));
    set(object, "now", words_trust(&s->now, arena, ENGLISH));
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

static json_t *differences_json(const struct verify_report *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->difference_count; i++) {
        json_t *one = json_object();

        set(one, "where", r->differences[i].where);
        set(one, "says", r->differences[i].says);
        set(one, "certified", r->differences[i].certified);
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *remarks_json(const struct verify_report *r, struct arena *arena)
{
    json_t *list = json_array();

    for (int i = 0; i < VERIFY_REMARKS; i++) {
        json_t *one = r->remarks[i] ? json_object() : NULL;

        if (!one)
            continue;
        set(one, "remark", words_remark_name((enum verify_remark)i));
        set(one, "words", words_remark(r, (enum verify_remark)i, arena, ENGLISH));
        json_array_append_new(list, one);
    }
    return list;
}

json_t *verify_json(const char *source, const struct verify_report *r)
{
    struct arena *arena = arena_new(WORDS_BUDGET);
    json_t *object = arena ? json_object() : NULL;

    if (!object)
        return NULL;
    set(object, "source", source);
    json_object_set_new(object, "holds", json_boolean(r->finding == FINDING_HOLDS));
    set(object, "finding", words_finding_name(r->finding));
    set(object, "kind", words_kind(r->kind, ENGLISH));
    set(object, "type", r->type);
    set(object, "why", words_why(r, arena, ENGLISH));
    set(object, "form", r->form);
    if (r->is_certified)
        set_certification(object, &r->certification);
    json_object_set_new(object, "header", header_json(r));
    json_object_set_new(object, "signer", signer_json(&r->signer, arena));
    if (r->is_certified)
        json_object_set_new(object, "agrees", json_boolean(r->difference_count == 0));
    json_object_set_new(object, "differences", differences_json(r));
    json_object_set_new(object, "remarks", remarks_json(r, arena));
    if (r->extracted_count)
        json_object_set_new(object, "extracted", extracted_json(r));
    arena_free(&arena);
    return object;
}

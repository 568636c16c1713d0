/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/verify/print.h"

#include <string.h>

#include "opec/print.h"

enum { LINE_BUDGET = 1024 * 1024 };

static const int name_width[LANGUAGES] = { [ENGLISH] = 14, [ITALIAN] = 16 };

struct table {
    FILE *out;
    enum language in;
    struct arena *arena; /* of a line */
};

/* The widths of printf count bytes, and names have accents. */
static void put_name(struct table *t, const char *name)
{
    int blanks = name_width[t->in];

    fprintf(t->out, "  %s", name);
    for (const char *c = name; *c; c++)
        blanks -= ((unsigned char)*c & 0xC0) != 0x80;
    fprintf(t->out, "%*s", blanks > 0 ? blanks : 1, "");
}

static const char *label(const struct table *t, enum verify_label which)
{
    return words_label(which, t->in);
}

static void put_named(struct table *t, const char *name, const char *text)
{
    if (!text)
        return;
    put_name(t, name);
    fprintf(t->out, "%s\n", print_line(t->arena, slice_of(text)));
    arena_reset(t->arena);
}

static void put(struct table *t, enum verify_label name, const char *text)
{
    put_named(t, label(t, name), text);
}

static void put_moment(struct table *t, enum verify_label name, int64_t seconds, const char *more)
{
    char moment[PRINT_SIZE];

    put_name(t, label(t, name));
    fprintf(t->out, "%s%s\n", print_moment(seconds, moment), more);
}

/* --- what is certified ------------------------------------------------------------------------------------------------------ */

static void put_recipients(struct table *t, const struct transaction *about)
{
    for (size_t i = 0; i < about->recipient_count; i++) {
        put_name(t, i ? "" : label(t, LABEL_RECIPIENTS));
        fprintf(t->out, "%s (%s)\n", print_line(t->arena, slice_of(about->recipients[i].address)),
                label(t, about->recipients[i].certified ? LABEL_CERTIFIED_MAIL : LABEL_EXTERNAL_MAIL));
        arena_reset(t->arena);
    }
}

static void put_certification(struct table *t, const struct certification *c)
{
    put(t, LABEL_ABOUT, c->about.pec_id);
    put(t, LABEL_MESSAGE_ID, c->about.msgid);
    put(t, LABEL_SENDER, c->about.sender);
    put_recipients(t, &c->about);
    put(t, LABEL_SUBJECT, c->about.subject);
    put(t, LABEL_DELIVERED, c->delivered);
    if (c->error != CERTIFIED_NO_ERROR)
        put(t, LABEL_ERROR, certified_error_words[c->error]);
    put(t, LABEL_DETAIL, c->detail);
    put_moment(t, LABEL_CERTIFIED, c->time.seconds, "");
    put(t, LABEL_BY, c->issuer);
}

/* Of a message whose certification data are not proved, the header is all there is. */
static void put_header(struct table *t, const struct verify_report *r)
{
    put_named(t, "From", r->from);
    put_named(t, "To", r->to);
    put_named(t, "Date", r->date);
    put_named(t, "Subject", r->subject);
    put_named(t, "Message-ID", r->message_id);
}

/* --- how it stands ---------------------------------------------------------------------------------------------------------- */

static void put_signer(struct table *t, const struct verify_signer *s)
{
    char from[PRINT_SIZE], until[PRINT_SIZE];

    put(t, LABEL_SIGNATURE, label(t, LABEL_ABSENT + s->signature));
    put_named(t, "", s->words);
    if (!s->subject)
        return;
    put(t, LABEL_DIGEST, s->digest);
    put_moment(t, LABEL_SIGNED, s->time,
               s->time_from == TIME_SIGNED ? "" : label(t, s->time_from == TIME_DATE ? LABEL_OF_DATE : LABEL_OF_NOW));
    put(t, LABEL_PROVIDER, s->provider);
    put(t, LABEL_CERTIFICATE, s->subject);
    put(t, LABEL_ISSUED, s->issuer);
    put(t, LABEL_FOR, s->addresses);
    put_named(t, "SHA-1", s->sha1);
    put_name(t, label(t, LABEL_VALID));
    fprintf(t->out, "%s %s %s\n", print_moment(s->from, from), label(t, LABEL_UNTIL), print_moment(s->until, until));
    put(t, LABEL_THEN, words_trust(&s->then, t->arena, t->in));
    put(t, LABEL_NOW, words_trust(&s->now, t->arena, t->in));
    put(t, LABEL_INDEX, label(t, LABEL_NOT_ASKED + s->index));
}

static void put_differences(struct table *t, const struct verify_report *r)
{
    if (r->is_certified && r->difference_count == 0)
        put(t, LABEL_AGREEMENT, label(t, LABEL_AGREES));
    for (size_t i = 0; i < r->difference_count; i++) {
        const struct verify_difference *d = &r->differences[i];
        const char *line = d->says ? arena_printf(t->arena, "%s: \"%s\", %s \"%s\"", d->where, d->says, label(t, LABEL_CERTIFIED_IS), d->certified)
                                   : arena_printf(t->arena, "%s: %s \"%s\"", d->where, label(t, LABEL_LACKS), d->certified);

        put_named(t, i ? "" : label(t, LABEL_AGREEMENT), line ? line : d->where);
    }
}

static void put_remarks(struct table *t, const struct verify_report *r)
{
    for (int i = 0; i < VERIFY_REMARKS; i++)
        if (r->remarks[i])
            put(t, LABEL_NOTE, words_remark(r, (enum verify_remark)i, t->arena, t->in));
}

/* "delivery receipt (avvenuta-consegna)", after what it is only if it holds. */
static void put_kind(struct table *t, const struct verify_report *r)
{
    if (r->is_pec && r->finding != FINDING_HOLDS)
        fputs(label(t, LABEL_CLAIMS), t->out);
    fputs(words_kind(r->kind, t->in), t->out);
    if (r->type)
        fprintf(t->out, " (%s)", print_line(t->arena, slice_of(r->type)));
}

static const char *verdict(const struct table *t, const struct verify_report *r)
{
    return label(t, r->finding == FINDING_HOLDS ? LABEL_HOLDS : LABEL_HOLDS_NOT);
}

void verify_print(FILE *out, const char *source, const struct verify_report *r, enum language in)
{
    struct table t = { .out = out, .in = in, .arena = arena_new(LINE_BUDGET) };

    if (!t.arena)
        return;
    fprintf(out, "%s: ", print_line(t.arena, slice_of(source)));
    put_kind(&t, r);
    fprintf(out, "; %s\n", verdict(&t, r));
    put(&t, LABEL_BECAUSE, words_why(r, t.arena, in));
    if (r->is_certified)
        put_certification(&t, &r->certification);
    else
        put_header(&t, r);
    put_signer(&t, &r->signer);
    if (r->signer.subject)
        put(&t, LABEL_FORM, r->form ? r->form : r->finding == FINDING_HOLDS ? label(&t, LABEL_CORRECT) : NULL);
    put_differences(&t, r);
    put_remarks(&t, r);
    for (size_t i = 0; i < r->extracted_count; i++)
        put_named(&t, i ? "" : label(&t, LABEL_EXTRACTED), r->extracted[i]);
    arena_free(&t.arena);
}

/* --- of many messages ------------------------------------------------------------------------------------------------------- */

static void put_facts(struct table *t, const struct verify_report *r)
{
    char moment[PRINT_SIZE];

    if (r->is_certified)
        fprintf(t->out, "; %s; %s", print_moment(r->certification.time.seconds, moment),
                print_line(t->arena, slice_of(r->certification.about.pec_id)));
    for (int i = 0; i < VERIFY_REMARKS; i++)
        if (r->remarks[i])
            fprintf(t->out, "; %s", words_remark_name((enum verify_remark)i));
}

void verify_print_line(FILE *out, const char *source, const struct verify_report *r, enum language in)
{
    struct table t = { .out = out, .in = in, .arena = arena_new(LINE_BUDGET) };
    const char *why;

    if (!t.arena)
        return;
    why = words_why(r, t.arena, in);
    fprintf(out, "%s: %s; ", print_line(t.arena, slice_of(source)), verdict(&t, r));
    put_kind(&t, r);
    if (why)
        fprintf(out, ": %s", print_line(t.arena, slice_of(why)));
    put_facts(&t, r);
    fputc('\n', out);
    arena_free(&t.arena);
}

void verify_print_sum(FILE *out, const struct verify_sum *sum, enum language in)
{
    fprintf(out, "%zu %s: %zu %s, %zu %s, %zu %s", sum->hold + sum->hold_not + sum->ordinary + sum->failed, words_label(LABEL_ALL, in),
            sum->hold, words_label(LABEL_ALL_HOLD, in), sum->hold_not, words_label(LABEL_ALL_HOLD_NOT, in), sum->ordinary,
            words_label(LABEL_ALL_ORDINARY, in));
    if (sum->failed)
        fprintf(out, ", %zu %s", sum->failed, words_label(LABEL_ALL_FAILED, in));
    fputc('\n', out);
}

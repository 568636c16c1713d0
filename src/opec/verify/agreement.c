/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/verify/agreement.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "mime/charset.h"

enum { DATE_APART = 60, UTF8_GROWTH = 3 };

struct comparing {
    const struct incoming *in;
    const struct certification *certified;
    struct arena *arena;
    struct verify_report *report;
    struct error *e;
};

static int no_budget(const struct comparing *c)
{
    return error_set(c->e, ERROR_BUDGET, "%s", error_row(ERROR_BUDGET)->text);
}

static void differ(struct comparing *c, const char *where, const char *says, const char *certified)
{
    struct verify_report *r = c->report;

    if (r->difference_count < VERIFY_DIFFERENCES)
        r->differences[r->difference_count++] = (struct verify_difference){ where, says, certified };
}

/* --- header ----------------------------------------------------------------------------------------------------------------- */

static struct slice without_brackets(const char *id)
{
    struct slice s = slice_trim(slice_of(id));

    if (s.size >= 2 && s.data[0] == '<' && s.data[s.size - 1] == '>')
        s = (struct slice){ s.data + 1, s.size - 2 };
    return s;
}

static char last_black(struct slice *s)
{
    while (s->size) {
        char one = s->data[--s->size];

        if (one != ' ' && one != '\t')
            return one;
    }
    return '\0';
}

/* Blanks do not count: folding and encoded words gain and lose them. */
static bool ends_with(struct slice whole, struct slice end)
{
    char wanted;

    while ((wanted = last_black(&end)) != '\0')
        if (last_black(&whole) != wanted)
            return false;
    return true;
}

/* Behind the prefix of its kind (3.1.4 and so on) stands the subject of the original. */
static int compare_subject(struct comparing *c)
{
    const char *says = c->report->subject, *certified = c->certified->about.subject;
    const char *line = certified ? text_one_line(c->arena, slice_of(certified)) : "";

    if (!line)
        return no_budget(c);
    if (says && !ends_with(slice_of(says), slice_of(line)))
        differ(c, "Subject", says, line);
    return 0;
}

static int compare_date(struct comparing *c)
{
    const char *says = c->report->date;
    char *certified;
    int64_t seconds;

    if (!says || !clock_read_date(says, &seconds) || llabs(seconds - c->certified->time.seconds) <= DATE_APART)
        return 0;
    certified = arena_alloc(c->arena, CLOCK_DATE_SIZE);
    if (!certified)
        return no_budget(c);
    clock_date_field(&c->certified->time, certified);
    differ(c, "Date", says, certified);
    return 0;
}

/* 3.1.5: "Per conto di: SENDER". */
static void compare_sender(struct comparing *c)
{
    const char *name = c->in->from.count == 1 ? c->in->from.items[0].name : NULL;

    if (name && c->certified->about.sender && !strstr(name, c->certified->about.sender))
        differ(c, "From", c->report->from, c->certified->about.sender);
}

static int compare_header(struct comparing *c)
{
    const struct transaction *about = &c->certified->about;
    const char *reference;
    int result = header_text(&c->in->original.header, "X-Riferimento-Message-ID", c->arena, &reference);

    if (result != 0)
        return no_budget(c);
    if (reference && about->msgid && !slice_equal(without_brackets(reference), without_brackets(about->msgid)))
        differ(c, "X-Riferimento-Message-ID", reference, about->msgid);
    if (c->certified->type == TYPE_TRANSPORT)
        compare_sender(c);
    if ((result = compare_subject(c)) != 0)
        return result;
    return compare_date(c);
}

/* --- text ------------------------------------------------------------------------------------------------------------------- */

/* The first text of what is signed (4.3.1); it stands deeper than incoming_read looks. */
static int read_text(struct comparing *c, const char **out)
{
    const struct part_limits limits = { .depth = 3, .parts = part_limits_default.parts };
    const struct part *p;
    struct part content;
    struct slice bytes;
    char *text;
    size_t size;
    int result = part_read(c->in->content.raw, &limits, c->arena, &content);

    *out = NULL;
    if (result != 0)
        return result == ERROR_LIMIT ? 0 : no_budget(c);
    p = part_find_type(&content, "text/plain");
    if (!p)
        return 0;
    if (part_decode(p, c->arena, &bytes) != 0 || !(text = arena_alloc(c->arena, UTF8_GROWTH * bytes.size + 1)))
        return no_budget(c);
    size = p->charset ? charset_decode(slice_of(p->charset), bytes, text) : charset_guess(bytes, text);
    *out = text_one_line(c->arena, (struct slice){ text, size });
    return *out ? 0 : no_budget(c);
}

static void want_in_text(struct comparing *c, const char *text, const char *certified)
{
    if (certified && !strstr(text, certified))
        differ(c, "text", NULL, certified);
}

/* The text is the operator's template (its id, day and hour are in all of them). */
static int compare_text(struct comparing *c)
{
    char day[CLOCK_TEXT_SIZE], hour[CLOCK_TEXT_SIZE];
    const char *text, *kept_day, *kept_hour;
    int result = read_text(c, &text);

    if (result != 0 || !text)
        return result;
    clock_day(&c->certified->time, day);
    clock_hour(&c->certified->time, hour);
    kept_day = arena_text(c->arena, slice_of(day));
    kept_hour = arena_text(c->arena, slice_of(hour));
    if (!kept_day || !kept_hour)
        return no_budget(c);
    want_in_text(c, text, c->certified->about.pec_id);
    want_in_text(c, text, kept_day);
    want_in_text(c, text, kept_hour);
    want_in_text(c, text, c->certified->delivered);
    return 0;
}

int verify_agreement(const struct incoming *in, struct arena *arena, struct verify_report *report, struct error *e)
{
    struct comparing c = { .in = in, .certified = &report->certification, .arena = arena, .report = report, .e = e };
    int result;

    if (!report->is_certified)
        return 0;
    if ((result = compare_header(&c)) != 0 || (result = compare_text(&c)) != 0)
        return result;
    report->remarks[REMARK_DIFFERS] = report->difference_count > 0;
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/template.h"

#include <string.h>

#include "base/rope.h"
#include "base/text.h"
#include "pec/page.h"

enum placeholder { DAY, HOUR, ZONE, SUBJECT, SENDER, RECIPIENTS, TYPED_RECIPIENTS, RECIPIENT, REASON, ID, PLACEHOLDERS };

static const char *const placeholder_names[PLACEHOLDERS] = { "day",        "hour",             "zone",      "subject", "sender",
                                                             "recipients", "typed_recipients", "recipient", "reason",  "id" };

/* How a fact is written: as it is, or with what HTML cannot take replaced. Its bytes outlive the rope. */
typedef void write_fact(struct rope *out, struct slice text);

static void write_plain(struct rope *out, struct slice text)
{
    rope_add(out, text);
}

/* ASCII, with character references for the rest and for the characters in `special`. */
static void write_references(struct rope *out, struct slice text, const char *special)
{
    struct slice clean = { text.data, 0 }; /* the run of bytes that may stay as they are */
    uint32_t c;

    while (text.size) {
        size_t before = text.size;

        utf8_next(&text, &c);
        if (c < 0x80 && (c == 0 || !strchr(special, (int)c))) {
            clean.size += before - text.size;
            continue;
        }
        rope_add(out, clean);
        rope_printf(out, "&#%u;", c);
        clean = (struct slice){ text.data, 0 };
    }
    rope_add(out, clean);
}

/* Beside the marks of HTML goes the one that joins an attribute and its value: a reader who searches the page for references and active
 * content (4.3.1) without parsing it finds none in a subject that speaks of "src=". */
static void write_html(struct rope *out, struct slice text)
{
    write_references(out, text, "&<>\"=");
}

/* The operator's own HTML. */
static void write_markup(struct rope *out, struct slice text)
{
    write_references(out, text, "");
}

static void write_recipients(struct rope *out, const struct template_facts *facts, bool typed, write_fact *write, const char *line_end)
{
    for (size_t i = 0; i < facts->recipient_count; i++) {
        const struct recipient *r = &facts->recipients[i];

        if (i)
            rope_text(out, line_end);
        write(out, slice_of(r->address));
        if (typed)
            write(out, r->certified ? SLICE(" (\"posta certificata\")") : SLICE(" (\"posta ordinaria\")"));
    }
}

static void write_placeholder(struct rope *out, enum placeholder p, const struct template_facts *facts, write_fact *write,
                              const char *line_end)
{
    const char *const texts[PLACEHOLDERS] = {
        [DAY] = facts->day,       [HOUR] = facts->hour,           [ZONE] = facts->zone,     [SUBJECT] = facts->subject,
        [SENDER] = facts->sender, [RECIPIENT] = facts->recipient, [REASON] = facts->reason, [ID] = facts->id,
    };

    if (p == RECIPIENTS || p == TYPED_RECIPIENTS)
        write_recipients(out, facts, p == TYPED_RECIPIENTS, write, line_end);
    else
        write(out, slice_of(texts[p]));
}

static enum placeholder placeholder_of(struct slice name)
{
    for (int i = 0; i < PLACEHOLDERS; i++)
        if (slice_is(name, placeholder_names[i]))
            return (enum placeholder)i;
    return PLACEHOLDERS;
}

/* The next placeholder of a template: the text before it goes to *out_before. Braces around anything else are text. */
static enum placeholder next_placeholder(struct slice *rest, struct slice *out_before)
{
    const char *start = rest->data;

    for (size_t at = 0; at < rest->size; at++) {
        struct slice name = slice_skip(*rest, at + 1);
        enum placeholder p;

        if (rest->data[at] != '{')
            continue;
        name.size = slice_find_byte(name, '}');
        p = placeholder_of(name);
        if (p == PLACEHOLDERS)
            continue;
        *out_before = (struct slice){ start, at };
        *rest = slice_skip(*rest, at + name.size + 2);
        return p;
    }
    *out_before = *rest;
    *rest = SLICE_NONE;
    return PLACEHOLDERS;
}

static const char *text_for(const struct templates *t, enum message_kind kind)
{
    return t && t->of[kind].text ? t->of[kind].text : kind_rows[kind].text;
}

struct slice template_text(const struct templates *t, enum message_kind kind, const struct template_facts *facts, struct arena *arena)
{
    struct slice rest = slice_of(text_for(t, kind)), before;
    struct rope out = rope_new(arena);

    while (rest.size) {
        enum placeholder p = next_placeholder(&rest, &before);

        rope_add(&out, before);
        if (p != PLACEHOLDERS)
            write_placeholder(&out, p, facts, write_plain, "\n");
    }
    return rope_flat(&out);
}

/* A page of the operator. */
static void html_of_page(struct rope *out, const char *page, const struct template_facts *facts)
{
    struct slice rest = slice_of(page), before;

    while (rest.size) {
        enum placeholder p = next_placeholder(&rest, &before);

        write_markup(out, before);
        if (p != PLACEHOLDERS)
            write_placeholder(out, p, facts, write_html, "<br>\n");
    }
}

/* A page of our own: the first line of the text is its heading. The law asks for no references and no active content (4.3.1). */
static void html_of_text(struct rope *out, const char *text, const struct template_facts *facts)
{
    struct slice rest = slice_of(text), line, before;
    bool heading = true;

    rope_text(out, "<!DOCTYPE html>\n<html lang=\"it\">\n<head><title></title></head>\n<body>\n");
    while (slice_next_line(&rest, &line)) {
        line = slice_trim(line);
        rope_text(out, heading ? "<h3>" : "");
        while (line.size) {
            enum placeholder p = next_placeholder(&line, &before);

            write_html(out, before);
            if (p != PLACEHOLDERS)
                write_placeholder(out, p, facts, write_html, "<br>\n");
        }
        rope_text(out, heading ? "</h3>\n<p>\n" : "<br>\n");
        heading = false;
    }
    rope_text(out, "</p>\n</body>\n</html>\n");
}

struct slice template_html(const struct templates *t, enum message_kind kind, const struct template_facts *facts, struct arena *arena)
{
    struct rope out = rope_new(arena);

    if (t && t->of[kind].html)
        html_of_page(&out, t->of[kind].html, facts);
    else
        html_of_text(&out, text_for(t, kind), facts);
    return rope_flat(&out);
}

static void mark_used(const char *text, bool used[PLACEHOLDERS + 1])
{
    struct slice rest = slice_of(text), before;

    while (rest.size)
        used[next_placeholder(&rest, &before)] = true;
}

/* A name in braces that is none of ours: most likely a slip of the pen. Style sheets have other things in their braces. */
static struct slice unknown_placeholder(const char *text)
{
    struct slice rest = slice_of(text), name;

    while ((rest = slice_skip(rest, slice_find_byte(rest, '{'))).size) {
        rest = slice_skip(rest, 1);
        name = (struct slice){ rest.data, 0 };
        while (name.size < rest.size && ((name.data[name.size] >= 'a' && name.data[name.size] <= 'z') || name.data[name.size] == '_'))
            name.size++;
        if (name.size && name.size < rest.size && name.data[name.size] == '}' && placeholder_of(name) == PLACEHOLDERS)
            return name;
    }
    return SLICE_NONE;
}

int template_check(enum message_kind kind, const char *text, struct error *e)
{
    bool wanted[PLACEHOLDERS + 1] = { false }, used[PLACEHOLDERS + 1] = { false };
    struct slice unknown = unknown_placeholder(text);

    if (!utf8_valid(slice_of(text)))
        return error_set(e, ERROR_CONFIG, "the text is not UTF-8");
    if (unknown.size)
        return error_set(e, ERROR_CONFIG, "{%.*s} is no placeholder", SLICE_ARGS(unknown));
    mark_used(kind_rows[kind].text, wanted);
    mark_used(text, used);
    for (int i = 0; i < PLACEHOLDERS; i++)
        if (wanted[i] && !used[i])
            return error_set(e, ERROR_CONFIG, "{%s} is missing: the law wants it in this text", placeholder_names[i]);
    return 0;
}

int template_check_html(enum message_kind kind, const char *html, struct error *e)
{
    int result = template_check(kind, html, e);

    return result ? result : page_check(slice_of(html), e);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/page.h"

#include <stdbool.h>
#include <stddef.h>

/* What may stand in a page. A list of what may not would never be complete. */
static const char *const elements[] = {
    "a",      "b",  "blockquote", "body", "br",      "caption", "center", "code", "dd",    "div",   "dl", "dt",    "em",    "font",
    "h1",     "h2", "h3",         "h4",   "h5",      "h6",      "head",   "hr",   "html",  "i",     "li", "meta",  "ol",    "p",
    "pre",    "small", "span",    "strong", "sub",   "sup",     "table",  "tbody", "td",   "tfoot", "th", "thead", "title", "tr",
    "u",      "ul",
};
static const char *const attributes[] = {
    "align",  "bgcolor", "border", "cellpadding", "cellspacing", "charset", "class", "color", "colspan", "dir",    "face",
    "height", "href",    "id",     "lang",        "name",        "rowspan", "scope", "size",  "style",   "valign", "width",
};
static const char *const link_schemes[] = { "https:", "http:", "mailto:" };
/* Of CSS: functions and escapes, which can refer and, in some readers, act. */
static const char *const style_dangers[] = { "(", "\\", "/*", "@" };

static bool is_listed(struct slice word, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_is_nocase(word, list[i]))
            return true;
    return false;
}

static int wrong(struct error *e, const char *what, struct slice where)
{
    if (where.size > 40)
        where.size = 40;
    return error_set(e, ERROR_CONFIG, "%s: %.*s", what, SLICE_ARGS(where));
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

static struct slice take_name(struct slice *rest)
{
    struct slice name = { rest->data, 0 };

    while (name.size < rest->size && is_name_character(name.data[name.size]))
        name.size++;
    *rest = slice_skip(*rest, name.size);
    return name;
}

static void skip_blanks(struct slice *rest)
{
    while (rest->size && is_blank(rest->data[0]))
        *rest = slice_skip(*rest, 1);
}

static int check_value(struct slice name, struct slice value, struct error *e)
{
    bool is_good_link = false;

    if (slice_find_byte(value, '{') < value.size)
        return wrong(e, "a placeholder within a tag", value);
    for (size_t i = 0; i < sizeof style_dangers / sizeof style_dangers[0]; i++)
        if (slice_is_nocase(name, "style") && slice_find(value, slice_of(style_dangers[i])) < value.size)
            return wrong(e, "a style that may refer to something (RFC 6109 4.3.1)", value);
    for (size_t i = 0; i < sizeof link_schemes / sizeof link_schemes[0]; i++)
        is_good_link = is_good_link || slice_starts_nocase(value, link_schemes[i]);
    return slice_is_nocase(name, "href") && !is_good_link ? wrong(e, "a link that is not to https, http or mailto", value) : 0;
}

/* name="value" */
static int check_attribute(struct slice *rest, struct error *e)
{
    struct slice all = *rest, name = take_name(rest), value;

    if (!is_listed(name, attributes, sizeof attributes / sizeof attributes[0]))
        return wrong(e, "an attribute that may not stand in a page (RFC 6109 4.3.1)", all);
    if (rest->size < 2 || rest->data[0] != '=' || rest->data[1] != '"')
        return wrong(e, "an attribute without a value in double quotes", all);
    *rest = slice_skip(*rest, 2);
    if (!slice_cut(rest, '"', &value))
        return wrong(e, "a quote that is not closed", all);
    return check_value(name, value, e);
}

/* A tag, from behind "<" to behind ">". */
static int check_tag(struct slice *rest, struct error *e)
{
    struct slice all = *rest;
    int result = 0;

    if (slice_starts_nocase(*rest, "!doctype html>")) {
        slice_cut(rest, '>', &all);
        return 0;
    }
    if (rest->size && rest->data[0] == '/')
        *rest = slice_skip(*rest, 1);
    if (!is_listed(take_name(rest), elements, sizeof elements / sizeof elements[0]))
        return wrong(e, "an element that may not stand in a page (RFC 6109 4.3.1)", all);
    for (skip_blanks(rest); result == 0 && rest->size && rest->data[0] != '>' && rest->data[0] != '/'; skip_blanks(rest))
        result = check_attribute(rest, e);
    if (result == 0 && rest->size && rest->data[0] == '/')
        *rest = slice_skip(*rest, 1);
    if (result == 0 && (rest->size == 0 || rest->data[0] != '>'))
        return wrong(e, "a tag that is not closed", all);
    *rest = slice_skip(*rest, 1);
    return result;
}

int page_check(struct slice html, struct error *e)
{
    int result = 0;

    while (result == 0 && (html = slice_skip(html, slice_find_byte(html, '<'))).size) {
        html = slice_skip(html, 1);
        result = check_tag(&html, e);
    }
    return result;
}

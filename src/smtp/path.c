/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "smtp/path.h"

#include <string.h>

#include "mime/address.h"

static bool is_letter_or_digit(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* VCHAR of RFC 5234. */
static bool is_visible(char c)
{
    return c > ' ' && c < 127;
}

/* Take "<...>" off the front: ">" inside a quoted string does not end it (RFC 5321 4.1.2). A blank stands only in quotes. */
static bool take_brackets(struct slice *rest, struct slice *out_inside)
{
    bool quoted = false;

    if (rest->size == 0 || rest->data[0] != '<')
        return false;
    for (size_t i = 1; i < rest->size; i++) {
        char c = rest->data[i];

        if (!is_visible(c) && !(quoted && c == ' '))
            return false;
        if (c == '"') {
            quoted = !quoted;
        } else if (c == '\\' && quoted) {
            i++;
        } else if (c == '>' && !quoted) {
            *out_inside = (struct slice){ rest->data + 1, i - 1 };
            *rest = slice_skip(*rest, i + 1);
            return true;
        }
    }
    return false;
}

/* "@" and a domain name. */
static bool is_hop(struct slice s)
{
    if (s.size < 2 || s.data[0] != '@')
        return false;
    for (size_t i = 1; i < s.size; i++)
        if (!is_letter_or_digit(s.data[i]) && s.data[i] != '.' && s.data[i] != '-')
            return false;
    return true;
}

/* RFC 5321 appendix C: a source route is to be taken and ignored. */
static bool drop_route(struct slice *inside)
{
    struct slice route, hop;

    if (inside->size == 0 || inside->data[0] != '@')
        return true;
    if (!slice_cut(inside, ':', &route))
        return false;
    while (slice_cut(&route, ',', &hop))
        if (!is_hop(hop))
            return false;
    return is_hop(hop);
}

/* esmtp-param of RFC 5321 4.1.2. */
static bool read_parameter(struct slice word, struct smtp_parameter *out)
{
    struct smtp_parameter p = { 0 };
    bool valued = slice_cut(&word, '=', &p.name);

    if (p.name.size == 0 || !is_letter_or_digit(p.name.data[0]))
        return false;
    for (size_t i = 1; i < p.name.size; i++)
        if (!is_letter_or_digit(p.name.data[i]) && p.name.data[i] != '-')
            return false;
    if (valued && word.size == 0)
        return false;
    for (size_t i = 0; i < word.size; i++)
        if (!is_visible(word.data[i]) || word.data[i] == '=')
            return false;
    p.value = word;
    *out = p;
    return true;
}

static bool read_parameters(struct slice rest, struct smtp_path *out)
{
    struct slice word;

    if (rest.size && rest.data[0] != ' ')
        return false;
    while (rest.size) {
        slice_cut(&rest, ' ', &word);
        if (word.size == 0)
            continue;
        if (out->parameter_count == SMTP_PARAMETERS_MAX || !read_parameter(word, &out->parameters[out->parameter_count]))
            return false;
        out->parameter_count++;
    }
    return true;
}

bool smtp_path_read(struct slice argument, const char *keyword, bool null_allowed, struct smtp_path *out)
{
    struct smtp_path path = { 0 };
    struct slice rest;

    /* RFC 5321 3.3: no blank on either side of the colon. */
    if (!slice_starts_nocase(argument, keyword))
        return false;
    rest = slice_skip(argument, strlen(keyword));
    if (!take_brackets(&rest, &path.address))
        return false;
    if (path.address.size == 0) {
        if (!null_allowed)
            return false;
    } else if (!drop_route(&path.address) || !address_valid(path.address)) {
        return false;
    }
    if (!read_parameters(rest, &path))
        return false;
    *out = path;
    return true;
}

bool smtp_xtext_write(struct slice text, char *out, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t at = 0;

    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        bool plain = is_visible(text.data[i]) && c != '+' && c != '=';

        if (size - at <= (plain ? 1u : 3u))
            return false;
        if (plain) {
            out[at++] = (char)c;
        } else {
            out[at++] = '+';
            out[at++] = digits[c >> 4];
            out[at++] = digits[c & 15];
        }
    }
    if (at == size)
        return false;
    out[at] = '\0';
    return true;
}

/* RFC 3461 4: upper-case digits only. -1 for another character. */
static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Take one character off the front of xtext. */
static bool take_character(struct slice *xtext, char *out)
{
    char c = xtext->data[0];
    int high, low;

    if (!is_visible(c) || c == '=')
        return false;
    if (c != '+') {
        *out = c;
        *xtext = slice_skip(*xtext, 1);
        return true;
    }
    if (xtext->size < 3)
        return false;
    high = hex_digit(xtext->data[1]);
    low = hex_digit(xtext->data[2]);
    if (high < 0 || low < 0 || high + low == 0)
        return false;
    *out = (char)(high * 16 + low);
    *xtext = slice_skip(*xtext, 3);
    return true;
}

bool smtp_xtext_read(struct slice xtext, char *out, size_t size)
{
    size_t at = 0;

    while (xtext.size) {
        char c;

        if (!take_character(&xtext, &c) || size - at <= 1)
            return false;
        out[at++] = c;
    }
    if (at == size)
        return false;
    out[at] = '\0';
    return true;
}

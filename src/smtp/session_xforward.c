/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * XFORWARD: how Postfix tells a content filter about the client that it got the message from.
 *
 *     xforward  = "XFORWARD" 1*( SP attribute "=" value )
 *     value     = xtext / "[UNAVAILABLE]" / "[TEMPUNAVAIL]"
 */
#include "smtp/session_private.h"

struct attribute {
    const char *name;
    char *place; /* NULL: checked and dropped */
};

enum { ATTRIBUTES = 7 };

static bool read_attribute(const struct attribute list[ATTRIBUTES], struct slice word)
{
    char value[SESSION_VALUE_SIZE];
    struct slice name;

    if (!slice_cut(&word, '=', &name) || !smtp_xtext_read(word, value, sizeof value))
        return false;
    if (slice_is_nocase(word, "[UNAVAILABLE]") || slice_is_nocase(word, "[TEMPUNAVAIL]"))
        value[0] = '\0';
    for (size_t i = 0; i < ATTRIBUTES; i++) {
        if (!slice_is_nocase(name, list[i].name))
            continue;
        if (list[i].place)
            session_neutral(slice_of(value), list[i].place, SESSION_VALUE_SIZE);
        return true;
    }
    return false;
}

bool session_forward_read(struct slice argument, struct session_forward *forward)
{
    struct session_forward f = *forward;
    const struct attribute list[ATTRIBUTES] = {
        { "NAME", NULL }, { "ADDR", f.client }, { "PORT", NULL }, { "PROTO", NULL },
        { "HELO", f.helo }, { "IDENT", f.ident }, { "SOURCE", NULL },
    };
    struct slice word;

    while (argument.size) {
        slice_cut(&argument, ' ', &word);
        if (word.size && !read_attribute(list, word))
            return false;
    }
    *forward = f;
    return true;
}

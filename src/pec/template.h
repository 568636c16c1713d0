/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The readable text of a message (RFC 6109 4.3.1): a template with the facts put in, plain and as HTML.
 *
 * A template is UTF-8 with these placeholders:
 *     {day} {hour} {zone}     of the event, legal time (4.2)
 *     {subject} {sender}      of the original message
 *     {recipients}            one on a line; {typed_recipients} the same with ("posta certificata") or ("posta ordinaria")
 *     {recipient}             whom a message about one recipient concerns
 *     {reason}                the error, or the name of the virus
 *     {id}                    the PEC id
 * An operator may replace a text by a file NAME.txt and its HTML twin by NAME.html (NAME as in kind.h). Without the latter the HTML is
 * made from the text: its first line becomes the heading.
 */
#ifndef OPEC_PEC_TEMPLATE_H
#define OPEC_PEC_TEMPLATE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "pec/kind.h"

/* The operator's own; NULL where the official text holds. */
struct templates {
    struct {
        const char *text, *html;
    } of[KIND_COUNT];
};

/* The facts that fill a template. Texts are UTF-8 of one line; NULL is as "". */
struct template_facts {
    const char *day, *hour, *zone;
    const char *subject, *sender, *recipient, *reason, *id;
    const struct recipient *recipients;
    size_t recipient_count;
};

/* Of an operator's text: every placeholder is known, and those that the law asks of this kind (those in the official text) are there.
 * ERROR_CONFIG with words that name the placeholder. */
int template_check(enum message_kind kind, const char *text, struct error *e);
/* The same of an HTML page, and that it has no references and no active content (page.h). */
int template_check_html(enum message_kind kind, const char *html, struct error *e);

/* The text in UTF-8, LF line ends; `t` may be NULL. {NULL, 0} without budget. */
struct slice template_text(const struct templates *t, enum message_kind kind, const struct template_facts *facts, struct arena *arena);
/* The HTML page in ASCII: what is not stands as a character reference. */
struct slice template_html(const struct templates *t, enum message_kind kind, const struct template_facts *facts, struct arena *arena);

#endif

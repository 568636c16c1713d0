/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A sample of each of the 14 kinds of message, and messages taken apart again.
 */
#ifndef OPEC_TEST_PEC_SAMPLE_H
#define OPEC_TEST_PEC_SAMPLE_H

#include "fixture.h"
#include "mime/part.h"

/* The facts of a message of that kind, as the decisions fill them in; its transaction; what it attaches, or would. */
struct pec_message sample_message(enum message_kind kind);
struct transaction sample_about(enum message_kind kind, struct arena *arena);
struct slice sample_original(enum message_kind kind);

/* The whole of it, with a signature of a few bytes. */
struct slice sample_make(enum message_kind kind, struct arena *arena);

/* A message of ours taken apart; `data` and `original` may be NULL. */
struct dissected {
    struct part top;
    const struct part *content, *text, *html, *data, *original;
};

/* Fails, with the name in the output, unless it has the structure of RFC 6109 4.3. */
struct dissected dissect(const char *name, struct arena *arena, struct slice made);

/* A part's body without its transfer encoding. */
struct slice dissect_body(const struct part *p, struct arena *arena);

#endif

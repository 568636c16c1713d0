/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The tokens of structured header fields, strictly as RFC 5322 3.2 has them: what lies between blanks and comments.
 */
#ifndef OPEC_MIME_TOKEN_H
#define OPEC_MIME_TOKEN_H

#include <stdbool.h>

#include "base/slice.h"

/* Kinds of tokens; a special character (RFC 5322 3.2.3: < > @ , ; : .) is a kind of its own, with its own value. */
enum token {
    TOKEN_END = 0,
    TOKEN_FAULT = 1,   /* nothing follows it */
    TOKEN_ATOM = 2,    /* characters of atext, without dots */
    TOKEN_QUOTED = 3,  /* a quoted string with its quotes */
    TOKEN_LITERAL = 4, /* a domain literal with its brackets */
    TOKEN_ENCODED = 5, /* an encoded word (RFC 2047) with characters that no atom may have: many clients write "@" or ":" there */
};

struct tokens {
    struct slice rest;
    int kind;          /* of the token in hand: enum token, or a special character */
    struct slice text; /* its bytes */
    bool gap;          /* blanks or comments stand before it */
    const char *fault; /* of TOKEN_FAULT: what is wrong, in words */
};

/* Begin; the first token is in hand. */
struct tokens tokens_of(struct slice value);

/* Take the next token in hand. */
void tokens_next(struct tokens *t);

bool token_is_atext(char c);

/* The whole quoted string at the front, 0 if there is none or if it breaks the grammar of RFC 5322 3.2.4. */
size_t token_quoted_size(struct slice s);

/* The whole domain literal at the front (RFC 5322 3.4.1, not empty), or 0. */
size_t token_literal_size(struct slice s);

#endif

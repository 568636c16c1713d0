/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses and lists of them, strictly as RFC 5322 3.4 has them (the obsolete forms of 4.4 are taken where they cannot be
 * misread: blanks and comments around dots and "@", empty list elements; routes are not).
 */
#ifndef OPEC_MIME_ADDRESS_H
#define OPEC_MIME_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"

struct mailbox {
    const char *name;    /* the display name as it stands, quotes and escapes taken off, not decoded; NULL if there is none */
    const char *address; /* addr-spec without comments and blanks */
};

struct address_list {
    struct mailbox *items; /* groups opened */
    size_t count;
    const char *fault; /* NULL, or what breaks the grammar, in words for a log */
};

enum { ADDRESS_LIST_MAX = 20000 };

/* Read the value of From, To, Cc, Bcc, Reply-To. A value that breaks the grammar has `fault` and the mailboxes found before it.
 * An empty value is an empty list. ERROR_BUDGET, ERROR_LIMIT. */
int address_list_read(struct slice value, struct arena *arena, struct address_list *out);

/* Is it an addr-spec: dot-atom or quoted string, "@", dot-atom or domain literal; ASCII; at most 64 octets before the "@" and
 * 255 behind it (RFC 5321 4.5.3.1)? */
bool address_valid(struct slice address);

/* What follows the last "@"; empty without one. */
struct slice address_domain(struct slice address);

/* The same mailbox, without regard to case (RFC 6109 3.1.1 as providers apply it) and to needless quoting of the local part. */
bool address_same(struct slice a, struct slice b);

#endif

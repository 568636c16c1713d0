/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Addresses and lists of them, strictly as RFC 5322 3.4 has them. Of the obsolete forms of 4.1 and 4.4 those are taken that
 * cannot be misread: blanks and comments around dots and "@", empty list elements, dots in display names. Routes, controls and
 * local parts that are partly quoted are not. An encoded word is one word of a display name, whatever stands in it: RFC 2047 5
 * forbids commas, colons and "@" there, clients write them, and nobody reads an address out of them.
 */
#ifndef OPEC_MIME_ADDRESS_H
#define OPEC_MIME_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"

struct mailbox {
    const char *name;    /* the display name as it stands, quotes and escapes taken off, one space for blanks and comments
                            between words, not decoded (word.h); NULL if there is none */
    const char *address; /* addr-spec without comments and blanks */
};

struct address_list {
    struct mailbox *items; /* groups opened */
    size_t count;
    const char *fault; /* NULL, or what breaks the grammar, in words for a log */
};

enum { ADDRESS_LIST_MAX = 20000 };

/* Read the value of From, To, Cc, Bcc, Reply-To, folded or not. A value that breaks the grammar has `fault` and the mailboxes
 * before the one at fault. A value of nothing but blanks is an empty list. The grammar knows no lengths: address_valid does.
 * ERROR_BUDGET, ERROR_LIMIT. */
int address_list_read(struct slice value, struct arena *arena, struct address_list *out);

/* Is it an addr-spec: dot-atom or quoted string, "@", dot-atom or domain literal; ASCII; at most 64 octets before the "@" and
 * 255 behind it (RFC 5321 4.5.3.1)? */
bool address_valid(struct slice address);

/* What follows the last "@"; empty without one. (In a domain literal "@" may stand too; nobody writes it.) */
struct slice address_domain(struct slice address);

/* The same mailbox, without regard to case (RFC 6109 3.1.1 as providers apply it) and to needless quoting of the local part. */
bool address_same(struct slice a, struct slice b);

#endif

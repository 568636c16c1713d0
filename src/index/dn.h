/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Distinguished names (RFC 4514), as far as it takes to see that two of them are the same: an LDAP server writes a name in its own way.
 */
#ifndef OPEC_INDEX_DN_H
#define OPEC_INDEX_DN_H

#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"

struct dn {
    struct slice key; /* two names are the same if their keys are */
    size_t depth;     /* of how many parts (RDNs) it is made: an entry's is one more than that of the one above it */
};

/* The key of a name. Types and values are compared without the case of ASCII letters, blanks at the ends of a value do not count and
 * several in it are one (RFC 4518 2.6.1), escapes are undone. What is no name by RFC 4514 gets a key of its own all the same.
 * ERROR_BUDGET. */
int dn_read(struct slice text, struct arena *arena, struct dn *out);

#endif

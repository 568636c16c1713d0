/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing LDIF (RFC 2849): what ldif.h reads, and every other reader with it.
 */
#ifndef OPEC_INDEX_LDIF_WRITE_H
#define OPEC_INDEX_LDIF_WRITE_H

#include "base/rope.h"
#include "base/slice.h"

enum { LDIF_COLUMNS = 76 };

/* Append "NAME: VALUE", in base64 ("NAME:: ...") where the value is no SAFE-STRING or ends with a blank, in lines of at most
 * LDIF_COLUMNS octets that end with LF. `name` is an attribute description in ASCII. */
void ldif_write(struct rope *r, const char *name, struct slice value);

/* "version: 1" and the empty line that ends it; the empty line that ends a record. */
void ldif_write_version(struct rope *r);
void ldif_write_end(struct rope *r);

/* A value as it stands in a distinguished name (RFC 4514 2.4). NULL without budget. */
char *ldif_dn_value(struct arena *arena, struct slice utf8);

#endif

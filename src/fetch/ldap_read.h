/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Entries of an LDAP server as LDIF: the attributes of RFC 6109 4.5, page by page, within bounds.
 */
#ifndef OPEC_FETCH_LDAP_READ_H
#define OPEC_FETCH_LDAP_READ_H

#include "base/buffer.h"
#include "fetch/ldap_link.h"

enum { LDAP_READ_LARGEST = 64 * 1024 * 1024 }; /* for ldap_link_open: an entry with many domains */

/* Every entry below the base of the link's URL (o=postacert unless it names one) that `filter` takes, appended to `out` as LDIF, whose
 * maximum is the most that is taken. Half an answer is none: ERROR_LIMIT when the server cuts it off or it passes a bound,
 * ERROR_UNSUPPORTED when it refers to another server. ERROR_NOT_FOUND (no such base), and the errors of ldap_link_failed. */
int ldap_read(const struct ldap_link *link, const char *filter, struct buffer *out, struct error *e);

#endif

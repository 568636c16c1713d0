/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading the providers' directory from an LDAP server (libldap; RFC 6109 4.5): the whole of it at once, as LDIF, never a query on the
 * way of a message.
 */
#ifndef OPEC_FETCH_FETCH_LDAP_H
#define OPEC_FETCH_FETCH_LDAP_H

#include <stdbool.h>

#include "fetch/fetch.h"

/* Is it the address of an LDAP server? */
bool fetch_ldap_can(const char *url);

/* Every entry of class provider below the base, with its attributes of 4.5.9, appended to `out` as LDIF, whose maximum is the most that is
 * taken. The URL is ldap[s]://HOST[:PORT][/BASE]; the base is o=postacert unless it is given. The server is asked without a login, page by
 * page. Half an answer is none: ERROR_LIMIT when the server cuts it off or it passes a bound, ERROR_UNSUPPORTED when it refers to another
 * server. ERROR_UNREACHABLE, ERROR_TIMEOUT, ERROR_NOT_FOUND (no such base), ERROR_DEFERRED (busy), ERROR_REFUSED, ERROR_CONFIG for a URL with
 * more in it, ERROR_MEMORY. The words name the URL. */
int fetch_ldap(const struct fetch_request *request, struct buffer *out, struct error *e);

#endif

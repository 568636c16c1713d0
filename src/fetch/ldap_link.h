/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A connection to an LDAP server (libldap), with bounds: of what one answer may hold, of how long it may take.
 */
#ifndef OPEC_FETCH_LDAP_LINK_H
#define OPEC_FETCH_LDAP_LINK_H

#include <ldap.h>

#include "base/slice.h"
#include "fetch/fetch.h"

struct ldap_link {
    const struct fetch_request *request; /* outlives it */
    LDAP *ldap;
    LDAPURLDesc *url;
    int patience_ms; /* how long the server may be silent; 0: until the deadline */
};

/* Take request->url apart and make ready for the server in it; the connection itself is made with the first question. The URL is
 * ldap[s]://HOST[:PORT]/... ; what may stand behind that is for the caller to judge. An answer of more than `largest` octets ends the
 * connection. SIGPIPE is ignored from then on. ERROR_CONFIG, ERROR_MEMORY; the link is to be closed in any case. */
int ldap_link_open(const struct fetch_request *request, size_t largest, struct ldap_link *out, struct error *e);

/* The same over a connection that is there; it is closed with the link. */
int ldap_link_adopt(const struct fetch_request *request, int fd, size_t largest, struct ldap_link *out, struct error *e);

void ldap_link_close(struct ldap_link *link);

/* Log in by name and password. From then on a server that takes nothing cannot hold a change up. The errors of ldap_link_settle. */
int ldap_link_bind(const struct ldap_link *link, const char *user, struct slice password, struct error *e);

/* The next message of an answer, for ldap_msgfree. ERROR_TIMEOUT, ERROR_UNREACHABLE. */
int ldap_link_hear(const struct ldap_link *link, int id, LDAPMessage **out, struct error *e);

/* The end of an operation that `sent` has begun under `id` (an LDAP code, LDAP_SUCCESS if it has). 0 if the server did it. */
int ldap_link_settle(const struct ldap_link *link, int sent, int id, struct error *e);

/* The words for an LDAP code, behind the URL; `said` is what the server itself said, or NULL. Returns our code: ERROR_TIMEOUT,
 * ERROR_UNREACHABLE, ERROR_DEFERRED (busy), ERROR_MEMORY, ERROR_NOT_FOUND, ERROR_LIMIT, ERROR_EXISTS, ERROR_UNSUPPORTED, else
 * ERROR_REFUSED. */
int ldap_link_failed(const struct ldap_link *link, int ldap_code, const char *said, struct error *e);

#endif

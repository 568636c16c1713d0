/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A revocation list in an LDAP server (RFC 4516, RFC 4523 2.3, RFC 5280 4.2.1.13): one value of one entry.
 */
#ifndef OPEC_FETCH_LDAP_LIST_H
#define OPEC_FETCH_LDAP_LIST_H

#include <stdbool.h>

#include "fetch/fetch.h"

/* Is it the address of such a list: ldap[s]://HOST[:PORT]/DN?ATTRIBUTE?SCOPE?FILTER, the attribute certificateRevocationList or
 * authorityRevocationList, with or without ";binary" (the first if there is none)? One without a host means a server that everybody is
 * supposed to know, and is none for us. */
bool ldap_list_can(const char *url);

/* The list, as it is there, appended to `out`, whose maximum is the most that is taken. The server is asked without a login, and not for
 * what it refers to elsewhere. ERROR_NOT_FOUND if there is no such entry or no list in it, ERROR_UNSUPPORTED if there are several,
 * ERROR_LIMIT, ERROR_CONFIG (no such address), and the errors of ldap_link_failed. The words name the URL. */
int ldap_list_fetch(const struct fetch_request *request, struct buffer *out, struct error *e);

#endif

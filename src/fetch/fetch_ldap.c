/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_ldap.h"

#include <strings.h>

#include "fetch/ldap_read.h"

bool fetch_ldap_can(const char *url)
{
    return strncasecmp(url, "ldap://", 7) == 0 || strncasecmp(url, "ldaps://", 8) == 0;
}

int fetch_ldap(const struct fetch_request *request, struct buffer *out, struct error *e)
{
    struct ldap_link link;
    int result = ldap_link_open(request, LDAP_READ_LARGEST, &link, e);

    /* A URL says where the directory is; what is asked of it is not for the operator to choose. */
    if (result == 0 && (link.url->lud_attrs || link.url->lud_exts))
        result = error_set(e, ERROR_CONFIG, "%s: more than ldap://HOST:PORT/BASE", request->url);
    if (result == 0)
        result = ldap_read(&link, "(objectClass=provider)", out, e);
    ldap_link_close(&link);
    return result;
}

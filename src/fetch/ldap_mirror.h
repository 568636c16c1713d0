/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keeping an LDAP server in step with the index: what it has is read whole, and the differences are written to it.
 */
#ifndef OPEC_FETCH_LDAP_MIRROR_H
#define OPEC_FETCH_LDAP_MIRROR_H

#include <stddef.h>

#include "base/slice.h"
#include "fetch/fetch.h"

struct ldap_mirror {
    struct fetch_request server; /* ldap[s]://HOST[:PORT] */
    const char *user;            /* the name (DN) that is logged in with */
    const char *password_file;   /* the first line of it */
};

struct ldap_mirror_totals {
    size_t added, changed, removed; /* entries */
};

/* Make the server hold the entries of `ldif` (mirror_plan.h). An entry that the server refuses keeps no other one back: ERROR_REFUSED then,
 * and the words say how many there were and why the first. When the server does not answer (30 seconds for one answer) the rest is left
 * alone: ERROR_UNREACHABLE, ERROR_TIMEOUT, ERROR_DEFERRED. ERROR_CONFIG (the address, the file of the password), ERROR_SYNTAX,
 * ERROR_BUDGET, ERROR_MEMORY. `out` is set in any case: what was done is done. */
int ldap_mirror(const struct ldap_mirror *m, struct slice ldif, struct ldap_mirror_totals *out, struct error *e);

/* Log in and nothing else. */
int ldap_mirror_try(const struct ldap_mirror *m, struct error *e);

#endif

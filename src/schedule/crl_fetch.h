/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Revocation lists brought from where the certificates in the index (and our own) say that they are, by HTTP or LDAP, into trust.crl_dir,
 * ahead of need: no message ever waits for a list.
 */
#ifndef OPEC_SCHEDULE_CRL_FETCH_H
#define OPEC_SCHEDULE_CRL_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "config/config.h"

struct crl_fetch_totals {
    size_t addresses; /* different ones */
    size_t fetched;   /* new lists */
    size_t current;   /* looked at, and no newer one there; not due; in an LDAP server, while that on the web holds */
    size_t failed;
};

/* Fetch what is due: a list that is not there, past its nextUpdate, or looked for longer than trust.crl_refresh ago; all of them if
 * `everything`. A list replaces its predecessor only if it can be used and is not older. `fault` is told of each address that failed, in
 * one line; the list that is there stays. fetch_begin comes first. ERROR_CONFIG (trust.ca), ERROR_FILE (trust.crl_dir), ERROR_MEMORY. */
int crl_fetch(const struct config *config, bool everything, void (*fault)(void *arg, const char *words), void *arg,
              struct crl_fetch_totals *out, struct error *e);

#endif

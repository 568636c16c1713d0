/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the revocation lists of a certificate are published (RFC 5280 4.2.1.13), and whether what came from there is such a list.
 */
#ifndef OPEC_SIGN_CRL_SOURCE_H
#define OPEC_SIGN_CRL_SOURCE_H

#include <openssl/x509.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

/* Call `found` for each address at which the certificate's issuer says that its list is; the text lives as long as the call. */
void crl_source_each(X509 *certificate, void (*found)(void *arg, const char *url), void *arg);

struct crl_source_list {
    int64_t this_update, next_update; /* seconds since 1970 */
};

/* Is it a list that we would use? `authorities` are those whose signature can be proved here; a list of another issuer is
 * taken as it is, and proved when a certificate of that issuer comes (crl.h). ERROR_SYNTAX, ERROR_SIGNATURE, ERROR_MEMORY. */
int crl_source_judge(struct slice bytes, STACK_OF(X509) *authorities, struct crl_source_list *out, struct error *e);

#endif

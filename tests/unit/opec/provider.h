/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A provider in the world of sign/pki.sh: its messages, its entry in the index, its authorities. What fails here ends the test.
 */
#ifndef OPEC_TESTS_OPEC_PROVIDER_H
#define OPEC_TESTS_OPEC_PROVIDER_H

#include "base/arena.h"
#include "index/index.h"
#include "pec/kind.h"
#include "sign/trust.h"

extern const char provider_address[]; /* that the certificates of pki.sh are for */

/* A message of that kind about a message from u@alfa.example to b@beta.example, signed with the key of the certificate NAME.crt. From
 * is `from`; PKI_NOW's world has it signed at `time`. */
struct slice provider_message(enum message_kind kind, const char *certificate, const char *from, int64_t time, struct arena *arena);

/* An acceptance of PKI_NOW, signed with good.crt now, by openssl(1) with these options of `cms -sign`. */
struct slice provider_message_by_openssl(const char *options, struct arena *arena);

/* The snapshot of a directory with one record: Alfa PEC S.p.A. with that certificate and the domain. */
struct index *provider_index(const char *certificate, const char *domain);

/* The authorities root, sub and old, and the revocation lists of these names, each FILE of the world under the name NAME.r0. */
struct trust *provider_trust(const char *const *lists, size_t count);

#endif

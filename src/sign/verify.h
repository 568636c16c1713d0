/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading the signature of a message in two steps, as RFC 6109 2.2.2 orders its checks: first whose it is (then the index is
 * asked), then whether it holds and its certificate is good. Ordinary S/MIME mail, of authorities that are no affair of ours, so
 * never waits for a revocation list.
 */
#ifndef OPEC_SIGN_VERIFY_H
#define OPEC_SIGN_VERIFY_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "sign/certificate.h"
#include "sign/trust.h"

struct signature; /* a parsed CMS SignedData with its one signer's certificate */

enum { SIGNATURE_DER_MAX = 256 * 1024, SIGNATURE_CERTIFICATES_MAX = 32, SIGNATURE_ATTRIBUTES_MAX = 32 };

/* Parse the DER (or BER) of smime.p7s. Refused (ERROR_SIGNATURE with the reason): trailing bytes, no SignedData, attached content,
 * not exactly one signer, no certificate of the signer inside, a digest other than SHA-256, SHA-384, SHA-512 or (if `trust`
 * accepts it; NULL does not) SHA-1, a signature algorithm other than RSA PKCS#1 v1.5, RSA-PSS or ECDSA or that does not go with
 * the digest or the key, signed attributes that are duplicate or lack one that must be there (contentType, messageDigest; a signature
 * without any is regular, RFC 5751 2.5), more than the limits above. */
int signature_read(struct slice der, const struct trust *trust, struct signature **out, struct error *e);
/* NULL is allowed; *signature becomes NULL. */
void signature_free(struct signature **signature);

/* The signer's certificate; it belongs to the signature. */
const X509 *signature_certificate(const struct signature *signature);
/* The signingTime attribute; 0 if there is none. */
int64_t signature_time(const struct signature *signature);
/* "sha256" and so on. */
const char *signature_digest_name(const struct signature *signature);

/* Does it hold over these bytes (CRLF line ends)? ERROR_SIGNATURE if not. */
int signature_holds(struct signature *signature, struct slice content, struct error *e);

/* trust_check of its certificate with the others that came along. */
int signature_trust(const struct signature *signature, const struct trust *trust, int64_t at, struct trust_answer *out,
                    struct error *e);

#endif

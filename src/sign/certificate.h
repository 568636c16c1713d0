/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Certificates of providers (RFC 6109 5.5).
 */
#ifndef OPEC_SIGN_CERTIFICATE_H
#define OPEC_SIGN_CERTIFICATE_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

enum { CERTIFICATE_HASH_SIZE = 20 };

/* A certificate and the intermediates that go along with it in each signature, with what each signature says of them already
 * encoded: a small message has better uses for its time. */
struct certificate_chain {
    X509 *leaf;
    STACK_OF(X509) *intermediates; /* may be empty */
    struct arena *arena;           /* of the slices */
    struct slice set_der;          /* all of them, each once, in the order of a DER SET OF (X.690 11.6) */
    struct slice signer_der;       /* IssuerAndSerialNumber of the leaf (RFC 5652 10.2.4) */
};

enum { CERTIFICATE_CHAIN_MAX = 16, CERTIFICATE_FILE_MAX = 16 * 1024 * 1024 };

/* Read PEM: the certificate first, its intermediates after it, at most CERTIFICATE_CHAIN_MAX in all; other PEM blocks are passed
 * over. ERROR_CONFIG for all that is wrong with the file. The words of an error begin with the path. */
int certificate_chain_read(const char *path, struct certificate_chain *out, struct error *e);
/* All members are NULL afterwards; a chain of zeros is allowed. */
void certificate_chain_free(struct certificate_chain *chain);

/* Every certificate of a PEM text, in its order; end it with sk_X509_pop_free(stack, X509_free). ERROR_SYNTAX if one cannot be
 * read or there is none. */
int certificate_read_pem(struct slice pem, STACK_OF(X509) **out, struct error *e);
/* The same of a file of at most CERTIFICATE_FILE_MAX bytes. ERROR_CONFIG; the words begin with the path. */
int certificate_read_file(const char *path, STACK_OF(X509) **out, struct error *e);

/* SHA-1 of the DER form (RFC 6109 4.5.1). */
void certificate_hash(const X509 *certificate, unsigned char out[CERTIFICATE_HASH_SIZE]);

/* The rfc822Names of subjectAltName, in the arena; one with other than visible ASCII in it is passed over. ERROR_BUDGET. */
int certificate_addresses(const X509 *certificate, struct arena *arena, const char ***out, size_t *out_count);

/* Is `address` one of them (case does not count)? */
bool certificate_has_address(const X509 *certificate, const char *address);

/* Subject or issuer in one line for people, RFC 2253 in UTF-8, cut at a thousand characters. NULL without budget. */
char *certificate_subject(const X509 *certificate, struct arena *arena);
char *certificate_issuer(const X509 *certificate, struct arena *arena);

/* Validity, seconds since 1970; 0 for a time that is none. */
void certificate_validity(const X509 *certificate, int64_t *out_from, int64_t *out_until);

/* Each point of the profile that does not hold, RFC 6109 5.5.1 and 5.5.2, one call of `fault` for each with words that name the
 * section: version, subjectAltName with an rfc822Name and not critical, keyUsage critical with digitalSignature,
 * authorityKeyIdentifier and subjectKeyIdentifier present and not critical, no basicConstraints, no other critical extension,
 * `provider_name` in commonName or organizationName, `address` in subjectAltName, no key shorter than RSA 2048 or P-256, valid
 * `now`. The number of faults. */
int certificate_profile(const X509 *certificate, const char *provider_name, const char *address, int64_t now,
                        void (*fault)(void *arg, const char *words), void *arg);

#endif

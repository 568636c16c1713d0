/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The providers' index (IGPEC, RFC 6109 4.5): who is a PEC provider, with which certificates and for which domains.
 *
 * It is compiled once into a snapshot file (compile.h) that every process maps, so that a look-up costs neither a query nor
 * memory of its own. A look-up is a hash and a comparison, whatever the size.
 */
#ifndef OPEC_INDEX_INDEX_H
#define OPEC_INDEX_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

enum { INDEX_HASH_SIZE = 20 }; /* providerCertificateHash is SHA-1 of the DER certificate (4.5.1) */

struct index;

/* A record: a provider's main environment, or a secondary one (`unit` is then its name, else empty). Valid as long as the
 * index is open. */
struct index_provider {
    struct slice name;         /* providerName */
    struct slice unit;         /* providerUnit */
    struct slice mail_receipt; /* where take-charge and virus notices go (4.5.4) */
    struct slice ldif_url;     /* LDIFLocationURL, may be empty */
    size_t certificate_count;
    size_t domain_count;
};

/* Map a snapshot. ERROR_NOT_FOUND, ERROR_CORRUPT (not of our making: every offset is checked here, once), ERROR_FILE. */
int index_open(const char *path, struct index **out, struct error *e);
void index_close(struct index **index);

/* When the LDIF that it was made of was last changed (nanoseconds since 1970, so that two changes within a second differ). */
int64_t index_source_time(const struct index *index);
/* When it was compiled (seconds since 1970). */
int64_t index_compiled_time(const struct index *index);

/* Is the domain managed by any provider (2.2.1; case does not count)? Parent domains do not count. */
bool index_is_certified(const struct index *index, struct slice domain);

/* Is the certificate in the index at all? */
bool index_knows_certificate(const struct index *index, const unsigned char sha1[INDEX_HASH_SIZE]);

/* The record that holds this certificate and manages this domain: several records may hold one certificate (4.5.10). False if
 * there is none. */
bool index_find_signer(const struct index *index, const unsigned char sha1[INDEX_HASH_SIZE], struct slice domain,
                       struct index_provider *out);

/* Does a record with this certificate manage the domain? (Receipts count for tracking only then.) */
bool index_signer_manages(const struct index *index, const unsigned char sha1[INDEX_HASH_SIZE], struct slice domain);

/* Different domains, of all records together. */
size_t index_domain_count(const struct index *index);
/* How many of them another index no longer has: what an update may not lose too many of. */
size_t index_lost_domains(const struct index *index, const struct index *later);

/* All records, in the order of the LDIF; a record's domains in their order there, its certificates in the order of their hashes.
 * Every number is below the count that goes with it. */
size_t index_provider_count(const struct index *index);
void index_provider_at(const struct index *index, size_t i, struct index_provider *out);
struct slice index_domain_at(const struct index *index, size_t provider, size_t i);
/* The DER certificate and its SHA-1. */
struct slice index_certificate_at(const struct index *index, size_t provider, size_t i, unsigned char out_sha1[INDEX_HASH_SIZE]);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One record of the providers' directory, checked by RFC 6109 4.5.1 to 4.5.9.
 */
#ifndef OPEC_INDEX_PROVIDER_H
#define OPEC_INDEX_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "index/index.h"
#include "index/ldif.h"

struct provider_certificate {
    struct slice der;
    unsigned char sha1[INDEX_HASH_SIZE];
    size_t line;
};

struct provider {
    struct slice name, unit, mail_receipt, ldif_url; /* unit and ldif_url may be empty */
    struct slice *domains;                           /* in lower case, in the order of the record, perhaps twice */
    size_t domain_count;
    struct provider_certificate *certificates; /* in the order of their hashes, each once */
    size_t certificate_count;
    struct provider *next;
};

/* Has the record the object class "provider" (4.5.9)? */
bool provider_is(const struct ldif_record *record);

/* Read it. ERROR_SYNTAX with the line of `ldif`, ERROR_BUDGET, ERROR_MEMORY. */
int provider_read(const struct ldif *ldif, const struct ldif_record *record, struct provider *out, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Entries of the providers' directory (RFC 6109 4.5), as a provider publishes its own.
 */
#ifndef OPEC_INDEX_ENTRY_H
#define OPEC_INDEX_ENTRY_H

#include <stddef.h>

#include "base/error.h"
#include "base/rope.h"
#include "base/slice.h"
#include "index/index.h"

/* One environment of a provider. */
struct entry {
    struct slice name;         /* providerName */
    struct slice unit;         /* providerUnit; empty: the main environment */
    struct slice mail_receipt;
    struct slice ldif_url;     /* empty: not told; never written for a secondary environment (4.5.6) */
    struct slice description;  /* empty: not told */
    const struct slice *certificates; /* DER */
    size_t certificate_count;
    const struct slice *domains;
    size_t domain_count;
};

/* The entry "o=postacert" under which all others stand. It names no LDIFLocationURL: that would be the address of the whole
 * directory (4.5.6), which is its keeper's to tell. */
void entry_write_base(struct rope *r);

/* Append it with all that 4.5.9 asks for, the hash of each certificate among it. ERROR_BUDGET, ERROR_MEMORY; the rope has failed
 * then. */
int entry_write(struct rope *r, const struct entry *entry);

/* The secondary environments of the provider `name` as an index has them (4.5: the provider's file tells of all of them), appended.
 * What an index does not keep, the description, is lost. The errors of entry_write. */
int entry_write_units(struct rope *r, const struct index *index, struct slice name);

/* The LDIFLocationURL of the provider's main environment; empty if the index has none. */
struct slice entry_find_url(const struct index *index, struct slice name);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The index brought from its publisher, signed (RFC 6109 4.5), or from an LDAP server: judged, compared with the one in force, and only
 * then put in its place.
 */
#ifndef OPEC_SCHEDULE_INDEX_FETCH_H
#define OPEC_SCHEDULE_INDEX_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "index/difference.h"

enum { INDEX_COPIES = 7 }; /* predecessors kept beside the LDIF file: PATH.1 is the last */

struct index_fetch_totals {
    size_t added, removed, changed; /* records and domains */
};

/* Is the index fetched at all? By directory.url, or from the server that directory.source names (which is then asked, whatever url says). */
bool index_fetch_is_wanted(const struct config *config);

/* Fetch directory.url and prove its signature by directory.signer_ca, or read the whole of the LDAP server; compile it on the side, and
 * replace the LDIF (refresh_ldif_path). `found` is told of each change. On any failure the index in force stays: those of fetch_document
 * and fetch_ldap, ERROR_SIGNATURE, ERROR_CERTIFICATE, ERROR_SYNTAX, and ERROR_LIMIT if more than directory.max_shrink of the domains would
 * be lost (unless `even_if_shrunk`). The snapshot is not compiled anew here: refresh_index does that. fetch_begin comes first. */
int index_fetch(const struct config *config, bool even_if_shrunk, void (*found)(void *arg, const struct index_change *change), void *arg,
                struct index_fetch_totals *out, struct error *e);

/* When the index was last fetched from there, or found unchanged (seconds since 1970); 0: never. */
int64_t index_fetch_time(const struct config *config);

#endif

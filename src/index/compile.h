/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From LDIF (RFC 2849, RFC 6109 4.5.10) to a snapshot.
 */
#ifndef OPEC_INDEX_COMPILE_H
#define OPEC_INDEX_COMPILE_H

#include <stdint.h>

#include "base/error.h"
#include "base/slice.h"

struct index_totals {
    size_t providers;    /* records */
    size_t certificates; /* different ones */
    size_t domains;      /* different ones */
};

enum { INDEX_LDIF_MAX = 256 * 1024 * 1024 };

/* Compile LDIF text into a snapshot file that replaces `snapshot_path` atomically. `name` stands for the text in the words of
 * an error: "NAME:LINE: what is wrong".
 *
 * Refused (ERROR_SYNTAX): a line that is no LDIF (ldif.h), a record of class provider without name, certificate, hash, receipt
 * address or domain (4.5.9), a hash without its certificate in the same record or a certificate without its hash (4.5.1), a
 * second value of what has only one, an address that is no dot-atom on both sides (4.5.4), a domain that is no dot-atom of at
 * most 255 octets (4.5.5), a value that is no certificate by its first bytes, a text without any provider.
 *
 * Accepted: folded lines, base64 values, hashes in any case, attribute names in any case with options, comments, "version: 1",
 * records of other classes (passed over), a domain listed twice by one provider, an LDIFLocationURL in a secondary environment
 * (4.5.6 forbids it, nothing depends on it). A domain that two providers claim goes to both: each may sign for it.
 *
 * ERROR_LIMIT over INDEX_LDIF_MAX bytes; ERROR_MEMORY, ERROR_BUDGET; ERROR_FILE, ERROR_NOT_FOUND, ERROR_FULL when the snapshot
 * cannot be written. On any failure the old one stays. */
int index_compile(struct slice ldif, const char *name, int64_t source_time, const char *snapshot_path,
                  struct index_totals *out_totals, struct error *e);

#endif

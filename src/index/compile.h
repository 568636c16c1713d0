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
    size_t providers; /* records */
    size_t certificates;
    size_t domains;
};

/* Compile LDIF text into a snapshot file that replaces `snapshot_path` atomically. `name` stands for the text in the words of
 * an error: "NAME:LINE: what is wrong". Refused (ERROR_SYNTAX): a line that is no LDIF, a record of class provider without name,
 * certificate, receipt address or domain (4.5.9), a hash that is not that of its certificate, an address or domain that is none,
 * a record without any of it. Accepted: folded lines, base64 values, hashes in any case, attribute names in any case with
 * options, comments, "version: 1", records of other classes (passed over), a domain listed twice by one provider. A domain that
 * two providers claim goes to both: each may sign for it. */
int index_compile(struct slice ldif, const char *name, int64_t source_time, const char *snapshot_path, struct index_totals *out_totals,
                  struct error *e);

#endif

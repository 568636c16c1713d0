/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Keeping what changes outside up to date: the index's snapshot, compiled anew when its LDIF has changed, and the revocation lists.
 */
#ifndef OPEC_SCHEDULE_REFRESH_H
#define OPEC_SCHEDULE_REFRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/config.h"
#include "index/compile.h"
#include "index/index.h"

/* Where the snapshot of a configuration is. */
enum { REFRESH_PATH_SIZE = 4096 };
void refresh_index_path(const struct config *config, char out[REFRESH_PATH_SIZE]);

/* Where the LDIF is that the snapshot is made of: the file of directory.source, or the copy that is kept of what an LDAP server said. That
 * one is in the spool, which outlives the machine's start: the last known good answer holds while the server is out. */
void refresh_ldif_path(const struct config *config, char out[REFRESH_PATH_SIZE]);
bool refresh_is_ldap(const struct config *config);

enum refresh_way {
    REFRESH_IF_CHANGED,     /* only if it is not what the snapshot was made of */
    REFRESH_ANYHOW,
    REFRESH_EVEN_IF_SHRUNK, /* anyhow, and directory.max_shrink is not asked */
};

/* Compile the LDIF (refresh_ldif_path). *out_changed: there is a new snapshot.
 * On failure the old one stays. ERROR_NOT_FOUND, ERROR_SYNTAX (FILE:LINE in the words), ERROR_LIMIT if more of the old one's domains
 * are gone than directory.max_shrink allows. */
int refresh_index(const struct config *config, enum refresh_way way, bool *out_changed, struct index_totals *out_totals, struct error *e);

/* ERROR_LIMIT if `next`, which came from `source`, has lost more of the old one's domains than directory.max_shrink allows. */
int refresh_check_shrink(const struct config *config, const char *source, const struct index *old, const struct index *next,
                         struct error *e);

/* Is the index in force made of what that file holds now? *out_index is then the time of it (index_source_time). */
bool refresh_in_force(const struct config *config, int64_t *out_index);

/* A number that changes when that file is replaced or written; 0 if it cannot be looked at. */
uint64_t refresh_index_stamp(const struct config *config);

/* A number that changes when a revocation list in trust.crl_dir is added, removed or replaced. */
uint64_t refresh_crl_stamp(const struct config *config);

#endif

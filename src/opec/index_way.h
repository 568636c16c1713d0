/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The way of a verb to the providers' index.
 */
#ifndef OPEC_OPEC_INDEX_WAY_H
#define OPEC_OPEC_INDEX_WAY_H

#include "config/config.h"
#include "index/compile.h"
#include "index/index.h"

/* Compile the directory's source on the side (an LDAP server is asked) and open the result; what the daemon uses is not touched.
 * *out_totals may be NULL. The errors of refresh_index and index_fetch, ERROR_FILE without a place for temporary files. */
int index_way_compile(const struct config *config, struct index **out, struct index_totals *out_totals, struct error *e);

/* The snapshot that the daemon uses; the source compiled on the side if there is none, of an LDAP server what it said last. */
int index_way_open(const struct config *config, struct index **out, struct error *e);

#endif

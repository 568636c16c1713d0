/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The attributes of RFC 6109 4.5 of one entry, as an LDAP server must be told of them: which of its values differ, and how that is said.
 */
#ifndef OPEC_INDEX_MIRROR_PART_H
#define OPEC_INDEX_MIRROR_PART_H

#include "index/ldif.h"
#include "index/mirror_plan.h"

/* Set parts and count of `change` to what makes `found` (NULL: a new entry) into `wanted`. ERROR_BUDGET. */
int mirror_part_difference(const struct ldif_record *wanted, const struct ldif_record *found, struct arena *arena,
                           struct mirror_change *change);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Domains as RFC 6109 4.5.5 has them: dot-atoms, whose case does not count (2.2.1).
 */
#ifndef OPEC_INDEX_MANAGED_DOMAIN_H
#define OPEC_INDEX_MANAGED_DOMAIN_H

#include <stdbool.h>

#include "base/slice.h"

enum { MANAGED_DOMAIN_MAX = 255 }; /* RFC 5321 4.5.3.1.2 */

/* dot-atom-text of RFC 5322 3.2.3, of any length. */
bool managed_domain_is_dot_atom(struct slice s);

bool managed_domain_is_valid(struct slice s);

/* ASCII letters in lower case; `out` has room for s.size. */
void managed_domain_lower(struct slice s, char *out);

#endif

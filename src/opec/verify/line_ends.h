/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Messages that were saved with LF line ends: signatures are made over CRLF (RFC 5751 3.1.1), so it is put back.
 */
#ifndef OPEC_OPEC_LINE_ENDS_H
#define OPEC_OPEC_LINE_ENDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* Does the first line end with a bare LF? What saves a message converts all of its lines or none; in a message with CRLF a bare LF is
 * a byte that was signed as it stands (the signed part may be binary). */
bool line_ends_are_lf(struct slice message);

/* A copy with CR before each LF that has none; to be freed. NULL without memory. */
char *line_ends_to_crlf(struct slice message, size_t *out_size);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Unwrapping a PEC message into a folder. The names are ours: nothing that a message says has a part in them.
 */
#ifndef OPEC_OPEC_VERIFY_EXTRACT_H
#define OPEC_OPEC_VERIFY_EXTRACT_H

#include "opec/verify/report.h"

/* Write what the report has of the parts as postacert.eml, daticert.xml and smime.p7s, each name behind `prefix`, into the folder, which
 * is made if it is not there. The paths stand in out->extracted, made in the arena. A file that exists stays as it is: ERROR_FILE, and
 * what this call has written is taken away. ERROR_FULL, ERROR_BUDGET. */
int verify_extract(const char *folder, const char *prefix, struct arena *arena, struct verify_report *out, struct error *e);

#endif

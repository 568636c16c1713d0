/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `opec index export`: the record of this provider, as it is published (RFC 6109 4.5).
 */
#ifndef OPEC_OPEC_INDEX_EXPORT_H
#define OPEC_OPEC_INDEX_EXPORT_H

#include "opec/verb.h"

/* The words of the call are `export` and [--url URL] [--description TEXT] [--p7m FILE] [FILE]. The p7m file gets the record signed, FILE as
 * it is; without either it goes to standard output. The exit status. */
int index_export(const struct call *call);

#endif

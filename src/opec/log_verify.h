/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `log verify`: the legal log of the configuration, a copy of its files, or an export.
 */
#ifndef OPEC_OPEC_LOG_VERIFY_H
#define OPEC_OPEC_LOG_VERIFY_H

#include "opec/verb.h"

/* The whole call, its first word included; the exit status. A configuration is read if there is no path, if one is given by -c, or if there
 * is one in the usual place and no --ca. */
int log_verify(const struct call *call);

#endif

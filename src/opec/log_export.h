/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `log export`: what the holder of a mailbox may ask for (RFC 6109 2.3), as a ZIP that proves itself.
 */
#ifndef OPEC_OPEC_LOG_EXPORT_H
#define OPEC_OPEC_LOG_EXPORT_H

#include "config/config.h"
#include "opec/evidence_judge.h"
#include "opec/verb.h"

/* The whole call, its first word included; the exit status. */
int log_export(const struct call *call, const struct config *config);

/* `log verify` of such a file. */
int log_export_verify(const struct call *call, const char *path, const struct evidence_settings *by);

#endif

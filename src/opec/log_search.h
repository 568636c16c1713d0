/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `log search` and `log index`.
 */
#ifndef OPEC_OPEC_LOG_SEARCH_H
#define OPEC_OPEC_LOG_SEARCH_H

#include "config/config.h"
#include "opec/verb.h"

/* The whole call, its first word included; both return the exit status. */
int log_search(const struct call *call, const struct config *config);
int log_index(const struct call *call, const struct config *config);

#endif

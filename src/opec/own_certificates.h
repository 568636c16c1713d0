/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Our own certificates, for `opec status`: until when each holds, whether others can find it in the index, what is to be done.
 */
#ifndef OPEC_OPEC_OWN_CERTIFICATES_H
#define OPEC_OPEC_OWN_CERTIFICATES_H

#include <jansson.h>
#include <stdint.h>

#include "config/config.h"
#include "index/index.h"

enum { RENEWAL_DAYS = 60 }; /* before its end a certificate's successor is due */

/* An array: {"key": of the configuration, "path", "in_use", "until" (or null), "in_index" (or null), "warnings": [...]}. `index` NULL: none
 * that could be looked at. */
json_t *own_certificates(const struct config *config, const struct index *index, int64_t now);

#endif

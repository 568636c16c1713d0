/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The providers' index and the revocation lists, shown.
 */
#ifndef OPEC_OPEC_DIRECTORY_REPORT_H
#define OPEC_OPEC_DIRECTORY_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "index/index.h"
#include "sign/trust.h"

/* One block for each record: its name, service mailbox, certificates, domains. */
void directory_report_index(FILE *out, const struct index *index);
/* {"compiled": ..., "providers": [...]}. NULL without memory. */
json_t *directory_report_index_json(const struct index *index);

/* One line for each revocation list: what is wrong with it, or until when it holds. */
void directory_report_lists(FILE *out, const struct trust *trust, int64_t now);
json_t *directory_report_lists_json(const struct trust *trust, int64_t now);

/* What is wrong with a list, stale ones included; NULL if nothing is. */
const char *directory_report_fault(const struct trust_crl *list, int64_t now);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A report as text for people and as JSON for programs.
 */
#ifndef OPEC_OPEC_VERIFY_PRINT_H
#define OPEC_OPEC_VERIFY_PRINT_H

#include <jansson.h>
#include <stdio.h>

#include "opec/verify/report.h"
#include "opec/verify/words.h"

/* All of it; `source` names the message in the first line. */
void verify_print(FILE *out, const char *source, const struct verify_report *report, enum language in);

/* One line, of a message among others. */
void verify_print_line(FILE *out, const char *source, const struct verify_report *report, enum language in);

/* What has been counted over many messages. */
struct verify_sum {
    size_t hold, hold_not, ordinary, failed /* could not be read */;
};

void verify_print_sum(FILE *out, const struct verify_sum *sum, enum language in);

/* NULL without memory. */
json_t *verify_json(const char *source, const struct verify_report *report);

#endif

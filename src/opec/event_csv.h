/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Lines of the legal log as CSV (RFC 4180): one record for an event, its fields in a fixed order under a line of their names; of lists the
 * items stand in one field, a blank between them.
 *
 * A field that a spreadsheet would take for a formula begins with an apostrophe: subjects and addresses are chosen by strangers.
 */
#ifndef OPEC_OPEC_EVENT_CSV_H
#define OPEC_OPEC_EVENT_CSV_H

#include <jansson.h>

#include "base/buffer.h"
#include "base/error.h"

/* Append the line of names, the record of an event. ERROR_MEMORY, ERROR_LIMIT (of the buffer). */
int event_csv_names(struct buffer *out);
int event_csv_write(struct buffer *out, const json_t *event);

#endif

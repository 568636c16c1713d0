/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `opec status` for people, made of the object that --json prints.
 */
#ifndef OPEC_OPEC_STATUS_REPORT_H
#define OPEC_OPEC_STATUS_REPORT_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

#include "flow/journal.h"

/* What the keeper said, as an object: open_plans, oldest_plan, next_task, log_lines, log_damage. NULL without memory. */
json_t *status_report_keeper(const struct journal_status *status);

/* [{"name", "seen", "log_lines"}] of the other nodes of the store. */
json_t *status_report_nodes(const struct journal_node *nodes, size_t count);

/* What somebody should look into, as a list of sentences: a message that has been in hand for `kept` seconds (Postfix has given it up
 * by then), a notice that is overdue, a damaged log, poisoned messages. NULL without memory. */
json_t *status_report_alarms(const struct journal_status *status, const json_t *poisoned, int64_t now, int64_t kept);

/* The table. Fields that are missing in `status` are left out. */
void status_report_print(FILE *out, const json_t *status);

#endif

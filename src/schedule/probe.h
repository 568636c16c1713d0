/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Looking whether the servers around us answer.
 */
#ifndef OPEC_SCHEDULE_PROBE_H
#define OPEC_SCHEDULE_PROBE_H

#include "base/error.h"
#include "config/config.h"

enum { PROBE_MS = 5000 };

/* 0 if it answers; the words say what is wrong. */
int probe_antivirus(const struct config *config, struct error *e);
int probe_relay(const struct config *config, struct error *e);
int probe_mailboxes(const struct config *config, struct error *e);

#endif

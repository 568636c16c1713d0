/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The store of infected messages (RFC 6109 2.2.4): the raw message, and beside it its event.
 */
#ifndef OPEC_FLOW_QUARANTINE_H
#define OPEC_FLOW_QUARANTINE_H

#include "base/error.h"
#include "base/slice.h"

/* Keep NAME.eml and NAME.json in the folder, durable when this returns; done twice it is the same. *out_name is the name of the former
 * within the folder. */
enum { QUARANTINE_NAME_SIZE = 128 };
int quarantine_keep(const char *dir, const char *name, struct slice message, const char *event, char out_name[QUARANTINE_NAME_SIZE],
                    struct error *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The store of infected messages (RFC 6109 2.2.4): the raw message, and beside it its event.
 *
 * A kept message is named by its id, the legal time and the seed of its plan: 20261124062141-9b1c... Other names in the folder are passed
 * over. Nobody but daemon.user and root reads the files.
 */
#ifndef OPEC_FLOW_QUARANTINE_H
#define OPEC_FLOW_QUARANTINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

/* Keep NAME.eml and NAME.json in the folder, durable when this returns; done twice it is the same. *out_name is the name of the former
 * within the folder. */
enum { QUARANTINE_NAME_SIZE = 128 };
int quarantine_keep(const char *dir, const char *name, struct slice message, const char *event, char out_name[QUARANTINE_NAME_SIZE],
                    struct error *e);

/* Is it the id of a kept message? */
bool quarantine_is_id(const char *id);

/* The ids of which a message or an event is there, the oldest first, in the arena; a folder that is missing has none. ERROR_FILE,
 * ERROR_BUDGET. */
int quarantine_list(const char *dir, struct arena *arena, const char ***out, size_t *out_count, struct error *e);

/* Its event, the text of a JSON object as it was written. ERROR_NOT_FOUND without one, ERROR_FILE, ERROR_LIMIT, ERROR_BUDGET. */
int quarantine_event(const char *dir, const char *id, struct arena *arena, struct slice *out, struct error *e);

/* The message, mapped; end it with file_unmap. ERROR_NOT_FOUND, ERROR_FILE (no regular file, too), ERROR_SYNTAX for what is no id. */
int quarantine_message(const char *dir, const char *id, struct slice *out, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `quarantine` does with one message: show it, give it to the operator.
 */
#ifndef OPEC_OPEC_QUARANTINE_H
#define OPEC_OPEC_QUARANTINE_H

#include <jansson.h>

#include "opec/verb.h"

/* The event of a kept message; NULL with the reason in *e. To be json_decref'd. */
json_t *quarantined_event(const struct config *config, const char *id, struct arena *arena, struct error *e);

struct release_order {
    const char *id;
    const char *to;     /* the file to be made */
    const char *reason; /* why, in the operator's words */
};

/* Write the message's bytes to a new file that only the caller may read, after the legal log has it on the disk that, by whom and why.
 * Called again with the same file, it goes on where it was cut off, and does nothing if the file is whole. *out_is_new: it was not there.
 * ERROR_SYNTAX, ERROR_NOT_FOUND, ERROR_FILE (the file is there with something else in it), ERROR_FULL, what the keeper says. */
int quarantine_release(const struct config *config, const struct release_order *order, struct arena *arena, bool *out_is_new, struct error *e);

#endif

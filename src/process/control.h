/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The daemon's control socket: a verb comes as one line of JSON ({"verb": "pause"}), the answer goes as one line ({"done": true, ...} or
 * {"done": false, "words": "..."}), and the connection is closed. `stop` is answered by its end.
 */
#ifndef OPEC_PROCESS_CONTROL_H
#define OPEC_PROCESS_CONTROL_H

#include <jansson.h>

#include "config/config.h"

enum { CONTROL_LINE_MAX = 4 * 1024 * 1024 };

/* Put a verb to the running daemon and wait for the answer. ERROR_STOPPED when no daemon runs; ERROR_BUSY when it does something that must
 * end first; ERROR_REFUSED for its other failures. *out_answer is
 * owned by the caller (json_decref); NULL when the daemon ended without one. */
int control_ask(const struct config *config, const char *verb, int64_t deadline_ms, json_t **out_answer, struct error *e);

/* For the master: the verb of a line, in `out` (64 bytes). False if it is none. */
enum { CONTROL_VERB_SIZE = 64 };
bool control_read_verb(const char *line, size_t size, char out[CONTROL_VERB_SIZE]);

/* An answer as a line, to be freed; NULL without memory. `answer` is taken over. */
char *control_write_answer(json_t *answer, size_t *out_size);

/* {"done": false, "words": WORDS}, with "busy": true if it may be asked again soon; {"done": true}. */
json_t *control_failure(int code, const char *words);
json_t *control_done(void);

#endif

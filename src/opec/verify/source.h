/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the messages come from: a file with one, a mailbox file, a Maildir or another folder of files, standard input.
 */
#ifndef OPEC_OPEC_VERIFY_SOURCE_H
#define OPEC_OPEC_VERIFY_SOURCE_H

#include <stdbool.h>

#include "base/error.h"
#include "base/slice.h"

enum { VERIFY_MESSAGE_MAX = 200 * 1000 * 1000 };

struct verify_source;

struct verify_message {
    const char *name;   /* its file, and its number in a mailbox file; "standard input" */
    struct slice bytes; /* with CRLF line ends */
    bool is_of_mbox;
};

/* "-" is standard input. A folder is a Maildir if it has a `cur`: all messages of its `cur` and `new`; else every file in it whose name
 * does not begin with a dot; in the order of their names. ERROR_FILE, ERROR_MEMORY. */
int verify_source_open(const char *path, struct verify_source **out, struct error *e);
/* NULL is allowed; *source becomes NULL. */
void verify_source_close(struct verify_source **source);

/* Is it made for many messages, however many there are? A mailbox file with one message is taken for that message. Known before the first
 * one is taken. */
bool verify_source_is_many(struct verify_source *source);

/* The next message, which belongs to the source until the next call. False at the end. *out_result is not 0 if it could not be read
 * (ERROR_FILE, ERROR_LIMIT above VERIFY_MESSAGE_MAX, ERROR_MEMORY): then out->name alone is set, and the next call goes on behind it. */
bool verify_source_next(struct verify_source *source, struct verify_message *out, int *out_result, struct error *e);

#endif

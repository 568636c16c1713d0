/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Mailbox files: messages one after the other, each behind a line "From SENDER TIME" (RFC 4155, and what mail programs make of it).
 */
#ifndef OPEC_OPEC_VERIFY_MBOX_H
#define OPEC_OPEC_VERIFY_MBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

/* Does it begin with such a line? No header field does. */
bool mbox_is(struct slice text);

/* Take the first message off the front: without the line before it, and without the empty line that ends it. False at the end. Such a
 * line counts behind an empty one, and if a time of day stands in it: not every writer quotes the lines of texts that begin so. */
bool mbox_next(struct slice *rest, struct slice *out_message);

/* A copy of a message with one ">" less before each "From " that has one or more at the beginning of its line, which is what most
 * writers have put there; to be freed. NULL if there is no such line, or no memory: the message is all there is then. */
char *mbox_unquote(struct slice message, size_t *out_size);

#endif

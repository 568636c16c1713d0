/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The lines of a message: how they end, and how long header lines are folded and put together again (RFC 5322 2.1, 2.2.3).
 *
 * CRLF ends a line. A bare CR or LF is a byte like others here, so that no part of a message can begin at one.
 */
#ifndef OPEC_MIME_LINE_H
#define OPEC_MIME_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/rope.h"
#include "base/slice.h"

enum { LINE_PREFERRED = 78, LINE_MAX_OCTETS = 998 }; /* RFC 5322 2.1.1, without CRLF */

/* The next line with its CRLF if it has one; false at the end. */
bool line_next(struct slice *rest, struct slice *out_line);

/* Nothing but CRLF? */
bool line_is_empty(struct slice line);

/* Without its CRLF. */
struct slice line_content(struct slice line);

/* Space or tab? */
bool line_is_blank(char c);

/* Undo folding: CRLFs are taken out; a CR or LF alone, and NUL, become a space. At most value.size bytes are written to `out`,
 * which may be value.data; their number is returned. */
size_t line_unfold(struct slice value, char *out);

/* The same, without blanks at both ends, NUL-terminated. NULL without budget. */
char *line_unfolded(struct slice value, struct arena *arena);

/* Make a text of bytes that have room for one more: NULs become spaces, a NUL is put behind them. */
void line_terminate(char *bytes, size_t size);

/* Append a text of one line, with CRLF in front of blanks wherever a line would pass LINE_PREFERRED. `column` octets stand in
 * front of it. The text has no blanks at its end, so that no line has blanks alone; it must outlive the rope. */
void line_fold(struct rope *r, struct slice text, size_t column);

/* Does line_fold keep all lines within LINE_MAX_OCTETS? */
bool line_can_fold(struct slice text, size_t column);

#endif

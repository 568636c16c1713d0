/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing header fields and encoded bodies. All lines end with CRLF.
 */
#ifndef OPEC_MIME_WRITE_H
#define OPEC_MIME_WRITE_H

#include "base/rope.h"
#include "base/slice.h"

/* "Name: value" and CRLF; the value is ASCII. Folded at blanks above 78 octets; blanks at its ends go. A control character in
 * the value would be a hole for injection: it is replaced by a blank. */
void write_field(struct rope *r, const char *name, const char *value);

/* An unstructured field with a text in UTF-8 (one line): encoded words as needed (word.h). */
void write_text_field(struct rope *r, const char *name, struct slice utf8);

/* RFC 2045 6.7 with lines of at most 76. `text` has LF or CRLF line ends and any bytes. Blanks at line ends, and "." and "From "
 * at line starts, are encoded, so that nothing on the way changes them. The last line ends only if that of the text does. */
void write_quoted_printable(struct rope *r, struct slice text);

/* RFC 2045 6.8 in lines of `columns` (a multiple of 4), each with its line end. */
void write_base64(struct rope *r, struct slice bytes, size_t columns);

/* A quoted string (RFC 5322 3.2.4): quotes and backslashes escaped, controls left out; bytes over 127 stay. NULL without
 * budget. */
char *write_quoted(struct slice text, struct arena *arena);

#endif

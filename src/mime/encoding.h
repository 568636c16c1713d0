/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The transfer encodings of RFC 2045, undone. Nothing is refused: mail that is broken here is shown as well as it can be.
 */
#ifndef OPEC_MIME_ENCODING_H
#define OPEC_MIME_ENCODING_H

#include <stddef.h>

#include "base/slice.h"

/* The room that mime_decode_base64 needs. */
size_t mime_base64_room(size_t encoded_size);

/* RFC 2045 6.8. Characters outside the alphabet are passed over, the first "=" ends the data, bits that make no whole byte are
 * dropped. The number of bytes is returned. */
size_t mime_decode_base64(struct slice encoded, char *out);

/* RFC 2045 6.7; `out` has room for encoded.size. "=" without two hexadecimal digits (of any case) stands for itself; blanks at
 * the end of a line were added on the way and go. */
size_t mime_decode_quoted_printable(struct slice encoded, char *out);

/* "Q" of RFC 2047 4.2: the same in one line, and "_" is a space. */
size_t mime_decode_q(struct slice encoded, char *out);

/* RFC 2231 4: "%" and two digits. */
size_t mime_decode_percent(struct slice encoded, char *out);

#endif

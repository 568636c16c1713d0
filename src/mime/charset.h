/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bytes in the charsets of mail to UTF-8, by iconv(3).
 *
 * Only the charsets of one table are handed to iconv, and each is opened once, by mime_init or at its first use: a name from
 * a message never chooses the code that the C library loads.
 */
#ifndef OPEC_MIME_CHARSET_H
#define OPEC_MIME_CHARSET_H

#include "base/slice.h"

/* Convert; `out` has room for 3 * bytes.size. What is invalid in the charset becomes U+FFFD. An unknown charset: as
 * charset_guess. The number of bytes is returned; they are valid UTF-8. */
size_t charset_decode(struct slice charset, struct slice bytes, char *out);

/* The same for bytes without a charset: UTF-8 if they are that, else ISO-8859-1. */
size_t charset_guess(struct slice bytes, char *out);

#endif

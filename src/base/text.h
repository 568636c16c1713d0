/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Text in UTF-8, ISO-8859-1 and hexadecimal.
 */
#ifndef OPEC_BASE_TEXT_H
#define OPEC_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/slice.h"

/* Take one character off the front. An invalid byte (RFC 3629: overlong forms, surrogates and values past 10FFFF too) is taken
 * alone and gives U+FFFD. False at the end. */
bool utf8_next(struct slice *s, uint32_t *out_character);

/* Write a character in UTF-8; the number of bytes, 1 to 4. */
size_t utf8_write(uint32_t character, char out[4]);

bool utf8_valid(struct slice s);

/* Only bytes below 128? */
bool text_is_ascii(struct slice s);

/* One line of valid UTF-8 for people and XML: invalid bytes become U+FFFD; runs of blanks, line ends, controls (C0, DEL, C1)
 * and the separators U+2028 and U+2029 become one space; U+FFFE and U+FFFF go; none of it at the ends. NUL-terminated, in the
 * arena; NULL without budget. */
char *text_one_line(struct arena *a, struct slice utf8);

/* UTF-8 to ISO-8859-1, with a near form for what Latin-1 lacks (typographic quotes and dashes, the euro sign) and "?" for
 * the rest. NUL-terminated. NULL without budget. */
char *text_latin1(struct arena *a, struct slice utf8);

/* Lower-case hexadecimal; `out` has room for 2 * s.size + 1 characters. */
void hex_write(struct slice s, char *out);

/* Hexadecimal of either case to bytes; false unless it is exactly 2 * size digits. */
bool hex_read(struct slice hex, unsigned char *out, size_t size);

/* Copy with truncation, always NUL-terminated; false if it was cut. `size` is that of `out`. */
bool text_copy(char *out, size_t size, struct slice s);

#endif

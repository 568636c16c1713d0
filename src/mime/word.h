/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Text in header fields: encoded words (RFC 2047) to UTF-8 and back.
 */
#ifndef OPEC_MIME_WORD_H
#define OPEC_MIME_WORD_H

#include "base/arena.h"
#include "base/rope.h"
#include "base/slice.h"

/* Decode a field's value. Folding is undone and blanks at its ends go; blanks between encoded words go, a character split
 * over two words of one charset is joined; a language tag (RFC 2231 5) is passed over. An encoded word is taken wherever it
 * stands, since mailers put them next to quotes and brackets; what is not quite one stays as it is. Bytes of an unknown
 * charset, and raw bytes over 127, are taken as UTF-8 if they are that, else as ISO-8859-1; what is invalid in its charset
 * becomes U+FFFD. The result is valid UTF-8 but may hold controls (text_one_line takes them out), but no NUL: it becomes a
 * space. NULL without budget. */
char *words_decode(struct slice value, struct arena *arena);

/* The encoded word at the front (RFC 2047 2: no blanks, and "B" or "Q"), 0 if there is none. */
size_t encoded_word_size(struct slice s);

/* One line of UTF-8 as the value of an unstructured field: plain if it is printable ASCII that nobody could take for an
 * encoded word, without blanks at its ends, in words that fit on a line; else encoded words of UTF-8, which decode to exactly
 * that text (invalid bytes to U+FFFD) and may stand in a phrase as well. Folded, so that with `name_size` octets of "Name: ",
 * or of that and a prefix, in front no line passes 78 octets (76 with an encoded word, RFC 2047 2) where the text allows it,
 * and none 998. NULL without budget. */
char *words_encode(struct slice utf8, size_t name_size, struct arena *arena);

#endif

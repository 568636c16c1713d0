/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A message as it goes over the wire behind DATA: dots stuffed (RFC 5321 4.5.2), a last line end, the end mark. Nothing is
 * copied: the pieces given out are cuts of the message's own.
 *
 * A bare LF counts as a line end here, although none should come: a server that takes it for one must not find the end mark in
 * the middle of a message.
 */
#ifndef OPEC_SMTP_STUFFING_H
#define OPEC_SMTP_STUFFING_H

#include <stdbool.h>
#include <stddef.h>

#include "base/rope.h"

enum { SMTP_STUFFING_PIECES = 256, SMTP_STUFFING_BYTES = 256 * 1024 };

struct smtp_stuffing {
    const struct rope *content;
    size_t piece;   /* what comes next */
    size_t offset;
    char before[2]; /* the octets that stand before it; CRLF at the start */
    bool ended;     /* the end mark has been given */
};

/* The content must outlive it. */
struct smtp_stuffing smtp_stuffing_new(const struct rope *content);

/* The next pieces, about SMTP_STUFFING_BYTES or less; their number, 0 once all has been given. The last ones have the end mark,
 * and `ended` is set. */
size_t smtp_stuffing_next(struct smtp_stuffing *s, struct slice out_pieces[SMTP_STUFFING_PIECES]);

#endif

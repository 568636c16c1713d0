/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a server answers (RFC 5321 4.2), read from bytes that may come one by one and may be anything.
 */
#ifndef OPEC_SMTP_REPLY_H
#define OPEC_SMTP_REPLY_H

#include <stddef.h>

#include "base/buffer.h"

enum {
    SMTP_REPLY_LINES_MAX = 100,
    SMTP_REPLY_LINE_MAX = 4096, /* RFC 5321 4.5.3.1.5 says 512; more is tolerated */
    SMTP_REPLY_TEXT_SIZE = 2048,
    SMTP_REPLY_ENHANCED_SIZE = 12,
};

struct smtp_reply {
    int code;                                 /* 200 to 599 */
    char enhanced[SMTP_REPLY_ENHANCED_SIZE];  /* of the first line (RFC 3463); "" without */
    char text[SMTP_REPLY_TEXT_SIZE];          /* the lines without codes, LF between them, in printable ASCII; cut to fit */
    size_t text_size;
    size_t lines;
};

enum smtp_reply_state { SMTP_REPLY_MORE, SMTP_REPLY_WHOLE, SMTP_REPLY_BAD };

/* Take the next lines of a reply from `in`; *reply is all zero before the first one. WHOLE: it is complete, and what follows it
 * is still in `in`. MORE: more bytes must come. BAD: this is no reply, or has a line or a number of lines beyond the limits. */
enum smtp_reply_state smtp_reply_take(struct smtp_reply *reply, struct buffer *in);

#endif

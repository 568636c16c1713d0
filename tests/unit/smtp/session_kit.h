/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A session with an owner that writes down all it is told, and answers as the test wants. Input is a text; the whole of what
 * was said comes back as a text.
 */
#ifndef OPEC_TEST_SESSION_KIT_H
#define OPEC_TEST_SESSION_KIT_H

#include <stdbool.h>
#include <stddef.h>

#include "smtp/session.h"

struct session_kit {
    struct smtp_settings settings;
    struct smtp_session *session;
    struct buffer in;
    enum smtp_status status;
    /* What the owner answers; NULL: go on. */
    const char *sender_answer, *recipient_answer, *data_answer, *bytes_answer, *end_answer;
    const char *final_answer; /* given as soon as the session waits; NULL: the test gives it */
    /* What the owner was told. */
    struct buffer said;   /* by the session, all of it */
    struct buffer events; /* "sender(a@b) recipient(c@d) begin end reset " */
    struct buffer content;
    size_t slices; /* number of pieces the content came in */
    size_t messages, resets;
    /* The last envelope. */
    bool bare_cr, bare_lf, long_line, eight_bit, nul, body_8bitmime;
    uint64_t size;
    size_t recipient_count;
    char ident[300], client[300], helo[300];
};

/* Greeted; the greeting is not in `said`. */
void session_kit_open(struct session_kit *kit);
/* As it is, not greeted. */
void session_kit_open_silent(struct session_kit *kit);
void session_kit_close(struct session_kit *kit);

/* Feed bytes in pieces of `step` (0: all at once). */
void session_kit_feed(struct session_kit *kit, struct slice bytes, size_t step);
void session_kit_text(struct session_kit *kit, const char *text);

/* All that was said, or told, since the last call, NUL-terminated; valid until the next call of either. */
const char *session_kit_said(struct session_kit *kit);
const char *session_kit_events(struct session_kit *kit);

/* A dialogue of its own, fed at once and then byte by byte: both times exactly `said` must come back. `prepare` may change the
 * kit before it begins; NULL is allowed. */
void session_kit_expect(const char *name, void (*prepare)(struct session_kit *), const char *input, const char *said);

#endif

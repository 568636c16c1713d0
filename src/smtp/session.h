/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One SMTP conversation as a server: a machine that is fed bytes and says bytes, without socket, clock or file (RFC 5321, 2920
 * pipelining, 1870 size, 2034 enhanced codes, 6152 8BITMIME, 3461 DSN, XFORWARD of Postfix).
 *
 * The owner (process/receiver.c) reads the socket, feeds the machine, writes what it says, and hands a whole message on. It is
 * one table of commands (verb, states in which it is good, function: session_commands.c). Memory does not grow with what a
 * client sends, save for the recipients. A client that lets a mebibyte of replies pile up is left.
 */
#ifndef OPEC_SMTP_SESSION_H
#define OPEC_SMTP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/slice.h"

/* What is told of a message besides its bytes. Texts belong to the session; they live until data_reset has returned. What a client
 * calls itself and what XFORWARD tells is printable ASCII. */
struct smtp_envelope {
    const char *sender; /* "" for <> */
    const char **recipients;
    size_t recipient_count;
    const char *ident;  /* XFORWARD IDENT, or "" */
    const char *client; /* XFORWARD ADDR, or "" */
    const char *helo;   /* XFORWARD HELO, else the client's own */
    bool body_8bitmime; /* declared */
    /* What the bytes were found to have. */
    bool bare_cr, bare_lf, long_line /* over 998 octets */, eight_bit, nul;
    uint64_t size; /* octets, line ends as CRLF, without the end mark and the stuffed dots */
};

struct smtp_settings {
    const char *hostname;
    bool eight_bit_mime;      /* announce 8BITMIME */
    uint64_t size_max;        /* octets; 552 above (SIZE at MAIL, and while the data come) */
    size_t recipients_max;    /* 452 above */
    size_t line_max;          /* of a command with its CRLF, 500 above; the owner's input must be able to hold as much */
    unsigned errors_max;      /* bad commands that are put up with; the next one gets 421 and the end (counted anew after a 2xx) */
};

/* What the owner decides and receives. Each returns what is to be said to the client: a whole reply line without CRLF, or NULL for
 * "go on". The text must live until the next call; controls in it become blanks; 421 ends the session. */
struct smtp_owner {
    void *arg;
    /* MAIL: may this sender be used (a NULL answer is 250)? */
    const char *(*sender)(void *arg, const char *address);
    /* RCPT. */
    const char *(*recipient)(void *arg, const char *address);
    /* DATA: make place for the message (a NULL answer is 354). */
    const char *(*data_begin)(void *arg);
    /* Its bytes, line ends and dots as in the message. An answer other than NULL is kept: the rest of the data is read and thrown
     * away, and the answer is given at the end. */
    const char *(*data_bytes)(void *arg, struct slice bytes);
    /* The end mark has come (not of a message that was given up). The session then waits (SMTP_WAITING) until smtp_session_answer.
     * NULL: wait; else the answer. */
    const char *(*data_end)(void *arg, const struct smtp_envelope *envelope);
    /* The transaction is over (its answer is said) or given up: forget the message. Once for each sender that was taken; for a
     * message beyond size_max, or refused by data_bytes, at once. smtp_session_free does not call it. */
    void (*data_reset)(void *arg);
};

enum smtp_status {
    SMTP_READING, /* feed it */
    SMTP_WAITING, /* a whole message is with the owner; what the client pipelines stays in its input */
    SMTP_CLOSING, /* say what is left to be said, then close */
};

struct smtp_session;

/* `settings` and `owner` are copied; the texts of settings must outlive the session. NULL without memory. */
struct smtp_session *smtp_session_new(const struct smtp_settings *settings, const struct smtp_owner *owner);
void smtp_session_free(struct smtp_session **session);

/* New settings (after a reload); they hold from the next command on. */
void smtp_session_settings(struct smtp_session *session, const struct smtp_settings *settings);

/* The greeting, to be said first: 220, or 421 and the end when `refusal` is not NULL. */
void smtp_session_greet(struct smtp_session *session, const char *refusal);

/* Take as much of `in` as can be used now; consumed bytes are gone from it. Call again when more has come, or after an answer. */
enum smtp_status smtp_session_feed(struct smtp_session *session, struct buffer *in);

/* The owner's answer to a whole message ("250 2.0.0 Ok ..."). */
enum smtp_status smtp_session_answer(struct smtp_session *session, const char *reply);

/* End it from our side: "421 4.3.2 ...". */
void smtp_session_stop(struct smtp_session *session, const char *reply);

/* What is to be sent to the client; the owner consumes it. */
struct buffer *smtp_session_output(struct smtp_session *session);

/* Between two transactions, with nothing said and not answered? (Then it may be closed without harm.) */
bool smtp_session_idle(const struct smtp_session *session);
/* Inside DATA? (Other deadlines hold there.) */
bool smtp_session_in_data(const struct smtp_session *session);

#endif

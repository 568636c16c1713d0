/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The inside of a session, for its own files: session.c (life, lines, words), session_commands.c (the table),
 * session_parameters.c (MAIL and RCPT), session_xforward.c, session_data.c.
 */
#ifndef OPEC_SMTP_SESSION_PRIVATE_H
#define OPEC_SMTP_SESSION_PRIVATE_H

#include "base/arena.h"
#include "smtp/octets.h"
#include "smtp/path.h"
#include "smtp/session.h"

/* One bit each, so that a command can name the states in which it is good. */
enum session_state {
    SESSION_CONNECTED = 1 << 0,  /* no EHLO or HELO has been taken */
    SESSION_READY = 1 << 1,      /* between two transactions */
    SESSION_SENDER = 1 << 2,     /* MAIL has been taken */
    SESSION_RECIPIENTS = 1 << 3, /* so has a RCPT */
    SESSION_DATA = 1 << 4,       /* 354 was said, the end mark has not come */
    SESSION_WAITING = 1 << 5,    /* the owner has a whole message and owes its answer */
    SESSION_CLOSING = 1 << 6,    /* nothing is read any more */
};

enum {
    SESSION_JOINED_MAX = 2048,
    SESSION_REPLY_SIZE = 513, /* RFC 5321 4.5.3.1.5: 512 octets with CRLF; here without it, with NUL */
    SESSION_VALUE_SIZE = 256, /* a name that a client tells; longer ones are cut (HELO) or refused (XFORWARD) */
};

/* What XFORWARD told for the next transaction; "" where it told nothing. The other attributes are checked and dropped. */
struct session_forward {
    char ident[SESSION_VALUE_SIZE];
    char client[SESSION_VALUE_SIZE];
    char helo[SESSION_VALUE_SIZE];
};

struct session_data {
    struct octets octets;
    uint64_t size_max;              /* as it was at DATA */
    bool line_start;                /* the last two octets were CRLF, or nothing has come */
    bool after_cr;                  /* the last octet was CR */
    bool discarding;                /* the message is given up; `answer` is said at the end */
    char answer[SESSION_REPLY_SIZE];
    char joined[SESSION_JOINED_MAX]; /* short pieces that wait for more within one feed */
    size_t joined_size;
};

struct smtp_session {
    struct smtp_settings settings;
    struct smtp_owner owner;
    enum session_state state;
    struct buffer output;
    struct arena *arena; /* the texts of one transaction */
    struct smtp_envelope envelope;
    size_t recipient_capacity;
    bool open;     /* the owner has taken a sender and has not been told that the transaction is over */
    bool excused;  /* MAIL or a RCPT was refused: what was pipelined behind it comes out of order, and is no error */
    bool skipping; /* inside a line that was refused: all is thrown away up to its CRLF */
    unsigned errors;
    char helo[SESSION_VALUE_SIZE];
    struct session_forward forward;
    struct session_data data;
};

/* The one place where the state changes; from SESSION_CLOSING there is no way back. */
void session_enter(struct smtp_session *s, enum session_state state);

/* One reply line. Controls in it become blanks, and what is too long is cut. 421 ends the session (RFC 5321 3.8). */
void session_say(struct smtp_session *s, const char *reply);

/* The reply to a bad command; 421 in its place when there were too many. */
void session_fault(struct smtp_session *s, const char *reply);

/* Words for the client that need no check (a reply of several lines). */
void session_print(struct smtp_session *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Copy a line of text without controls and octets over 126, which become "?", cut to `size`. */
void session_neutral(struct slice text, char *out, size_t size);

/* Forget the transaction, tell the owner, be ready for the next one. */
void session_end_transaction(struct smtp_session *s);

/* A command line without its CRLF. */
void session_command(struct smtp_session *s, struct slice line);

/* Check the parameters of MAIL (RFC 1870, 6152, 3461) or of RCPT (RFC 3461); NULL, or the reply that refuses them. */
const char *session_mail_parameters(struct smtp_session *s, const struct smtp_path *path);
const char *session_recipient_parameters(struct smtp_session *s, const struct smtp_path *path);

/* Read "NAME=value NAME=value"; all of it or, when it is malformed, nothing: then false. */
bool session_forward_read(struct slice argument, struct session_forward *forward);

/* DATA has been granted; and what comes then: take what can be taken. False if more must come first. */
void session_data_begin(struct smtp_session *s);
bool session_data_take(struct smtp_session *s, struct buffer *in);
/* At the end of a feed nothing stays behind. */
void session_data_flush(struct smtp_session *s);

#endif

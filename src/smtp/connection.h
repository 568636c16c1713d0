/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A connection to a server: greeting and EHLO, commands, replies. For the client's own files.
 */
#ifndef OPEC_SMTP_CONNECTION_H
#define OPEC_SMTP_CONNECTION_H

#include "base/buffer.h"
#include "smtp/client.h"
#include "smtp/reply.h"

struct smtp_connection {
    const struct smtp_client_settings *settings;
    int fd; /* -1: none */
    struct buffer in;
    bool pipelining, dsn, eight_bit_mime; /* offered */
    bool doomed;                          /* 421 was said: the server is about to close (RFC 5321 3.8) */
};

/* Closed. The settings must outlive it. */
struct smtp_connection smtp_connection_new(const struct smtp_client_settings *settings);

/* Connect, be greeted, say EHLO (HELO where that is refused) or LHLO. A refusal is ERROR_DEFERRED or ERROR_PROTOCOL; else as
 * net_connect. Closed on failure. */
int smtp_connection_open(struct smtp_connection *c, int64_t deadline_ms, struct error *e);
void smtp_connection_close(struct smtp_connection *c);
/* QUIT first; its answer is awaited for a moment only. */
void smtp_connection_quit(struct smtp_connection *c);

/* Open, and nothing has come that was not asked for, be it words or the end? */
bool smtp_connection_is_quiet(const struct smtp_connection *c);

/* Send commands. ERROR_PROTOCOL when there is an answer already; else as net_write. */
int smtp_connection_send(struct smtp_connection *c, struct slice commands, int64_t deadline_ms, struct error *e);

/* The next reply. ERROR_PROTOCOL, ERROR_TIMEOUT, ERROR_CLOSED. */
int smtp_connection_reply(struct smtp_connection *c, int64_t deadline_ms, struct smtp_reply *out, struct error *e);

/* One command of one line, without CRLF, and its reply. */
int smtp_connection_ask(struct smtp_connection *c, const char *command, int64_t deadline_ms, struct smtp_reply *out,
                        struct error *e);

/* The failure that a refusal of `what` is: ERROR_DEFERRED for 4xx, ERROR_PROTOCOL for all else. */
int smtp_connection_refused(const char *what, const struct smtp_reply *reply, struct error *e);

/* When a step that begins now must be done. */
int64_t smtp_connection_step(const struct smtp_connection *c, int64_t deadline_ms);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Handing a message on: SMTP to Postfix's re-injection port, LMTP to the mailboxes. A connection is kept between messages and
 * made anew when it has died idle.
 */
#ifndef OPEC_SMTP_CLIENT_H
#define OPEC_SMTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/net.h"
#include "base/rope.h"

enum smtp_kind { SMTP_CLIENT, LMTP_CLIENT };

struct smtp_client_settings {
    enum smtp_kind kind;
    struct net_address address;
    const char *hostname; /* said in EHLO or LHLO; must outlive the client */
    int timeout_ms;       /* for each step of the dialogue */
};

struct smtp_client;

/* No connection is made yet. NULL without memory. */
struct smtp_client *smtp_client_new(const struct smtp_client_settings *settings);
/* QUIT if a connection is open; *client becomes NULL. NULL is allowed. */
void smtp_client_free(struct smtp_client **client);

/* What became of a recipient. */
enum smtp_fate {
    SMTP_UNTRIED,  /* nothing is known: the dialogue broke off, or another recipient made us give up (SMTP) */
    SMTP_TAKEN,    /* 2xx: it has the message */
    SMTP_DEFERRED, /* 4xx */
    SMTP_REFUSED,  /* 5xx */
};

struct smtp_recipient {
    const char *address;
    enum smtp_fate fate;
    int code;             /* 0: none came */
    const char *enhanced; /* "5.1.1", or NULL */
    const char *text;     /* the rest of the answer in one line of printable ASCII; NULL: none came, or the arena is used up */
};

struct smtp_delivery {
    const char *sender; /* "" for <> */
    const char *envid;  /* not NULL: ENVID, RET=HDRS and NOTIFY=FAILURE, when DSN is offered (RFC 3461) */
    bool eight_bit;     /* BODY=8BITMIME when it is offered */
    struct smtp_recipient *recipients;
    size_t recipient_count;
    const struct rope *content; /* line ends CRLF; dots are stuffed here; a last line end is added if it lacks; nothing is copied */
};

/* One transaction, pipelined when offered. The fates are filled in and 0 is returned when the dialogue came to its end:
 *   SMTP: all RCPT answers are awaited before DATA. Any 4xx there: RSET, nothing is sent, that recipient DEFERRED and the good ones
 *         UNTRIED (never two transactions of one envelope). 5xx recipients are REFUSED, the others share the answer to the data.
 *   LMTP: each recipient has its own answer (RFC 2033).
 * A refusal of greeting, EHLO, MAIL or DATA itself is ERROR_PROTOCOL (5xx: our wiring's fault) or ERROR_DEFERRED (4xx), and nothing
 * was sent. ERROR_UNREACHABLE, ERROR_TIMEOUT, ERROR_CLOSED: recipients that have no answer are UNTRIED; with LMTP some may have
 * theirs already. A kept connection that turns out dead before MAIL is answered is replaced, once; after that nothing is tried
 * again, so that no message goes out twice. ERROR_SYNTAX: an address or ENVID that no command can hold; ERROR_BUDGET: no memory
 * for the recipients; nothing was sent then.
 * Texts are made in the arena. The fates are set anew; with an error, too, they say what is known. */
int smtp_client_deliver(struct smtp_client *client, struct smtp_delivery *delivery, int64_t deadline_ms, struct arena *arena,
                        struct error *e);

/* Is it there: greeting and EHLO, or NOOP on the connection that was kept? Failures as above. */
int smtp_client_probe(struct smtp_client *client, int64_t deadline_ms, struct error *e);

#endif

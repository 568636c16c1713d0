/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One delivery over an open connection: the envelope, the content, the answers. For the client's own files.
 */
#ifndef OPEC_SMTP_TRANSACTION_H
#define OPEC_SMTP_TRANSACTION_H

#include "smtp/connection.h"

struct smtp_transaction {
    /* Filled in by the caller; the rest is zero. */
    struct smtp_connection *connection;
    struct smtp_delivery *delivery;
    int64_t deadline_ms;
    struct arena *arena;
    /* How far it came. */
    bool *accepted; /* for each recipient: RCPT was answered 2xx, so that it shares in the data */
    size_t accepted_count;
    bool deferred;            /* a RCPT was answered 4xx */
    int mail_code, data_code; /* the answers to MAIL and DATA; 0: none came */
    int refused;              /* what a refusal of one of these is */
    bool end_sent;            /* the end mark is out: from here on the server may have the message */
    bool answered;            /* all answers to the data have come */
    bool broken;              /* nobody knows what the next reply would belong to */
};

/* Run it as client.h says of smtp_client_deliver, for recipients whose fate is SMTP_UNTRIED. The connection is closed unless it is
 * good for another transaction. */
int smtp_transaction_run(struct smtp_transaction *t, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Making a message of a provider: the same structure for all kinds (RFC 6109 2.1, 4.3), filled from the kind's row, the transaction
 * and the message's own facts.
 *
 *     multipart/signed
 *       multipart/mixed                      the content, which is what gets signed
 *         multipart/alternative              readable text, plain and HTML
 *         application/xml daticert.xml       but not in an anomaly envelope
 *         message/rfc822 postacert.eml       where the kind has it
 *       application/pkcs7-signature smime.p7s
 *
 * The result depends on its arguments alone, boundaries included: made twice, it is the same to the byte.
 */
#ifndef OPEC_PEC_MESSAGE_H
#define OPEC_PEC_MESSAGE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/rope.h"
#include "mime/header.h"
#include "pec/kind.h"
#include "pec/template.h"

/* Who we are. */
struct pec_provider {
    const char *name;            /* providerName */
    const char *address;         /* From of all that we sign */
    const char *service_mailbox; /* mailReceipt */
    const char *id_domain;       /* behind the "@" of our ids */
    const struct templates *templates; /* NULL: the official texts */
    enum digest_kind brief_hash;
};

/* What is particular to one message. */
struct pec_message {
    enum message_kind kind;
    int64_t time;          /* of the event that it states, to the second */
    const char *id;        /* its own Message-ID, without brackets */
    const char *to;        /* a receipt: where it goes */
    const char *recipient; /* whom it concerns; NULL when it concerns all */
    const char **taken;    /* take-charge: the recipients that we answer for */
    size_t taken_count;
    enum certified_error error;
    const char *reason; /* the description of the error, or the virus; NULL */
    const char *detail; /* errore-esteso; NULL */
};

/* A message that something of ours is about, or that goes inside. */
struct original {
    struct slice whole;
    struct header header;
    struct slice body;
    bool eight_bit; /* it has bytes over 127 */
};

struct composed {
    struct rope head;    /* header fields before Content-Type */
    struct rope content; /* the part to be signed */
    const char *boundary;
    bool eight_bit;
    struct arena *arena;
};

/* Make it, but for its signature. `original`: for KIND_TRANSPORT_ENVELOPE the message as submitted, for KIND_ANOMALY_ENVELOPE as it
 * came, for delivery receipts the postacert.eml of the envelope, for others NULL. ERROR_BUDGET; ERROR_LIMIT for a brief receipt of a
 * message with too many parts (the caller then makes a complete one). */
int message_compose(const struct pec_provider *provider, const struct transaction *about, const struct pec_message *message,
                    const struct original *original, struct arena *arena, struct composed *out);

/* The whole message with its signature (DER of a detached CMS SignedData over `content`). */
int message_seal(const struct composed *c, struct slice signature, struct rope *out);

/* What a message states in daticert.xml. */
struct certification message_certification(const struct pec_provider *provider, const struct transaction *about,
                                           const struct pec_message *message);

void message_visit(struct record *r, struct pec_message *m);

#endif

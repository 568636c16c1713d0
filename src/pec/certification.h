/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The facts of a certified transaction, and the certification data that each message states about it (RFC 6109 1.2.3, 4.4).
 */
#ifndef OPEC_PEC_CERTIFICATION_H
#define OPEC_PEC_CERTIFICATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/record.h"

/* Attribute `tipo` of <postacert> (4.4). */
enum certified_type {
    TYPE_ACCEPTANCE,
    TYPE_NON_ACCEPTANCE,
    TYPE_TAKE_CHARGE,
    TYPE_DELIVERY,
    TYPE_TRANSPORT,
    TYPE_NON_DELIVERY,
    TYPE_TIMEOUT,
    TYPE_VIRUS_DETECTION,
    TYPE_NONE, /* an anomaly envelope certifies nothing */
};

/* Attribute `errore` (4.4). */
enum certified_error {
    CERTIFIED_NO_ERROR,
    CERTIFIED_NO_RECIPIENT, /* no-dest */
    CERTIFIED_NO_DOMAIN,    /* no-dominio */
    CERTIFIED_VIRUS,
    CERTIFIED_OTHER, /* altro */
};

/* Which delivery receipt the sender asks for (3.3.2). */
enum receipt_form { RECEIPT_COMPLETE, RECEIPT_BRIEF, RECEIPT_CONCISE };

/* The words on the wire, in the order of the enumerations. */
extern const char *const certified_type_words[TYPE_NONE];
extern const char *const certified_error_words[CERTIFIED_OTHER + 1];
extern const char *const receipt_form_words[RECEIPT_CONCISE + 1];

/* A recipient and whether its domain is in the providers' index: `tipo` of <destinatari> (2.2.1). */
struct recipient {
    const char *address;
    bool certified;
};

/* What stays the same in all messages of one transaction. Texts are UTF-8 of one line. */
struct transaction {
    const char *pec_id;   /* without brackets */
    const char *msgid;    /* of the client, with its brackets; NULL if it gave none */
    const char *sender;   /* the reverse path */
    const char *reply_to; /* a bare address */
    const char *subject;  /* decoded; NULL if there is none */
    const char *provider; /* the sending provider */
    enum receipt_form form;
    struct recipient *recipients; /* the forward paths */
    size_t recipient_count;
};

/* The content of daticert.xml. */
struct certification {
    enum certified_type type;
    enum certified_error error;
    struct transaction about;
    const char *issuer; /* gestore-emittente: who certifies this */
    struct legal_time time;
    bool states_form;         /* <ricevuta> is there */
    const char *delivered;    /* consegna; NULL */
    const char *const *taken; /* ricezione */
    size_t taken_count;
    const char *detail; /* errore-esteso; NULL */
};

/* Is it one of the recipients (case does not count)? NULL if not. */
const struct recipient *transaction_recipient(const struct transaction *t, const char *address);

/* For the store. */
void transaction_visit(struct record *r, struct transaction *t);

#endif

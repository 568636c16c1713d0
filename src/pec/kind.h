/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The 14 kinds of message that a provider makes, as data (RFC 6109 2.1.1, 3). What differs between them stands in one row each: header
 * fields, subject, certification, text, parts. Everything else (message.c) is the same for all.
 */
#ifndef OPEC_PEC_KIND_H
#define OPEC_PEC_KIND_H

#include <stdbool.h>

#include "pec/certification.h"

enum message_kind {
    KIND_ACCEPTANCE,           /* 3.1.4 */
    KIND_NON_ACCEPTANCE,       /* 3.1.2 */
    KIND_NON_ACCEPTANCE_VIRUS, /* 3.1.3 */
    KIND_TRANSPORT_ENVELOPE,   /* 3.1.5 */
    KIND_FIRST_NOTICE,         /* 3.1.6, 12 hours */
    KIND_SECOND_NOTICE,        /* 3.1.6, 24 hours */
    KIND_TAKE_CHARGE,          /* 3.2.1 */
    KIND_ANOMALY_ENVELOPE,     /* 3.2.2 */
    KIND_VIRUS_DETECTION,      /* 3.2.3 */
    KIND_NON_DELIVERY_VIRUS,   /* 3.2.4 */
    KIND_DELIVERY_COMPLETE,    /* 3.3.2.1 */
    KIND_DELIVERY_BRIEF,       /* 3.3.2.2 */
    KIND_DELIVERY_CONCISE,     /* 3.3.2.3 */
    KIND_NON_DELIVERY,         /* 3.3.3 */
    KIND_COUNT,
};

/* What of the message that it is about goes along. */
enum kind_attachment { ATTACH_NOTHING, ATTACH_ORIGINAL, ATTACH_BRIEF, ATTACH_AS_CAME };

struct kind_row {
    const char *name;            /* in code, logs and template files */
    const char *header;          /* "X-Ricevuta" or "X-Trasporto": exclusive */
    const char *header_value;
    const char *subject_prefix;
    enum certified_type type;
    enum certified_error error;  /* of the kind itself; a message may state a more precise one */
    enum kind_attachment attachment;
    bool is_envelope;            /* To, Cc and the reverse path are those of what it wraps; else it goes to one address */
    bool is_security;            /* X-VerificaSicurezza: errore */
    bool names_sender;           /* X-Mittente */
    bool states_form;            /* <ricevuta> in daticert.xml */
    const char *text;            /* the official Italian text; placeholders in template.h */
};

extern const struct kind_row kind_rows[KIND_COUNT];

/* The names alone, for records. */
extern const char *const kind_names[KIND_COUNT];

#endif

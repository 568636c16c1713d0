/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `opec verify` found out about a message, in words and as JSON.
 */
#ifndef OPEC_OPEC_VERIFY_REPORT_H
#define OPEC_OPEC_VERIFY_REPORT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "pec/certification.h"
#include "sign/certificate.h"
#include "sign/trust.h"

enum verify_signature { SIGNATURE_ABSENT, SIGNATURE_UNREADABLE, SIGNATURE_BROKEN, SIGNATURE_HOLDS };
enum verify_index { INDEX_NOT_ASKED, INDEX_KNOWS, INDEX_LACKS };
/* Where the time of signing was taken from. */
enum verify_time { TIME_SIGNED /* signingTime, signed with it */, TIME_DATE /* the Date field */, TIME_NOW };

struct verify_signer {
    enum verify_signature signature;
    const char *words;     /* SIGNATURE_UNREADABLE: why */
    const char *digest;    /* from here on NULL or 0 unless it could be read */
    const char *subject, *issuer, *addresses;
    const char *provider;  /* of the index's record; NULL */
    char sha1[2 * CERTIFICATE_HASH_SIZE + 1];
    int64_t from, until;
    int64_t time;
    enum verify_time time_from;
    enum verify_index index;
    struct trust_answer then, now;
};

enum { VERIFY_PARTS = 3 };

struct verify_report {
    bool holds;
    bool is_pec;           /* it claims to be a PEC message */
    const char *kind;      /* "transport envelope"; of what does not hold, what it claims to be */
    const char *type;      /* the value of X-Trasporto or X-Ricevuta; NULL */
    const char *why;       /* it does not hold; NULL */
    const char *form;      /* what is wrong with its form, in the Italian of an anomaly envelope; NULL */
    bool is_certified;     /* `certification` was read from what the provider signed */
    struct certification certification;
    const char *from, *to, *date, *subject, *message_id; /* header fields, for which nobody vouches; NULL */
    struct verify_signer signer;
    /* Of a signed PEC message, whether it holds or not, with the transfer encoding undone; empty if there is none. */
    struct slice original; /* the message that it carries: of a brief receipt with digests in the place of attachments */
    struct slice certification_data, signature;
    const char *extracted[VERIFY_PARTS]; /* the files that they were written to */
    size_t extracted_count;
};

/* The name of a kind in English. */
const char *verify_report_kind(enum certified_type type, enum certified_error error, enum receipt_form form);

/* "good", or what is wrong. */
const char *verify_report_trust(const struct trust_answer *answer);

/* `source` names the message in the first line. */
void verify_report_print(FILE *out, const char *source, const struct verify_report *report);
/* NULL without memory. */
json_t *verify_report_json(const struct verify_report *report);

#endif

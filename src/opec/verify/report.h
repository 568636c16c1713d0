/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `opec verify` found out about a message. Words for it are in words.h; print.h writes it down.
 */
#ifndef OPEC_OPEC_VERIFY_REPORT_H
#define OPEC_OPEC_VERIFY_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "pec/certification.h"
#include "sign/certificate.h"
#include "sign/trust.h"

/* The kinds of message that can be told apart from outside: both notices for timeout are one. */
enum verify_kind {
    VERIFY_ACCEPTANCE,
    VERIFY_NON_ACCEPTANCE,
    VERIFY_NON_ACCEPTANCE_VIRUS,
    VERIFY_TAKE_CHARGE,
    VERIFY_DELIVERY,
    VERIFY_DELIVERY_BRIEF,
    VERIFY_DELIVERY_CONCISE,
    VERIFY_ENVELOPE,
    VERIFY_NON_DELIVERY,
    VERIFY_NON_DELIVERY_VIRUS,
    VERIFY_TIMEOUT,
    VERIFY_VIRUS_DETECTION,
    VERIFY_ANOMALY,
    VERIFY_UNKNOWN,  /* it claims to be one, of a kind that is none of the law's */
    VERIFY_SIGNED,   /* S/MIME, but no PEC message */
    VERIFY_ORDINARY,
    VERIFY_KINDS,
};

/* The verdict: that it holds, or the first fault in the order of RFC 6109 2.2.2. */
enum verify_finding {
    FINDING_HOLDS,
    FINDING_UNSIGNED,
    FINDING_UNREADABLE,   /* signer.words */
    FINDING_STRANGER,     /* the certificate is not in the index */
    FINDING_BROKEN,
    FINDING_CERTIFICATE,  /* not good when it signed: signer.then */
    FINDING_FROM,         /* From is not one valid address */
    FINDING_FROM_OTHER,   /* than that of the certificate */
    FINDING_FROM_DOMAIN,  /* is not managed by the provider that signed */
    FINDING_NO_MESSAGE,   /* an anomaly envelope without a message */
    FINDING_MORE_PARTS,   /* an anomaly envelope with more than that */
    FINDING_FORM,         /* `form` */
    VERIFY_FINDINGS,
};

/* What else a reader should know. None of it is a fault of the message's signature. */
enum verify_remark {
    REMARK_ENDED,        /* the certificate has ended since it signed */
    REMARK_REVOKED,      /* it was revoked since it signed */
    REMARK_SHA1,         /* the digest of the signature */
    REMARK_WEAK,         /* keys or digests of the chain that no longer count as strong */
    REMARK_UNDATED_DATE, /* the time of signing is that of the Date field, for which nobody vouches */
    REMARK_UNDATED_NOW,  /* there is none at all */
    REMARK_UNLISTED,     /* no revocation list speaks for the certificate */
    REMARK_LEFT,         /* it has ended, and left the index */
    REMARK_APART,        /* it was signed long before or after the time that it certifies */
    REMARK_DIFFERS,      /* header or text say other than what is certified: `differences` */
    REMARK_QUOTED,       /* it holds once the quoting of the mailbox file is undone */
    VERIFY_REMARKS,
};

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

/* Where header or text disagree with the certification data. */
struct verify_difference {
    const char *where;     /* the name of a header field, or "text" */
    const char *says;      /* NULL: nothing */
    const char *certified;
};

enum { VERIFY_PARTS = 3, VERIFY_DIFFERENCES = 10 };

struct verify_report {
    enum verify_finding finding;
    enum verify_kind kind; /* of what does not hold: what it claims to be */
    bool is_pec;           /* it claims to be a PEC message */
    bool remarks[VERIFY_REMARKS];
    const char *type;      /* the value of X-Trasporto or X-Ricevuta; NULL */
    const char *form;      /* what is wrong with its form, in the Italian of an anomaly envelope; NULL */
    bool is_certified;     /* `certification` was read from what the provider signed */
    struct certification certification;
    struct verify_difference differences[VERIFY_DIFFERENCES];
    size_t difference_count;
    const char *from, *to, *date, *subject, *message_id; /* header fields, for which nobody vouches; NULL */
    struct verify_signer signer;
    /* Of a signed PEC message, whether it holds or not, with the transfer encoding undone; empty if there is none. */
    struct slice original; /* the message that it carries: of a brief receipt with digests in the place of attachments */
    struct slice certification_data, signature;
    const char *extracted[VERIFY_PARTS]; /* the files that they were written to */
    size_t extracted_count;
};

#endif

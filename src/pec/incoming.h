/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The incoming point (RFC 6109 2.2.2, 3.2): what a message from outside is, and what becomes of it. Three steps, between which the
 * facts that only the world knows are gathered:
 *
 *     incoming_read     what the message claims to be, and where its signature is
 *                       (then: whose signature it is, whether it holds)
 *     incoming_judge    what it is
 *                       (then: whether it is infected)
 *     incoming_decide   what is done
 */
#ifndef OPEC_PEC_INCOMING_H
#define OPEC_PEC_INCOMING_H

#include "mime/part.h"
#include "pec/access.h"
#include "pec/bounce.h"
#include "pec/plan.h"

enum claim { CLAIM_NOTHING, CLAIM_ENVELOPE, CLAIM_RECEIPT, CLAIM_UNKNOWN /* an X- field with a value that is none of the law's */ };

struct incoming {
    const struct arrival *arrival;
    struct original original;
    enum claim claim;
    enum certified_type claimed_type; /* of an envelope or receipt */
    struct address_list from;
    struct transaction about; /* as the header has it: nothing of it is certified */
    bool is_signed;           /* multipart/signed with an S/MIME signature */
    struct part content;      /* the part that is signed */
    struct slice signature;   /* DER */
};

/* ERROR_BUDGET; ERROR_LIMIT for a header beyond all measure. */
int incoming_read(const struct arrival *arrival, struct arena *arena, struct incoming *out);

/* What was found out about the signature, in the order of 2.2.2. */
enum signer_state {
    SIGNER_ABSENT,     /* no signature */
    SIGNER_UNREADABLE, /* something that is no signature of the kind we know */
    SIGNER_STRANGER,   /* the certificate is not in the index */
    SIGNER_BROKEN,     /* the signature does not hold over the content */
    SIGNER_UNTRUSTED,  /* no path to an authority */
    SIGNER_EXPIRED,    /* or not yet valid */
    SIGNER_REVOKED,
    SIGNER_GOOD,
};

struct signer_facts {
    enum signer_state state;
    bool has_from;    /* the address in From is in the certificate */
    bool is_listed;   /* the domain in From is managed by a record that holds the certificate */
    const char *name; /* providerName of that record */
    const char *mail_receipt;
};

struct judgement {
    enum verdict verdict; /* ENVELOPE, RECEIPT, ANOMALY or ORDINARY */
    const char *reason;   /* of the latter two, in Italian */
    struct certification certification;
    struct original postacert; /* of an envelope: the original message */
};

/* The postacert.eml of an envelope that was judged before (a plan is resumed). ERROR_CORRUPT if there is none. ERROR_BUDGET. */
int incoming_postacert(const struct incoming *in, struct arena *arena, struct original *out);

/* What it is: ordinary mail if the signature does not prove a provider, else an envelope or a receipt if its form is that of the law,
 * else an anomaly. ERROR_BUDGET, ERROR_MEMORY. */
int incoming_judge(const struct incoming *in, const struct signer_facts *signer, struct arena *arena, struct judgement *out);

enum ordinary_policy { POLICY_WRAP, POLICY_REJECT, POLICY_DISCARD };

/* A bounce whose envelope id bears our tag. */
struct bounce_facts {
    bool is_of_receipt;              /* of a receipt of ours: logged, and that is all */
    const struct bounce *report;
    const struct transaction *about; /* the transaction of the envelope; NULL for a receipt */
    const bool *open;                /* for each recipient of the report: is it one that we wait for? NULL for a receipt */
};

struct incoming_facts {
    const struct signer_facts *signer;
    const struct bounce_facts *bounce; /* NULL: no bounce of ours */
    const char *virus;                 /* NULL */
    enum ordinary_policy policy;
    int64_t now;
    const char *seed;
    /* Is the mailbox one of ours? Does the signer manage the domain of the address? */
    bool (*is_home)(const void *arg, const char *address);
    bool (*signer_manages)(const void *arg, const char *address);
    const void *arg;
};

/* What is done about it. A bounce of ours goes before all else. ERROR_BUDGET. */
int incoming_decide(const struct pec_provider *provider, const struct incoming *in, const struct judgement *judgement,
                    const struct incoming_facts *facts, struct arena *arena, struct plan *out);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The access point (RFC 6109 3.1): what becomes of a message that a user submits.
 */
#ifndef OPEC_PEC_ACCESS_H
#define OPEC_PEC_ACCESS_H

#include "pec/plan.h"
#include "mime/address.h"

/* A message as it came in, by either point. */
struct arrival {
    const char *sender;      /* reverse path; "" for <>, which SMTP refuses at the access point */
    const char **recipients; /* one at least */
    size_t recipient_count;
    struct slice bytes;
    bool bare_cr, long_line, eight_bit, nul;
};

struct access_limits {
    uint64_t message_size; /* size x recipients (3.1.1) */
    size_t recipients;
};

/* A submission read: the facts that its header states. */
struct submission {
    const struct arrival *arrival;
    struct original original;
    struct address_list from, to, cc;
    struct transaction about; /* without PEC id, and the kinds of recipients */
};

/* ERROR_BUDGET; ERROR_LIMIT for a header beyond all measure. */
int access_read(const struct arrival *arrival, struct arena *arena, struct submission *out);

/* A formal exception (3.1.2). */
struct formal_fault {
    const char *status; /* RFC 3463 */
    const char *words;  /* in Italian, to follow "a causa di"; they name what is wrong */
};

/* The formal checks: the form of RFC 5322, then those of 3.1.1 in their order. *out is NULL if all hold, else the first that does not.
 * ERROR_BUDGET. */
int access_check(const struct submission *s, const struct access_limits *limits, struct arena *arena, const struct formal_fault **out);

/* What was found out besides. */
struct access_facts {
    const struct formal_fault *fault; /* NULL: none */
    const char *virus;                /* NULL: none; its name */
    const bool *certified;            /* for each recipient: is its domain in the index (2.2.1)? */
    int64_t now;
    const char *seed;
    int64_t number; /* for tracking */
};

/* What is done: envelope and acceptance, or a non-acceptance. A fault goes before a virus. ERROR_BUDGET. */
int access_decide(const struct pec_provider *provider, const struct submission *s, const struct access_facts *facts, struct arena *arena,
                  struct plan *out);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a provider counts of its traffic, for each day and for each mailbox.
 */
#ifndef OPEC_PEC_TALLY_H
#define OPEC_PEC_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "pec/logged.h"

enum count {
    COUNT_ACCEPTED,           /* messages of our users */
    COUNT_ACCEPTED_BYTES,
    COUNT_NOT_ACCEPTED,       /* formal exceptions (3.1.2) */
    COUNT_NOT_ACCEPTED_VIRUS, /* 3.1.3 */
    COUNT_ENVELOPES,          /* correct transport envelopes that came; of a mailbox, those taken in charge for it */
    COUNT_ENVELOPE_BYTES,     /* the same */
    COUNT_DELIVERIES,         /* a mailbox took a certified message */
    COUNT_NON_DELIVERIES,     /* notices of non-delivery that we issued, virus ones among them */
    COUNT_FIRST_NOTICES,      /* 3.1.6 */
    COUNT_SECOND_NOTICES,
    COUNT_VIRUSES,            /* infected messages that were kept (2.2.4) */
    COUNT_ORDINARY,           /* messages that came and are not certified; of a mailbox, those that it took */
    COUNT_COUNT,
};

extern const char *const count_names[COUNT_COUNT]; /* "accepted", "accepted_bytes", ... */

struct tally_row {
    char *name; /* a day "2026-11-24", or a mailbox in lower case */
    uint64_t of[COUNT_COUNT];
    struct tally_row *next; /* of the table */
};

/* Rows by their names. */
struct tally {
    struct tally_row **slots;
    size_t capacity, count;
};

/* Count an event on its day, and on the mailboxes of ours that it is about. ERROR_MEMORY. */
int tally_event(struct tally *days, struct tally *mailboxes, const struct logged *l);

/* Its rows in the order of their names; to be freed (the array alone). NULL without memory; never for an empty tally. */
struct tally_row **tally_sorted(const struct tally *t);

void tally_free(struct tally *t);

#endif

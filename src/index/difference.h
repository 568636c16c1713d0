/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What an update of the index changes, record by record and domain by domain.
 */
#ifndef OPEC_INDEX_DIFFERENCE_H
#define OPEC_INDEX_DIFFERENCE_H

#include <stdbool.h>

#include "base/error.h"
#include "index/index.h"

struct index_change {
    char sign;              /* '+' new, '-' gone, '~' the record's certificates or mailReceipt are others */
    struct slice provider;  /* providerName */
    struct slice unit;      /* of a secondary environment, or empty */
    struct slice domain;    /* empty: the change is of the record itself */
};

/* Call `found` for each change from `before` (NULL: an empty index) to `after`: records in the order of their names, each followed by
 * its domains in alphabetical order. Of a record that is new or gone its domains are told too. ERROR_MEMORY. */
int index_difference(const struct index *before, const struct index *after, void (*found)(void *arg, const struct index_change *change),
                     void *arg, struct error *e);

/* Are more domains of `before` gone in `after` than is to be believed: more than `max_shrink` percent? */
bool index_has_shrunk(const struct index *before, const struct index *after, unsigned max_shrink);

#endif

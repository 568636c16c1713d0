/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Many addresses to look up many others in: ten thousand recipients against a To field of twenty thousand take no time to speak of.
 */
#ifndef OPEC_PEC_ADDRESS_SET_H
#define OPEC_PEC_ADDRESS_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "mime/address.h"

struct address_set {
    const char **sorted; /* they belong to the list */
    size_t count;
};

/* The addresses of a list. ERROR_BUDGET. */
int address_set_make(const struct address_list *list, struct arena *arena, struct address_set *out);

/* Is it among them, as address_same compares? */
bool address_set_has(const struct address_set *set, const char *address);

#endif

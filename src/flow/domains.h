/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The domains that are ours: those of the configuration and those of the store.
 */
#ifndef OPEC_FLOW_DOMAINS_H
#define OPEC_FLOW_DOMAINS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

struct domains;

/* From two lists of names in lower case; copies are made. NULL without memory. */
struct domains *domains_new(const char *const *configured, size_t configured_count, const char *const *stored, size_t stored_count);
void domains_free(struct domains **domains);

/* Is the domain ours (case does not count)? */
bool domains_has(const struct domains *domains, struct slice domain);

/* Is the address of a domain of ours? */
bool domains_is_home(const struct domains *domains, const char *address);

#endif

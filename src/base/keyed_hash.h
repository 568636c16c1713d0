/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * SipHash-2-4 (Aumasson and Bernstein, 2012): a hash whose collisions cannot be prepared without its key. The names in the index
 * are chosen by many hands; none of them can make look-ups slow.
 */
#ifndef OPEC_BASE_KEYED_HASH_H
#define OPEC_BASE_KEYED_HASH_H

#include <stdint.h>

#include "base/slice.h"

struct hash_key {
    uint64_t low, high; /* bytes 0 to 7 and 8 to 15 of the key, the first byte lowest */
};

uint64_t keyed_hash(struct hash_key key, struct slice s);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Envelope ids that only we can make: what is in a bounce's Original-Envelope-Id says which transaction it is about, and that it was
 * ours (design, decided points).
 *
 *     opec-t-<number, 16 hex>-<tag, 32 hex>
 */
#ifndef OPEC_FLOW_TAG_H
#define OPEC_FLOW_TAG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/slice.h"
#include "flow/journal.h"

enum tag_kind { TAG_TRANSACTION, TAG_RECEIPT };

enum { TAG_SIZE = 64 };

/* ERROR_MEMORY. */
int tag_write(const unsigned char key[TAG_KEY_SIZE], enum tag_kind kind, uint64_t number, char out[TAG_SIZE]);

/* False unless it is of our making. */
bool tag_read(const unsigned char key[TAG_KEY_SIZE], struct slice envid, enum tag_kind *out_kind, uint64_t *out_number);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a delivery status report: every recipient that is found has an address and a status.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mime/address.h"
#include "pec/bounce.h"

enum { BUDGET = 64 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(BUDGET);
    struct bounce b;

    if (arena && bounce_read((struct slice){ (const char *)data, size }, arena, &b) == 0) {
        for (size_t i = 0; b.envid && i < b.recipient_count; i++) {
            const struct bounced *r = &b.recipients[i];

            if (!address_valid(slice_of(r->address)) || strlen(r->status) < strlen("5.0.0") || strpbrk(r->diagnostic, "\r\n"))
                abort();
        }
    }
    arena_free(&arena);
    return 0;
}

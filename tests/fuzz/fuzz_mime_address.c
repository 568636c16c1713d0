/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a list of addresses: what is found has a local part and a domain, and is found again when read alone.
 */
#include <stdint.h>
#include <stdlib.h>

#include "mime/address.h"

enum { BUDGET = 16 * 1024 * 1024 };

static void check(const char *text, struct arena *arena)
{
    struct slice address = slice_of(text);
    struct address_list alone;

    if (address_list_read(address, arena, &alone) != 0)
        return; /* no budget */
    if (alone.fault || alone.count != 1 || !slice_is(address, alone.items[0].address))
        abort();
    if (address_domain(address).size == 0 || !address_same(address, address))
        abort();
    (void)address_valid(address);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice value = { (const char *)data, size };
    struct arena *arena = arena_new(BUDGET);
    struct address_list list;

    (void)address_valid(value);
    if (arena && address_list_read(value, arena, &list) == 0)
        for (size_t i = 0; i < list.count; i++)
            check(list.items[i].address, arena);
    arena_free(&arena);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as an address list: every address found is one, save for its length and for tabs in quotes, and is found again in
 * a list of it alone. (Not if it begins like an encoded word: one may come about where a domain literal loses its blanks.)
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mime/address.h"

enum { BUDGET = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct slice address, struct arena *arena)
{
    struct address_list again;
    bool tab = memchr(address.data, '\t', address.size) != NULL;

    if (!tab && address.size <= 64 && !address_valid(address))
        abort();
    if (!address_same(address, address) || address_domain(address).size == 0)
        abort();
    if (!slice_starts_nocase(address, "=?") && address_list_read(address, arena, &again) == 0
        && (again.fault || again.count != 1 || !slice_is(address, again.items[0].address)))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice value = { (const char *)data, size };
    struct arena *arena = arena_new(BUDGET);
    struct address_list list;

    (void)address_valid(value);
    if (arena && address_list_read(value, arena, &list) == 0)
        for (size_t i = 0; i < list.count; i++)
            check(slice_of(list.items[i].address), arena);
    arena_free(&arena);
    return 0;
}

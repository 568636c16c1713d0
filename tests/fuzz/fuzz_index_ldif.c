/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any text as LDIF, and every record of it as a provider's: read or refused, within the budget.
 */
#include <stdint.h>

#include "index/ldif.h"
#include "index/provider.h"

enum { BUDGET = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(BUDGET);
    struct ldif ldif = ldif_reader((struct slice){ (const char *)data, size }, "input", arena);
    struct ldif_record record;
    struct provider provider;
    struct error e;

    while (arena && ldif_next(&ldif, &record, &e) == 0)
        if (provider_is(&record))
            (void)provider_read(&ldif, &record, &provider, &e);
    arena_free(&arena);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a field's text: what is decoded is UTF-8, and comes back from its encoded words as it was.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/text.h"
#include "mime/word.h"

enum { BUDGET = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(BUDGET);
    char *text = arena ? words_decode((struct slice){ (const char *)data, size }, arena) : NULL, *encoded, *again;

    if (text) {
        if (!utf8_valid(slice_of(text)))
            abort();
        encoded = words_encode(slice_of(text), size % 90, arena);
        again = encoded ? words_decode(slice_of(encoded), arena) : NULL;
        if (again && !slice_is(slice_of(again), text))
            abort();
    }
    arena_free(&arena);
    return 0;
}

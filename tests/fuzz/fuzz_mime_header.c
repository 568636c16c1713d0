/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a header: all of them stay in its slices, and each field's value can be read as text.
 */
#include <stdint.h>
#include <stdlib.h>

#include "mime/header.h"

enum { BUDGET = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(BUDGET);
    struct slice body;
    struct header h;

    if (arena && header_split((struct slice){ (const char *)data, size }, arena, &h, &body) == 0) {
        size_t gone = size - h.raw.size - body.size;

        if (gone != 0 && gone != 2)
            abort();
        for (size_t i = 0; i < h.count; i++)
            (void)field_text(&h.fields[i], arena);
        (void)header_count(&h, "Subject");
    }
    arena_free(&arena);
    return 0;
}

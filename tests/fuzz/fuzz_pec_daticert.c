/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as daticert.xml. What was read is written and read again: it is the same to the byte.
 */
#include <stdint.h>
#include <stdlib.h>

#include "pec/daticert.h"

enum { BUDGET = 64 * 1024 * 1024 };

static struct slice written(const struct certification *c, struct arena *arena)
{
    struct rope out = rope_new(arena);

    daticert_write(c, &out);
    return rope_flat(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(BUDGET);
    struct certification c, again;
    struct error e;

    if (arena && daticert_read((struct slice){ (const char *)data, size }, arena, &c, &e) == 0) {
        struct slice first = written(&c, arena);

        if (daticert_read(first, arena, &again, &e) != 0 || !slice_equal(first, written(&again, arena)))
            abort();
    }
    arena_free(&arena);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a message: every part lies within the one around it and behind the one before it, and can be decoded.
 */
#include <stdint.h>
#include <stdlib.h>

#include "mime/part.h"

enum { BUDGET = 64 * 1024 * 1024 };

static void check(const struct part *p, struct arena *arena)
{
    const char *end = p->raw.data + p->raw.size, *at = p->body.data;
    struct slice decoded;

    if (p->body.data < p->raw.data || p->body.data + p->body.size != end || p->header.raw.size > p->raw.size)
        abort();
    (void)part_decode(p, arena, &decoded);
    for (size_t i = 0; i < p->child_count; i++) {
        const struct part *child = &p->children[i];

        if (child->raw.data < at || child->raw.data + child->raw.size > end)
            abort();
        at = child->raw.data + child->raw.size;
        check(child, arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(BUDGET);
    struct part p;

    if (arena && part_read((struct slice){ (const char *)data, size }, &part_limits_default, arena, &p) == 0)
        check(&p, arena);
    arena_free(&arena);
    return 0;
}

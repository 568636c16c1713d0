/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as an entity: each part's header and body lie within its bytes, and the parts, one behind the other, within those
 * of the multipart.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/text.h"
#include "mime/part.h"

enum { BUDGET = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct part *p, struct arena *arena)
{
    const char *at = p->raw.data, *end = at + p->raw.size;
    struct slice decoded;

    if (p->header.raw.data != at || p->body.data < at + p->header.raw.size || p->body.data + p->body.size != end)
        abort();
    if (!p->type || (p->name && !utf8_valid(slice_of(p->name))))
        abort();
    if (part_decode(p, arena, &decoded) == 0 && decoded.size > p->body.size)
        abort();
    for (size_t i = 0; i < p->header.count; i++)
        (void)field_text(&p->header.fields[i], arena);
    for (size_t i = 0; i < p->child_count; i++) {
        const struct slice *child = &p->children[i].raw;

        if (child->data <= at || child->data + child->size > end)
            abort();
        at = child->data + child->size;
        check(&p->children[i], arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(BUDGET);
    struct part p;

    if (arena && part_read((struct slice){ (const char *)data, size }, &part_limits_default, arena, &p) == 0)
        check(&p, arena);
    arena_free(&arena);
    return 0;
}

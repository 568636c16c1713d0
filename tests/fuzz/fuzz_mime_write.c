/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as a body to be written: base64 gives them back; quoted-printable keeps its lines short and safe.
 */
#include <stdint.h>
#include <stdlib.h>

#include "mime/encoding.h"
#include "mime/line.h"
#include "mime/write.h"

enum { BUDGET = 16 * 1024 * 1024, COLUMNS = 76 };

static void check_base64(struct slice bytes, struct arena *arena)
{
    struct rope r = rope_new(arena);
    struct slice encoded;
    char *out;

    write_base64(&r, bytes, COLUMNS);
    encoded = rope_flat(&r);
    out = arena_alloc(arena, mime_base64_room(encoded.size));
    if (rope_ok(&r) && out && !slice_equal((struct slice){ out, mime_decode_base64(encoded, out) }, bytes))
        abort();
}

static void check_quoted_printable(struct slice bytes, struct arena *arena)
{
    struct rope r = rope_new(arena);
    struct slice rest, line;

    write_quoted_printable(&r, bytes);
    for (rest = rope_flat(&r); line_next(&rest, &line);) {
        line = line_content(line);
        if (line.size > COLUMNS || (line.size && (line.data[0] == '.' || line_is_blank(line.data[line.size - 1]))))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = { (const char *)data, size };
    struct arena *arena = arena_new(BUDGET);

    if (arena) {
        check_base64(bytes, arena);
        check_quoted_printable(bytes, arena);
        (void)write_quoted(bytes, arena);
    }
    arena_free(&arena);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any bytes as the value of a field: decoded to valid UTF-8. That text, encoded, has lines that may be sent and decodes to
 * itself.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "mime/line.h"
#include "mime/word.h"

enum { BUDGET = 16 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lines(struct slice encoded, size_t column)
{
    struct slice line;

    if (!text_is_ascii(encoded))
        abort();
    for (; line_next(&encoded, &line); column = 0)
        if (column + line_content(line).size > LINE_MAX_OCTETS || memchr(line_content(line).data, '\n', line_content(line).size))
            abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(BUDGET);
    size_t name_size = size ? data[0] : 0;
    char *text = arena ? words_decode((struct slice){ (const char *)data, size }, arena) : NULL;
    char *encoded = text ? words_encode(slice_of(text), name_size, arena) : NULL;
    char *again = encoded ? words_decode(slice_of(encoded), arena) : NULL;

    if (text && !utf8_valid(slice_of(text)))
        abort();
    if (encoded)
        check_lines(slice_of(encoded), name_size);
    if (again && strcmp(again, text) != 0)
        abort();
    arena_free(&arena);
    return 0;
}

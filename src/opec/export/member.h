/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Reading the members of a ZIP that anybody may have made: in bounded memory, and no byte that is not covered by its checksum.
 *
 * What is wrong with the ZIP is ERROR_CORRUPT, and its words begin with the member (and the line).
 */
#ifndef OPEC_OPEC_EXPORT_MEMBER_H
#define OPEC_OPEC_EXPORT_MEMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <zip.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

/* A member while it is read. */
struct member {
    const char *name;
    zip_file_t *file;
    struct buffer buffer;
    size_t searched; /* bytes of the buffer that have no LF */
    bool at_end;
    uint64_t line; /* number of the last line given, from 1 */
};

/* ERROR_CORRUPT if there is none, unless `is_optional`: then it is empty. ERROR_MEMORY. `name` must live as long. */
int member_open(zip_t *zip, const char *name, bool is_optional, struct member *out, struct error *e);
void member_close(struct member *m);

/* The next line, with its LF, valid until the next call; empty at the end. A line without an end, or beyond LEDGER_LINE_MAX, is refused. */
int member_next(struct member *m, struct slice *out_line, struct error *e);

/* Does this stand next in the member? It is passed over. */
int member_expect(struct member *m, struct slice text, struct error *e);

/* Does it end here? */
int member_expect_end(struct member *m, struct error *e);

/* The whole of a member in the arena, at most `maximum` bytes. */
int member_load(zip_t *zip, const char *name, size_t maximum, struct arena *arena, struct slice *out, struct error *e);

#endif

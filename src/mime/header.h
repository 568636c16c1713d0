/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The header section of a message, read without changing a byte (RFC 5322 2.2).
 *
 * Names, values and raw lines are slices of the message. Lines end with CRLF; who has a file with bare LF converts it first.
 */
#ifndef OPEC_MIME_HEADER_H
#define OPEC_MIME_HEADER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"

struct field {
    struct slice name;  /* without blanks before the colon */
    struct slice value; /* behind the colon, still folded, without the last line end */
    struct slice raw;   /* the whole field, last line end included */
};

struct header {
    struct field *fields;
    size_t count;
    struct slice raw;       /* all lines of the section, without the empty line that ends it */
    struct slice malformed; /* the first line (and those that continue it) that is no field; empty if there is none */
};

enum { HEADER_FIELDS_MAX = 4000 };

/* Split an entity into header and body (what follows the empty line; empty if there is none). A line that is no field ends up
 * in out->malformed, and reading goes on. ERROR_LIMIT above HEADER_FIELDS_MAX fields, ERROR_BUDGET. */
int header_split(struct slice entity, struct arena *arena, struct header *out, struct slice *out_body);

/* The first field of that name, in any case; NULL if there is none. */
const struct field *header_find(const struct header *h, const char *name);

/* The next one behind `after`; NULL if there is none. */
const struct field *header_next(const struct header *h, const struct field *after, const char *name);

size_t header_count(const struct header *h, const char *name);

/* The value in one line, without blanks at its ends: line ends of folding are taken out (RFC 5322 2.2.3), NULs become blanks.
 * Whatever bytes it has. NULL without budget. */
char *field_text(const struct field *f, struct arena *arena);

/* field_text of the first such field; *out is NULL if there is none. ERROR_BUDGET. */
int header_text(const struct header *h, const char *name, struct arena *arena, const char **out);

#endif

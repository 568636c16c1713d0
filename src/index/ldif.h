/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Content records of LDIF (RFC 2849), one after the other.
 *
 * Strict, with two allowances: the version line may be absent (RFC 6109 4.5.10 has none), and values may hold UTF-8 that is not
 * encoded (RFC 6109 4.5.6). Changes, controls and values by URL are refused: an index is data, and reading it fetches nothing.
 */
#ifndef OPEC_INDEX_LDIF_H
#define OPEC_INDEX_LDIF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

struct ldif_attribute {
    struct slice name;  /* without its options (";binary") */
    struct slice value; /* unfolded, base64 undone */
    size_t line;        /* where it begins, from 1 */
};

struct ldif_record {
    struct slice dn;
    size_t line;
    struct ldif_attribute *attributes;
    size_t count; /* at least one */
};

struct ldif {
    const char *name; /* of the text, for the words of an error */
    struct arena *arena;
    struct slice rest;
    size_t line;  /* of the last line taken off `rest` */
    bool started; /* the version line can no longer come */
};

/* A reader of `text`, which outlives what is read: values are slices of it where they stand there as they are, else copies in
 * the arena. */
struct ldif ldif_reader(struct slice text, const char *name, struct arena *arena);

/* The next record. ERROR_NOT_FOUND at the end (without words), ERROR_SYNTAX, ERROR_BUDGET. */
int ldif_next(struct ldif *ldif, struct ldif_record *out, struct error *e);

/* Words for a fault in a line: "NAME:LINE: what is wrong". Returns ERROR_SYNTAX. */
int ldif_fault(const struct ldif *ldif, size_t line, struct error *e, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif

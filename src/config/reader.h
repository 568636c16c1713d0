/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a configuration file gives for each key, and on which line: libConfuse, called with the table of schema.h.
 *
 * Values are not judged here. A key or section that does not exist is a fault and is passed over; a fault of the syntax ends the
 * reading.
 */
#ifndef OPEC_CONFIG_READER_H
#define OPEC_CONFIG_READER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"
#include "config/faults.h"
#include "config/schema.h"
#include "config/source.h"

struct given_value {
    const char *text;
    unsigned line;
};

/* What stands there for one key. */
struct given {
    struct given_value *values; /* one, or the elements of a list */
    size_t count, capacity;
    unsigned line;  /* of the first value; 0 if the key is not there, or is an empty list */
    unsigned again; /* where it is set once more, else 0 */
};

struct reading {
    struct source source;
    struct given keys[SCHEMA_ROWS_MAX]; /* by the row of the table */
    bool broken;                        /* the file was not read to its end */
};

/* Read the text. ERROR_MEMORY; faults are no failure. All that is given lives in the arena of the faults. A text longer than
 * SCHEMA_TEXT_MAX is cut to one byte more than that. */
int reader_read(struct reading *r, struct slice text, struct faults *faults);

/* The line on which a section begins first, 0 if it is not there. */
unsigned reader_section_line(const struct reading *r, const char *section);

#endif

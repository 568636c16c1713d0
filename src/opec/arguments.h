/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The words behind a verb: options and the rest.
 */
#ifndef OPEC_OPEC_ARGUMENTS_H
#define OPEC_OPEC_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

struct argument_option {
    const char *name; /* "--ca" */
    bool takes_value;
    bool is_given;
    const char *value; /* NULL if it is not given, or takes none */
};

struct arguments {
    struct argument_option *options;
    size_t option_count;
    const char **words; /* what is no option, in its order: moved together at the front of what was read */
    size_t word_count;
};

/* Sort `words` into `a`, whose options the caller has named. Options stand anywhere; a value follows as the next word or behind "=".
 * What follows "--" is no option, and "-" alone is none. False, with a line on stderr, for an option that is unknown, given twice or
 * without its value. */
bool arguments_read(struct arguments *a, const char **words, size_t count);

/* The value of an option by its name; NULL if it is not given. */
const char *arguments_value(const struct arguments *a, const char *name);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The values of Content-Type and Content-Disposition (RFC 2045 5.1, RFC 2183): a first word and parameters.
 *
 * Read with patience, since nothing of law hangs on them: comments are passed over, an unquoted value may hold blanks, what
 * has no form is left out.
 */
#ifndef OPEC_MIME_PARAMETER_H
#define OPEC_MIME_PARAMETER_H

#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"

/* A parameter as it stands: "filename*0" has its section and asterisk in the name. */
struct parameter {
    struct slice name;
    struct slice raw; /* with its quotes */
};

struct parameters {
    struct parameter *items;
    size_t count;
};

enum { PARAMETERS_MAX = 1000 };

/* The word at the front of a value and, if "/" follows, the word behind it; each is empty if it is not there. */
void parameters_first_words(struct slice value, struct slice *out_word, struct slice *out_second);

/* All that follows a semicolon and has the form name=value. ERROR_LIMIT, ERROR_BUDGET. */
int parameters_read(struct slice value, struct arena *arena, struct parameters *out);

/* The value of a parameter, *out NULL if it is absent: quotes off, sections joined (RFC 2231 3). If it is extended (RFC 2231 4)
 * it is decoded to UTF-8, else it has whatever bytes stand there. The extended form goes before sections, and both before the
 * plain one. ERROR_BUDGET. */
int parameters_text(const struct parameters *p, const char *name, struct arena *arena, const char **out);

/* The same in UTF-8 whatever its form: encoded words are decoded as well (RFC 2231 does not allow them; mailers write them). */
int parameters_utf8(const struct parameters *p, const char *name, struct arena *arena, const char **out);

#endif

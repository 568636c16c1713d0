/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The text of a configuration file, made fit for libConfuse.
 *
 * libConfuse 3.3 loses count of the lines at every comment, takes the end of the file for a missing brace, substitutes
 * environment variables and may print to the standard output. So it gets a copy in which comments are blank, and never sees a text
 * that its scanner would stumble over. The syntax stays its own; what this file knows of it is the words, the marks and the
 * comments:
 *
 *     word     a run of bytes other than blanks, # " ' = { } ( ) + , *
 *     text     "..." with the escapes \\ \" \$, or '...' with \\ \'; both end on their line
 *     comment  # or // up to the end of the line, or from slash-asterisk to asterisk-slash
 */
#ifndef OPEC_CONFIG_SOURCE_H
#define OPEC_CONFIG_SOURCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/slice.h"
#include "config/faults.h"

enum { SOURCE_SECTIONS_MAX = 100 };

/* Where a section begins. Its name and title are those of the text without quotes; the title is empty if there is none. */
struct source_section {
    struct slice name, title;
    unsigned line;
};

struct source {
    char *text; /* NUL-terminated, of the same length and lines as the file */
    size_t size;
    unsigned last_line;
    unsigned open_line; /* of the first brace that is never closed, else 0 */
    struct source_section sections[SOURCE_SECTIONS_MAX];
    size_t section_count;
};

/* Make the copy, in the arena of the faults. False, and at least one fault, if libConfuse must not see it. */
bool source_open(struct source *s, struct slice text, struct faults *faults);

/* Blank the statement that begins with the word `name` on a line, KEY = VALUE or SECTION { ... }, so that the rest can be read.
 * False if there is no whole statement. */
bool source_drop(struct source *s, unsigned line, const char *name);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `account add` and `account set` are asked to write.
 */
#ifndef OPEC_OPEC_ACCOUNT_OPTIONS_H
#define OPEC_OPEC_ACCOUNT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

struct account_options {
    const char *address;       /* as it was given */
    const char *password_hash; /* NULL: not given */
    bool password_stdin;
    int64_t quota;             /* bytes, 0 without limit; -1: not given */
    bool has_active, active;
};

enum { ACCOUNT_WORDS_MAX = 8 }; /* an address, four options, three values */

/* ADDRESS and its options. ERROR_SYNTAX with words; without words (e->text "") when the usage is what must be said. */
int account_options_read(const char **words, size_t count, struct account_options *out, struct error *e);

/* A name in lower case, checked: an address of ours, a domain. Made in the arena. ERROR_SYNTAX, ERROR_BUDGET. */
int account_address(const char *given, struct arena *arena, const char **out, struct error *e);
int account_domain(const char *given, struct arena *arena, const char **out, struct error *e);

#endif

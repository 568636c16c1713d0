/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of this room share: a small configuration that is good, changes to it, and what was said about it.
 */
#ifndef TEST_CONFIG_GIVEN_H
#define TEST_CONFIG_GIVEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "config/config.h"

#define GOOD                                                 \
    "provider {\n"                                           \
    "    name = \"Alfa\"\n"                                  \
    "    domains = { \"alfa.example\" }\n"                   \
    "    address = \"pec@alfa.example\"\n"                   \
    "    service_mailbox = \"mb@alfa.example\"\n"            \
    "    hostname = \"mail.alfa.example\"\n"                 \
    "}\n"                                                    \
    "signer { certificate = \"/c.pem\" key = \"/k.pem\" }\n" \
    "trust { ca = \"/ca.pem\" }\n"

enum { GOOD_LINES = 9 };

/* All that was said, a line each. */
struct said {
    char text[60000];
    size_t count;
};

static inline void hear(void *arg, const char *words)
{
    struct said *said = arg;
    size_t n = strlen(said->text);

    snprintf(said->text + n, sizeof said->text - n, "%s\n", words);
    said->count++;
}

/* config_read of a text that lives as long as the arena. */
static inline int give(struct slice text, struct arena *arena, const struct config **out, struct said *said)
{
    *said = (struct said){ .count = 0 };
    return config_read(text, "a.conf", arena, out, hear, said);
}

/* The good configuration with a text behind it must be refused with these words, and nothing else. */
static inline void expect_fault(const char *name, const char *more, const char *words)
{
    struct arena *arena = arena_new(1000000);
    const struct config *config = NULL;
    static struct said said;
    char *text = arena_printf(arena, GOOD "%s", more);
    int result = give(slice_of(text), arena, &config, &said);

    if (result != ERROR_CONFIG || config || said.count != 1 || !strstr(said.text, words))
        fail_msg("%s: %d, %s", name, result, said.text);
    arena_free(&arena);
}

/* It must be good. */
static inline const struct config *expect_good(const char *name, const char *more, struct arena *arena)
{
    const struct config *config = NULL;
    static struct said said;
    char *text = arena_printf(arena, GOOD "%s", more);

    if (give(slice_of(text), arena, &config, &said) != 0 || said.count != 0)
        fail_msg("%s: %s", name, said.text);
    return config;
}

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Any text as a configuration: every fault is one line that begins with the file, what is read without a fault is whole, and a good
 * text can be read after it (libConfuse keeps its scanner in globals).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char good[] = "provider { name = n domains = { a.it } address = p@a.it service_mailbox = s@a.it hostname = h.a.it }"
                           "signer { certificate = /c key = /k } trust { ca = /ca }";

static void check_words(void *arg, const char *words)
{
    (void)arg;
    if (strncmp(words, "x.conf:", 7) != 0 || strchr(words, '\n'))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(4000000);
    const struct config *config = NULL;

    if (arena && config_read((struct slice){ (const char *)data, size }, "x.conf", arena, &config, check_words, NULL) == 0) {
        config_warnings(config, check_words, NULL);
        if (config->provider.domain_count == 0 || !config->provider.address[0] || config->daemon.workers == 0)
            abort();
    }
    if (arena)
        arena_reset(arena);
    if (arena && config_read(SLICE(good), "x.conf", arena, &config, check_words, NULL) != 0)
        abort();
    arena_free(&arena);
    return 0;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/random.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/text.h"

void random_bytes(void *out, size_t size)
{
    unsigned char *at = out;

    while (size) {
        ssize_t n = getrandom(at, size, 0);

        if (n < 0 && errno != EINTR)
            abort();
        if (n > 0) {
            at += n;
            size -= (size_t)n;
        }
    }
}

void random_hex(char *out, size_t bytes)
{
    unsigned char raw[32];

    if (bytes > sizeof raw)
        abort();
    random_bytes(raw, bytes);
    hex_write((struct slice){ (const char *)raw, bytes }, out);
}

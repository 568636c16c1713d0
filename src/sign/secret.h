/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bytes that nobody else may see: a PIN, the PEM text of a private key. They are read without a stream whose buffer would keep
 * a copy, and wiped when they are done with.
 */
#ifndef OPEC_SIGN_SECRET_H
#define OPEC_SIGN_SECRET_H

#include <stddef.h>

#include "base/error.h"

enum { SECRET_MAX = 64 * 1024 };

struct secret {
    unsigned char *bytes; /* a NUL stands behind them */
    size_t size;
};

/* The whole file, at most SECRET_MAX - 1 bytes. ERROR_CONFIG if it cannot be read, is longer or empty; the words name the path,
 * never the content. */
int secret_read(const char *path, struct secret *out, struct error *e);

/* Keep the first line only, without its line end. */
void secret_cut_line(struct secret *s);

/* Wipe and free; {NULL, 0} afterwards, and allowed before. */
void secret_wipe(struct secret *s);

#endif

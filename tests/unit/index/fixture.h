/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of the index share: records in LDIF, certificates that look like some, a folder for snapshots.
 */
#ifndef OPEC_TESTS_INDEX_FIXTURE_H
#define OPEC_TESTS_INDEX_FIXTURE_H

#include <stddef.h>

#include "base/rope.h"
#include "index/index.h"

enum { FIXTURE_DER_SIZE = 300, FIXTURE_LIST_MAX = 8, FIXTURE_PATH_SIZE = 256 };

/* A record of the directory; lists end with NULL and 0. */
struct fixture_provider {
    const char *name;
    const char *unit; /* NULL: the main environment */
    const char *mail_receipt;
    const char *domains[FIXTURE_LIST_MAX];
    unsigned certificates[FIXTURE_LIST_MAX]; /* numbers for fixture_certificate */
};

/* A SEQUENCE of DER whose bytes depend on the number. */
void fixture_certificate(unsigned number, unsigned char out[FIXTURE_DER_SIZE]);

/* Its SHA-1, and the same in capital hexadecimal. */
void fixture_hash(unsigned number, unsigned char out[INDEX_HASH_SIZE]);
void fixture_hash_text(unsigned number, char out[2 * INDEX_HASH_SIZE + 1]);

/* The lines for one certificate: its hash and its value, folded. */
void fixture_write_certificate(struct rope *r, unsigned number);

/* Append the record and the empty line behind it. */
void fixture_write(struct rope *r, const struct fixture_provider *p);

/* A path in a new folder; fixture_remove removes both. */
void fixture_make_path(char out[FIXTURE_PATH_SIZE]);
void fixture_remove(const char *path);

#endif

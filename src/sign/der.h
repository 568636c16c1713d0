/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Writing DER (X.690) from its end to its beginning: a length stands before what it counts, and written backwards it is known
 * when its turn comes.
 *
 *     mark = der_mark(&w);
 *     der_put(&w, last);
 *     der_put(&w, first);
 *     der_wrap(&w, DER_SEQUENCE, mark);
 *
 * A writer remembers its first failure (no room); it is asked once, at the end: der_done().
 */
#ifndef OPEC_SIGN_DER_H
#define OPEC_SIGN_DER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/slice.h"

enum der_tag {
    DER_OCTET_STRING = 0x04,
    DER_UTC_TIME = 0x17,
    DER_GENERALIZED_TIME = 0x18,
    DER_SEQUENCE = 0x30,
    DER_SET = 0x31,
    DER_CONTEXT_0 = 0xA0, /* [0], constructed */
};

/* More than any head (tag and length) takes. */
enum { DER_HEAD_MAX = 10 };

struct der_writer {
    char *memory;
    char *at; /* the byte written last */
    size_t size;
    bool failed;
};

/* A writer that fills `memory` from its end. */
struct der_writer der_new(char *memory, size_t size);

void der_put(struct der_writer *w, struct slice s);

/* A place to wrap from: all that is written after it. */
size_t der_mark(const struct der_writer *w);
void der_wrap(struct der_writer *w, enum der_tag tag, size_t mark);

/* What has been written since a mark. */
struct slice der_since(const struct der_writer *w, size_t mark);

/* All that has been written; false if there was no room for it. */
bool der_done(const struct der_writer *w, struct slice *out);

#endif

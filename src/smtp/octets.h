/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the octets of a message are, found at the speed of memory: the session is the one place that touches each of them, so
 * there is no step for a byte in it, only loops over blocks that the compiler turns into vector instructions.
 */
#ifndef OPEC_SMTP_OCTETS_H
#define OPEC_SMTP_OCTETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* What was seen so far. All zero before the first byte. */
struct octets {
    uint64_t size;
    bool bare_cr;   /* a CR without LF behind it; one at the very end does not count yet */
    bool bare_lf;   /* a LF without CR before it */
    bool nul;
    bool eight_bit;
    bool long_line; /* more than 998 octets and CRLF (RFC 5322 2.1.1); measured from LF to LF */
    /* At the end of what was seen. */
    bool after_cr;
    size_t line;    /* octets since the last LF; not counted on after a long line */
};

/* See the next bytes. How they are cut makes no difference. */
void octets_see(struct octets *o, struct slice s);

/* The position of the first "." that stands behind a LF, or s.size. */
size_t octets_find_dot(struct slice s);

#endif

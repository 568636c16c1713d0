/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of this room share: text that is printed is caught, and looked through.
 */
#ifndef OPEC_TESTS_OPEC_PRINTED_H
#define OPEC_TESTS_OPEC_PRINTED_H

/* cmocka.h wants these first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

struct printed {
    FILE *out;
    char *text; /* after printed_end */
    size_t size;
};

static inline void printed_begin(struct printed *p)
{
    p->out = open_memstream(&p->text, &p->size);
    assert_non_null(p->out);
}

static inline void printed_end(struct printed *p)
{
    assert_int_equal(fclose(p->out), 0);
}

/* `wanted` stands in `text`; the failure shows both. */
static inline void assert_has(const char *text, const char *wanted)
{
    if (!text || !strstr(text, wanted))
        fail_msg("\"%s\" is not in:\n%s", wanted, text ? text : "(nothing)");
}

static inline void assert_lacks(const char *text, const char *unwanted)
{
    if (!text || strstr(text, unwanted))
        fail_msg("\"%s\" is in:\n%s", unwanted, text ? text : "(nothing)");
}

#endif

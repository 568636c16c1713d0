/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A ledger of nine lines in three files, to be tampered with and verified. What fails here ends the test.
 */
#ifndef OPEC_TESTS_LEDGER_NINE_H
#define OPEC_TESTS_LEDGER_NINE_H

#include "base/buffer.h"
#include "fixture.h"
#include "ledger/name.h"
#include "ledger/verify.h"

/* Lines 1-3 and 4-6 sealed, 7-9 open. fixture_end(&n.f) ends it. */
struct nine {
    struct fixture f;
    struct ledger_head head;
    char log[3][LEDGER_NAME_SIZE], manifest[2][LEDGER_NAME_SIZE];
};

void nine_begin(struct nine *n);

/* What ledger_verify says; `with_head`: it is given the head that the store knows. */
struct ledger_report nine_verify_since(const struct nine *n, bool with_head, int64_t kept_since);
struct ledger_report nine_verify(const struct nine *n, bool with_head);

/* The fault is "FILE:LINE: HOW..."; "" for none. */
void nine_expect(const struct nine *n, bool with_head, const char *file, unsigned line, const char *how);

/* --- touching files by lines ------------------------------------------------------------------------------------------------ */

enum { LINES_MAX = 16 };

/* The lines of a file; written back, they are freed. */
struct lines {
    char *data;
    struct slice line[LINES_MAX];
    size_t count;
};

struct lines nine_read_lines(const struct nine *n, const char *name);
void nine_write_lines(const struct nine *n, const char *name, struct lines *lines);

#endif

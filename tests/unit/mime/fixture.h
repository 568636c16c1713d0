/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of this room share: an arena for each test, inputs that end where their memory ends, long texts.
 */
#ifndef OPEC_TEST_MIME_FIXTURE_H
#define OPEC_TEST_MIME_FIXTURE_H

/* cmocka.h wants these first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/rope.h"
#include "base/slice.h"

enum { FIXTURE_BUDGET = 256 * 1024 * 1024 };

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* *state is a `struct arena *`. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* A copy in memory of its own and of just that size, so that the sanitizer sees a step beyond. Free it. */
char *fixture_exact(struct slice s);

/* `count` times `piece`, in the arena. */
struct slice fixture_repeat(struct arena *arena, const char *piece, size_t count);

/* The parts one behind the other, in the arena. The list ends with NULL. */
struct slice fixture_join(struct arena *arena, const char *const *parts);

/* Fail, with the case's name in the output, unless the bytes are those of the text. */
void fixture_same(const char *name, struct slice got, struct slice wanted);

/* Seconds of processor time so far: for tests that work does not grow with the square of the input. Their limits are wide, since
 * valgrind runs them too; what grows with the square takes minutes. */
double fixture_seconds(void);

#endif

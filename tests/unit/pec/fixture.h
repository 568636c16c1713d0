/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of the law share: a fixed clock and provider, arrivals, messages of another provider, ways to say what is wrong.
 */
#ifndef OPEC_TEST_PEC_FIXTURE_H
#define OPEC_TEST_PEC_FIXTURE_H

/* cmocka.h wants these first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "pec/access.h"
#include "pec/certification.h"
#include "pec/message.h"

enum { FIXTURE_BUDGET = 256 * 1024 * 1024 };

/* 2026-01-15 and 2026-07-15, 10:30:00 UTC: 11:30:00 +0100 and 12:30:00 +0200 in Rome. */
#define FIXTURE_WINTER INT64_C(1768473000)
#define FIXTURE_SUMMER INT64_C(1784111400)

#define FIXTURE_SEED "0123456789abcdef"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Us, and another provider. */
extern const struct pec_provider fixture_provider, fixture_peer;

/* *state is a `struct arena *`; the zone is Europe/Rome. */
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* A transaction of mario@alfa.example to anna@beta.example (certified) and ugo@posta.example (external), in the arena. */
struct transaction fixture_transaction(struct arena *arena);

/* A message with `head` (fields with CRLF) and a body, in memory of just that size that lives as long as the arena. */
struct slice fixture_text(struct arena *arena, const char *text);

/* As the server hands it over; the recipients are separated by blanks. What it knows of the bytes is found by looking. */
struct arrival *fixture_arrival(struct arena *arena, const char *sender, const char *recipients, struct slice bytes);

/* An original of those bytes. */
struct original fixture_original(struct arena *arena, struct slice bytes);

/* A whole message of a provider, with a signature of a few bytes. */
struct slice fixture_seal(struct arena *arena, const struct pec_provider *provider, const struct transaction *about,
                          const struct pec_message *message, const struct original *original);

struct slice fixture_format(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* `count` times `piece`. */
struct slice fixture_repeat(struct arena *arena, const char *piece, size_t count);

/* A file of tests/unit/pec/data. */
struct slice fixture_file(struct arena *arena, const char *name);

/* Is the text in there? */
bool fixture_finds(struct slice where, const char *text);

/* Fail, with the case's name in the output, unless ... */
void fixture_same(const char *name, struct slice got, struct slice wanted);
void fixture_same_text(const char *name, const char *got, const char *wanted); /* either may be NULL */
void fixture_has(const char *name, struct slice where, const char *text);
void fixture_lacks(const char *name, struct slice where, const char *text);

/* 7-bit lines of at most 998 octets that end with CRLF, and no other CR, LF or NUL (4.3). */
void fixture_wholesome(const char *name, struct slice text);

/* Seconds of processor time so far. */
double fixture_seconds(void);

#endif

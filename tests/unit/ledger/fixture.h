/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the tests of the legal log share: a folder, ledgers of numbered events in it, and hands to touch its files.
 */
#ifndef OPEC_TESTS_LEDGER_FIXTURE_H
#define OPEC_TESTS_LEDGER_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "ledger/ledger.h"
#include "ledger/name.h"

enum { FIXTURE_DIR_SIZE = 200, FIXTURE_START = 1795497701 /* 2026-11-24T05:21:41Z */ };

struct fixture {
    char dir[FIXTURE_DIR_SIZE];
    struct ledger_settings settings;
};

/* A new empty folder. */
void fixture_begin(struct fixture *f);
/* Remove it with all that is in it. */
void fixture_end(struct fixture *f);

/* Open the ledger; `known` may be NULL for a new one. The test fails if it cannot be opened or (without out_damage) is damaged. */
struct ledger *fixture_open(const struct fixture *f, const struct ledger_head *known, struct error *out_damage);

/* Append the events FROM, FROM + 1, ... with ids of their own, a second apart. */
void fixture_append(struct ledger *ledger, unsigned from, unsigned count);

/* The same in a new ledger that is closed after every `per_file` lines (the last file stays open); its head. */
struct ledger_head fixture_fill(const struct fixture *f, unsigned count, unsigned per_file);

/* The name of the file whose first line has this number; false if there is none. */
bool fixture_name(const struct fixture *f, enum ledger_file_kind kind, uint64_t first, char out[LEDGER_NAME_SIZE]);

/* How many files of the ledger there are. */
size_t fixture_count(const struct fixture *f, enum ledger_file_kind kind);

/* A file's content (free its data), and another content for it. */
struct slice fixture_read(const struct fixture *f, const char *name);
void fixture_write(const struct fixture *f, const char *name, struct slice content);
void fixture_remove(const struct fixture *f, const char *name);
void fixture_rename(const struct fixture *f, const char *from, const char *to);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A day of a provider's traffic, and what its notices bring on the next: each event is the law's own (decisions, outcomes, lines of the
 * log), while the answers of servers, other providers and the antivirus are drawn by lot. What was drawn is kept in books of its own, so
 * that an audit of the log can be held against it.
 */
#ifndef OPEC_TEST_PEC_DAY_H
#define OPEC_TEST_PEC_DAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"
#include "pec/tally.h"

#define DAY_PROVIDER "Alfa PEC S.p.A."

/* Midnight of 2026-03-02 in Rome, and hours of the notices. */
enum { DAY_BEGINS = 1772406000, DAY_MINUTES = 50 * 60, DAY_FIRST = 12 * 3600, DAY_SECOND = 24 * 3600, DAY_USERS = 40, DAY_PARTS = 3 };

struct day_books {
    uint64_t days[DAY_PARTS][COUNT_COUNT];      /* 2026-03-02, -03, -04 */
    uint64_t mailboxes[DAY_USERS][COUNT_COUNT]; /* user0@alfa.example, ... */
    uint64_t transactions, recipients;          /* recipients that somebody must answer for */
    uint64_t ended;                             /* of them */
    uint64_t lines;
};

/* Let `messages` come in within 24 hours; `write` gets each line of the log, in time. Events of the minutes from `until` on do not take
 * place (DAY_MINUTES: all do). What goes wrong ends the program. */
void day_run(size_t messages, unsigned until, void (*write)(void *arg, struct slice line), void *arg, struct day_books *books);

#endif

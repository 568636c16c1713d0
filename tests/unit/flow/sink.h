/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands around the engine, each in a process of its own on a socket file: a mail system that takes SMTP, mailboxes that take LMTP,
 * and an antivirus. They keep what they are given, whatever becomes of the one who gave it.
 *
 * How a server answers hangs on the recipient's local part: `unknown...` 550 to RCPT, `full...` 452 to RCPT while is_full is set (LMTP),
 * `late...` the same (SMTP), `refusing...` 554 to the data (LMTP). Everything else is taken. The antivirus finds Test.Virus where a message has the word INFECTED.
 */
#ifndef OPEC_TESTS_FLOW_SINK_H
#define OPEC_TESTS_FLOW_SINK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/slice.h"

enum sink { SINK_RELAY, SINK_MAILBOXES, SINK_SCANNER, SINK_COUNT };

extern const char *const sink_names[SINK_COUNT]; /* of the socket files, too */

/* Read and set by the test as well. */
struct sink_board {
    _Atomic unsigned deliveries;   /* kept so far; a number is never used again */
    _Atomic unsigned transactions; /* likewise */
    _Atomic bool is_full;
    _Atomic bool is_blind; /* the antivirus finds nothing */
    _Atomic bool is_out[SINK_COUNT]; /* 421 to all that connect; the antivirus closes */
};

struct sinks {
    pid_t pids[SINK_COUNT];
    struct sink_board *board;
};

/* The sockets are made in `folder`, deliveries are kept in the folder `mail`, which may be emptied at any time. */
void sinks_start(struct sinks *s, const char *folder, const char *mail);
void sinks_end(struct sinks *s);

/* A message and one recipient. */
struct delivery {
    enum sink sink;
    unsigned transaction;
    const char *sender, *envid, *recipient; /* envid as it was sent, or "" */
    struct slice bytes;
};

/* What is in `mail`, in the order in which it came. */
struct delivery *sink_deliveries(const char *mail, struct arena *arena, size_t *out_count);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the processes know of each other at a glance: a page of shared memory with the state of each dependency, a slot for each
 * worker, a few switches and counters. Everything in it is a single atomic value; nobody waits for anybody.
 */
#ifndef OPEC_FLOW_BOARD_H
#define OPEC_FLOW_BOARD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "flow/phases.h"
#include "flow/signing_board.h"
#include "ledger/evidence.h"
#include "pec/plan.h"
#include "store/store.h"

/* What a message may need and not find. */
enum dependency { DEP_SIGNER, DEP_INDEX, DEP_ANTIVIRUS, DEP_STORE, DEP_RELAY, DEP_MAILBOXES, DEP_COUNT };

extern const char *const dependency_names[DEP_COUNT];

enum { BOARD_WORKERS_MAX = 512, BOARD_WORDS_SIZE = 160, DEPENDENCY_RETRY_MS = 5000 };

struct dependency_state {
    _Atomic int64_t out_since; /* seconds since 1970; 0: it answers, or was never asked */
    _Atomic bool has_answered; /* at least once */
    _Atomic int64_t ask_after; /* monotonic ms: it timed out and is not asked before; 0: ask */
    _Atomic uint64_t failures;
    char words[BOARD_WORDS_SIZE]; /* of the last failure; may be read while it changes */
};

enum worker_state { WORKER_ABSENT, WORKER_IDLE, WORKER_BUSY };

struct worker_slot {
    _Atomic int pid;
    _Atomic int state;
    _Atomic int point;            /* of the message in hand */
    _Atomic int64_t since;        /* monotonic ms of the state */
    _Atomic bool has_key;         /* `key` is that of the message in hand */
    _Atomic bool has_crashed;     /* the last worker here crashed over `key` (set by the master) */
    unsigned char key[STORE_KEY_SIZE];
    _Atomic bool uses[DEP_COUNT]; /* dependencies that it is waiting for */
    _Atomic uint64_t messages;
};

/* Closed files of the legal log that wait for a signature or a time stamp, as the scheduler saw them last. */
struct evidence_count {
    _Atomic bool is_wanted;
    _Atomic uint64_t waiting;
    _Atomic int64_t since; /* when the oldest of them was closed, seconds since 1970; 0 without any */
};

struct board {
    unsigned workers; /* slots in use; constant */
    _Atomic bool paused;            /* by hand: 421 */
    _Atomic bool suspends;          /* mode of `suspend`: 421 while a vital dependency is out */
    _Atomic bool stopping;
    _Atomic uint32_t index_generation; /* changes with each new snapshot */
    _Atomic uint32_t trust_generation; /* changes with each new set of CRLs */
    _Atomic uint64_t verdicts[VERDICT_COUNT];
    _Atomic uint64_t answers_2xx, answers_4xx, answers_5xx;
    _Atomic uint64_t crashes;
    _Atomic int64_t started; /* seconds since 1970 */
    struct dependency_state dependencies[DEP_COUNT];
    struct signing_board signing;
    struct evidence_count evidence[LEDGER_EVIDENCE_KINDS];
    struct phase_times phases[POINT_COUNT][PHASE_COUNT]; /* of all messages since the start */
    struct worker_slot slots[BOARD_WORKERS_MAX];
};

/* A board that children made by fork share. NULL without memory. */
struct board *board_new(unsigned workers);
void board_free(struct board **board);

/* About to ask a dependency, as worker number `slot`. ERROR_OUT when it timed out less than 5 s ago. No dependency may hold more than
 * half of the workers: when it does, a place is waited for, at most a second, then ERROR_OUT. */
int board_enter(struct board *b, enum dependency d, unsigned slot, struct error *e);

/* It was asked. `result` 0: it answers. ERROR_TIMEOUT: it is out for 5 s. Other failures that are its own: out, but may be asked. */
void board_leave(struct board *b, enum dependency d, unsigned slot, int result, const char *words);

/* The same without a worker's slot: for those who look whether it is back. */
void board_report(struct board *b, enum dependency d, int result, const char *words);

bool board_is_out(const struct board *b, enum dependency d);

/* In suspending mode: is one of the vital ones (signer, index, antivirus, store) out? */
bool board_is_suspended(const struct board *b);

/* A worker takes a message in hand, learns its key, and is done with it. */
void board_busy(struct board *b, unsigned slot, enum point point);
void board_key(struct board *b, unsigned slot, const unsigned char key[STORE_KEY_SIZE]);
void board_idle(struct board *b, unsigned slot);

/* The worker is gone; `crashed`: by a fault of its own. What it held is free, and the key of its message is kept for its successor. */
void board_absent(struct board *b, unsigned slot, bool crashed);

#endif

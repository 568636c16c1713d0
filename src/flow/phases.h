/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where a message's time goes. It is in one phase at each moment, and what a phase asks of another one (a signature while a message is made)
 * is that other one's time: the phases of a message add up to its total. Entering and leaving read the clock once each.
 */
#ifndef OPEC_FLOW_PHASES_H
#define OPEC_FLOW_PHASES_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/histogram.h"

enum phase {
    PHASE_RECEIVE, /* by the receiver, from MAIL to the end of the data */
    PHASE_WAIT,    /* until a worker has it */
    PHASE_PARSE,
    PHASE_SCAN,    /* asking the antivirus */
    PHASE_VERIFY,  /* the signature that came with it */
    PHASE_COMPOSE, /* messages of ours */
    PHASE_SIGN,    /* asking the signer */
    PHASE_STORE,   /* asking the keeper: store and legal log; the quarantine */
    PHASE_RELAY,   /* asking relay.smtp */
    PHASE_DELIVER, /* asking relay.lmtp */
    PHASE_OTHER,   /* what is between: deciding, mostly */
    PHASE_TOTAL,
    PHASE_COUNT,
};

extern const char *const phase_names[PHASE_COUNT];

struct phases {
    enum phase now;
    int64_t since_us;             /* monotonic: when the clock was last read */
    unsigned entered;             /* a bit for each phase */
    int64_t spent_us[PHASE_COUNT];
};

/* It is in a worker's hands now, in PHASE_OTHER. Before (monotonic microseconds): it began at `began_us` and was whole at `whole_us`; both 0
 * for what nobody sent. */
void phases_begin(struct phases *p, int64_t began_us, int64_t whole_us);

/* Enter a phase; the one that it was in until now, for phases_leave. */
enum phase phases_enter(struct phases *p, enum phase phase);
void phases_leave(struct phases *p, enum phase before);

/* The answer is known: the total is the sum of the phases. */
void phases_end(struct phases *p);

enum { PHASES_TEXT_SIZE = 400 };

/* The phases that were entered and the total: "receive=0.2ms parse=0.1ms total=0.3ms". Returns `out`. */
const char *phases_write(const struct phases *p, char out[PHASES_TEXT_SIZE]);

/* --- over many messages ------------------------------------------------------------------------------------------------------ */

/* Of a phase, microseconds; in shared memory, counted by all workers. */
struct phase_times {
    struct histogram taken;
    _Atomic uint64_t sum_us, longest_us;
};

/* Count a message that has ended: the phases that it entered, and its total. */
void phases_count(const struct phases *p, struct phase_times times[PHASE_COUNT]);

/* The bounds that times are told by: 0.25 ms and its doublings to 67 s. */
enum { PHASE_BOUNDS = 19 };
uint64_t phase_bound_us(size_t i);

#endif

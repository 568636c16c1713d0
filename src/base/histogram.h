/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How often something took how long: counts in fixed steps that grow by about a fifth each. Several processes may count into one
 * (it lives in shared memory), nobody waits, and it never grows.
 */
#ifndef OPEC_BASE_HISTOGRAM_H
#define OPEC_BASE_HISTOGRAM_H

#include <stdatomic.h>
#include <stdint.h>

enum { HISTOGRAM_STEPS = 4 /* in each doubling */, HISTOGRAM_DOUBLINGS = 30, HISTOGRAM_SIZE = HISTOGRAM_STEPS * HISTOGRAM_DOUBLINGS };

/* All zeros is an empty one. */
struct histogram {
    _Atomic uint64_t counts[HISTOGRAM_SIZE];
};

/* Count a value, of microseconds as a rule; what is beyond the last step counts there. */
void histogram_add(struct histogram *h, uint64_t value);

/* So many have been counted. */
uint64_t histogram_count(const struct histogram *h);

/* The value that `permille` of a thousand do not exceed (500: the median), rounded up to its step: at most a quarter too much, never
 * too little. 0 if there are none. */
uint64_t histogram_at(const struct histogram *h, unsigned permille);

/* So many are below a power of two (4 or more; beyond the last step nothing is told apart). */
uint64_t histogram_below(const struct histogram *h, uint64_t power_of_two);

void histogram_clear(struct histogram *h);

#endif

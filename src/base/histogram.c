/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/histogram.h"

#include <stddef.h>

/* Values below HISTOGRAM_STEPS have a step each; above, the two bits behind the highest one choose among the steps of its doubling. */
static size_t step_of(uint64_t value)
{
    unsigned highest, part;
    size_t step;

    if (value < HISTOGRAM_STEPS)
        return (size_t)value;
    highest = 63u - (unsigned)__builtin_clzll(value);
    part = (unsigned)(value >> (highest - 2)) & (HISTOGRAM_STEPS - 1);
    step = (size_t)(highest - 1) * HISTOGRAM_STEPS + part;
    return step < HISTOGRAM_SIZE ? step : HISTOGRAM_SIZE - 1;
}

/* The largest value of a step. */
static uint64_t top_of(size_t step)
{
    size_t doubling = step / HISTOGRAM_STEPS, part = step % HISTOGRAM_STEPS;

    if (step < HISTOGRAM_STEPS)
        return step;
    return ((uint64_t)(HISTOGRAM_STEPS + part + 1) << (doubling - 1)) - 1;
}

void histogram_add(struct histogram *h, uint64_t value)
{
    atomic_fetch_add_explicit(&h->counts[step_of(value)], 1, memory_order_relaxed);
}

uint64_t histogram_count(const struct histogram *h)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < HISTOGRAM_SIZE; i++)
        sum += atomic_load_explicit(&h->counts[i], memory_order_relaxed);
    return sum;
}

uint64_t histogram_at(const struct histogram *h, unsigned permille)
{
    uint64_t wanted = (histogram_count(h) * permille + 999) / 1000, seen = 0;

    if (wanted == 0)
        return 0;
    for (size_t i = 0; i < HISTOGRAM_SIZE; i++) {
        seen += atomic_load_explicit(&h->counts[i], memory_order_relaxed);
        if (seen >= wanted)
            return top_of(i);
    }
    return top_of(HISTOGRAM_SIZE - 1);
}

uint64_t histogram_below(const struct histogram *h, uint64_t power_of_two)
{
    size_t end = step_of(power_of_two);
    uint64_t sum = 0;

    for (size_t i = 0; i < end; i++)
        sum += atomic_load_explicit(&h->counts[i], memory_order_relaxed);
    return sum;
}

void histogram_clear(struct histogram *h)
{
    for (size_t i = 0; i < HISTOGRAM_SIZE; i++)
        atomic_store_explicit(&h->counts[i], 0, memory_order_relaxed);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/phases.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"

enum { FIRST_BOUND_US = 256 };

const char *const phase_names[PHASE_COUNT] = {
    [PHASE_RECEIVE] = "receive", [PHASE_WAIT] = "wait",   [PHASE_PARSE] = "parse", [PHASE_SCAN] = "scan",
    [PHASE_VERIFY] = "verify",   [PHASE_COMPOSE] = "compose", [PHASE_SIGN] = "sign", [PHASE_STORE] = "store",
    [PHASE_RELAY] = "relay",     [PHASE_DELIVER] = "deliver", [PHASE_OTHER] = "other", [PHASE_TOTAL] = "total",
};

/* What has passed since the clock was last read is the present phase's. */
static void read_clock(struct phases *p)
{
    int64_t now_us = clock_monotonic_us();

    p->spent_us[p->now] += now_us - p->since_us;
    p->since_us = now_us;
}

static void set(struct phases *p, enum phase phase)
{
    p->now = phase;
    p->entered |= 1u << phase;
}

/* Time that another process has measured; the monotonic clock is the machine's. */
static void add_before(struct phases *p, enum phase phase, int64_t from_us, int64_t to_us)
{
    p->spent_us[phase] = to_us > from_us ? to_us - from_us : 0;
    p->entered |= 1u << phase;
}

void phases_begin(struct phases *p, int64_t began_us, int64_t whole_us)
{
    *p = (struct phases){ .since_us = clock_monotonic_us() };
    set(p, PHASE_OTHER);
    if (began_us == 0)
        return;
    add_before(p, PHASE_RECEIVE, began_us, whole_us);
    add_before(p, PHASE_WAIT, whole_us, p->since_us);
}

enum phase phases_enter(struct phases *p, enum phase phase)
{
    enum phase before = p->now;

    read_clock(p);
    set(p, phase);
    return before;
}

void phases_leave(struct phases *p, enum phase before)
{
    read_clock(p);
    set(p, before);
}

void phases_end(struct phases *p)
{
    read_clock(p);
    p->spent_us[PHASE_TOTAL] = 0;
    for (int i = 0; i < PHASE_TOTAL; i++)
        p->spent_us[PHASE_TOTAL] += p->spent_us[i];
    p->entered |= 1u << PHASE_TOTAL;
}

const char *phases_write(const struct phases *p, char out[PHASES_TEXT_SIZE])
{
    size_t size = 0;

    out[0] = '\0';
    for (int i = 0; i < PHASE_COUNT && size < PHASES_TEXT_SIZE; i++)
        if (p->entered & 1u << i)
            size += (size_t)snprintf(out + size, PHASES_TEXT_SIZE - size, "%s%s=%.2fms", size ? " " : "", phase_names[i],
                                     (double)p->spent_us[i] / 1000);
    return out;
}

static void raise_to(_Atomic uint64_t *longest, uint64_t value)
{
    uint64_t seen = atomic_load_explicit(longest, memory_order_relaxed);

    while (seen < value && !atomic_compare_exchange_weak_explicit(longest, &seen, value, memory_order_relaxed, memory_order_relaxed))
        ;
}

void phases_count(const struct phases *p, struct phase_times times[PHASE_COUNT])
{
    for (int i = 0; i < PHASE_COUNT; i++) {
        uint64_t spent = p->spent_us[i] > 0 ? (uint64_t)p->spent_us[i] : 0;

        if (!(p->entered & 1u << i))
            continue;
        histogram_add(&times[i].taken, spent);
        atomic_fetch_add_explicit(&times[i].sum_us, spent, memory_order_relaxed);
        raise_to(&times[i].longest_us, spent);
    }
}

uint64_t phase_bound_us(size_t i)
{
    return (uint64_t)FIRST_BOUND_US << i;
}

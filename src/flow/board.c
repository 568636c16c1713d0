/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/board.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"

enum { PLACE_WAIT_MS = 1000 };

const char *const dependency_names[DEP_COUNT] = { "signer", "index", "antivirus", "store", "relay", "mailboxes" };

struct board *board_new(unsigned workers)
{
    struct board *b = mmap(NULL, sizeof *b, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (b == MAP_FAILED)
        return NULL;
    b->workers = workers < BOARD_WORKERS_MAX ? workers : BOARD_WORKERS_MAX;
    b->started = clock_now();
    return b;
}

void board_free(struct board **board)
{
    if (*board)
        munmap(*board, sizeof **board);
    *board = NULL;
}

static unsigned users(const struct board *b, enum dependency d)
{
    unsigned n = 0;

    for (unsigned i = 0; i < b->workers; i++)
        n += atomic_load(&b->slots[i].uses[d]);
    return n;
}

/* Half of the workers, rounded up. */
static unsigned share(const struct board *b)
{
    return (b->workers + 1) / 2;
}

static bool wait_for_place(const struct board *b, enum dependency d)
{
    const struct timespec pause = { .tv_nsec = 1000000 };
    int64_t deadline = clock_monotonic_ms() + PLACE_WAIT_MS;

    while (users(b, d) >= share(b)) {
        if (clock_left_ms(deadline) == 0)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

int board_enter(struct board *b, enum dependency d, unsigned slot, struct error *e)
{
    const struct dependency_state *s = &b->dependencies[d];
    int64_t ask_after = atomic_load(&s->ask_after);

    if (ask_after && clock_monotonic_ms() < ask_after)
        return error_set(e, ERROR_OUT, "%s is out: %s", dependency_names[d], s->words);
    if (!wait_for_place(b, d))
        return error_set(e, ERROR_OUT, "%s is slow and holds half of the workers", dependency_names[d]);
    atomic_store(&b->slots[slot].uses[d], true);
    return 0;
}

void board_report(struct board *b, enum dependency d, int result, const char *words)
{
    struct dependency_state *s = &b->dependencies[d];
    int64_t never = 0;

    if (result == 0) {
        if (!atomic_load(&s->has_answered))
            atomic_store(&s->has_answered, true);
        if (atomic_load(&s->out_since)) {
            atomic_store(&s->out_since, 0);
            atomic_store(&s->ask_after, 0);
        }
        return;
    }
    text_copy(s->words, sizeof s->words, slice_of(words));
    atomic_fetch_add(&s->failures, 1);
    atomic_compare_exchange_strong(&s->out_since, &never, clock_now());
    if (result == ERROR_TIMEOUT)
        atomic_store(&s->ask_after, clock_monotonic_ms() + DEPENDENCY_RETRY_MS);
}

void board_leave(struct board *b, enum dependency d, unsigned slot, int result, const char *words)
{
    atomic_store(&b->slots[slot].uses[d], false);
    board_report(b, d, result, words);
}

bool board_is_out(const struct board *b, enum dependency d)
{
    return atomic_load(&b->dependencies[d].out_since) != 0;
}

bool board_is_suspended(const struct board *b)
{
    static const enum dependency vital[] = { DEP_SIGNER, DEP_INDEX, DEP_ANTIVIRUS, DEP_STORE };

    if (!atomic_load(&b->suspends))
        return false;
    for (size_t i = 0; i < sizeof vital / sizeof vital[0]; i++)
        if (board_is_out(b, vital[i]))
            return true;
    return false;
}

static void set_state(struct worker_slot *s, enum worker_state state)
{
    atomic_store(&s->since, clock_monotonic_ms());
    atomic_store(&s->state, (int)state);
}

void board_busy(struct board *b, unsigned slot, enum point point)
{
    struct worker_slot *s = &b->slots[slot];

    atomic_store(&s->has_key, false);
    atomic_store(&s->point, (int)point);
    set_state(s, WORKER_BUSY);
}

void board_key(struct board *b, unsigned slot, const unsigned char key[STORE_KEY_SIZE])
{
    memcpy(b->slots[slot].key, key, STORE_KEY_SIZE);
    atomic_store(&b->slots[slot].has_key, true);
}

void board_idle(struct board *b, unsigned slot)
{
    struct worker_slot *s = &b->slots[slot];

    atomic_store(&s->has_key, false);
    atomic_fetch_add(&s->messages, 1);
    set_state(s, WORKER_IDLE);
}

void board_absent(struct board *b, unsigned slot, bool crashed)
{
    struct worker_slot *s = &b->slots[slot];

    for (int d = 0; d < DEP_COUNT; d++)
        atomic_store(&s->uses[d], false);
    if (crashed) {
        atomic_fetch_add(&b->crashes, 1);
        if (atomic_load(&s->has_key))
            atomic_store(&s->has_crashed, true);
    }
    atomic_store(&s->has_key, false);
    atomic_store(&s->pid, 0);
    set_state(s, WORKER_ABSENT);
}

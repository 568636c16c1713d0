/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/family.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { YOUNG_MS = 2000, FIRST_PAUSE_MS = 100, LONGEST_PAUSE_MS = 5000, KEEP_MAX = 16, LOOK_MS = 5 };

const char *const family_names[FAMILY_ROLES] = { "keeper", "signer", "scheduler", "receiver", "worker" };

int family_new(struct family *f, unsigned signers, unsigned workers, struct error *e)
{
    const unsigned counts[FAMILY_ROLES] = { [FAMILY_KEEPER] = 1, [FAMILY_SIGNER] = signers, [FAMILY_SCHEDULER] = 1,
                                            [FAMILY_RECEIVER] = 1, [FAMILY_WORKER] = workers };
    size_t total = 3u + signers + workers;

    f->children = calloc(total, sizeof *f->children);
    if (!f->children)
        return error_set(e, ERROR_MEMORY, "out of memory");
    f->count = 0;
    for (int role = 0; role < FAMILY_ROLES; role++)
        for (unsigned n = 0; n < counts[role]; n++)
            f->children[f->count++] = (struct child){ .role = (enum family_role)role, .number = n };
    return 0;
}

void family_free(struct family *f)
{
    free(f->children);
    *f = (struct family){ 0 };
}

struct child *family_find(struct family *f, enum family_role role, unsigned number)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->children[i].role == role && f->children[i].number == number)
            return &f->children[i];
    return NULL;
}

struct child *family_find_pid(struct family *f, pid_t pid)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->children[i].pid == pid)
            return &f->children[i];
    return NULL;
}

static int order(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* A descriptor of a sibling's channel that is left open would keep its end from being seen. */
static void close_all_but(const int *keep, size_t count)
{
    int sorted[KEEP_MAX], next = STDERR_FILENO + 1;

    memcpy(sorted, keep, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, order);
    for (size_t i = 0; i < count; i++) {
        if (sorted[i] < next)
            continue;
        if (sorted[i] > next)
            close_range((unsigned)next, (unsigned)sorted[i] - 1, 0);
        next = sorted[i] + 1;
    }
    close_range((unsigned)next, UINT_MAX, 0);
}

int family_bear(struct child *c, child_life *life, void *arg, const int *keep, size_t keep_count, struct error *e)
{
    pid_t pid;

    if (keep_count > KEEP_MAX)
        return error_set(e, ERROR_BUG, "a child with %zu descriptors", keep_count);
    pid = fork();
    if (pid < 0)
        return error_set(e, ERROR_MEMORY, "fork: %s", strerror(errno));
    if (pid == 0) {
        log_close();
        close_all_but(keep, keep_count);
        c->pid = getpid();
        _exit(life(arg, c));
    }
    c->pid = pid;
    c->hung = c->crashed = false;
    c->born_ms = clock_monotonic_ms();
    return 0;
}

void family_bury(struct child *c, int status)
{
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    /* Killed from outside (SIGKILL, SIGTERM) is no fault of its own: it is born again at once. */
    bool crashed = number == SIGSEGV || number == SIGBUS || number == SIGABRT || number == SIGILL || number == SIGFPE || number == SIGSYS;
    bool failed = crashed || (WIFEXITED(status) && WEXITSTATUS(status) != 0);
    int64_t now = clock_monotonic_ms(), pause = FIRST_PAUSE_MS;

    c->pid = 0;
    c->crashed = crashed;
    c->wanted_ms = now;
    c->deaths = failed && now - c->born_ms < YOUNG_MS ? c->deaths + 1 : 0;
    for (unsigned i = 1; i < c->deaths && pause < LONGEST_PAUSE_MS; i++)
        pause *= 2;
    if (c->deaths)
        c->wanted_ms = now + (pause < LONGEST_PAUSE_MS ? pause : LONGEST_PAUSE_MS);
}

size_t family_signal(const struct family *f, enum family_role role, int number)
{
    size_t there = 0;

    for (size_t i = 0; i < f->count; i++) {
        if (f->children[i].role != role || f->children[i].pid == 0)
            continue;
        there++;
        if (number)
            kill(f->children[i].pid, number);
    }
    return there;
}

static void reap(struct family *f, enum family_role role)
{
    for (size_t i = 0; i < f->count; i++) {
        struct child *c = &f->children[i];
        int status;

        if (c->role == role && c->pid && waitpid(c->pid, &status, WNOHANG) == c->pid)
            family_bury(c, status);
    }
}

void family_wait_gone(struct family *f, enum family_role role, int64_t deadline_ms)
{
    const struct timespec look = { .tv_nsec = LOOK_MS * 1000000L };
    bool has_killed = false;

    for (;;) {
        reap(f, role);
        if (family_signal(f, role, 0) == 0)
            return;
        if (clock_left_ms(deadline_ms) == 0 && !has_killed) {
            family_signal(f, role, SIGKILL);
            has_killed = true;
        }
        nanosleep(&look, NULL);
    }
}

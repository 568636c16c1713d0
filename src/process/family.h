/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The children of the master: a constant number, each with a place of its own. One that dies is born again, at once if it had lived, after
 * a pause that grows if it keeps dying young.
 */
#ifndef OPEC_PROCESS_FAMILY_H
#define OPEC_PROCESS_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

enum family_role { FAMILY_KEEPER, FAMILY_SIGNER, FAMILY_SCHEDULER, FAMILY_RECEIVER, FAMILY_WORKER, FAMILY_ROLES };

extern const char *const family_names[FAMILY_ROLES];

struct child {
    enum family_role role;
    unsigned number;   /* among those of its role */
    pid_t pid;         /* 0: not there */
    int64_t born_ms;   /* monotonic */
    int64_t wanted_ms; /* not born again before */
    unsigned deaths;   /* young, in a row */
    bool hung;         /* we have killed it, for it did not come back from a call */
    bool crashed;      /* its last life ended by a fault of its own */
};

struct family {
    struct child *children;
    size_t count;
};

/* What a child does in its own process; the status it ends with. */
typedef int child_life(void *arg, const struct child *child);

/* ERROR_MEMORY. */
int family_new(struct family *f, unsigned signers, unsigned workers, struct error *e);
void family_free(struct family *f);

struct child *family_find(struct family *f, enum family_role role, unsigned number);
struct child *family_find_pid(struct family *f, pid_t pid);

/* Fork. In the child every descriptor is closed but 0 to 2 and those of `keep`, `life` is lived, and the process ends with its status. */
int family_bear(struct child *c, child_life *life, void *arg, const int *keep, size_t keep_count, struct error *e);

/* It has died. `status` as of waitpid(2). */
void family_bury(struct child *c, int status);

/* Send a signal to all of a role that are there; how many there are. */
size_t family_signal(const struct family *f, enum family_role role, int number);

/* Wait until all of a role are gone, at most so long; those that are left are killed. */
void family_wait_gone(struct family *f, enum family_role role, int64_t deadline_ms);

#endif

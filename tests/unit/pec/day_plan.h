/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One message of the day (day.h), decided and carried out by the law's code.
 */
#ifndef OPEC_TEST_PEC_DAY_PLAN_H
#define OPEC_TEST_PEC_DAY_PLAN_H

#include "pec/incoming.h"

extern const struct pec_provider day_provider;

/* How a plan is carried out. */
struct day_server {
    int64_t now;
    /* The answer of whoever gets the step's matter for that recipient. */
    enum fate (*answer)(void *arg, const struct step *step, const char *recipient);
    void (*line)(void *arg, struct slice line);
    void *arg;
};

/* Carry it out to its end, and write its lines. */
void day_carry(struct plan *plan, const struct day_server *server, struct arena *arena);

/* A plan of the incoming point for what is certified by `c` and goes to `recipients`: an envelope or a receipt of beta, or of our own if
 * `is_own`. `virus` NULL: none. */
struct plan day_incoming(enum verdict verdict, const struct certification *c, const char **recipients, size_t count, bool is_own,
                         const char *virus, int64_t now, const char *seed, struct arena *arena);

/* What is not certified. */
struct plan day_ordinary(enum verdict verdict, const char **recipients, size_t count, const char *virus, int64_t now, const char *seed,
                         struct arena *arena);

/* A bounce of our own mail system for one recipient. */
struct plan day_bounce(const struct transaction *about, const char *recipient, int64_t now, const char *seed, struct arena *arena);

_Noreturn void day_give_up(const char *what);

#endif

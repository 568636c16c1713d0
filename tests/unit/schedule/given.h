/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A folder with an index in LDIF, and a configuration of it. What fails here ends the test.
 */
#ifndef OPEC_TESTS_SCHEDULE_GIVEN_H
#define OPEC_TESTS_SCHEDULE_GIVEN_H

#include "config/config.h"

struct given {
    struct config config;
    char folder[64], ldif[96], source[112];
};

/* An empty folder, which directory.source, daemon.run_dir and daemon.spool_dir are in. */
void given_begin(struct given *g);
/* The LDIF and its snapshot go; nothing else may have been left there. */
void given_end(struct given *g);

/* One provider with the domains d<from>.example to d<to - 1>.example. */
void given_write(const struct given *g, int from, int to);

#endif

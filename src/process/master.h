/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The master: holds the listening sockets, bears the children, hears the verbs. It reads no mail and no key, and stays as it is while
 * children come and go.
 */
#ifndef OPEC_PROCESS_MASTER_H
#define OPEC_PROCESS_MASTER_H

#include <stdbool.h>

#include "process/settings.h"

struct master_options {
    struct settings *settings; /* taken over */
    bool suspends;             /* mode of `suspend` */
    int errors;                /* where faults of the start are said; not used once it serves */
    /* Is a configuration fit to run? Each fault is told. For reloads; the first one has been judged. */
    bool (*is_fit)(const struct config *config, settings_fault *fault, void *arg);
    /* Called once it serves. */
    void (*serves)(void *arg);
    void *arg;
};

/* Run until stopped; the exit status. */
int master_run(const struct master_options *options);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a configuration file says, with the files that it names as far as every process needs them: one object, replaced as a whole by a
 * reload.
 */
#ifndef OPEC_PROCESS_SETTINGS_H
#define OPEC_PROCESS_SETTINGS_H

#include "config/config.h"
#include "pec/template.h"

struct settings {
    struct arena *arena;
    const struct config *config;
    struct slice text; /* of the file */
    struct templates templates;
};

/* Where faults go, one line each. */
typedef void settings_fault(void *arg, const char *words);

/* Load a configuration and the operator's templates. NULL if there was a fault (each was told). */
struct settings *settings_load(const char *path, settings_fault *fault, void *arg);
void settings_free(struct settings **settings);

#endif

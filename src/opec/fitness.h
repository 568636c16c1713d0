/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Is a configuration fit to run? What can be said of it without asking anybody: the certificate and its profile, the authorities, the zone.
 */
#ifndef OPEC_OPEC_FITNESS_H
#define OPEC_OPEC_FITNESS_H

#include "process/settings.h"

/* Each fault is one call of `fault`, "FILE:LINE: what". False if there was one. */
bool fitness_of(const struct config *config, settings_fault *fault, void *arg);

#endif

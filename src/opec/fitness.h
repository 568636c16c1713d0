/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Is a configuration fit to run? What can be said of it without asking anybody: the certificate and its profile, the authorities.
 */
#ifndef OPEC_OPEC_FITNESS_H
#define OPEC_OPEC_FITNESS_H

#include "process/settings.h"

/* The whole profile of RFC 6109 5.5, the chain and all, of the certificate and of the one that will follow it (from its first day).
 * Each fault is one call of `fault`, "FILE:LINE: what". False if there was one. */
bool fitness_of(const struct config *config, settings_fault *fault, void *arg);

/* What a start refuses: faults with which no signature of ours could be good (unreadable files, an address that is not
 * provider.address, a certificate that has ended), and a user that there is not. */
bool fitness_to_start(const struct config *config, settings_fault *fault, void *arg);

/* Can the caller read every file that the configuration names, beside those of the two above? */
bool fitness_files(const struct config *config, settings_fault *fault, void *arg);

#endif

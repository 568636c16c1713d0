/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What keys must be to each other, once each of them is good by itself. The warnings of config.h are here too.
 */
#ifndef OPEC_CONFIG_CHECK_H
#define OPEC_CONFIG_CHECK_H

#include <stdbool.h>

#include "config/config.h"
#include "config/faults.h"

/* Add the faults. `sound` says for each row of the table whether its value was good: what depends on another is not judged. */
void check_config(const struct config *config, const bool *sound, struct faults *faults);

#endif

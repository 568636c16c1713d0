/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A disk that does as it is told: the programs that use it are linked so that write and fdatasync come here first.
 */
#ifndef OPEC_TESTS_LEDGER_DISK_H
#define OPEC_TESTS_LEDGER_DISK_H

#include <stdbool.h>

/* How many bytes may still be written before the disk is full; -1 without end. */
extern long disk_room;
/* fdatasync fails. */
extern bool disk_breaks;
/* How often fdatasync was called. */
extern unsigned disk_syncs;

#endif

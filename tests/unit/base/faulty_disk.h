/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * System calls that fail on demand: the programs that use it are linked so that these calls come here first.
 */
#ifndef OPEC_TESTS_BASE_FAULTY_DISK_H
#define OPEC_TESTS_BASE_FAULTY_DISK_H

#include <stddef.h>

enum disk_call { DISK_OPEN, DISK_READ, DISK_WRITE, DISK_FSYNC, DISK_RENAME, DISK_FTRUNCATE, DISK_FLOCK, DISK_CALLS };

struct faulty_disk {
    long until[DISK_CALLS]; /* so many calls go well, then one fails; -1: all go well */
    int error[DISK_CALLS];  /* with this errno */
    size_t at_once;         /* the most that one read or write takes; 0: all */
    long room;              /* bytes that may still be written before ENOSPC; -1 without end */
    unsigned calls[DISK_CALLS];
};

extern struct faulty_disk disk;

/* All goes well again. */
void disk_heal(void);

#endif

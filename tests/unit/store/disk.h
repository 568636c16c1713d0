/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A disk that fails on demand and remembers what has been synced: a layer between SQLite and the file system.
 */
#ifndef OPEC_TESTS_UNIT_STORE_DISK_H
#define OPEC_TESTS_UNIT_STORE_DISK_H

#include <stdbool.h>

struct disk {
    bool is_full;     /* every write of a file that would make it larger fails */
    bool is_broken;   /* every sync fails */
    unsigned syncs;   /* of write-ahead logs */
    bool is_imaged;   /* keep at each sync what the disk then holds */
};

extern struct disk disk;

/* From now on all databases of this process are on it. */
void disk_install(void);

/* What would be left at `to` of the database at `from` if the power were cut now, and nothing unsynced had reached the disk. */
void disk_cut_power(const char *from, const char *to);

#endif

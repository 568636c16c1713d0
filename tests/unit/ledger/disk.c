/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disk.h"

#include <errno.h>
#include <stddef.h>
#include <sys/types.h>

long disk_room = -1;
bool disk_breaks;
unsigned disk_syncs;

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    ssize_t written;

    if (disk_room == 0) {
        errno = ENOSPC;
        return -1;
    }
    if (disk_room > 0 && (size_t)disk_room < size)
        size = (size_t)disk_room;
    written = __real_write(fd, data, size);
    if (disk_room > 0 && written > 0)
        disk_room -= written;
    return written;
}

int __wrap_fdatasync(int fd)
{
    disk_syncs++;
    if (disk_breaks) {
        errno = EIO;
        return -1;
    }
    return __real_fdatasync(fd);
}

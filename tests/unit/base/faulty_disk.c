/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "faulty_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/file.h>
#include <sys/types.h>
#include <unistd.h>

struct faulty_disk disk;

int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
ssize_t __real_read(int fd, void *data, size_t size);
ssize_t __wrap_read(int fd, void *data, size_t size);
ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_ftruncate64(int fd, off_t size);
int __wrap_ftruncate64(int fd, off_t size);
int __real_flock(int fd, int operation);
int __wrap_flock(int fd, int operation);

void disk_heal(void)
{
    disk = (struct faulty_disk){ .room = -1 };
    for (int i = 0; i < DISK_CALLS; i++)
        disk.until[i] = -1;
}

/* Only once: what comes behind it goes well again. */
static bool fails(enum disk_call call)
{
    disk.calls[call]++;
    if (disk.until[call] < 0 || disk.until[call]-- > 0)
        return false;
    errno = disk.error[call];
    return true;
}

static size_t share(size_t size)
{
    return disk.at_once && size > disk.at_once ? disk.at_once : size;
}

int __wrap_open64(const char *path, int flags, ...)
{
    mode_t mode = 0;
    va_list args;

    va_start(args, flags);
    if (flags & O_CREAT)
        mode = va_arg(args, mode_t);
    va_end(args);
    return fails(DISK_OPEN) ? -1 : __real_open64(path, flags, mode);
}

ssize_t __wrap_read(int fd, void *data, size_t size)
{
    return fails(DISK_READ) ? -1 : __real_read(fd, data, share(size));
}

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
    size = share(size);
    if (fails(DISK_WRITE))
        return disk.error[DISK_WRITE] ? -1 : 0;
    if (disk.room == 0) {
        errno = ENOSPC;
        return -1;
    }
    if (disk.room > 0) {
        size = size < (size_t)disk.room ? size : (size_t)disk.room;
        disk.room -= (long)size;
    }
    return __real_write(fd, data, size);
}

int __wrap_fsync(int fd)
{
    return fails(DISK_FSYNC) ? -1 : __real_fsync(fd);
}

int __wrap_rename(const char *from, const char *to)
{
    return fails(DISK_RENAME) ? -1 : __real_rename(from, to);
}

int __wrap_ftruncate64(int fd, off_t size)
{
    return fails(DISK_FTRUNCATE) ? -1 : __real_ftruncate64(fd, size);
}

int __wrap_flock(int fd, int operation)
{
    return fails(DISK_FLOCK) ? -1 : __real_flock(fd, operation);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "disk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 400, BLOCK_SIZE = 65536 };

struct disk disk;

/* The real file follows it in memory. */
struct file {
    sqlite3_file base;
    const char *path;
    int flags;
};

static sqlite3_vfs *real_vfs, vfs;

static sqlite3_file *real(sqlite3_file *file)
{
    return (sqlite3_file *)((struct file *)file + 1);
}

#define REAL(file, method, ...) real(file)->pMethods->method(real(file), ##__VA_ARGS__)

static void copy(const char *from, const char *to)
{
    static char block[BLOCK_SIZE];
    FILE *in = fopen(from, "rb"), *out = in ? fopen(to, "wb") : NULL;
    size_t n;

    if (!in)
        unlink(to);
    while (out && (n = fread(block, 1, sizeof block, in)) > 0)
        if (fwrite(block, 1, n, out) != n)
            abort();
    if (in)
        fclose(in);
    if (out)
        fclose(out);
}

static void image_of(const char *path, char out[PATH_SIZE])
{
    snprintf(out, PATH_SIZE, "%s.synced", path);
}

static int close_file(sqlite3_file *file)
{
    return REAL(file, xClose);
}

static int read_file(sqlite3_file *file, void *out, int size, sqlite3_int64 at)
{
    return REAL(file, xRead, out, size, at);
}

static int write_file(sqlite3_file *file, const void *data, int size, sqlite3_int64 at)
{
    sqlite3_int64 present = 0;

    if (disk.is_full && (REAL(file, xFileSize, &present) != SQLITE_OK || at + size > present))
        return SQLITE_FULL;
    return REAL(file, xWrite, data, size, at);
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
    return REAL(file, xTruncate, size);
}

static int sync_file(sqlite3_file *file, int flags)
{
    struct file *f = (struct file *)file;
    char image[PATH_SIZE];
    int status = disk.is_broken ? SQLITE_IOERR_FSYNC : REAL(file, xSync, flags);

    if (f->flags & SQLITE_OPEN_WAL)
        disk.syncs++;
    if (status == SQLITE_OK && disk.is_imaged && f->path) {
        image_of(f->path, image);
        copy(f->path, image);
    }
    return status;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *out)
{
    return REAL(file, xFileSize, out);
}

static int lock(sqlite3_file *file, int level)
{
    return REAL(file, xLock, level);
}

static int unlock(sqlite3_file *file, int level)
{
    return REAL(file, xUnlock, level);
}

static int check_lock(sqlite3_file *file, int *out)
{
    return REAL(file, xCheckReservedLock, out);
}

static int control(sqlite3_file *file, int what, void *arg)
{
    return REAL(file, xFileControl, what, arg);
}

static int sector_size(sqlite3_file *file)
{
    return REAL(file, xSectorSize);
}

static int characteristics(sqlite3_file *file)
{
    return REAL(file, xDeviceCharacteristics);
}

static int shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **out)
{
    return REAL(file, xShmMap, page, size, extend, out);
}

static int shm_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return REAL(file, xShmLock, offset, n, flags);
}

static void shm_barrier(sqlite3_file *file)
{
    REAL(file, xShmBarrier);
}

static int shm_unmap(sqlite3_file *file, int delete)
{
    return REAL(file, xShmUnmap, delete);
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = close_file,
    .xRead = read_file,
    .xWrite = write_file,
    .xTruncate = truncate_file,
    .xSync = sync_file,
    .xFileSize = file_size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = check_lock,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

static int open_file(sqlite3_vfs *v, const char *path, sqlite3_file *file, int flags, int *out_flags)
{
    struct file *f = (struct file *)file;
    int status = real_vfs->xOpen(real_vfs, path, real(file), flags, out_flags);

    (void)v;
    f->path = path;
    f->flags = flags;
    f->base.pMethods = real(file)->pMethods ? &methods : NULL;
    return status;
}

static int delete_file(sqlite3_vfs *v, const char *path, int sync)
{
    char image[PATH_SIZE];

    (void)v;
    image_of(path, image);
    unlink(image);
    return real_vfs->xDelete(real_vfs, path, sync);
}

void disk_install(void)
{
    real_vfs = sqlite3_vfs_find(NULL);
    vfs = *real_vfs;
    vfs.zName = "disk";
    vfs.szOsFile = (int)sizeof(struct file) + real_vfs->szOsFile;
    vfs.xOpen = open_file;
    vfs.xDelete = delete_file;
    if (sqlite3_vfs_register(&vfs, 1) != SQLITE_OK)
        abort();
}

void disk_cut_power(const char *from, const char *to)
{
    char image[PATH_SIZE], log[PATH_SIZE - 8], log_to[PATH_SIZE];

    image_of(from, image);
    copy(image, to);
    snprintf(log, sizeof log, "%s-wal", from);
    snprintf(log_to, sizeof log_to, "%s-wal", to);
    image_of(log, image);
    copy(image, log_to);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

void file_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int failed(const char *path, struct error *e)
{
    int code = errno == ENOENT ? ERROR_NOT_FOUND : error_from_errno(errno);

    return error_set(e, code, "%s: %s", path, strerror(errno));
}

static int read_all(int fd, const char *path, char *out, size_t size, struct error *e)
{
    while (size) {
        ssize_t n = read(fd, out, size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return failed(path, e);
        if (n == 0)
            return error_set(e, ERROR_FILE, "%s: shortened while it was read", path);
        out += n;
        size -= (size_t)n;
    }
    return 0;
}

int file_read(const char *path, size_t maximum, struct arena *arena, struct slice *out, struct error *e)
{
    int result, fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;
    char *text;

    if (fd < 0 || fstat(fd, &st) != 0) {
        result = failed(path, e);
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        result = error_set(e, ERROR_FILE, "%s: not a regular file", path);
        goto out;
    }
    if ((uintmax_t)st.st_size > maximum) {
        result = error_set(e, ERROR_LIMIT, "%s: %jd bytes, more than %zu", path, (intmax_t)st.st_size, maximum);
        goto out;
    }
    text = arena_alloc(arena, (size_t)st.st_size + 1);
    if (!text) {
        result = error_set(e, ERROR_BUDGET, "%s: no memory to read it", path);
        goto out;
    }
    result = read_all(fd, path, text, (size_t)st.st_size, e);
    if (result == 0)
        *out = (struct slice){ text, (size_t)st.st_size };
out:
    file_close(&fd);
    return result;
}

int file_write(int fd, struct slice s, struct error *e)
{
    while (s.size) {
        ssize_t n = write(fd, s.data, s.size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set(e, error_from_errno(errno), "write: %s", strerror(errno));
        if (n == 0)
            return error_set(e, ERROR_FILE, "write: nothing is taken");
        s = slice_skip(s, (size_t)n);
    }
    return 0;
}

int file_sync_folder(const char *path, struct error *e)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int fd, result = 0;

    if (!slash)
        snprintf(folder, sizeof folder, ".");
    else
        snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path), path);
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        result = failed(folder, e);
    file_close(&fd);
    return result;
}

/* Is the file that is open still the one of that name? */
static bool is_there(int fd, const char *path)
{
    struct stat opened, named;

    return fstat(fd, &opened) == 0 && lstat(path, &named) == 0 && opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* A file that nobody else writes to. Whoever waited for the lock may find that the file has got its name meanwhile. */
static int open_alone(const char *path, unsigned mode, int *out_fd, struct error *e)
{
    for (;;) {
        int result, fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode);

        if (fd < 0)
            return failed(path, e);
        while ((result = flock(fd, LOCK_EX)) != 0 && errno == EINTR)
            ;
        if (result == 0 && is_there(fd, path)) {
            *out_fd = fd;
            return 0;
        }
        if (result != 0)
            result = failed(path, e);
        file_close(&fd);
        if (result != 0)
            return result;
    }
}

static int write_durably(int fd, const char *path, struct slice content, struct error *e)
{
    int result = file_write(fd, content, e);

    if (result != 0)
        return error_prefix(e, result, "%s", path);
    return fsync(fd) != 0 ? failed(path, e) : 0;
}

int file_replace(const char *path, struct slice content, unsigned mode, struct error *e)
{
    char beside[PATH_MAX];
    int fd = -1, result;

    if ((size_t)snprintf(beside, sizeof beside, "%s.new", path) >= sizeof beside)
        return error_set(e, ERROR_FILE, "%s: name too long", path);
    result = open_alone(beside, mode, &fd, e);
    if (result != 0)
        return result;
    result = ftruncate(fd, 0) != 0 ? failed(beside, e) : write_durably(fd, beside, content, e);
    if (result == 0 && rename(beside, path) != 0)
        result = failed(path, e);
    if (result != 0)
        unlink(beside); /* while it is locked: it is ours */
    else
        result = file_sync_folder(path, e);
    file_close(&fd);
    return result;
}

int file_make_folder(const char *path, unsigned mode, struct error *e)
{
    char part[PATH_MAX];
    struct stat st;

    if (strlen(path) >= sizeof part)
        return error_set(e, ERROR_FILE, "%s: name too long", path);
    for (const char *end = path; *end; ) {
        end = strchr(end + 1, '/');
        if (!end)
            end = path + strlen(path);
        snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
        if (mkdir(part, mode) != 0 && errno != EEXIST)
            return failed(part, e);
    }
    if (stat(path, &st) != 0)
        return failed(path, e);
    return S_ISDIR(st.st_mode) ? 0 : error_set(e, ERROR_FILE, "%s: not a folder", path);
}

int file_map(int fd, struct slice *out, struct error *e)
{
    struct stat st;
    void *memory;

    if (fstat(fd, &st) != 0)
        return error_set(e, ERROR_FILE, "stat: %s", strerror(errno));
    if (st.st_size == 0) {
        *out = SLICE_NONE;
        return 0;
    }
    memory = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (memory == MAP_FAILED)
        return error_set(e, error_from_errno(errno), "mmap: %s", strerror(errno));
    *out = (struct slice){ memory, (size_t)st.st_size };
    return 0;
}

void file_unmap(struct slice *mapped)
{
    if (mapped->data)
        munmap((void *)(uintptr_t)mapped->data, mapped->size);
    *mapped = SLICE_NONE;
}

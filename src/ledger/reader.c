/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/line.h"

/* Whoever goes to one line wants little behind it, whoever reads on wants all. */
enum { FIRST_READ = 4 * 1024, READ_SIZE = 256 * 1024 };

int ledger_reader_open(const char *path, struct ledger_reader *out, struct error *e)
{
    /* Not to wait for a writer if somebody has put a pipe there. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0) {
        int code = errno == ENOENT ? ERROR_NOT_FOUND : error_from_errno(errno);

        error_set(e, code, "%s: %s", path, strerror(errno));
        file_close(&fd);
        return code;
    }
    if (!S_ISREG(st.st_mode)) {
        file_close(&fd);
        return error_set(e, ERROR_FILE, "%s: not a regular file", path);
    }
    *out = (struct ledger_reader){ .fd = fd, .buffer = buffer_new(LEDGER_LINE_MAX), .step = FIRST_READ };
    return 0;
}

void ledger_reader_close(struct ledger_reader *r)
{
    file_close(&r->fd);
    buffer_free(&r->buffer);
}

int ledger_reader_size(const struct ledger_reader *r, uint64_t *out_size, struct error *e)
{
    struct stat st;

    if (fstat(r->fd, &st) != 0)
        return error_set(e, ERROR_FILE, "stat: %s", strerror(errno));
    *out_size = (uint64_t)st.st_size;
    return 0;
}

void ledger_reader_seek(struct ledger_reader *r, uint64_t offset)
{
    buffer_consume(&r->buffer, buffer_data(&r->buffer).size);
    r->searched = 0;
    r->at_end = false;
    r->step = FIRST_READ;
    r->offset = offset;
}

/* A read that gives less than it was asked for has met the end, and the end stays where it was met: should the keeper cut off half
 * a line and write another one in its place, the two are never read as one. */
static int fill(struct ledger_reader *r, struct error *e)
{
    size_t held = buffer_data(&r->buffer).size, room;
    char *at = buffer_reserve(&r->buffer, r->step, &room);
    ssize_t n;

    if (!at)
        return error_set(e, ERROR_MEMORY, "no memory for a line of the legal log");
    do {
        n = pread(r->fd, at, room, (off_t)(r->offset + held));
    } while (n < 0 && errno == EINTR);
    if (n < 0)
        return error_set(e, ERROR_FILE, "read: %s", strerror(errno));
    buffer_commit(&r->buffer, (size_t)n);
    r->at_end = (size_t)n < room;
    r->step = r->step < READ_SIZE ? r->step * 4 : READ_SIZE;
    return 0;
}

static void give(struct ledger_reader *r, size_t size)
{
    r->offset += size;
    r->searched = 0;
    buffer_consume(&r->buffer, size);
}

int ledger_reader_next(struct ledger_reader *r, enum ledger_found *out_found, struct slice *out_line, struct error *e)
{
    for (;;) {
        struct slice data = buffer_data(&r->buffer), fresh = slice_skip(data, r->searched);
        size_t at = slice_find_byte(fresh, '\n');
        int result;

        if (at < fresh.size) {
            *out_line = (struct slice){ data.data, r->searched + at + 1 };
            *out_found = LEDGER_LINE;
            give(r, out_line->size); /* its bytes stay where they are until the next read */
            return 0;
        }
        r->searched = data.size;
        if (r->at_end || data.size == LEDGER_LINE_MAX) {
            *out_line = data;
            *out_found = !r->at_end ? LEDGER_ENDLESS : data.size ? LEDGER_HALF : LEDGER_END;
            return 0;
        }
        result = fill(r, e);
        if (result != 0)
            return result;
    }
}

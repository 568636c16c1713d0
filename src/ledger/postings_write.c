/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/random.h"
#include "ledger/line.h"
#include "ledger/pieces.h"
#include "ledger/postings.h"
#include "ledger/query.h"
#include "ledger/reader.h"

/* Two items of 16 bytes for each line, and some ten postings of 8: a log of 1 GB takes some 150 MB while it is indexed. */
struct writer {
    struct ledger_postings_header header;
    uint64_t *offsets, *postings;
    uint32_t *times;
    size_t line_room, posting_room;
    struct buffer scratch;
    int result; /* of adding a posting */
};

static int grow(void *array, size_t *room, size_t size)
{
    void **all = array;
    size_t wanted = *room ? *room * 2 : 1024;
    void *larger = reallocarray(*all, wanted, size);

    if (!larger)
        return ERROR_MEMORY;
    *all = larger;
    *room = wanted;
    return 0;
}

static int add_line(struct writer *w, uint64_t offset)
{
    struct ledger_postings_header *h = &w->header;
    size_t room = w->line_room;

    if (h->line_count == room && (grow(&w->offsets, &w->line_room, sizeof *w->offsets) != 0 || grow(&w->times, &room, sizeof *w->times) != 0))
        return ERROR_MEMORY;
    w->offsets[h->line_count] = offset;
    w->times[h->line_count++] = 0;
    return 0;
}

static void add_posting(void *arg, enum ledger_term_kind kind, struct slice text)
{
    struct writer *w = arg;
    struct ledger_postings_header *h = &w->header;

    if (w->result == 0 && h->posting_count == w->posting_room)
        w->result = grow(&w->postings, &w->posting_room, sizeof *w->postings);
    if (w->result == 0)
        w->postings[h->posting_count++] = ledger_posting_make(h->key, kind, text) | (h->line_count - 1);
}

/* A line that is no event is there without terms: search passes it over, and `log verify` names it. */
static int add_event(struct writer *w, uint64_t offset, struct slice line)
{
    json_t *event = json_loadb(line.data, line.size, 0, NULL);
    int result = add_line(w, offset);
    int64_t time;

    if (result == 0 && json_is_object(event)) {
        time = ledger_event_time(event);
        w->times[w->header.line_count - 1] = time > 0 && time <= UINT32_MAX ? (uint32_t)time : 0;
        result = ledger_terms_of(event, &w->scratch, add_posting, w);
    }
    json_decref(event);
    return result ? result : w->result;
}

static int read_lines(struct writer *w, struct ledger_reader *r, uint64_t to, bool is_closed, struct error *e)
{
    int result = 0;

    w->header.to = w->header.from;
    ledger_reader_seek(r, w->header.from);
    while (result == 0 && r->offset < to && w->header.line_count < UINT32_MAX) {
        enum ledger_found found;
        struct slice line;
        uint64_t offset = r->offset;

        result = ledger_reader_next(r, &found, &line, e);
        if (result != 0 || found != LEDGER_LINE)
            break;
        result = add_event(w, offset, line);
        if (result != 0)
            return error_set(e, result, "no memory to index the legal log");
        w->header.to = r->offset;
    }
    if (is_closed)
        w->header.to = to;
    return result;
}

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

/* In order, each one once: an address may be sender and recipient of one line under one kind only once. */
static void order(struct writer *w)
{
    size_t kept = 0;

    if (w->header.posting_count)
        qsort(w->postings, w->header.posting_count, sizeof *w->postings, compare);
    for (size_t i = 0; i < w->header.posting_count; i++)
        if (kept == 0 || w->postings[kept - 1] != w->postings[i])
            w->postings[kept++] = w->postings[i];
    w->header.posting_count = kept;
}

static int write_parts(const struct writer *w, int fd, struct error *e)
{
    const struct ledger_postings_header *h = &w->header;
    const struct slice parts[] = {
        { (const char *)h, sizeof *h },
        { (const char *)w->offsets, h->line_count * sizeof *w->offsets },
        { (const char *)w->postings, h->posting_count * sizeof *w->postings },
        { (const char *)w->times, h->line_count * sizeof *w->times },
    };
    int result = 0;

    for (size_t i = 0; result == 0 && i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].size)
            result = file_write(fd, parts[i], e);
    return result;
}

/* Whoever runs this, the file is the daemon's, as the folder is. */
static void give_to_owner(int fd, const char *dir)
{
    struct stat st;

    if (stat(dir, &st) == 0 && fchown(fd, st.st_uid, st.st_gid) != 0)
        errno = 0; /* not root: then it is ours in any case */
}

static int write_file(struct writer *w, const struct ledger_piece *piece, const char *dir, struct error *e)
{
    char path[LEDGER_PATH_SIZE], fresh[LEDGER_PATH_SIZE + 8];
    int result = ledger_piece_path(dir, piece, path, e), fd;

    if (result != 0)
        return result;
    snprintf(fresh, sizeof fresh, "%s.new", path);
    fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return error_set(e, error_from_errno(errno), "%s: %s", fresh, strerror(errno));
    result = write_parts(w, fd, e);
    give_to_owner(fd, dir);
    file_close(&fd);
    if (result == 0 && rename(fresh, path) != 0)
        result = error_set(e, error_from_errno(errno), "%s: %s", path, strerror(errno));
    if (result != 0)
        unlink(fresh);
    return result;
}

int ledger_postings_write(const char *dir, const struct ledger_file *file, uint64_t from, uint64_t to, bool is_closed, uint64_t *out_to,
                          struct error *e)
{
    struct writer w = { .header = { .from = from }, .scratch = buffer_new(LEDGER_LINE_MAX) };
    struct ledger_reader reader = { .fd = -1 };
    char name[LEDGER_NAME_SIZE], path[LEDGER_PATH_SIZE];
    int result;

    memcpy(w.header.magic, ledger_postings_magic, sizeof w.header.magic);
    random_bytes(&w.header.key, sizeof w.header.key);
    ledger_file_name(file, LEDGER_LOG, name);
    result = ledger_path(dir, name, path, e);
    if (result == 0)
        result = ledger_reader_open(path, &reader, e);
    if (result == 0)
        result = read_lines(&w, &reader, to, is_closed, e);
    order(&w);
    if (result == 0 && w.header.to > from)
        result = write_file(&w, &(struct ledger_piece){ file->seconds, file->first, from, w.header.to }, dir, e);
    *out_to = w.header.to;
    ledger_reader_close(&reader);
    buffer_free(&w.scratch);
    free(w.offsets);
    free(w.postings);
    free(w.times);
    return result;
}

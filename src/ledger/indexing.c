/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/indexing.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ledger/folder.h"
#include "ledger/pieces.h"
#include "ledger/postings.h"

enum { FOLDER_MODE = 0750 };

/* The log's files and those of its index. */
struct folders {
    const char *dir;
    struct ledger_folder logs;
    struct ledger_pieces pieces;
};

static int open_folders(const char *dir, struct folders *out, struct error *e)
{
    int result;

    *out = (struct folders){ .dir = dir };
    result = ledger_folder_read(dir, &out->logs, e);
    return result ? result : ledger_pieces_read(dir, &out->pieces, e);
}

static void close_folders(struct folders *f)
{
    ledger_folder_free(&f->logs);
    ledger_pieces_free(&f->pieces);
}

static uint64_t size_of(const struct folders *f, size_t i)
{
    uint64_t size;

    return ledger_folder_size(f->dir, &f->logs.files[i], &size, NULL) == 0 ? size : 0;
}

/* What a log wants: the first of its bytes that are without index, and whether they make a piece. */
struct gap {
    bool is_due, is_closed;
    uint64_t from, to;
};

/* The newest log grows on until it has a manifest; any other is closed. */
static struct gap gap_of(const struct folders *f, size_t i)
{
    const struct ledger_file *file = &f->logs.files[i];
    struct ledger_pieces pieces = ledger_pieces_of(&f->pieces, file);
    const struct ledger_piece *piece;
    struct gap gap = { .is_closed = file->manifest || i + 1 < f->logs.count, .to = size_of(f, i) };

    if (gap.is_closed) {
        piece = ledger_piece_at(&pieces, 0, gap.to);
        gap.is_due = gap.to > 0 && (!piece || piece->to < gap.to);
        return gap;
    }
    while ((piece = ledger_piece_at(&pieces, gap.from, gap.to)) != NULL)
        gap.from = piece->to;
    gap.is_due = gap.to - gap.from >= LEDGER_PIECE_SIZE;
    if (gap.is_due)
        gap.to = gap.from + LEDGER_PIECE_SIZE;
    return gap;
}

static bool has_log(const struct folders *f, const struct ledger_piece *piece)
{
    for (size_t i = 0; i < f->logs.count; i++)
        if (f->logs.files[i].first == piece->first && f->logs.files[i].seconds == piece->seconds)
            return f->logs.files[i].log;
    return false;
}

/* Does a longer one, which then stands before it, hold all of it? */
static bool is_held(const struct ledger_piece *first, const struct ledger_piece *piece)
{
    for (const struct ledger_piece *other = first; other < piece; other++)
        if (other->first == piece->first && other->seconds == piece->seconds && other->from <= piece->from && other->to >= piece->to)
            return true;
    return false;
}

static bool is_useless(const struct folders *f, size_t i)
{
    return !has_log(f, &f->pieces.pieces[i]) || is_held(f->pieces.pieces, &f->pieces.pieces[i]);
}

bool ledger_index_is_due(const char *dir)
{
    struct folders f;
    bool is_due = false;

    if (open_folders(dir, &f, NULL) == 0) {
        for (size_t i = 0; i < f.logs.count && !is_due; i++)
            is_due = f.logs.files[i].log && gap_of(&f, i).is_due;
        for (size_t i = 0; i < f.pieces.count && !is_due; i++)
            is_due = is_useless(&f, i);
    }
    close_folders(&f);
    return is_due;
}

/* --- making it -------------------------------------------------------------------------------------------------------------- */

static int make_folder(const char *dir, struct error *e)
{
    const struct ledger_piece any = { .first = 1, .to = 1 };
    char path[LEDGER_PATH_SIZE];
    int result = ledger_piece_path(dir, &any, path, e);
    struct stat st;

    if (result != 0)
        return result;
    *strrchr(path, '/') = '\0';
    if (mkdir(path, FOLDER_MODE) != 0)
        return errno == EEXIST ? 0 : error_set(e, error_from_errno(errno), "%s: %s", path, strerror(errno));
    /* Whoever runs this, the folder is the daemon's, as the log's is. */
    if (stat(dir, &st) == 0 && geteuid() == 0 && chown(path, st.st_uid, st.st_gid) != 0)
        return error_set(e, error_from_errno(errno), "%s: %s", path, strerror(errno));
    return 0;
}

static int index_log(const struct folders *f, size_t i, struct ledger_indexed *out, struct error *e)
{
    uint64_t size = size_of(f, i);
    struct gap gap = gap_of(f, i);
    int result = 0;

    while (result == 0 && gap.is_due) {
        uint64_t from = gap.from;

        result = ledger_postings_write(f->dir, &f->logs.files[i], from, gap.to, gap.is_closed, &gap.from, e);
        if (result != 0 || gap.from == from)
            break;
        out->pieces++;
        out->bytes += gap.from - from;
        gap.to = gap.from + LEDGER_PIECE_SIZE;
        gap.is_due = !gap.is_closed && gap.to <= size;
    }
    return result == ERROR_NOT_FOUND ? 0 : result;
}

static void remove_piece(const struct folders *f, size_t i)
{
    char path[LEDGER_PATH_SIZE];

    if (ledger_piece_path(f->dir, &f->pieces.pieces[i], path, NULL) == 0)
        unlink(path);
}

/* Damaged, or of another program's form. */
static bool is_damaged(const struct folders *f, size_t i)
{
    const struct ledger_piece *piece = &f->pieces.pieces[i];
    struct ledger_postings p;
    char path[LEDGER_PATH_SIZE];
    int result = ledger_piece_path(f->dir, piece, path, NULL);

    if (result == 0)
        result = ledger_postings_open(path, piece->from, piece->to, &p, NULL);
    if (result == 0)
        ledger_postings_close(&p);
    return result == ERROR_CORRUPT;
}

static int tidy(const char *dir, bool (*is_unwanted)(const struct folders *f, size_t i), struct error *e)
{
    struct folders f;
    int result = open_folders(dir, &f, e);

    for (size_t i = 0; result == 0 && i < f.pieces.count; i++)
        if (is_unwanted(&f, i))
            remove_piece(&f, i);
    close_folders(&f);
    return result;
}

int ledger_index_update(const char *dir, struct ledger_indexed *out, struct error *e)
{
    struct folders f = { 0 };
    int result = tidy(dir, is_damaged, e);

    *out = (struct ledger_indexed){ 0 };
    if (result == 0)
        result = open_folders(dir, &f, e);
    if (result == 0)
        result = make_folder(dir, e);
    for (size_t i = 0; result == 0 && i < f.logs.count; i++)
        if (f.logs.files[i].log)
            result = index_log(&f, i, out, e);
    close_folders(&f);
    return result ? result : tidy(dir, is_useless, e);
}

int ledger_index_remove(const char *dir, struct error *e)
{
    struct ledger_pieces pieces;
    char path[LEDGER_PATH_SIZE];
    int result = ledger_pieces_read(dir, &pieces, e);

    for (size_t i = 0; result == 0 && i < pieces.count; i++) {
        result = ledger_piece_path(dir, &pieces.pieces[i], path, e);
        if (result == 0 && unlink(path) != 0 && errno != ENOENT)
            result = error_set(e, error_from_errno(errno), "%s: %s", path, strerror(errno));
    }
    ledger_pieces_free(&pieces);
    return result;
}

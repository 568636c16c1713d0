/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/pieces.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/name.h"

enum { PIECE_NAME_SIZE = LEDGER_NAME_SIZE + 64 };

static const char folder[] = "index", ending[] = ".index";

static void write_name(const struct ledger_piece *p, char out[PIECE_NAME_SIZE])
{
    const struct ledger_name log = { LEDGER_LOG, p->seconds, p->first };
    char name[LEDGER_NAME_SIZE];

    ledger_name_write(&log, name);
    snprintf(out, PIECE_NAME_SIZE, "%s.%llu-%llu%s", name, (unsigned long long)p->from, (unsigned long long)p->to, ending);
}

/* False for anything that write_name does not write. */
static bool read_name(const char *text, struct ledger_piece *out)
{
    char log[LEDGER_NAME_SIZE], again[PIECE_NAME_SIZE];
    const char *dot = strstr(text, ".log.");
    unsigned long long from, to;
    struct ledger_name name;

    if (!dot || (size_t)(dot - text) + 5 > sizeof log || sscanf(dot + 5, "%20llu-%20llu", &from, &to) != 2)
        return false;
    snprintf(log, sizeof log, "%.*s.log", (int)(dot - text), text);
    if (!ledger_name_read(log, &name))
        return false;
    *out = (struct ledger_piece){ name.seconds, name.first, from, to };
    write_name(out, again);
    return strcmp(again, text) == 0 && from < to;
}

int ledger_piece_path(const char *dir, const struct ledger_piece *piece, char out[LEDGER_PATH_SIZE], struct error *e)
{
    char name[PIECE_NAME_SIZE], path[LEDGER_PATH_SIZE];
    int result = ledger_path(dir, folder, path, e);

    write_name(piece, name);
    return result ? result : ledger_path(path, name, out, e);
}

static int compare_logs(const struct ledger_piece *a, int64_t seconds, uint64_t first)
{
    if (a->first != first)
        return a->first < first ? -1 : 1;
    return (a->seconds > seconds) - (a->seconds < seconds);
}

static int order(const void *left, const void *right)
{
    const struct ledger_piece *a = left, *b = right;
    int logs = compare_logs(a, b->seconds, b->first);

    if (logs != 0)
        return logs;
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->to < b->to) - (a->to > b->to);
}

static int add(struct ledger_pieces *all, size_t *room, const struct ledger_piece *piece)
{
    if (all->count == *room) {
        size_t wanted = *room ? *room * 2 : 64;
        struct ledger_piece *pieces = reallocarray(all->pieces, wanted, sizeof *pieces);

        if (!pieces)
            return ERROR_MEMORY;
        all->pieces = pieces;
        *room = wanted;
    }
    all->pieces[all->count++] = *piece;
    return 0;
}

int ledger_pieces_read(const char *dir, struct ledger_pieces *out, struct error *e)
{
    struct ledger_pieces all = { 0 };
    char path[LEDGER_PATH_SIZE];
    struct dirent *entry;
    struct ledger_piece piece;
    size_t room = 0;
    int result = ledger_path(dir, folder, path, e);
    DIR *d = result == 0 ? opendir(path) : NULL;

    *out = all;
    if (!d)
        return result || errno == ENOENT ? result : error_set(e, error_from_errno(errno), "%s: %s", path, strerror(errno));
    while (result == 0 && (entry = readdir(d)) != NULL)
        if (read_name(entry->d_name, &piece))
            result = add(&all, &room, &piece);
    closedir(d);
    if (result != 0) {
        ledger_pieces_free(&all);
        return error_set(e, result, "no memory for the list of the legal log's index");
    }
    if (all.count)
        qsort(all.pieces, all.count, sizeof *all.pieces, order);
    *out = all;
    return 0;
}

void ledger_pieces_free(struct ledger_pieces *pieces)
{
    free(pieces->pieces);
    *pieces = (struct ledger_pieces){ 0 };
}

struct ledger_pieces ledger_pieces_of(const struct ledger_pieces *all, const struct ledger_file *file)
{
    struct ledger_pieces of = { 0 };
    size_t low = 0, high = all->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_logs(&all->pieces[middle], file->seconds, file->first) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    while (low + of.count < all->count && compare_logs(&all->pieces[low + of.count], file->seconds, file->first) == 0)
        of.count++;
    of.pieces = of.count ? all->pieces + low : NULL;
    return of;
}

const struct ledger_piece *ledger_piece_at(const struct ledger_pieces *of_log, uint64_t from, uint64_t size)
{
    for (size_t i = 0; i < of_log->count; i++)
        if (of_log->pieces[i].from == from && of_log->pieces[i].to <= size)
            return &of_log->pieces[i];
    return NULL;
}

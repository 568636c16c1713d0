/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int order(const void *left, const void *right)
{
    const struct ledger_file *a = left, *b = right;

    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return (a->seconds > b->seconds) - (a->seconds < b->seconds);
}

/* A log and a manifest of the same name become one. */
static size_t merge(struct ledger_file *files, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (kept && order(&files[kept - 1], &files[i]) == 0) {
            files[kept - 1].log |= files[i].log;
            files[kept - 1].manifest |= files[i].manifest;
        } else {
            files[kept++] = files[i];
        }
    }
    return kept;
}

static int add(struct ledger_folder *folder, size_t *capacity, const struct ledger_name *name, struct error *e)
{
    if (folder->count == *capacity) {
        size_t wanted = *capacity ? *capacity * 2 : 64;
        struct ledger_file *files = reallocarray(folder->files, wanted, sizeof *files);

        if (!files)
            return error_set(e, ERROR_MEMORY, "no memory for the list of the legal log's files");
        folder->files = files;
        *capacity = wanted;
    }
    folder->files[folder->count++] = (struct ledger_file){
        .seconds = name->seconds,
        .first = name->first,
        .log = name->kind == LEDGER_LOG,
        .manifest = name->kind == LEDGER_MANIFEST,
    };
    return 0;
}

int ledger_folder_read(const char *dir, struct ledger_folder *out, struct error *e)
{
    struct ledger_folder folder = { 0 };
    size_t capacity = 0;
    struct dirent *entry;
    struct ledger_name name;
    int result = 0;
    DIR *d = opendir(dir);

    if (!d)
        return error_set(e, errno == ENOENT ? ERROR_NOT_FOUND : error_from_errno(errno), "%s: %s", dir, strerror(errno));
    for (errno = 0; result == 0 && (entry = readdir(d)) != NULL; errno = 0)
        if (ledger_name_read(entry->d_name, &name))
            result = add(&folder, &capacity, &name, e);
    if (result == 0 && errno != 0)
        result = error_set(e, error_from_errno(errno), "%s: %s", dir, strerror(errno));
    closedir(d);
    if (result != 0) {
        ledger_folder_free(&folder);
        return result;
    }
    if (folder.count)
        qsort(folder.files, folder.count, sizeof *folder.files, order);
    folder.count = merge(folder.files, folder.count);
    *out = folder;
    return 0;
}

void ledger_folder_free(struct ledger_folder *folder)
{
    free(folder->files);
    *folder = (struct ledger_folder){ 0 };
}

void ledger_file_name(const struct ledger_file *file, enum ledger_file_kind kind, char out[LEDGER_NAME_SIZE])
{
    struct ledger_name name = { .kind = kind, .seconds = file->seconds, .first = file->first };

    ledger_name_write(&name, out);
}

int ledger_folder_size(const char *dir, const struct ledger_file *file, uint64_t *out_size, struct error *e)
{
    char name[LEDGER_NAME_SIZE], path[LEDGER_PATH_SIZE];
    struct stat st = { 0 };
    int result;

    ledger_file_name(file, LEDGER_LOG, name);
    result = ledger_path(dir, name, path, e);
    if (result == 0 && stat(path, &st) != 0 && errno != ENOENT)
        result = error_set(e, error_from_errno(errno), "%s: %s", path, strerror(errno));
    *out_size = (uint64_t)st.st_size;
    return result;
}

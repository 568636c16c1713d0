/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Files: read whole, replaced safely, mapped.
 */
#ifndef OPEC_BASE_FILE_H
#define OPEC_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

/* The whole file in the arena (NUL-terminated behind its size). ERROR_NOT_FOUND, ERROR_FILE, ERROR_LIMIT over `maximum`,
 * ERROR_BUDGET. The words name the path. */
int file_read(const char *path, size_t maximum, struct arena *arena, struct slice *out, struct error *e);

/* Replace a file so that at any crash it is the old or the new one: write beside it (PATH.new), sync, rename, sync the folder. Of several
 * who replace it at once the last one's stays. On failure the old one stays, unless only the syncing of the folder failed. */
int file_replace(const char *path, struct slice content, unsigned mode, struct error *e);

/* Sync the folder in which `path` stands, so that its name is durable. */
int file_sync_folder(const char *path, struct error *e);

/* A folder and those above it, as mkdir -p; that it exists is no error. */
int file_make_folder(const char *path, unsigned mode, struct error *e);

/* The whole of an open file, mapped read-only; *out is empty for an empty file. End it with file_unmap. */
int file_map(int fd, struct slice *out, struct error *e);
void file_unmap(struct slice *mapped);

/* Write all; ERROR_FULL, ERROR_FILE. */
int file_write(int fd, struct slice s, struct error *e);

/* close() unless *fd is -1; leaves -1. */
void file_close(int *fd);

#endif

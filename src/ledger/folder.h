/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What stands in the ledger's folder, in the order of the lines.
 */
#ifndef OPEC_LEDGER_FOLDER_H
#define OPEC_LEDGER_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "ledger/name.h"

/* A log file and its manifest: one of the two may be missing. */
struct ledger_file {
    int64_t seconds;
    uint64_t first;
    bool log, manifest;
};

struct ledger_folder {
    struct ledger_file *files; /* by first line, then by time */
    size_t count;
};

/* Other names in the folder are passed over. ERROR_NOT_FOUND, ERROR_FILE, ERROR_MEMORY. */
int ledger_folder_read(const char *dir, struct ledger_folder *out, struct error *e);
void ledger_folder_free(struct ledger_folder *folder);

/* The file's name of a kind. */
void ledger_file_name(const struct ledger_file *file, enum ledger_file_kind kind, char out[LEDGER_NAME_SIZE]);

/* Bytes of its log at this moment; 0 without one. ERROR_FILE, ERROR_LIMIT. */
int ledger_folder_size(const char *dir, const struct ledger_file *file, uint64_t *out_size, struct error *e);

#endif

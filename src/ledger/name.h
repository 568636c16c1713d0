/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The names of the ledger's files: legal-20261124T052141Z-000000000001.log, whose number is that of its first line, and
 * legal-20261124T052141Z-000000000001.manifest.json beside it once it is closed.
 */
#ifndef OPEC_LEDGER_NAME_H
#define OPEC_LEDGER_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ledger/ledger.h"

enum { LEDGER_NAME_SIZE = 64 };

enum ledger_file_kind { LEDGER_LOG, LEDGER_MANIFEST };

/* What a name says. */
struct ledger_name {
    enum ledger_file_kind kind;
    int64_t seconds; /* time of the first line */
    uint64_t first;  /* number of the first line, from 1 */
};

void ledger_name_write(const struct ledger_name *name, char out[LEDGER_NAME_SIZE]);

/* False for anything that ledger_name_write does not write. */
bool ledger_name_read(const char *text, struct ledger_name *out);

/* DIR/NAME. ERROR_LIMIT if it does not fit. */
int ledger_path(const char *dir, const char *name, char out[LEDGER_PATH_SIZE], struct error *e);

#endif

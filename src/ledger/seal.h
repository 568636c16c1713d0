/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Closing a file of the ledger: it is read through once more and its manifest is written.
 */
#ifndef OPEC_LEDGER_SEAL_H
#define OPEC_LEDGER_SEAL_H

#include <stdint.h>

#include "base/error.h"
#include "ledger/ledger.h"
#include "ledger/manifest.h"
#include "ledger/name.h"

/* What is to be sealed. */
struct ledger_closing {
    const char *dir;
    struct ledger_name name;  /* of the log */
    struct ledger_head head;  /* its last line */
    const char *provider;
    const struct ledger_seal *before;
    int64_t now;
};

/* Read the file through, and write its manifest, durable when this returns. ERROR_CORRUPT (FILE:LINE: ...) if the file is not what was
 * appended to it: a manifest vouches for no such file. ERROR_FULL, ERROR_FILE, ERROR_MEMORY. */
int ledger_seal_file(const struct ledger_closing *closing, struct ledger_seal *out, struct error *e);

#endif

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Where the ledger stands when it is opened: the line that the store knows is looked up from the end of its file, and what was
 * written behind it is taken in.
 */
#ifndef OPEC_LEDGER_RECOVER_H
#define OPEC_LEDGER_RECOVER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "ledger/ids.h"
#include "ledger/ledger.h"
#include "ledger/manifest.h"

struct ledger_standing {
    struct ledger_head head;
    struct ledger_ids behind;  /* ids of the lines behind the known one */
    struct ledger_seal before; /* the newest manifest */
    bool open;                 /* there is a file to go on with: */
    int64_t seconds;           /* time of its first line */
    uint64_t first;            /* number of its first line */
    uint64_t size;             /* bytes up to the end of its last whole line: what stands behind is to be cut off */
};

/* Read a folder; nothing is changed in it. *out_damage as in ledger_open. ERROR_NOT_FOUND, ERROR_FILE, ERROR_MEMORY. */
int ledger_recover(const char *dir, const struct ledger_head *known, struct ledger_standing *out, struct error *out_damage,
                   struct error *e);

#endif

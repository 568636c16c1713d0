/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What signatures and time stamps say of the manifests of the legal log: for `opec log verify`, beside what the chain says of itself.
 */
#ifndef OPEC_OPEC_EVIDENCE_REPORT_H
#define OPEC_OPEC_EVIDENCE_REPORT_H

#include <jansson.h>
#include <stdint.h>

#include "config/config.h"
#include "ledger/evidence.h"
#include "opec/evidence_judge.h"

struct evidence_report {
    uint64_t manifests;
    struct {
        uint64_t count;      /* manifests that have it: it holds, unless `unchecked` */
        char unchecked[300]; /* why none could be judged; "" if they were */
        uint64_t late;       /* manifests that are wanted to have it and do not, a day after they were closed */
        int64_t late_since;  /* when the oldest of these was closed */
    } of[LEDGER_EVIDENCE_KINDS];
    char signer[256]; /* address in the certificate of the last signature; "" without one */
    char fault[400]; /* FILE: what is wrong with the first that does not hold; "" for none */
};

/* Look at what stands beside each manifest of a folder, by evidence_judge.h. `config` says what is wanted, and may be NULL: nothing. Goes on
 * after a fault. 0 whatever was found; ERROR_NOT_FOUND, ERROR_FILE, ERROR_MEMORY for the folder. */
int evidence_report_folder(const char *dir, const struct evidence_settings *by, const struct config *config, int64_t now,
                           struct evidence_report *out, struct error *e);

/* The same of log.legal_dir, by the authorities of the configuration and for provider.address. */
int evidence_report_make(const struct config *config, int64_t now, struct evidence_report *out, struct error *e);

/* What should not stay so, as a list of sentences. NULL without memory. */
json_t *evidence_report_warnings(const struct evidence_report *report);

#endif

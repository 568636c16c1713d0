/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What others say of a closed file (RFC 6109 2.3: a time stamp on the log): beside MANIFEST, MANIFEST.p7s with the provider's signature and
 * MANIFEST.tsr with a time stamp, each over the manifest's bytes and each once it could be had. Here they are files of some bytes; what they
 * are worth is judged elsewhere (sign/verify.h, sign/stamp.h).
 */
#ifndef OPEC_LEDGER_EVIDENCE_H
#define OPEC_LEDGER_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "ledger/manifest.h"
#include "ledger/name.h"

enum ledger_evidence {
    LEDGER_SIGNATURE, /* detached CMS SignedData, DER */
    LEDGER_STAMP,     /* TimeStampResp, DER */
    LEDGER_EVIDENCE_KINDS,
};

enum { LEDGER_EVIDENCE_MAX = 256 * 1024 };

/* ".p7s", ".tsr" */
extern const char *const ledger_evidence_endings[LEDGER_EVIDENCE_KINDS];

struct ledger_closed {
    char manifest[LEDGER_NAME_SIZE];
    bool has[LEDGER_EVIDENCE_KINDS];
};

/* All manifests of a folder, the oldest first, whether their logs are still there or not. */
struct ledger_closed_files {
    struct ledger_closed *files;
    size_t count;
};

/* ERROR_NOT_FOUND, ERROR_FILE, ERROR_MEMORY, ERROR_LIMIT (a path that is too long). */
int ledger_closed_read(const char *dir, struct ledger_closed_files *out, struct error *e);
void ledger_closed_free(struct ledger_closed_files *closed);

/* The evidence beside a manifest. ERROR_NOT_FOUND, ERROR_LIMIT (larger than any), ERROR_FILE, ERROR_BUDGET. */
int ledger_evidence_load(const char *dir, const char *manifest, enum ledger_evidence kind, struct arena *arena, struct slice *out,
                         struct error *e);

/* Put it there, durable when this returns; whole or not at all. ERROR_FULL, ERROR_FILE, ERROR_LIMIT. */
int ledger_evidence_store(const char *dir, const char *manifest, enum ledger_evidence kind, struct slice content, struct error *e);

/* Remove what stands beside a manifest that is about to be written: it is of one that was never durable, with other bytes. */
void ledger_evidence_forget(const char *dir, const char *manifest);

/* When the file of a manifest was closed, seconds since 1970: as the manifest says, or, if it cannot be read, the time of the file's first
 * line, which is in its name. */
int64_t ledger_closed_at(const char *dir, const char *manifest);

/* How many manifests lack what. */
struct ledger_waiting {
    size_t closed; /* all manifests */
    struct {
        size_t count;
        int64_t since; /* when the oldest of them was closed; 0 without any */
    } of[LEDGER_EVIDENCE_KINDS];
};

/* The errors of ledger_closed_read. */
int ledger_waiting_read(const char *dir, struct ledger_waiting *out, struct error *e);

#endif

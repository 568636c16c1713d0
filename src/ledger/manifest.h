/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The manifest of a closed file: what the file held when it was closed, in one line of JSON beside it.
 *
 * Each manifest names the one before it and its SHA-256, so that manifests are a chain of their own; like a line of the ledger it ends
 * in the hash of its own text. It is the manifest's bytes, as they stand in its file, that a signature and a time stamp are made of
 * (RFC 6109 2.3: data preserved unmodified); both go into files of their own beside it, and the manifest never changes.
 *
 * It vouches for its file twice: by the hash of all bytes, which anybody can make (sha256sum), and by the root of the hash tree over the
 * lines, from which some of them can be proved to a holder without the mail of all others.
 */
#ifndef OPEC_LEDGER_MANIFEST_H
#define OPEC_LEDGER_MANIFEST_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/slice.h"
#include "ledger/ledger.h"
#include "ledger/line.h"
#include "ledger/name.h"

enum { LEDGER_PROVIDER_SIZE = 256, LEDGER_MANIFEST_MAX = 8 * 1024 };

/* What links a manifest to the one before it. */
struct ledger_seal {
    char manifest[LEDGER_NAME_SIZE]; /* "" for none */
    char sha256[LEDGER_HEX_SIZE + 1];
};

struct ledger_manifest {
    char file[LEDGER_NAME_SIZE];        /* name of the log */
    uint64_t count, first, last;        /* lines, number of the first and of the last one */
    char previous[LEDGER_HEX_SIZE + 1]; /* hash of the line before the first one */
    char head[LEDGER_HEX_SIZE + 1];     /* hash of the last line */
    uint64_t size;                      /* bytes */
    char sha256[LEDGER_HEX_SIZE + 1];   /* of the whole file */
    char tree[LEDGER_HEX_SIZE + 1];     /* root of the hash tree over its lines (tree.h) */
    char provider[LEDGER_PROVIDER_SIZE];
    char closed[CLOCK_DATE_SIZE]; /* RFC 3339, UTC */
    struct ledger_seal before;    /* the manifest before; empty for the first of all */
};

/* Append the manifest's text (one line, with its LF). ERROR_SYNTAX for a provider that is not UTF-8, ERROR_LIMIT, ERROR_MEMORY. */
int ledger_manifest_write(struct buffer *out, const struct ledger_manifest *manifest, struct error *e);

/* Read it back. ERROR_CORRUPT for a text that ledger_manifest_write has not written. */
int ledger_manifest_read(struct slice text, struct ledger_manifest *out, struct error *e);

/* The link to a manifest with these bytes. ERROR_MEMORY. */
int ledger_seal_make(const char *name, struct slice text, struct ledger_seal *out, struct error *e);

/* The bytes of the manifest NAME of a folder, whatever they are. ERROR_NOT_FOUND, ERROR_LIMIT (too large for a manifest), ERROR_FILE,
 * ERROR_BUDGET. */
int ledger_manifest_load(const char *dir, const char *name, struct arena *arena, struct slice *out, struct error *e);

#endif

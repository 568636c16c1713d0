/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * An export of the legal log (a ZIP): its members, and what it says of itself.
 *
 *     events.jsonl    the lines of closed files, as they stand in the log
 *     proofs.jsonl    {"file","from","to","tree"}: what stands for the lines between them, a node of the hash tree of their file
 *     manifests/      the manifest of each of these files, with .p7s and .tsr where there are such
 *     open.jsonl      lines of the file in use, which nothing proves yet; absent without any
 *     events.csv      all of these lines for people
 *     export.json     the facts below
 *     README.txt      these facts in words, and how to check the rest; made of them alone
 */
#ifndef OPEC_OPEC_EXPORT_FACTS_H
#define OPEC_OPEC_EXPORT_FACTS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

#define EXPORT_EVENTS "events.jsonl"
#define EXPORT_PROOFS "proofs.jsonl"
#define EXPORT_OPEN "open.jsonl"
#define EXPORT_CSV "events.csv"
#define EXPORT_FACTS "export.json"
#define EXPORT_README "README.txt"
#define EXPORT_MANIFESTS "manifests/"

enum { EXPORT_TEXT_MAX = 64 * 1024 /* of export.json and of README.txt */ };

struct export_facts {
    const char *address, *provider;
    const char *from, *to; /* RFC 3339 in UTC; NULL: without that end */
    const char *made;      /* the same form */
    int64_t sealed, open, withheld, files;
};

/* export.json, in the arena; NULL without budget or for what is not UTF-8. */
char *export_facts_write(const struct export_facts *facts, struct arena *arena);

/* Read back, texts in the arena. ERROR_SYNTAX. */
int export_facts_read(struct slice text, struct arena *arena, struct export_facts *out, struct error *e);

/* Append README.txt. ERROR_LIMIT, ERROR_MEMORY. */
int export_readme_write(struct buffer *out, const struct export_facts *facts);

/* What stands for lines that are not in the export (ledger/tree.h). */
struct export_gap {
    const char *file;  /* name of the log */
    uint64_t from, to; /* numbers of lines */
    const char *tree;  /* hexadecimal */
};

/* Append its line of proofs.jsonl: there is one form alone. ERROR_LIMIT, ERROR_MEMORY. */
int export_gap_write(struct buffer *out, const struct export_gap *gap);

#endif

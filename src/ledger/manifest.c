/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/manifest.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/record.h"
#include "base/text.h"

enum { MANIFEST_BUDGET = 64 * 1024 };

/* A text kept in a field of `size` bytes of the structure. */
static void visit_text(struct record *r, const char *name, char *field, size_t size)
{
    const char *text = field;

    record_text(r, name, &text);
    if (r->reads && !r->failed && text != field && !text_copy(field, size, slice_of(text)))
        record_fail(r);
}

static void visit_number(struct record *r, const char *name, uint64_t *field)
{
    int64_t number = (int64_t)*field;

    record_i64(r, name, &number);
    if (number < 0)
        record_fail(r);
    *field = (uint64_t)number;
}

static void visit_manifest(struct record *r, struct ledger_manifest *m)
{
    visit_text(r, "file", m->file, sizeof m->file);
    visit_number(r, "count", &m->count);
    visit_number(r, "first", &m->first);
    visit_number(r, "last", &m->last);
    visit_text(r, "previous", m->previous, sizeof m->previous);
    visit_text(r, "head", m->head, sizeof m->head);
    visit_number(r, "size", &m->size);
    visit_text(r, "sha256", m->sha256, sizeof m->sha256);
    visit_text(r, "tree", m->tree, sizeof m->tree);
    visit_text(r, "provider", m->provider, sizeof m->provider);
    visit_text(r, "closed", m->closed, sizeof m->closed);
    visit_text(r, "before", m->before.manifest, sizeof m->before.manifest);
    visit_text(r, "before_sha256", m->before.sha256, sizeof m->before.sha256);
}

/* Everything but its hash; the braces are not closed. */
static int append_fields(struct buffer *out, const struct ledger_manifest *manifest, struct error *e)
{
    struct ledger_manifest m = *manifest;
    struct record r = record_writer();
    struct arena *arena = arena_new(MANIFEST_BUDGET);
    int result = 0;
    char *text;

    visit_manifest(&r, &m);
    text = arena ? record_finish(&r, arena) : NULL;
    if (text)
        result = buffer_append(out, (struct slice){ text, strlen(text) - 1 });
    else
        result = ERROR_SYNTAX;
    record_drop(&r);
    arena_free(&arena);
    return result == 0 ? 0 : error_set(e, result, "%s: its manifest cannot be written: %s", m.file, error_row(result)->text);
}

int ledger_manifest_write(struct buffer *out, const struct ledger_manifest *manifest, struct error *e)
{
    unsigned char hash[LEDGER_HASH_SIZE];
    size_t start = buffer_data(out).size;
    int result = append_fields(out, manifest, e);

    if (result != 0)
        return result;
    result = ledger_hash_append(out, start, hash);
    return result == 0 ? 0 : error_set(e, result, "%s: its manifest cannot be written", manifest->file);
}

static int read_fields(struct slice text, struct ledger_manifest *out, struct error *e)
{
    struct arena *arena = arena_new(MANIFEST_BUDGET);
    struct ledger_manifest m = { 0 };
    struct record r = { 0 };
    bool good = false;

    if (!arena)
        return error_set(e, ERROR_MEMORY, "no memory for a manifest");
    r = record_reader(text, arena);
    visit_manifest(&r, &m);
    good = record_drop(&r) && m.file[0];
    arena_free(&arena);
    if (!good)
        return error_set(e, ERROR_CORRUPT, "not a manifest of the legal log");
    *out = m;
    return 0;
}

int ledger_manifest_read(struct slice text, struct ledger_manifest *out, struct error *e)
{
    struct slice hashed, hash;
    struct digest *sha256;
    bool holds;

    if (text.size > LEDGER_MANIFEST_MAX || !ledger_hash_split(text, &hashed, &hash))
        return error_set(e, ERROR_CORRUPT, "changed: it does not end in its hash");
    sha256 = digest_new(DIGEST_SHA256);
    if (!sha256)
        return error_set(e, ERROR_MEMORY, "no memory for a digest");
    holds = ledger_hash_holds(sha256, hashed, hash);
    digest_free(&sha256);
    if (!holds)
        return error_set(e, ERROR_CORRUPT, "changed: its hash is not that of its text");
    return read_fields(text, out, e);
}

int ledger_seal_make(const char *name, struct slice text, struct ledger_seal *out, struct error *e)
{
    unsigned char hash[DIGEST_MAX];

    if (digest_slice(DIGEST_SHA256, text, hash) != 0)
        return error_set(e, ERROR_MEMORY, "no memory for a digest");
    text_copy(out->manifest, sizeof out->manifest, slice_of(name));
    hex_write((struct slice){ (const char *)hash, LEDGER_HASH_SIZE }, out->sha256);
    return 0;
}

int ledger_manifest_load(const char *dir, const char *name, struct arena *arena, struct slice *out, struct error *e)
{
    char path[LEDGER_PATH_SIZE];
    int result = ledger_path(dir, name, path, e);

    return result == 0 ? file_read(path, LEDGER_MANIFEST_MAX, arena, out, e) : result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/seal.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "ledger/evidence.h"
#include "ledger/reader.h"

enum { MANIFEST_MODE = 0640 };

/* A file while it is read through for its manifest. */
struct reading {
    const struct ledger_closing *closing;
    struct ledger_chain chain;
    struct digest *sha256; /* of the whole file */
    struct ledger_manifest *manifest;
};

static int not_as_written(const struct reading *r, uint64_t line, const char *how, struct error *e)
{
    return error_set(e, ERROR_CORRUPT, "%s:%llu: %s; the file is left without a manifest", r->manifest->file,
                     (unsigned long long)line, how);
}

static int read_line(struct reading *r, struct slice text, struct error *e)
{
    struct ledger_manifest *m = r->manifest;
    struct ledger_line line;

    if (ledger_chain_next(&r->chain, text, &line) != LEDGER_GOOD)
        return not_as_written(r, m->count + 1, "not the line that was written", e);
    if (m->count == 0) {
        m->first = line.n;
        text_copy(m->previous, sizeof m->previous, line.previous);
    }
    digest_update(r->sha256, text);
    m->count++;
    m->size += text.size;
    return 0;
}

static int read_lines(struct reading *r, struct error *e)
{
    struct ledger_reader reader = { .fd = -1 };
    enum ledger_found found = LEDGER_LINE;
    char path[LEDGER_PATH_SIZE];
    struct slice line;
    int result = ledger_path(r->closing->dir, r->manifest->file, path, e);

    if (result == 0)
        result = ledger_reader_open(path, &reader, e);
    while (result == 0 && found == LEDGER_LINE) {
        result = ledger_reader_next(&reader, &found, &line, e);
        if (result == 0 && found == LEDGER_LINE)
            result = read_line(r, line, e);
    }
    if (result == 0 && found != LEDGER_END)
        result = not_as_written(r, r->manifest->count + 1, "half a line", e);
    ledger_reader_close(&reader);
    return result;
}

/* The numbers of the manifest, from the file itself. */
static int examine(const struct ledger_closing *closing, struct ledger_manifest *m, struct error *e)
{
    static const struct ledger_head none = { 0 };
    struct reading r = { .closing = closing, .manifest = m, .sha256 = digest_new(DIGEST_SHA256) };
    unsigned char sha256[LEDGER_HASH_SIZE];
    struct ledger_head head;
    int result = r.sha256 ? ledger_chain_begin(&r.chain, &none, e) : error_set(e, ERROR_MEMORY, "no memory for a digest");

    if (result != 0)
        goto out;
    r.chain.hash[0] = '\0'; /* the first line is taken as it comes */
    result = read_lines(&r, e);
    if (result != 0)
        goto out;
    head = ledger_chain_head(&r.chain);
    if (m->first != closing->name.first || head.count != closing->head.count ||
        memcmp(head.hash, closing->head.hash, sizeof head.hash) != 0) {
        result = not_as_written(&r, m->count, "the last line is not the last one written", e);
        goto out;
    }
    m->last = head.count;
    text_copy(m->head, sizeof m->head, slice_of(r.chain.hash));
    digest_final(r.sha256, sha256);
    hex_write((struct slice){ (const char *)sha256, sizeof sha256 }, m->sha256);
out:
    ledger_chain_end(&r.chain);
    digest_free(&r.sha256);
    return result;
}

/* A manifest that is there but perhaps not durable would vouch for a file that stays in use. */
static int replace(const char *path, struct slice text, struct error *e)
{
    int result = file_replace(path, text, MANIFEST_MODE, e);

    if (result != 0)
        unlink(path);
    return result;
}

static int write_file(const struct ledger_closing *closing, const struct ledger_manifest *m, struct ledger_seal *out, struct error *e)
{
    struct ledger_name name = { LEDGER_MANIFEST, closing->name.seconds, closing->name.first };
    struct buffer text = buffer_new(LEDGER_MANIFEST_MAX);
    char path[LEDGER_PATH_SIZE], file[LEDGER_NAME_SIZE];
    struct ledger_seal seal;
    int result = ledger_manifest_write(&text, m, e);

    ledger_name_write(&name, file);
    if (result == 0)
        result = ledger_path(closing->dir, file, path, e);
    if (result == 0)
        result = ledger_seal_make(file, buffer_data(&text), &seal, e);
    if (result == 0) {
        ledger_evidence_forget(closing->dir, file);
        result = replace(path, buffer_data(&text), e);
    }
    if (result == 0)
        *out = seal;
    buffer_free(&text);
    return result;
}

int ledger_seal_file(const struct ledger_closing *closing, struct ledger_seal *out, struct error *e)
{
    struct ledger_manifest m = { 0 };
    int result;

    ledger_name_write(&closing->name, m.file);
    text_copy(m.provider, sizeof m.provider, slice_of(closing->provider));
    clock_utc_text(closing->now, m.closed);
    m.before = *closing->before;
    result = examine(closing, &m, e);
    return result == 0 ? write_file(closing, &m, out, e) : result;
}

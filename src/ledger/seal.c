/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/seal.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/text.h"
#include "ledger/evidence.h"
#include "ledger/reader.h"
#include "ledger/tally.h"

enum { MANIFEST_MODE = 0640 };

/* A file while it is read through for its manifest. */
struct reading {
    const struct ledger_closing *closing;
    struct ledger_chain chain;
    struct ledger_tally tally;
    const char *file;
};

static int not_as_written(const struct reading *r, uint64_t line, const char *how, struct error *e)
{
    return error_set(e, ERROR_CORRUPT, "%s:%llu: %s; the file is left without a manifest", r->file, (unsigned long long)line, how);
}

static int read_line(struct reading *r, struct slice text, struct error *e)
{
    struct ledger_line line;

    if (ledger_chain_next(&r->chain, text, &line) != LEDGER_GOOD || ledger_tally_add(&r->tally, text, &line, false) != 0)
        return not_as_written(r, r->tally.seen.count + 1, "not the line that was written", e);
    return 0;
}

static int read_lines(struct reading *r, struct error *e)
{
    struct ledger_reader reader = { .fd = -1 };
    enum ledger_found found = LEDGER_LINE;
    char path[LEDGER_PATH_SIZE];
    struct slice line;
    int result = ledger_path(r->closing->dir, r->file, path, e);

    if (result == 0)
        result = ledger_reader_open(path, &reader, e);
    while (result == 0 && found == LEDGER_LINE) {
        result = ledger_reader_next(&reader, &found, &line, e);
        if (result == 0 && found == LEDGER_LINE)
            result = read_line(r, line, e);
    }
    if (result == 0 && found != LEDGER_END)
        result = not_as_written(r, r->tally.seen.count + 1, "half a line", e);
    ledger_reader_close(&reader);
    return result;
}

/* The file ends with the line that was written last, and begins with the one that it is named after. */
static bool is_whole(const struct reading *r)
{
    struct ledger_head head = ledger_chain_head(&r->chain);

    return r->tally.seen.first == r->closing->name.first && head.count == r->closing->head.count &&
           memcmp(head.hash, r->closing->head.hash, sizeof head.hash) == 0;
}

/* The numbers of the manifest, from the file itself. */
static int examine(const struct ledger_closing *closing, const char *file, struct ledger_manifest *out, struct error *e)
{
    static const struct ledger_head none = { 0 };
    struct reading r = { .closing = closing, .file = file };
    int result = ledger_tally_begin(&r.tally, NULL, NULL, e);

    if (result == 0)
        result = ledger_chain_begin(&r.chain, &none, e);
    if (result != 0)
        goto out;
    r.chain.hash[0] = '\0'; /* the first line is taken as it comes */
    result = read_lines(&r, e);
    if (result == 0 && !is_whole(&r))
        result = not_as_written(&r, r.tally.seen.count, "the last line is not the last one written", e);
    if (result == 0)
        result = ledger_tally_finish(&r.tally);
    if (result == 0)
        *out = r.tally.seen;
out:
    ledger_chain_end(&r.chain);
    ledger_tally_end(&r.tally);
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
    char file[LEDGER_NAME_SIZE];
    int result;

    ledger_name_write(&closing->name, file);
    result = examine(closing, file, &m, e);
    if (result != 0)
        return result;
    text_copy(m.file, sizeof m.file, slice_of(file));
    text_copy(m.provider, sizeof m.provider, slice_of(closing->provider));
    clock_utc_text(closing->now, m.closed);
    m.before = *closing->before;
    return write_file(closing, &m, out, e);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/export/extract.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "ledger/folder.h"
#include "ledger/manifest.h"
#include "ledger/reader.h"
#include "ledger/tree.h"
#include "opec/export/holder.h"

/* An event may be written so long after its time: a message that is deferred stays in the queue for a day, its plan for two. */
enum { LATE_S = 3 * 86400, MANIFEST_BUDGET = 64 * 1024 };

struct extraction {
    const struct extract_settings *settings;
    const struct extract_tellers *tellers;
    struct slice address;
    struct ledger_folder folder;
    struct arena *arena; /* of one manifest */
    struct extract_counts counts;
};

struct file {
    struct extraction *x;
    char log[LEDGER_NAME_SIZE];
    bool is_sealed;
    struct ledger_manifest seal;
    struct ledger_tree tree;
    uint64_t count, shown; /* lines */
};

static int not_as_sealed(const struct file *f, struct error *e)
{
    return error_set(e, ERROR_CORRUPT, "%s: not as it was sealed; opec log verify says where", f->log);
}

static int tell_gap(void *arg, const struct ledger_tree_node *node)
{
    const struct file *f = arg;
    char hex[LEDGER_HEX_SIZE + 1];
    uint64_t from = f->seal.first + node->first;

    hex_write((struct slice){ (const char *)node->hash, sizeof node->hash }, hex);
    return f->is_sealed ? f->x->tellers->gap(f->x->tellers->arg, f->log, from, from + ((uint64_t)1 << node->level) - 1, hex) : 0;
}

/* --- lines ------------------------------------------------------------------------------------------------------------------ */

static bool is_of_span(const struct span *span, const json_t *event)
{
    const char *utc = json_string_value(json_object_get(event, "utc"));
    int64_t seconds;

    return utc && clock_read_utc(utc, &seconds) ? span_has(span, seconds) : span->from == INT64_MIN && span->to == INT64_MAX;
}

/* NULL for a line that is not to be shown. End it with json_decref. */
static json_t *shown_event(struct extraction *x, struct slice text)
{
    json_t *event = holder_may_be_named(x->address, text) ? json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    enum holder_view view = event && is_of_span(&x->settings->span, event) ? holder_view(x->address, event) : HOLDER_NOT_NAMED;

    x->counts.withheld += view == HOLDER_WITHHELD;
    if (view == HOLDER_SHOWN)
        return event;
    json_decref(event);
    return NULL;
}

static int read_line(struct file *f, struct slice text, struct error *e)
{
    struct extraction *x = f->x;
    struct ledger_line line;
    json_t *event;
    int result;

    if (!ledger_line_read(text, &line))
        return not_as_sealed(f, e);
    event = shown_event(x, text);
    result = ledger_tree_add_line(&f->tree, &line, event != NULL);
    if (result == ERROR_SYNTAX)
        result = not_as_sealed(f, e);
    else if (result == 0 && event)
        result = x->tellers->line(x->tellers->arg, text, event, f->is_sealed);
    f->count++;
    if (event) {
        f->shown++;
        *(f->is_sealed ? &x->counts.sealed : &x->counts.open) += 1;
    }
    json_decref(event);
    return result;
}

static int read_lines(struct file *f, struct error *e)
{
    struct ledger_reader reader = { .fd = -1 };
    enum ledger_found found = LEDGER_LINE;
    char path[LEDGER_PATH_SIZE];
    struct slice text;
    int result = ledger_path(f->x->settings->dir, f->log, path, e);

    if (result == 0)
        result = ledger_reader_open(path, &reader, e);
    while (result == 0 && found == LEDGER_LINE) {
        result = ledger_reader_next(&reader, &found, &text, e);
        if (result == 0 && found == LEDGER_LINE)
            result = read_line(f, text, e);
    }
    ledger_reader_close(&reader);
    return result;
}

/* --- files ------------------------------------------------------------------------------------------------------------------ */

static int load_seal(struct file *f, const struct ledger_file *file, struct error *e)
{
    char name[LEDGER_NAME_SIZE];
    struct slice text;
    int result;

    f->is_sealed = file->manifest;
    if (!file->manifest)
        return 0;
    ledger_file_name(file, LEDGER_MANIFEST, name);
    arena_reset(f->x->arena);
    result = ledger_manifest_load(f->x->settings->dir, name, f->x->arena, &text, e);
    if (result == 0)
        result = ledger_manifest_read(text, &f->seal, e);
    return result == 0 ? 0 : error_prefix(e, result, "%s", name);
}

/* Lines that were shown are proved, or nothing of all this is given out. */
static int finish(struct file *f, const struct ledger_file *file, struct error *e)
{
    unsigned char root[LEDGER_HASH_SIZE];
    char hex[LEDGER_HEX_SIZE + 1], name[LEDGER_NAME_SIZE];
    int result = ledger_tree_root(&f->tree, root);

    if (result != 0 || !f->is_sealed || f->shown == 0)
        return result;
    hex_write((struct slice){ (const char *)root, sizeof root }, hex);
    if (f->count != f->seal.count || strcmp(hex, f->seal.tree) != 0 || strcmp(f->log, f->seal.file) != 0)
        return not_as_sealed(f, e);
    f->x->counts.files++;
    ledger_file_name(file, LEDGER_MANIFEST, name);
    return f->x->tellers->file(f->x->tellers->arg, name);
}

static int read_file(struct extraction *x, const struct ledger_file *file, struct error *e)
{
    struct file f = { .x = x };
    int result;

    ledger_file_name(file, LEDGER_LOG, f.log);
    result = load_seal(&f, file, e);
    if (result == 0)
        result = ledger_tree_begin(&f.tree, tell_gap, &f, e);
    if (result != 0)
        return result;
    result = read_lines(&f, e);
    if (result == 0)
        result = finish(&f, file, e);
    ledger_tree_end(&f.tree);
    return result;
}

/* May a line of the span stand in it? */
static bool is_wanted(const struct extraction *x, size_t at)
{
    const struct ledger_file *file = &x->folder.files[at], *next = at + 1 < x->folder.count ? file + 1 : NULL;
    const struct span *span = &x->settings->span;

    return file->log && !(next && next->seconds < span->from) && (span->to > INT64_MAX - LATE_S || file->seconds < span->to + LATE_S);
}

int extract(const struct extract_settings *settings, const struct extract_tellers *tellers, struct extract_counts *out, struct error *e)
{
    struct extraction x = { .settings = settings, .tellers = tellers, .address = slice_of(settings->address), .arena = arena_new(MANIFEST_BUDGET) };
    int result = x.arena ? ledger_folder_read(settings->dir, &x.folder, e) : error_set(e, ERROR_MEMORY, "out of memory");

    for (size_t at = 0; result == 0 && at < x.folder.count; at++)
        if (is_wanted(&x, at))
            result = read_file(&x, &x.folder.files[at], e);
    if (result == 0)
        *out = x.counts;
    ledger_folder_free(&x.folder);
    arena_free(&x.arena);
    return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ledger/folder.h"
#include "ledger/line.h"
#include "ledger/manifest.h"
#include "ledger/reader.h"
#include "ledger/tally.h"

enum { MANIFEST_BUDGET = 64 * 1024 };

const struct ledger_scope ledger_scope_all = { .from = INT64_MIN, .to = INT64_MAX };

struct check {
    const char *dir;
    const struct ledger_scope *scope;
    const struct ledger_head *known; /* its own */
    char known_hash[LEDGER_HEX_SIZE + 1];
    char kept_since[CLOCK_DATE_SIZE]; /* as manifests have it: in RFC 3339 the earlier time is the lesser text */
    struct ledger_folder folder;
    struct ledger_chain chain;
    struct ledger_seal before; /* the last manifest seen */
    struct arena *arena;       /* for one manifest */
    struct ledger_report *report;
};

/* A log and its manifest while they are read. */
struct file_check {
    size_t at; /* in the list of files */
    char log[LEDGER_NAME_SIZE], manifest[LEDGER_NAME_SIZE];
    bool sealed; /* there is a manifest: */
    struct ledger_manifest seal;
    struct error seal_fault; /* code 0 if it could be read */
    struct ledger_reader reader;
    struct ledger_tally tally; /* of what was read */
};

/* The first fault is kept. */
static void fault(struct check *c, const char *file, uint64_t line, const char *format, ...) __attribute__((format(printf, 4, 5)));

static void fault(struct check *c, const char *file, uint64_t line, const char *format, ...)
{
    char what[sizeof c->report->fault - LEDGER_NAME_SIZE - 32];
    va_list args;

    if (c->report->fault[0])
        return;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    snprintf(c->report->fault, sizeof c->report->fault, "%s:%llu: %s", file, (unsigned long long)line, what);
}

static bool is_faulty(const struct check *c)
{
    return c->report->fault[0] != '\0';
}

/* --- lines ------------------------------------------------------------------------------------------------------------------ */

/* Does the line with this number stand further down in the file? */
static int stands_below(struct file_check *f, uint64_t number, bool *out_found, struct error *e)
{
    enum ledger_found found = LEDGER_LINE;
    int result = 0;

    *out_found = false;
    while (result == 0 && found == LEDGER_LINE && !*out_found) {
        struct ledger_line line;
        struct slice text;

        result = ledger_reader_next(&f->reader, &found, &text, e);
        *out_found = result == 0 && found == LEDGER_LINE && ledger_line_read(text, &line) && line.n == number;
    }
    return result;
}

static int name_misplaced(struct check *c, struct file_check *f, uint64_t number, struct error *e)
{
    unsigned long long expected = c->chain.count + 1, n = number;
    uint64_t at = f->tally.seen.count + 1;
    bool below = false;
    int result;

    if (n < expected) {
        fault(c, f->log, at, "added: line %llu stands here again, line %llu should", n, expected);
        return 0;
    }
    result = stands_below(f, expected, &below, e);
    if (result != 0)
        return result;
    if (below)
        fault(c, f->log, at, "reordered: line %llu stands here, line %llu further down", n, expected);
    else
        fault(c, f->log, at, "removed: lines %llu to %llu are missing here", expected, n - 1);
    return 0;
}

static int check_line(struct check *c, struct file_check *f, struct slice text, struct error *e)
{
    uint64_t at = f->tally.seen.count + 1;
    struct ledger_line line;

    switch (ledger_chain_next(&c->chain, text, &line)) {
    case LEDGER_CHANGED:
        fault(c, f->log, at, "changed: line %llu is not as it was written", (unsigned long long)c->chain.count + 1);
        return 0;
    case LEDGER_MISPLACED:
        return name_misplaced(c, f, line.n, e);
    case LEDGER_UNLINKED:
        fault(c, f->log, at, "changed: line %llu was written behind another line than the one before it", (unsigned long long)line.n);
        return 0;
    case LEDGER_GOOD:
        break;
    }
    if (c->known && line.n == c->known->count && !slice_is(line.hash, c->known_hash))
        fault(c, f->log, at, "changed: line %llu is not the one that the store knows", (unsigned long long)line.n);
    if (ledger_tally_add(&f->tally, text, &line, false) != 0)
        fault(c, f->log, at, "changed: its hash is none");
    return 0;
}

/* What stands behind the last line end. Half a line is what an append in progress looks like. */
static void check_rest(struct check *c, const struct file_check *f, enum ledger_found found)
{
    bool may_grow = !f->sealed && f->at + 1 == c->folder.count;

    if (found == LEDGER_ENDLESS)
        fault(c, f->log, f->tally.seen.count + 1, "changed: it does not end");
    else if (found == LEDGER_HALF && !may_grow)
        fault(c, f->log, f->tally.seen.count + 1, "cut short: half a line");
}

static int check_lines(struct check *c, struct file_check *f, struct error *e)
{
    enum ledger_found found = LEDGER_LINE;
    char path[LEDGER_PATH_SIZE];
    int result = ledger_path(c->dir, f->log, path, e);

    if (result == 0)
        result = ledger_reader_open(path, &f->reader, e);
    while (result == 0 && !is_faulty(c)) {
        struct slice text;

        result = ledger_reader_next(&f->reader, &found, &text, e);
        if (result != 0 || found != LEDGER_LINE)
            break;
        result = check_line(c, f, text, e);
    }
    if (result == 0 && !is_faulty(c))
        check_rest(c, f, found);
    if (f->tally.seen.count && !c->report->first)
        c->report->first = c->chain.count + 1 - f->tally.seen.count;
    c->report->lines += f->tally.seen.count;
    ledger_reader_close(&f->reader);
    return result;
}

/* --- manifests -------------------------------------------------------------------------------------------------------------- */

/* Read before the log: a file that was closed by then grows no more, and a newest file without manifest may. */
static int load_manifest(struct check *c, struct file_check *f, struct error *e)
{
    struct ledger_seal link = { 0 };
    struct slice text;
    int result;

    arena_reset(c->arena);
    result = ledger_manifest_load(c->dir, f->manifest, c->arena, &text, e);
    if (result == ERROR_NOT_FOUND)
        return 0;
    f->sealed = true;
    if (result == ERROR_LIMIT) {
        error_set(&f->seal_fault, ERROR_CORRUPT, "changed: too large");
        return 0;
    }
    if (result == 0)
        result = ledger_seal_make(f->manifest, text, &link, e);
    if (result != 0)
        return result;
    result = ledger_manifest_read(text, &f->seal, &f->seal_fault);
    if (result == 0 && (strcmp(f->seal.before.manifest, c->before.manifest) != 0 ||
                        strcmp(f->seal.before.sha256, c->before.sha256) != 0))
        error_set(&f->seal_fault, ERROR_CORRUPT, "unlinked: the manifest before it is missing or has been changed");
    c->before = link;
    return result == ERROR_MEMORY ? result : 0;
}

static void check_seal(struct check *c, struct file_check *f)
{
    if (f->seal_fault.code)
        fault(c, f->manifest, 1, "%s", f->seal_fault.text);
    else if (f->seal.count > f->tally.seen.count)
        fault(c, f->log, f->tally.seen.count + 1, "cut short: its manifest counts %llu lines", (unsigned long long)f->seal.count);
    else if (f->seal.count < f->tally.seen.count)
        fault(c, f->log, f->seal.count + 1, "added: its manifest counts %llu lines", (unsigned long long)f->seal.count);
    else if (strcmp(f->seal.file, f->log) != 0 || !ledger_tally_is(&f->tally, &f->seal))
        fault(c, f->manifest, 1, "changed: it is not that of its file");
    else
        c->report->sealed++;
}

/* Only the newest file may be without a manifest. */
static void check_unsealed(struct check *c, struct file_check *f)
{
    const struct ledger_file *next = f->at + 1 < c->folder.count ? &c->folder.files[f->at + 1] : NULL;

    if (!next)
        return;
    if (next->first > c->chain.count + 1)
        fault(c, f->log, f->tally.seen.count + 1, "cut short: lines %llu to %llu are missing", (unsigned long long)c->chain.count + 1,
              (unsigned long long)next->first - 1);
    else
        fault(c, f->manifest, 1, "removed: the manifest is missing");
}

/* --- files ------------------------------------------------------------------------------------------------------------------ */

/* A manifest that stands for its file: does it follow the one before it? */
static void check_follows(struct check *c, const struct file_check *f)
{
    if (f->seal_fault.code)
        fault(c, f->manifest, 1, "%s", f->seal_fault.text);
    else if (strcmp(f->seal.file, f->log) != 0 || f->seal.first != c->chain.count + 1 ||
             strcmp(f->seal.previous, c->chain.hash) != 0)
        fault(c, f->manifest, 1, "changed: it does not follow the manifest before it");
}

/* The lines go on behind it. */
static void pass_over(struct check *c, const struct file_check *f)
{
    if (is_faulty(c))
        return;
    c->chain.count = f->seal.last;
    text_copy(c->chain.hash, sizeof c->chain.hash, slice_of(f->seal.head));
}

/* A file that is gone while its manifest stays: allowed for the oldest ones when their time is over. */
static void check_absent(struct check *c, const struct file_check *f)
{
    if (c->report->files > 0 || c->report->skipped > 0 || !f->sealed)
        fault(c, f->log, 1, "removed: the file is missing");
    else
        check_follows(c, f);
    if (!is_faulty(c) && strcmp(f->seal.closed, c->kept_since) >= 0)
        fault(c, f->log, 1, "removed: the file is missing, and it is too young for that");
    pass_over(c, f);
}

/* Lines of a file were written between its name's time and that of the next file. */
static bool is_outside(const struct check *c, const struct file_check *f)
{
    const struct ledger_file *file = &c->folder.files[f->at], *next = f->at + 1 < c->folder.count ? file + 1 : NULL;

    return f->sealed && (file->seconds >= c->scope->to || (next && next->seconds < c->scope->from));
}

static int check_outside(struct check *c, struct file_check *f, struct error *e)
{
    char path[LEDGER_PATH_SIZE];
    uint64_t size = 0;
    int result = ledger_path(c->dir, f->log, path, e);

    if (result == 0)
        result = ledger_reader_open(path, &f->reader, e);
    if (result == 0)
        result = ledger_reader_size(&f->reader, &size, e);
    ledger_reader_close(&f->reader);
    if (result != 0)
        return result;
    c->report->skipped++;
    check_follows(c, f);
    if (!is_faulty(c) && size != f->seal.size)
        fault(c, f->log, 1, "changed: it has %llu bytes, its manifest says %llu", (unsigned long long)size, (unsigned long long)f->seal.size);
    pass_over(c, f);
    return 0;
}

static void check_place(struct check *c, const struct file_check *f)
{
    unsigned long long first = c->folder.files[f->at].first, expected = c->chain.count + 1;

    if (first > expected)
        fault(c, f->log, 1, "removed: the file with lines %llu to %llu is missing before this one", expected, first - 1);
    else if (first < expected)
        fault(c, f->log, 1, "added: the line before this file is %llu, its name says %llu", expected - 1, first);
}

static int check_log(struct check *c, struct file_check *f, struct error *e)
{
    int result = ledger_tally_begin(&f->tally, NULL, NULL, e);

    if (result != 0)
        return result;
    c->report->files++;
    result = check_lines(c, f, e);
    if (result == 0 && !is_faulty(c))
        result = ledger_tally_finish(&f->tally);
    if (result == 0 && !is_faulty(c)) {
        if (f->sealed)
            check_seal(c, f);
        else
            check_unsealed(c, f);
    }
    ledger_tally_end(&f->tally);
    return result;
}

static int check_file(struct check *c, size_t at, struct error *e)
{
    const struct ledger_file *file = &c->folder.files[at];
    struct file_check f = { .at = at, .reader = { .fd = -1 } };
    int result;

    ledger_file_name(file, LEDGER_LOG, f.log);
    ledger_file_name(file, LEDGER_MANIFEST, f.manifest);
    result = load_manifest(c, &f, e);
    if (result != 0)
        return result;
    check_place(c, &f);
    if (is_faulty(c))
        return 0;
    if (!file->log) {
        check_absent(c, &f);
        return 0;
    }
    return is_outside(c, &f) ? check_outside(c, &f, e) : check_log(c, &f, e);
}

/* The store knows more lines than there are. */
static void check_end(struct check *c)
{
    unsigned long long count = c->chain.count, known = c->known ? c->known->count : 0;
    char name[LEDGER_NAME_SIZE];
    const struct ledger_file *last;

    if (known <= count || is_faulty(c))
        return;
    if (c->folder.count == 0) {
        snprintf(c->report->fault, sizeof c->report->fault, "%.200s: removed: lines 1 to %llu, which the store knows, are missing",
                 c->dir, known);
        return;
    }
    last = &c->folder.files[c->folder.count - 1];
    ledger_file_name(last, LEDGER_LOG, name);
    fault(c, name, count + 2 - last->first, "cut short: lines %llu to %llu, which the store knows, are missing", count + 1, known);
}

static int verify(struct check *c, struct error *e)
{
    static const struct ledger_head none = { 0 };
    int result = ledger_folder_read(c->dir, &c->folder, e);

    if (result == 0)
        result = ledger_chain_begin(&c->chain, &none, e);
    if (result != 0)
        return result;
    c->arena = arena_new(MANIFEST_BUDGET);
    if (!c->arena)
        return error_set(e, ERROR_MEMORY, "no memory to verify the legal log");
    if (c->known)
        hex_write((struct slice){ (const char *)c->known->hash, sizeof c->known->hash }, c->known_hash);
    for (size_t at = 0; at < c->folder.count && !is_faulty(c); at++) {
        result = check_file(c, at, e);
        if (result != 0)
            return result;
    }
    check_end(c);
    c->report->head = ledger_chain_head(&c->chain);
    return 0;
}

int ledger_verify_scope(const char *path, const struct ledger_scope *scope, struct ledger_report *out, struct error *e)
{
    struct ledger_report report = { 0 };
    struct check c = { .dir = path, .scope = scope, .known = scope->known, .report = &report };
    int result;

    clock_utc_text(scope->kept_since, c.kept_since);
    result = verify(&c, e);
    if (result == 0)
        *out = report;
    ledger_folder_free(&c.folder);
    ledger_chain_end(&c.chain);
    arena_free(&c.arena);
    return result;
}

int ledger_verify(const char *path, const struct ledger_head *known, int64_t kept_since, struct ledger_report *out,
                  struct error *e)
{
    struct ledger_scope scope = ledger_scope_all;

    scope.known = known;
    scope.kept_since = kept_since;
    return ledger_verify_scope(path, &scope, out, e);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/export/check.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/file.h"
#include "base/record.h"
#include "base/text.h"
#include "ledger/manifest.h"
#include "ledger/name.h"
#include "ledger/tree.h"
#include "opec/event_csv.h"
#include "opec/export/facts.h"
#include "opec/export/holder.h"
#include "opec/export/member.h"

enum { BUDGET = 4 * 1024 * 1024, ENTRY_BUDGET = 4096, MEMBERS_MAX = 100000, RECORD_MAX = 2 * LEDGER_LINE_MAX, MEMBER_NAME_SIZE = 128 };

/* What proofs.jsonl says: these lines are not here, and this stands for them. */
struct gap {
    bool is_there;
    struct export_gap says;
    unsigned level;
    unsigned char hash[LEDGER_HASH_SIZE];
};

struct check {
    zip_t *zip;
    const struct evidence_judge *by;
    int64_t now;
    struct export_report *report;
    struct arena *facts_arena, *arena /* of one manifest */, *gap_arena;
    struct export_facts facts;
    struct digest *digest;
    struct ledger_name *files; /* by first line */
    size_t file_count;
    struct member events, proofs, open, csv;
    struct slice text; /* the next line of `events`; empty at its end */
    struct ledger_line line;
    struct gap gap; /* the next one */
    struct buffer record;
    uint64_t last; /* number of the last line seen */
    struct error *e;
};

static int fault(const struct check *c, const char *member, uint64_t line, const char *what)
{
    return error_set(c->e, ERROR_CORRUPT, "%s:%llu: %s", member, (unsigned long long)line, what);
}

/* --- members ---------------------------------------------------------------------------------------------------------------- */

static bool is_fixed(const char *name)
{
    static const char *const names[] = { EXPORT_EVENTS, EXPORT_PROOFS, EXPORT_OPEN, EXPORT_CSV, EXPORT_FACTS, EXPORT_README };
    bool found = false;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        found |= strcmp(name, names[i]) == 0;
    return found;
}

/* "manifests/NAME" with one of the endings, or none (-1). */
static bool read_member_name(const char *name, struct ledger_name *out, int *out_kind)
{
    char bare[MEMBER_NAME_SIZE];
    size_t prefix = sizeof EXPORT_MANIFESTS - 1;

    if (strncmp(name, EXPORT_MANIFESTS, prefix) != 0 || !text_copy(bare, sizeof bare, slice_of(name + prefix)))
        return false;
    *out_kind = -1;
    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS && *out_kind < 0; kind++) {
        size_t size = strlen(bare), ending = strlen(ledger_evidence_endings[kind]);

        if (size > ending && strcmp(bare + size - ending, ledger_evidence_endings[kind]) == 0) {
            bare[size - ending] = '\0';
            *out_kind = kind;
        }
    }
    return ledger_name_read(bare, out) && out->kind == LEDGER_MANIFEST;
}

static void member_name(const struct ledger_name *file, const char *ending, char out[MEMBER_NAME_SIZE])
{
    char name[LEDGER_NAME_SIZE];

    ledger_name_write(file, name);
    snprintf(out, MEMBER_NAME_SIZE, EXPORT_MANIFESTS "%s%s", name, ending);
}

static int take_member(struct check *c, zip_uint64_t at)
{
    const char *name = zip_get_name(c->zip, at, ZIP_FL_ENC_RAW);
    char manifest[MEMBER_NAME_SIZE];
    struct ledger_name file;
    int kind;

    if (!name)
        return error_set(c->e, ERROR_CORRUPT, "the ZIP cannot be read: %s", zip_strerror(c->zip));
    if (zip_name_locate(c->zip, name, ZIP_FL_ENC_RAW) != (zip_int64_t)at)
        return error_set(c->e, ERROR_CORRUPT, "%.100s: added: it is there twice", is_fixed(name) ? name : "a member");
    if (is_fixed(name))
        return 0;
    if (!read_member_name(name, &file, &kind))
        return error_set(c->e, ERROR_CORRUPT, "added: a member that does not belong into an export");
    member_name(&file, "", manifest);
    if (kind >= 0)
        return zip_name_locate(c->zip, manifest, 0) >= 0 ? 0 : error_set(c->e, ERROR_CORRUPT, "%s: removed: the manifest is missing", manifest);
    c->files[c->file_count++] = file;
    return 0;
}

static int order(const void *a, const void *b)
{
    const struct ledger_name *x = a, *y = b;

    return x->first != y->first ? (x->first < y->first ? -1 : 1) : (x->seconds > y->seconds) - (x->seconds < y->seconds);
}

static int take_members(struct check *c)
{
    zip_int64_t count = zip_get_num_entries(c->zip, 0);
    int result = 0;

    if (count <= 0 || count > MEMBERS_MAX)
        return error_set(c->e, ERROR_CORRUPT, "not an export of the legal log: %lld members", (long long)count);
    c->files = calloc((size_t)count, sizeof *c->files);
    if (!c->files)
        return error_set(c->e, ERROR_MEMORY, "out of memory");
    for (zip_int64_t i = 0; i < count && result == 0; i++)
        result = take_member(c, (zip_uint64_t)i);
    if (result == 0)
        qsort(c->files, c->file_count, sizeof *c->files, order);
    return result;
}

/* --- lines ------------------------------------------------------------------------------------------------------------------ */

/* A line that counts: whole, behind the one before it, of this mailbox, and the same in the CSV. */
static int take_line(struct check *c, const struct member *from, struct slice text, struct ledger_line *out)
{
    json_t *event;
    int result;

    if (!ledger_line_read(text, out) || !ledger_hash_holds(c->digest, out->text, out->hash))
        return fault(c, from->name, from->line, "changed: not as it was written");
    if (out->n <= c->last)
        return fault(c, from->name, from->line, "reordered: a later line stands before it");
    c->last = out->n;
    event = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    if (!event || holder_view(slice_of(c->facts.address), event) != HOLDER_SHOWN)
        result = fault(c, from->name, from->line, "added: not a line for the holder of this mailbox");
    else
        result = event_csv_write(&c->record, event);
    if (result == 0) {
        result = member_expect(&c->csv, buffer_data(&c->record), c->e);
        buffer_consume(&c->record, buffer_data(&c->record).size);
    } else if (result != ERROR_CORRUPT) {
        error_set(c->e, result, "out of memory");
    }
    json_decref(event);
    return result;
}

static int next_event(struct check *c)
{
    int result = member_next(&c->events, &c->text, c->e);

    return result == 0 && c->text.size ? take_line(c, &c->events, c->text, &c->line) : result;
}

/* The one form of it, written anew. */
static bool is_canonical(struct check *c, const struct export_gap *gap, struct slice text)
{
    char hex[LEDGER_HEX_SIZE + 1];
    struct export_gap again = *gap;
    bool same;

    hex_write((struct slice){ (const char *)c->gap.hash, sizeof c->gap.hash }, hex);
    again.tree = hex;
    same = export_gap_write(&c->record, &again) == 0 && slice_equal(text, buffer_data(&c->record));
    buffer_consume(&c->record, buffer_data(&c->record).size);
    return same;
}

static bool read_gap(struct check *c, struct slice text)
{
    struct record r = record_reader(text, c->gap_arena);
    struct export_gap gap = { 0 };
    int64_t from = 0, to = -1;
    uint64_t count;

    record_text(&r, "file", &gap.file);
    record_i64(&r, "from", &from);
    record_i64(&r, "to", &to);
    record_text(&r, "tree", &gap.tree);
    if (!record_drop(&r) || !gap.file || !gap.tree || from < 1 || to < from || !hex_read(slice_of(gap.tree), c->gap.hash, sizeof c->gap.hash))
        return false;
    gap.from = (uint64_t)from;
    gap.to = (uint64_t)to;
    count = gap.to - gap.from + 1;
    c->gap.is_there = true;
    c->gap.says = gap;
    c->gap.level = (unsigned)__builtin_ctzll(count);
    return (count & (count - 1)) == 0 && is_canonical(c, &gap, text);
}

static int next_gap(struct check *c)
{
    struct slice text;
    int result = member_next(&c->proofs, &text, c->e);

    c->gap = (struct gap){ 0 };
    arena_reset(c->gap_arena);
    if (result != 0 || text.size == 0)
        return result;
    return read_gap(c, text) ? 0 : fault(c, EXPORT_PROOFS, c->proofs.line, "changed: not a node of a hash tree");
}

/* --- files ------------------------------------------------------------------------------------------------------------------ */

/* The lines of a file from the left to the right, each itself or by a node. */
static int take_tree(struct check *c, const struct ledger_manifest *m, struct ledger_tree *tree)
{
    int result = 0;

    while (result == 0 && tree->count < m->count) {
        uint64_t next = m->first + tree->count;

        if (c->text.size && c->line.n == next) {
            result = ledger_tree_add_line(tree, &c->line, false);
            c->report->sealed++;
            if (result == 0)
                result = next_event(c);
        } else if (c->gap.is_there && c->gap.says.from == next && c->gap.says.to <= m->last && strcmp(c->gap.says.file, m->file) == 0) {
            result = ledger_tree_add_node(tree, c->gap.level, c->gap.hash);
            if (result == ERROR_SYNTAX)
                result = fault(c, EXPORT_PROOFS, c->proofs.line, "changed: no node of the tree begins here");
            if (result == 0)
                result = next_gap(c);
        } else {
            return error_set(c->e, ERROR_CORRUPT, "%s:%llu: removed: line %llu of the log is neither here nor is there anything in its place",
                             EXPORT_EVENTS, (unsigned long long)c->events.line, (unsigned long long)next);
        }
    }
    return result;
}

static int check_tree(struct check *c, const char *member, const struct ledger_manifest *m)
{
    unsigned char root[LEDGER_HASH_SIZE];
    char hex[LEDGER_HEX_SIZE + 1];
    struct ledger_tree tree;
    int result = ledger_tree_begin(&tree, NULL, NULL, c->e);

    if (result != 0)
        return result;
    result = take_tree(c, m, &tree);
    if (result == 0)
        result = ledger_tree_root(&tree, root);
    ledger_tree_end(&tree);
    if (result != 0)
        return result;
    hex_write((struct slice){ (const char *)root, sizeof root }, hex);
    return strcmp(hex, m->tree) == 0 ? 0 : fault(c, member, 1, "changed: the lines and nodes of its file do not make its tree");
}

static int check_evidence(struct check *c, const struct ledger_name *file, struct slice manifest)
{
    int result = 0;

    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS && result == 0; kind++) {
        char name[MEMBER_NAME_SIZE];
        struct evidence_finding found;
        struct slice evidence;

        member_name(file, ledger_evidence_endings[kind], name);
        if (zip_name_locate(c->zip, name, 0) < 0)
            continue;
        result = member_load(c->zip, name, LEDGER_EVIDENCE_MAX, c->arena, &evidence, c->e);
        if (result != 0)
            return result;
        result = evidence_judge(c->by, (enum ledger_evidence)kind, manifest, evidence, c->now, &found, c->e);
        if (result != 0 && result != ERROR_MEMORY)
            result = error_prefix(c->e, ERROR_CORRUPT, "%s", name);
        c->report->of[kind] += result == 0;
        if (result == 0 && kind == LEDGER_SIGNATURE)
            text_copy(c->report->signer, sizeof c->report->signer, slice_of(found.signer));
    }
    return result;
}

static bool is_of_name(const struct ledger_manifest *m, const struct ledger_name *file)
{
    struct ledger_name log = { LEDGER_LOG, file->seconds, file->first };
    char name[LEDGER_NAME_SIZE];

    ledger_name_write(&log, name);
    return strcmp(m->file, name) == 0 && m->first == file->first && m->last >= m->first && m->count == m->last - m->first + 1;
}

static int check_file(struct check *c, const struct ledger_name *file)
{
    char name[MEMBER_NAME_SIZE];
    struct ledger_manifest m;
    struct slice text;
    int result;

    member_name(file, "", name);
    arena_reset(c->arena);
    result = member_load(c->zip, name, LEDGER_MANIFEST_MAX, c->arena, &text, c->e);
    if (result != 0)
        return result;
    result = ledger_manifest_read(text, &m, c->e);
    if (result != 0)
        return error_prefix(c->e, result, "%s", name);
    if (!is_of_name(&m, file))
        return fault(c, name, 1, "changed: the manifest of another file");
    c->report->files++;
    text_copy(c->report->provider, sizeof c->report->provider, slice_of(m.provider));
    if (!*c->report->first_closed)
        text_copy(c->report->first_closed, sizeof c->report->first_closed, slice_of(m.closed));
    text_copy(c->report->last_closed, sizeof c->report->last_closed, slice_of(m.closed));
    result = check_evidence(c, file, text);
    return result == 0 ? check_tree(c, name, &m) : result;
}

/* --- the whole -------------------------------------------------------------------------------------------------------------- */

static int check_facts(struct check *c)
{
    struct buffer readme = buffer_new(EXPORT_TEXT_MAX);
    struct member m = { 0 };
    struct slice text;
    char *again;
    int result = member_load(c->zip, EXPORT_FACTS, EXPORT_TEXT_MAX, c->facts_arena, &text, c->e);

    if (result == 0 && export_facts_read(text, c->facts_arena, &c->facts, c->e) != 0)
        result = fault(c, EXPORT_FACTS, 1, "changed: not the facts of an export");
    if (result != 0)
        goto out;
    text_copy(c->report->address, sizeof c->report->address, slice_of(c->facts.address));
    again = export_facts_write(&c->facts, c->facts_arena);
    if (!again || !slice_is(text, again)) {
        result = fault(c, EXPORT_FACTS, 1, "changed: written in another way");
        goto out;
    }
    result = export_readme_write(&readme, &c->facts);
    if (result == 0)
        result = member_open(c->zip, EXPORT_README, false, &m, c->e);
    else
        result = fault(c, EXPORT_FACTS, 1, "changed: too long");
    if (result == 0)
        result = member_expect(&m, buffer_data(&readme), c->e);
    if (result == 0)
        result = member_expect_end(&m, c->e);
out:
    member_close(&m);
    buffer_free(&readme);
    return result;
}

static int open_streams(struct check *c)
{
    int result = member_open(c->zip, EXPORT_EVENTS, false, &c->events, c->e);

    if (result == 0)
        result = member_open(c->zip, EXPORT_PROOFS, false, &c->proofs, c->e);
    if (result == 0)
        result = member_open(c->zip, EXPORT_OPEN, true, &c->open, c->e);
    if (result == 0)
        result = member_open(c->zip, EXPORT_CSV, false, &c->csv, c->e);
    if (result == 0 && event_csv_names(&c->record) != 0)
        result = error_set(c->e, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = member_expect(&c->csv, buffer_data(&c->record), c->e);
    buffer_consume(&c->record, buffer_data(&c->record).size);
    if (result == 0)
        result = next_event(c);
    return result == 0 ? next_gap(c) : result;
}

static int check_open(struct check *c)
{
    for (;;) {
        struct ledger_line line;
        struct slice text;
        int result = member_next(&c->open, &text, c->e);

        if (result != 0 || text.size == 0)
            return result;
        result = take_line(c, &c->open, text, &line);
        if (result != 0)
            return result;
        c->report->open++;
    }
}

static int check_ends(struct check *c)
{
    if (c->text.size)
        return fault(c, EXPORT_EVENTS, c->events.line, "added: no manifest is here for this line");
    if (c->gap.is_there)
        return fault(c, EXPORT_PROOFS, c->proofs.line, "added: no manifest is here for this node");
    if (c->facts.sealed != (int64_t)c->report->sealed || c->facts.open != (int64_t)c->report->open || c->facts.files != (int64_t)c->report->files)
        return fault(c, EXPORT_FACTS, 1, "changed: it counts other lines or files than there are");
    if (c->last == 0)
        return fault(c, EXPORT_EVENTS, 1, "removed: there is no line");
    return member_expect_end(&c->csv, c->e);
}

static int check(struct check *c)
{
    int result = take_members(c);

    if (result == 0)
        result = check_facts(c);
    if (result == 0)
        result = open_streams(c);
    for (size_t i = 0; i < c->file_count && result == 0; i++)
        result = check_file(c, &c->files[i]);
    if (result == 0 && c->text.size)
        result = check_ends(c);
    if (result == 0)
        result = check_open(c);
    return result == 0 ? check_ends(c) : result;
}

/* Takes over the ZIP. */
static int check_zip(zip_t *zip, const struct evidence_judge *by, int64_t now, struct export_report *out, struct error *e)
{
    struct export_report report = { 0 };
    struct error found = { 0 };
    struct check c = { .zip = zip, .by = by, .now = now, .report = &report, .facts_arena = arena_new(BUDGET), .arena = arena_new(BUDGET),
                       .gap_arena = arena_new(ENTRY_BUDGET), .digest = digest_new(DIGEST_SHA256), .record = buffer_new(RECORD_MAX), .e = &found };
    int result = c.facts_arena && c.arena && c.gap_arena && c.digest ? check(&c) : error_set(&found, ERROR_MEMORY, "out of memory");

    if (result == ERROR_CORRUPT)
        text_copy(report.fault, sizeof report.fault, slice_of(found.text));
    if (result == 0 || result == ERROR_CORRUPT)
        *out = report;
    else
        error_set(e, result, "%s", found.text);
    member_close(&c.events);
    member_close(&c.proofs);
    member_close(&c.open);
    member_close(&c.csv);
    zip_discard(zip);
    free(c.files);
    buffer_free(&c.record);
    digest_free(&c.digest);
    arena_free(&c.facts_arena);
    arena_free(&c.arena);
    arena_free(&c.gap_arena);
    return result == ERROR_CORRUPT ? 0 : result;
}

int export_check(const char *path, const struct evidence_judge *by, int64_t now, struct export_report *out, struct error *e)
{
    int fault;
    zip_t *zip = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &fault);
    zip_error_t words;

    if (zip)
        return check_zip(zip, by, now, out, e);
    if (fault == ZIP_ER_NOENT || fault == ZIP_ER_OPEN || fault == ZIP_ER_READ)
        return error_set(e, fault == ZIP_ER_NOENT ? ERROR_NOT_FOUND : ERROR_FILE, "%s: %s", path, strerror(errno));
    zip_error_init_with_code(&words, fault);
    *out = (struct export_report){ 0 };
    snprintf(out->fault, sizeof out->fault, "%.200s: not a ZIP that can be read: %s", path, zip_error_strerror(&words));
    zip_error_fini(&words);
    return 0;
}

int export_check_bytes(struct slice bytes, const struct evidence_judge *by, int64_t now, struct export_report *out, struct error *e)
{
    zip_source_t *source = zip_source_buffer_create(bytes.data, bytes.size, 0, NULL);
    zip_t *zip = source ? zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, NULL) : NULL;

    if (zip)
        return check_zip(zip, by, now, out, e);
    zip_source_free(source);
    *out = (struct export_report){ 0 };
    text_copy(out->fault, sizeof out->fault, SLICE("not a ZIP that can be read"));
    return 0;
}

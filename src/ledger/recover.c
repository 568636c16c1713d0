/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/recover.h"

#include <string.h>

#include "base/text.h"
#include "ledger/folder.h"
#include "ledger/line.h"
#include "ledger/reader.h"

enum { FIRST_STEP_BACK = 64 * 1024, MANIFEST_BUDGET = 64 * 1024 };

struct recovery {
    const char *dir;
    const struct ledger_head *known;
    struct ledger_folder folder;
    struct ledger_chain chain;
    struct ledger_standing standing;
    struct error *damage;
    bool damaged;
};

static int open_log(const struct recovery *r, size_t at, struct ledger_reader *out, struct error *e)
{
    char name[LEDGER_NAME_SIZE], path[LEDGER_PATH_SIZE];
    int result;

    ledger_file_name(&r->folder.files[at], LEDGER_LOG, name);
    result = ledger_path(r->dir, name, path, e);
    return result == 0 ? ledger_reader_open(path, out, e) : result;
}

/* Say what is wrong with the file at this place in the list. */
static void set_damage(struct recovery *r, size_t at, const char *what)
{
    char name[LEDGER_NAME_SIZE];

    ledger_file_name(&r->folder.files[at], LEDGER_LOG, name);
    error_set(r->damage, ERROR_CORRUPT, "%s: %s behind line %llu", name, what, (unsigned long long)r->chain.count);
    r->damaged = true;
}

/* --- the known line --------------------------------------------------------------------------------------------------------- */

/* The number of the first line that begins at or behind `offset`; false if no whole line does. */
static int number_at(struct ledger_reader *reader, uint64_t offset, bool *out_found, struct ledger_line *out, struct error *e)
{
    enum ledger_found found;
    struct slice line;
    int result;

    ledger_reader_seek(reader, offset ? offset - 1 : 0);
    result = ledger_reader_next(reader, &found, &line, e);
    if (result == 0 && offset && found == LEDGER_LINE)
        result = ledger_reader_next(reader, &found, &line, e);
    if (result != 0)
        return result;
    *out_found = found == LEDGER_LINE && ledger_line_read(line, out);
    if (*out_found)
        ledger_reader_seek(reader, reader->offset - line.size);
    return 0;
}

/* Place the reader at the beginning of a line whose number is at most that of the known one: larger and larger steps back from the
 * end, where it is nearly always found with the first. */
static int step_back(struct ledger_reader *reader, uint64_t size, uint64_t number, struct error *e)
{
    for (uint64_t step = FIRST_STEP_BACK;; step *= 4) {
        uint64_t offset = step < size ? size - step : 0;
        struct ledger_line line = { 0 };
        bool found = false;
        int result = number_at(reader, offset, &found, &line, e);

        if (result != 0)
            return result;
        if (found && line.n <= number)
            return 0;
        if (offset == 0) {
            ledger_reader_seek(reader, 0);
            return 0;
        }
    }
}

/* Read on to the known line: true, and the reader stands behind it, if it is there and is the one that the store knows. */
static int read_to_known(struct recovery *r, struct ledger_reader *reader, bool *out_found, struct error *e)
{
    char hash[LEDGER_HEX_SIZE + 1];

    hex_write((struct slice){ (const char *)r->known->hash, sizeof r->known->hash }, hash);
    for (;;) {
        enum ledger_found found;
        struct ledger_line line;
        struct slice text;
        int result = ledger_reader_next(reader, &found, &text, e);

        if (result != 0)
            return result;
        if (found != LEDGER_LINE)
            return 0;
        if (!ledger_line_read(text, &line) || line.n < r->known->count)
            continue;
        *out_found = line.n == r->known->count && slice_is(line.hash, hash) &&
                     ledger_hash_holds(r->chain.digest, line.text, line.hash);
        return 0;
    }
}

/* Where the lines behind the known one begin. */
struct place {
    bool found;
    size_t at; /* in the list of files */
    uint64_t offset;
};

static int look_into(struct recovery *r, size_t at, struct place *out, struct error *e)
{
    struct ledger_reader reader = { .fd = -1 };
    uint64_t size;
    bool found = false;
    int result = open_log(r, at, &reader, e);

    if (result == 0)
        result = ledger_reader_size(&reader, &size, e);
    if (result == 0)
        result = step_back(&reader, size, r->known->count, e);
    if (result == 0)
        result = read_to_known(r, &reader, &found, e);
    if (result == 0 && found)
        *out = (struct place){ true, at, reader.offset };
    ledger_reader_close(&reader);
    return result;
}

/* A store that knows nothing is new, or was lost. Then the ledger begins where its files do: the oldest may be gone for their age. */
static void begin_with_files(struct recovery *r, struct place *out)
{
    static const struct ledger_head none = { 0 };
    size_t at = 0;

    hex_write((struct slice){ (const char *)none.hash, sizeof none.hash }, r->chain.hash);
    while (at < r->folder.count && !r->folder.files[at].log)
        at++;
    if (at < r->folder.count && r->folder.files[at].first > 1)
        r->chain.hash[0] = '\0';
    *out = (struct place){ .found = true, .at = at };
}

/* In the newest file that may hold it; in an older one only if that is damaged. */
static int find_known(struct recovery *r, struct place *out, struct error *e)
{
    if (r->known->count == 0) {
        begin_with_files(r, out);
        return 0;
    }
    for (size_t at = r->folder.count; at-- > 0 && !out->found;) {
        const struct ledger_file *file = &r->folder.files[at];
        int result = file->log && file->first <= r->known->count ? look_into(r, at, out, e) : 0;

        if (result != 0)
            return result;
    }
    return 0;
}

/* --- the lines behind it ---------------------------------------------------------------------------------------------------- */

static int remember(struct recovery *r, const struct ledger_line *line, struct error *e)
{
    struct ledger_id_key key;

    if (ledger_id_key(line->id, &key) != 0 || ledger_ids_reserve(&r->standing.behind) != 0)
        return error_set(e, ERROR_MEMORY, "no memory for the ids of the legal log");
    ledger_ids_add(&r->standing.behind, &key);
    return 0;
}

static const char *wrong(enum ledger_verdict verdict)
{
    switch (verdict) {
    case LEDGER_CHANGED:
        return "a line has been changed";
    case LEDGER_MISPLACED:
        return "the next line is missing";
    case LEDGER_UNLINKED:
        return "a line follows another one";
    case LEDGER_GOOD:
        break;
    }
    return "";
}

/* Take in one file from `offset` on. */
static int take_in(struct recovery *r, size_t at, uint64_t offset, struct error *e)
{
    bool is_last = at + 1 == r->folder.count;
    struct ledger_reader reader = { .fd = -1 };
    enum ledger_found found = LEDGER_LINE;
    struct slice text;
    int result = open_log(r, at, &reader, e);

    if (result == 0)
        ledger_reader_seek(&reader, offset);
    while (result == 0 && !r->damaged) {
        struct ledger_line line;
        enum ledger_verdict verdict;

        result = ledger_reader_next(&reader, &found, &text, e);
        if (result != 0 || found != LEDGER_LINE)
            break;
        verdict = ledger_chain_next(&r->chain, text, &line);
        if (verdict != LEDGER_GOOD)
            set_damage(r, at, wrong(verdict));
        else
            result = remember(r, &line, e);
    }
    if (result == 0 && !r->damaged && (found == LEDGER_ENDLESS || (found == LEDGER_HALF && !is_last)))
        set_damage(r, at, "half a line");
    r->standing.size = reader.offset;
    ledger_reader_close(&reader);
    return result;
}

static int take_in_all(struct recovery *r, const struct place *from, struct error *e)
{
    uint64_t offset = from->offset;

    for (size_t at = from->at; at < r->folder.count && !r->damaged; at++, offset = 0) {
        int result = r->folder.files[at].log ? take_in(r, at, offset, e) : 0;

        if (result != 0)
            return result;
    }
    return 0;
}

/* --- the whole -------------------------------------------------------------------------------------------------------------- */

static int newest_manifest(struct recovery *r, struct error *e)
{
    struct arena *arena = NULL;
    char name[LEDGER_NAME_SIZE];
    struct slice text;
    size_t at = r->folder.count;
    int result;

    while (at > 0 && !r->folder.files[at - 1].manifest)
        at--;
    if (at == 0)
        return 0;
    arena = arena_new(MANIFEST_BUDGET);
    if (!arena)
        return error_set(e, ERROR_MEMORY, "no memory for a manifest");
    ledger_file_name(&r->folder.files[at - 1], LEDGER_MANIFEST, name);
    /* Linked as it stands: whether it is good is for `log verify` to say. */
    result = ledger_manifest_load(r->dir, name, arena, &text, e);
    if (result == 0)
        result = ledger_seal_make(name, text, &r->standing.before, e);
    arena_free(&arena);
    return result;
}

/* The last file is gone on with unless it is closed or something is wrong. */
static void choose_file(struct recovery *r)
{
    const struct ledger_file *last = r->folder.count ? &r->folder.files[r->folder.count - 1] : NULL;

    if (!last || !last->log || last->manifest || r->damaged)
        return;
    r->standing.open = true;
    r->standing.seconds = last->seconds;
    r->standing.first = last->first;
}

static int recover(struct recovery *r, struct error *e)
{
    struct place from = { 0 };
    int result = ledger_folder_read(r->dir, &r->folder, e);

    if (result == 0)
        result = ledger_chain_begin(&r->chain, r->known, e);
    if (result == 0)
        result = newest_manifest(r, e);
    if (result == 0)
        result = find_known(r, &from, e);
    if (result != 0)
        return result;
    if (from.found)
        return take_in_all(r, &from, e);
    error_set(r->damage, ERROR_CORRUPT, "%s: line %llu, which the store knows, is not there as it was written", r->dir,
              (unsigned long long)r->known->count);
    r->damaged = true;
    return 0;
}

int ledger_recover(const char *dir, const struct ledger_head *known, struct ledger_standing *out, struct error *out_damage,
                   struct error *e)
{
    struct recovery r = { .dir = dir, .known = known, .damage = out_damage };
    int result = recover(&r, e);

    if (result == 0) {
        r.standing.head = ledger_chain_head(&r.chain);
        choose_file(&r);
        *out = r.standing;
    } else {
        ledger_ids_free(&r.standing.behind);
    }
    ledger_folder_free(&r.folder);
    ledger_chain_end(&r.chain);
    return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Two passes over the log, since which transactions are meant is known only at its end: the first notes them, the second notes where
 * all their lines stand. Each pass takes a log file in stretches: those that have an index are looked up, the others are read through.
 */
#include "ledger/search.h"

#include <stdlib.h>
#include <string.h>

#include "ledger/candidates.h"
#include "ledger/folder.h"
#include "ledger/lives.h"
#include "ledger/name.h"
#include "ledger/pieces.h"
#include "ledger/postings.h"
#include "ledger/reader.h"

/* A line to be given. */
struct hit {
    uint32_t life, file;
    uint64_t offset;
};

struct search {
    const char *dir;
    struct ledger_query *query;
    struct ledger_folder folder;
    struct ledger_pieces pieces;
    struct ledger_postings *postings; /* of each piece; opened by the first pass that comes to it */
    struct ledger_lives lives;
    struct hit *hits;
    size_t hit_count, hit_room;
};

/* The log file that is being looked at. It is opened when a line of it is wanted. */
struct visit {
    struct search *search;
    uint32_t file;
    struct ledger_reader reader; /* fd -1: not open */
};

struct pass {
    int (*look_up)(struct visit *v, const struct ledger_postings *p, struct error *e);
    int (*read)(struct visit *v, uint64_t offset, struct slice line);
};

static int no_memory(struct error *e)
{
    return error_set(e, ERROR_MEMORY, "no memory to search the legal log");
}

static struct slice pec_id_of(const json_t *event)
{
    const json_t *id = json_object_get(event, "pec_id");

    return json_is_string(id) ? (struct slice){ json_string_value(id), json_string_length(id) } : SLICE_NONE;
}

static int add_hit(struct visit *v, uint32_t life, uint64_t offset)
{
    struct search *s = v->search;

    if (s->hit_count == s->hit_room) {
        size_t room = s->hit_room ? s->hit_room * 2 : 256;
        struct hit *hits = reallocarray(s->hits, room, sizeof *hits);

        if (!hits)
            return ERROR_MEMORY;
        s->hits = hits;
        s->hit_room = room;
    }
    s->hits[s->hit_count++] = (struct hit){ life, v->file, offset };
    return 0;
}

/* --- lines ------------------------------------------------------------------------------------------------------------------ */

static int open_log(struct visit *v, struct error *e)
{
    char name[LEDGER_NAME_SIZE], path[LEDGER_PATH_SIZE];
    int result;

    if (v->reader.fd >= 0)
        return 0;
    ledger_file_name(&v->search->folder.files[v->file], LEDGER_LOG, name);
    result = ledger_path(v->search->dir, name, path, e);
    return result ? result : ledger_reader_open(path, &v->reader, e);
}

static void close_log(struct visit *v)
{
    if (v->reader.fd >= 0)
        ledger_reader_close(&v->reader);
    v->reader = (struct ledger_reader){ .fd = -1 };
}

/* The line at this place; empty if none begins there. */
static int line_at(struct visit *v, uint64_t offset, struct slice *out, struct error *e)
{
    enum ledger_found found = LEDGER_END;
    int result = open_log(v, e);

    *out = SLICE_NONE;
    if (result != 0)
        return result;
    ledger_reader_seek(&v->reader, offset);
    result = ledger_reader_next(&v->reader, &found, out, e);
    if (result == 0 && found != LEDGER_LINE)
        *out = SLICE_NONE;
    return result;
}

/* --- first pass: which transactions ----------------------------------------------------------------------------------------- */

static int note_match(struct visit *v, uint64_t offset, struct slice line)
{
    json_t *event = json_loadb(line.data ? line.data : "", line.size, 0, NULL);
    bool matches = false;
    int result = json_is_object(event) ? ledger_query_match(v->search->query, event, &matches) : 0;

    if (result == 0 && matches) {
        struct slice pec_id = pec_id_of(event);
        uint32_t life = ledger_lives_add(&v->search->lives, pec_id);

        result = life == LEDGER_NO_LIFE ? ERROR_MEMORY : pec_id.data ? 0 : add_hit(v, life, offset);
    }
    json_decref(event);
    return result;
}

static int match_read(struct visit *v, uint64_t offset, struct slice line)
{
    return ledger_query_may_match(v->search->query, line) ? note_match(v, offset, line) : 0;
}

static int match_look_up(struct visit *v, const struct ledger_postings *p, struct error *e)
{
    struct ledger_candidates candidates;
    int result = ledger_candidates_find(p, v->search->query, &candidates);

    if (result != 0)
        return no_memory(e);
    for (size_t i = 0; result == 0 && i < candidates.count; i++) {
        uint64_t offset = p->offsets[candidates.lines[i]];
        struct slice line;

        result = line_at(v, offset, &line, e);
        if (result == 0 && note_match(v, offset, line) != 0)
            result = no_memory(e);
    }
    ledger_candidates_free(&candidates);
    return result;
}

/* --- second pass: all their lines ------------------------------------------------------------------------------------------- */

static int life_read(struct visit *v, uint64_t offset, struct slice line)
{
    uint32_t life = LEDGER_NO_LIFE;
    json_t *event;

    if (!ledger_lives_may_have(&v->search->lives, line))
        return 0;
    event = json_loadb(line.data, line.size, 0, NULL);
    if (pec_id_of(event).data)
        life = ledger_lives_find(&v->search->lives, pec_id_of(event));
    json_decref(event);
    return life == LEDGER_NO_LIFE ? 0 : add_hit(v, life, offset);
}

static int look_up_life(struct visit *v, const struct ledger_postings *p, uint32_t life)
{
    struct buffer *scratch = &v->search->query->scratch;
    struct ledger_hits hits;
    int result = ledger_term_normal(slice_of(v->search->lives.pec_ids[life]), scratch);

    if (result != 0)
        return result;
    hits = ledger_postings_find(p, buffer_data(scratch));
    for (size_t i = 0; result == 0 && i < hits.count; i++) {
        uint64_t line = ledger_posting_line(p, hits.first[i]);

        if (ledger_posting_kind(hits.first[i]) == LEDGER_TERM_ID && line < p->header->line_count)
            result = add_hit(v, life, p->offsets[line]);
    }
    return result;
}

static int life_look_up(struct visit *v, const struct ledger_postings *p, struct error *e)
{
    const struct ledger_lives *lives = &v->search->lives;
    int result = 0;

    for (uint32_t life = 0; result == 0 && life < lives->count; life++)
        if (lives->pec_ids[life])
            result = look_up_life(v, p, life);
    return result ? no_memory(e) : 0;
}

/* --- a pass ----------------------------------------------------------------------------------------------------------------- */

static int read_through(struct visit *v, const struct pass *pass, uint64_t from, uint64_t to, struct error *e)
{
    int result = open_log(v, e);

    if (result == 0)
        ledger_reader_seek(&v->reader, from);
    while (result == 0 && v->reader.offset < to) {
        enum ledger_found found;
        struct slice line;
        uint64_t offset = v->reader.offset;

        result = ledger_reader_next(&v->reader, &found, &line, e);
        if (result != 0 || found != LEDGER_LINE)
            break;
        if (pass->read(v, offset, line) != 0)
            result = no_memory(e);
    }
    return result;
}

/* NULL if it cannot be opened. */
static const struct ledger_postings *postings_of(struct search *s, const struct ledger_piece *piece)
{
    struct ledger_postings *p = &s->postings[piece - s->pieces.pieces];
    char path[LEDGER_PATH_SIZE];

    if (!p->header && (ledger_piece_path(s->dir, piece, path, NULL) != 0 || ledger_postings_open(path, piece->from, piece->to, p, NULL) != 0))
        return NULL;
    return p;
}

/* What of the log is not behind the pieces of its index is read through. */
static int visit_log(struct visit *v, const struct pass *pass, struct error *e)
{
    struct search *s = v->search;
    struct ledger_pieces pieces = ledger_pieces_of(&s->pieces, &s->folder.files[v->file]);
    const struct ledger_postings *postings;
    const struct ledger_piece *piece;
    uint64_t at = 0, size;
    int result = ledger_folder_size(s->dir, &s->folder.files[v->file], &size, e);

    while (result == 0 && at < size) {
        piece = ledger_piece_at(&pieces, at, size);
        if (!piece) {
            result = read_through(v, pass, at, UINT64_MAX, e);
            break;
        }
        postings = postings_of(s, piece);
        result = postings ? pass->look_up(v, postings, e) : read_through(v, pass, at, piece->to, e);
        at = piece->to;
    }
    return result;
}

static int run(struct search *s, const struct pass *pass, struct error *e)
{
    int result = 0;

    for (uint32_t i = 0; result == 0 && i < s->folder.count; i++) {
        struct visit v = { .search = s, .file = i, .reader = { .fd = -1 } };

        if (s->folder.files[i].log)
            result = visit_log(&v, pass, e);
        close_log(&v);
    }
    return result;
}

/* --- what was found --------------------------------------------------------------------------------------------------------- */

static int order(const void *left, const void *right)
{
    const struct hit *a = left, *b = right;

    if (a->life != b->life)
        return a->life < b->life ? -1 : 1;
    if (a->file != b->file)
        return a->file < b->file ? -1 : 1;
    return (a->offset > b->offset) - (a->offset < b->offset);
}

/* Two terms may have met in a hash, and an id may stand in a line of another transaction. */
static bool is_of_life(const struct search *s, const struct hit *hit, struct slice line)
{
    const char *pec_id = s->lives.pec_ids[hit->life];
    json_t *event = json_loadb(line.data ? line.data : "", line.size, 0, NULL);
    bool is = json_is_object(event) && (!pec_id || slice_is(pec_id_of(event), pec_id));

    json_decref(event);
    return is;
}

static int give(struct search *s, bool (*found)(void *arg, struct slice line), void *arg, struct error *e)
{
    struct visit v = { .search = s, .reader = { .fd = -1 } };
    bool is_wanted = true;
    int result = 0;

    if (s->hit_count)
        qsort(s->hits, s->hit_count, sizeof *s->hits, order);
    for (size_t i = 0; result == 0 && is_wanted && i < s->hit_count; i++) {
        struct slice line;

        if (v.file != s->hits[i].file)
            close_log(&v);
        v.file = s->hits[i].file;
        result = line_at(&v, s->hits[i].offset, &line, e);
        if (result == 0 && line.size && is_of_life(s, &s->hits[i], line))
            is_wanted = found(arg, (struct slice){ line.data, line.size - 1 });
    }
    close_log(&v);
    return result;
}

static int open_folders(struct search *s, enum ledger_search_way way, struct error *e)
{
    int result = ledger_folder_read(s->dir, &s->folder, e);

    if (result == 0 && way == LEDGER_SEARCH_INDEX)
        result = ledger_pieces_read(s->dir, &s->pieces, e);
    if (result == 0 && s->pieces.count) {
        s->postings = calloc(s->pieces.count, sizeof *s->postings);
        result = s->postings ? 0 : no_memory(e);
    }
    return result;
}

static void close_folders(struct search *s)
{
    for (size_t i = 0; s->postings && i < s->pieces.count; i++)
        ledger_postings_close(&s->postings[i]);
    free(s->postings);
    ledger_folder_free(&s->folder);
    ledger_pieces_free(&s->pieces);
}

int ledger_search(const char *dir, struct ledger_query *query, enum ledger_search_way way, bool (*found)(void *arg, struct slice line),
                  void *arg, struct error *e)
{
    static const struct pass transactions = { match_look_up, match_read }, lines = { life_look_up, life_read };
    struct search s = { .dir = dir, .query = query };
    int result = open_folders(&s, way, e);

    if (result == 0)
        result = run(&s, &transactions, e);
    if (result == 0 && s.lives.count)
        result = run(&s, &lines, e);
    if (result == 0)
        result = give(&s, found, arg, e);
    close_folders(&s);
    ledger_lives_free(&s.lives);
    free(s.hits);
    return result;
}

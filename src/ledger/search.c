/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/search.h"

#include "ledger/folder.h"
#include "ledger/match.h"
#include "ledger/name.h"
#include "ledger/reader.h"

/* The ledger is read twice: which transactions are meant is known only at its end. */
struct search {
    const char *dir;
    struct ledger_folder folder;
    struct ledger_term term;
    struct ledger_ids transactions;
    bool (*found)(void *arg, struct slice line);
    void *arg;
    bool ended;
};

/* First reading: note the transaction of a line that has the term. */
static int note_transaction(struct search *s, struct slice line)
{
    struct ledger_match match;

    if (!ledger_term_may_match(&s->term, line) || !ledger_term_match(&s->term, line, &match) || !match.matches || !match.has_pec_id)
        return 0;
    if (ledger_ids_reserve(&s->transactions) != 0)
        return ERROR_MEMORY;
    ledger_ids_add(&s->transactions, &match.pec_id);
    return 0;
}

/* Second reading: give the line if it has the term or belongs to such a transaction. */
static int give_line(struct search *s, struct slice line)
{
    struct ledger_match match;

    if (!ledger_may_belong(&s->transactions, line) && !ledger_term_may_match(&s->term, line))
        return 0;
    if (!ledger_term_match(&s->term, line, &match))
        return 0;
    if (match.matches || (match.has_pec_id && ledger_ids_has(&s->transactions, &match.pec_id)))
        s->ended = !s->found(s->arg, (struct slice){ line.data, line.size - 1 });
    return 0;
}

static int read_file(struct search *s, const struct ledger_file *file, int (*each)(struct search *, struct slice), struct error *e)
{
    struct ledger_reader reader = { .fd = -1 };
    enum ledger_found found = LEDGER_LINE;
    char name[LEDGER_NAME_SIZE], path[LEDGER_PATH_SIZE];
    struct slice line;
    int result;

    ledger_file_name(file, LEDGER_LOG, name);
    result = ledger_path(s->dir, name, path, e);
    if (result == 0)
        result = ledger_reader_open(path, &reader, e);
    while (result == 0 && !s->ended) {
        result = ledger_reader_next(&reader, &found, &line, e);
        if (result != 0 || found != LEDGER_LINE)
            break;
        result = each(s, line);
        if (result != 0)
            error_set(e, result, "no memory to search the legal log");
    }
    ledger_reader_close(&reader);
    return result;
}

static int read_all(struct search *s, int (*each)(struct search *, struct slice), struct error *e)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < s->folder.count && !s->ended; i++)
        if (s->folder.files[i].log)
            result = read_file(s, &s->folder.files[i], each, e);
    return result;
}

int ledger_search(const char *dir, const char *term, bool (*found)(void *arg, struct slice line), void *arg, struct error *e)
{
    struct search s = { .dir = dir, .found = found, .arg = arg };
    int result = ledger_term_make(term, &s.term, e);

    if (result == 0)
        result = ledger_folder_read(dir, &s.folder, e);
    if (result == 0)
        result = read_all(&s, note_transaction, e);
    if (result == 0)
        result = read_all(&s, give_line, e);
    ledger_folder_free(&s.folder);
    ledger_ids_free(&s.transactions);
    ledger_term_free(&s.term);
    return result;
}

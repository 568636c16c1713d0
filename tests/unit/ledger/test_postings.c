/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/postings.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fixture.h"
#include "ledger/pieces.h"

/* A log of one file with three lines, and its index. */
struct indexed {
    struct fixture f;
    struct ledger_folder folder;
    struct ledger_piece piece;
    char path[LEDGER_PATH_SIZE];
};

static void make(struct indexed *x, const char *text)
{
    const struct ledger_name log = { LEDGER_LOG, FIXTURE_START, 1 };
    char name[LEDGER_NAME_SIZE], folder[LEDGER_PATH_SIZE];
    uint64_t size;

    fixture_begin(&x->f);
    ledger_name_write(&log, name);
    fixture_write(&x->f, name, slice_of(text));
    snprintf(folder, sizeof folder, "%s/index", x->f.dir);
    assert_int_equal(0, mkdir(folder, 0700));
    assert_int_equal(0, ledger_folder_read(x->f.dir, &x->folder, NULL));
    assert_int_equal(1, x->folder.count);
    assert_int_equal(0, ledger_folder_size(x->f.dir, x->folder.files, &size, NULL));
    x->piece = (struct ledger_piece){ FIXTURE_START, 1, 0, 0 };
    assert_int_equal(0, ledger_postings_write(x->f.dir, x->folder.files, 0, size, false, &x->piece.to, NULL));
    assert_int_equal(0, ledger_piece_path(x->f.dir, &x->piece, x->path, NULL));
}

static void end(struct indexed *x)
{
    ledger_folder_free(&x->folder);
    fixture_end(&x->f);
}

static const char three[] = "{\"utc\":\"2026-11-24T05:21:41Z\",\"sender\":\"a@x\",\"recipients\":[{\"address\":\"a@x\"}],\"subject\":\"due due\"}\n"
                            "no event\n"
                            "{\"sender\":\"A@X\",\"subject\":\"tre\"}\n";

/* The numbers of the lines: "02". */
static void look_up(const struct ledger_postings *p, enum ledger_term_kind kind, const char *text, char out[16])
{
    struct ledger_hits hits = ledger_postings_find(p, slice_of(text));

    for (size_t i = 0; i < hits.count; i++)
        if (ledger_posting_kind(hits.first[i]) == kind)
            *out++ = (char)('0' + ledger_posting_line(p, hits.first[i]));
    *out = '\0';
}

static void a_term_has_its_lines(void **state)
{
    static const struct {
        enum ledger_term_kind kind;
        const char *text, *lines;
    } cases[] = {
        { LEDGER_TERM_SENDER, "a@x", "02" }, { LEDGER_TERM_RECIPIENT, "a@x", "0" }, { LEDGER_TERM_WORD, "due", "0" },
        { LEDGER_TERM_WORD, "tre", "2" },    { LEDGER_TERM_ID, "a@x", "" },         { LEDGER_TERM_SENDER, "b@x", "" },
    };
    struct ledger_postings p;
    struct indexed x;
    char lines[16];

    (void)state;
    make(&x, three);
    assert_int_equal(sizeof three - 1, x.piece.to);
    assert_int_equal(0, ledger_postings_open(x.path, 0, x.piece.to, &p, NULL));
    assert_int_equal(3, p.header->line_count);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        look_up(&p, cases[i].kind, cases[i].text, lines);
        assert_string_equal(cases[i].lines, lines);
    }
    assert_int_equal(0, p.offsets[0]);
    assert_memory_equal("no event", three + p.offsets[1], 8);
    assert_int_equal(FIXTURE_START, p.times[0]);
    assert_int_equal(0, p.times[1]);
    ledger_postings_close(&p);
    end(&x);
}

/* So many that a term is looked for near its place, and not among all. */
static void each_of_many_terms_is_found(void **state)
{
    enum { LINES = 20000, LINE_SIZE = 32 };
    char *text = malloc(LINES * LINE_SIZE), sender[LINE_SIZE];
    size_t size = 0;
    struct ledger_postings p;
    struct indexed x;

    (void)state;
    assert_non_null(text);
    for (unsigned i = 0; i < LINES; i++)
        size += (size_t)snprintf(text + size, LINE_SIZE, "{\"sender\":\"s%u@x\"}\n", i);
    make(&x, text);
    assert_int_equal(0, ledger_postings_open(x.path, 0, x.piece.to, &p, NULL));
    for (unsigned i = 0; i < LINES; i++) {
        struct ledger_hits hits;
        unsigned found = 0;

        snprintf(sender, sizeof sender, "s%u@x", i);
        hits = ledger_postings_find(&p, slice_of(sender));
        for (size_t k = 0; k < hits.count; k++)
            found += ledger_posting_line(&p, hits.first[k]) == i;
        assert_int_equal(1, found);
        assert_in_range(hits.count, 1, 3);
    }
    ledger_postings_close(&p);
    free(text);
    end(&x);
}

/* Postings that are spread as no hash spreads them: one that is looked for, in front of or behind many others. */
static void make_skewed(struct indexed *x, size_t before, size_t behind)
{
    struct ledger_postings_header h = { .to = 10, .line_count = 1, .posting_count = before + 1 + behind };
    uint64_t offset = 0, posting = ledger_posting_make(h.key, LEDGER_TERM_SENDER, SLICE("a@x")), low = 0, high = UINT64_MAX;
    uint32_t time = 0;
    FILE *file = fopen(x->path, "wb");

    assert_non_null(file);
    memcpy(h.magic, ledger_postings_magic, sizeof h.magic);
    fwrite(&h, sizeof h, 1, file);
    fwrite(&offset, sizeof offset, 1, file);
    for (size_t i = 0; i < before; i++)
        fwrite(&low, sizeof low, 1, file);
    fwrite(&posting, sizeof posting, 1, file);
    for (size_t i = 0; i < behind; i++)
        fwrite(&high, sizeof high, 1, file);
    fwrite(&time, sizeof time, 1, file);
    fclose(file);
}

static void a_term_is_found_far_from_its_place(void **state)
{
    static const size_t skewed[][2] = { { 0, 0 }, { 100000, 0 }, { 0, 100000 }, { 100000, 100000 }, { 1000, 100000 }, { 100000, 1000 } };
    struct indexed x;

    (void)state;
    make(&x, three);
    for (size_t i = 0; i < sizeof skewed / sizeof skewed[0]; i++) {
        struct ledger_postings p;
        char lines[16];

        make_skewed(&x, skewed[i][0], skewed[i][1]);
        assert_int_equal(0, ledger_postings_open(x.path, 0, 10, &p, NULL));
        look_up(&p, LEDGER_TERM_SENDER, "a@x", lines);
        assert_string_equal("0", lines);
        ledger_postings_close(&p);
    }
    end(&x);
}

static void half_a_line_is_left_out_until_it_is_whole(void **state)
{
    struct indexed x;

    (void)state;
    make(&x, "{}\n{\"sender\":\"a@");
    assert_int_equal(3, x.piece.to);
    end(&x);
}

/* Any byte of it may be damaged; nothing beyond the file is read then (the sanitizers watch). */
static void a_damaged_file_is_refused_or_harmless(void **state)
{
    char name[LEDGER_PATH_SIZE];
    struct ledger_postings p;
    struct indexed x;
    struct slice file;
    char *bytes;

    (void)state;
    make(&x, three);
    snprintf(name, sizeof name, "%s", x.path + strlen(x.f.dir) + 1);
    file = fixture_read(&x.f, name);
    bytes = (char *)(uintptr_t)file.data;
    for (size_t i = 0; i < file.size; i++) {
        bytes[i] ^= (char)0xFF;
        fixture_write(&x.f, name, file);
        bytes[i] ^= (char)0xFF;
        if (ledger_postings_open(x.path, 0, x.piece.to, &p, NULL) != 0)
            continue;
        for (uint64_t k = 0; k < p.header->posting_count; k++)
            assert_true(ledger_posting_line(&p, p.postings[k]) <= p.header->line_count);
        ledger_postings_close(&p);
    }
    for (size_t size = 0; size < file.size; size++) {
        fixture_write(&x.f, name, (struct slice){ file.data, size });
        assert_int_equal(ERROR_CORRUPT, ledger_postings_open(x.path, 0, x.piece.to, &p, NULL));
    }
    fixture_write(&x.f, name, file);
    assert_int_equal(ERROR_CORRUPT, ledger_postings_open(x.path, 0, x.piece.to + 1, &p, NULL));
    assert_int_equal(ERROR_CORRUPT, ledger_postings_open(x.path, 1, x.piece.to, &p, NULL));
    fixture_remove(&x.f, name);
    assert_int_equal(ERROR_NOT_FOUND, ledger_postings_open(x.path, 0, x.piece.to, &p, NULL));
    free(bytes);
    end(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_term_has_its_lines),
        cmocka_unit_test(each_of_many_terms_is_found),
        cmocka_unit_test(a_term_is_found_far_from_its_place),
        cmocka_unit_test(half_a_line_is_left_out_until_it_is_whole),
        cmocka_unit_test(a_damaged_file_is_refused_or_harmless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 6109 2.3: the log holds what became of a message; here it is found again.
 */
#include "ledger/search.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "ledger/folder.h"
#include "ledger/indexing.h"
#include "ledger/pieces.h"
#include "ledger/postings.h"

static const char *const events[] = {
    "{\"event\":\"reception\",\"pec_id\":\"opec.1@alfa.example\",\"msgid\":\"<M1@client>\",\"sender\":\"anna@alfa.example\","
    "\"recipients\":[{\"address\":\"bice@beta.example\"}],\"subject\":\"one\"}",
    "{\"event\":\"reception\",\"pec_id\":\"opec.2@alfa.example\",\"msgid\":\"<M2@client>\",\"sender\":\"aldo@alfa.example\","
    "\"recipients\":[{\"address\":\"bruno@beta.example\"}],\"subject\":\"about anna@alfa.example\"}",
    "{\"event\":\"acceptance\",\"pec_id\":\"opec.1@alfa.example\",\"related\":[\"rec.1@alfa.example\"]}",
    "{\"event\":\"virus update\"}",
    "{\"event\":\"delivery\",\"pec_id\":\"opec.2@alfa.example\",\"recipient\":\"bruno@beta.example\"}",
    "{\"event\":\"delivery\",\"pec_id\":\"opec.1@alfa.example\",\"recipient\":\"bice@beta.example\"}",
    "{\"event\":\"bounce\",\"pec_id\":\"opec.3@alfa.example\",\"related\":[\"opec.1@alfa.example\"]}",
};

enum { EVENTS = sizeof events / sizeof events[0] };

static void fill(struct fixture *f)
{
    struct ledger *ledger;
    char closed[LEDGER_PATH_SIZE], id[32];

    fixture_begin(f);
    ledger = fixture_open(f, NULL, NULL);
    for (unsigned i = 0; i < EVENTS; i++) {
        snprintf(id, sizeof id, "plan:%u", i);
        assert_int_equal(0, ledger_append(ledger, id, slice_of(events[i]), FIXTURE_START + i, NULL));
        if (i == 1 || i == 3)
            assert_int_equal(0, ledger_rotate(ledger, FIXTURE_START + i, true, closed, NULL));
    }
    ledger_close(&ledger);
}

/* What was found, as the numbers of the events: "0 2 5". */
struct found {
    char numbers[64];
    unsigned left; /* how many more are wanted */
};

static bool note(void *arg, struct slice line)
{
    struct found *found = arg;

    assert_int_equal('}', line.data[line.size - 1]);
    for (unsigned i = 0; i < EVENTS; i++) {
        struct slice start = { events[i], strlen(events[i]) - 1 };
        size_t used = strlen(found->numbers);

        if (slice_find(line, start) == 0)
            snprintf(found->numbers + used, sizeof found->numbers - used, "%s%u", used ? " " : "", i);
    }
    return --found->left > 0;
}

static const struct {
    const char *name;
    struct ledger_asked asked;
    const char *numbers;
} cases[] = {
    { "by PEC id: its whole life, and who speaks of it", { .term = "opec.1@alfa.example" }, "0 2 5 6" },
    { "by the client's Message-ID: its whole life", { .term = "<M1@client>" }, "0 2 5" },
    { "in any case", { .term = "m1@CLIENT" }, "0 2 5" },
    { "by sender: the transactions he began", { .term = "anna@alfa.example" }, "0 2 5" },
    { "by recipient", { .term = "bruno@beta.example" }, "1 4" },
    { "by the id of a receipt", { .term = "rec.1@alfa.example" }, "0 2 5" },
    { "by the id of an event without transaction", { .term = "plan:3" }, "3" },
    { "nothing", { .term = "nobody@alfa.example" }, "" },
    { "a subject is no id", { .term = "one" }, "" },
    { "a word of a subject", { .subject = "One" }, "0 2 5" },
    { "an address's parts are words of a subject", { .subject = "anna about" }, "1 4" },
    { "as a sender and not as a recipient", { .recipient = "anna@alfa.example" }, "" },
    { "a line must have all of it", { .sender = "anna@alfa.example", .recipient = "bruno@beta.example" }, "" },
    { "transactions come in the order in which they match, each whole", { .event = "delivery" }, "1 4 0 2 5" },
    { "an event without transaction stands alone", { .event = "virus update" }, "3" },
};

static void search(const struct fixture *f, const struct ledger_asked *asked, enum ledger_search_way way, struct found *found)
{
    struct ledger_asked whole = *asked;
    struct ledger_query query;

    if (whole.from == 0 && whole.to == 0) {
        whole.from = INT64_MIN;
        whole.to = INT64_MAX;
    }
    assert_int_equal(0, ledger_query_make(&whole, &query, NULL));
    assert_int_equal(0, ledger_search(f->dir, &query, way, note, found, NULL));
    ledger_query_free(&query);
}

static void try_all(const struct fixture *f, enum ledger_search_way way, const char *how)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct found found = { .left = 100 };

        search(f, &cases[i].asked, way, &found);
        if (strcmp(cases[i].numbers, found.numbers) != 0)
            fail_msg("%s (%s): \"%s\", not \"%s\"", cases[i].name, how, found.numbers, cases[i].numbers);
    }
}

/* An index of each line of the log whose first line has this number. */
static void index_lines(const struct fixture *f, uint64_t first)
{
    struct ledger_folder folder;
    uint64_t size, from = 0, to = 0;

    assert_int_equal(0, ledger_folder_read(f->dir, &folder, NULL));
    for (size_t i = 0; i < folder.count; i++) {
        if (folder.files[i].first != first)
            continue;
        assert_int_equal(0, ledger_folder_size(f->dir, &folder.files[i], &size, NULL));
        for (; from < size; from = to)
            assert_int_equal(0, ledger_postings_write(f->dir, &folder.files[i], from, from + 1, false, &to, NULL));
    }
    ledger_folder_free(&folder);
}

static void damage_index(const struct fixture *f)
{
    struct ledger_pieces pieces;
    char path[LEDGER_PATH_SIZE];

    assert_int_equal(0, ledger_pieces_read(f->dir, &pieces, NULL));
    assert_int_not_equal(0, pieces.count);
    for (size_t i = 0; i < pieces.count; i += 2) {
        assert_int_equal(0, ledger_piece_path(f->dir, &pieces.pieces[i], path, NULL));
        assert_int_equal(0, truncate(path, 60));
    }
    ledger_pieces_free(&pieces);
}

static void the_life_of_a_message_is_found(void **state)
{
    struct ledger_indexed made;
    struct fixture f;

    (void)state;
    fill(&f);
    try_all(&f, LEDGER_SEARCH_FILES, "the files");
    try_all(&f, LEDGER_SEARCH_INDEX, "an index that is not there");
    assert_int_equal(0, ledger_index_update(f.dir, &made, NULL));
    assert_int_equal(2, made.pieces);
    try_all(&f, LEDGER_SEARCH_INDEX, "an index of closed files");
    index_lines(&f, 5);
    try_all(&f, LEDGER_SEARCH_INDEX, "an index of all");
    damage_index(&f);
    try_all(&f, LEDGER_SEARCH_INDEX, "an index that is damaged");
    fixture_end(&f);
}

/* What the index says is used: else this search would find the line, which has another PEC id now. */
static void the_index_is_looked_at(void **state)
{
    const struct ledger_asked asked = { .term = "opec.9@alfa.example" };
    struct ledger_indexed made;
    char name[LEDGER_NAME_SIZE];
    struct found found = { .left = 100 };
    struct fixture f;
    struct slice text;

    (void)state;
    fill(&f);
    assert_int_equal(0, ledger_index_update(f.dir, &made, NULL));
    assert_true(fixture_name(&f, LEDGER_LOG, 1, name));
    text = fixture_read(&f, name);
    for (size_t at; (at = slice_find(text, SLICE("opec.1@"))) < text.size;)
        memcpy((char *)(uintptr_t)text.data + at, "opec.9@", 7);
    fixture_write(&f, name, text);
    free((char *)(uintptr_t)text.data);
    search(&f, &asked, LEDGER_SEARCH_INDEX, &found);
    assert_string_equal("", found.numbers);
    fixture_end(&f);
}

static void the_caller_may_end_the_search(void **state)
{
    const struct ledger_asked asked = { .term = "opec.1@alfa.example" };
    struct found found = { .left = 2 };
    struct fixture f;

    (void)state;
    fill(&f);
    search(&f, &asked, LEDGER_SEARCH_FILES, &found);
    assert_string_equal("0 2", found.numbers);
    fixture_end(&f);
}

/* The keeper is writing, and a file has been damaged. */
static void what_is_no_line_is_passed_over(void **state)
{
    const struct ledger_asked asked = { .term = "opec.1@alfa.example" };
    struct ledger_indexed made;
    char name[LEDGER_NAME_SIZE];
    struct fixture f;

    (void)state;
    fill(&f);
    assert_true(fixture_name(&f, LEDGER_LOG, 3, name));
    fixture_write(&f, name, SLICE("\n{\"pec_id\":\"opec.1@alfa.example\"\n[]\n{\"pec_id\":\"opec.1@alfa.exam"));
    for (int way = LEDGER_SEARCH_INDEX; way <= LEDGER_SEARCH_FILES; way++) {
        struct found found = { .left = 100 };

        search(&f, &asked, (enum ledger_search_way)way, &found);
        assert_string_equal("0 5 6", found.numbers);
        assert_int_equal(0, ledger_index_update(f.dir, &made, NULL));
        search(&f, &asked, LEDGER_SEARCH_INDEX, &found);
        assert_string_equal("0 5 6 0 5 6", found.numbers);
    }
    assert_false(ledger_index_is_due(f.dir));
    fixture_end(&f);
}

static void a_folder_that_is_gone_is_said(void **state)
{
    const struct ledger_asked asked = { .term = "a@b", .from = INT64_MIN, .to = INT64_MAX };
    struct found found = { .left = 100 };
    struct ledger_query query;
    struct fixture f;

    (void)state;
    fill(&f);
    fixture_end(&f);
    assert_int_equal(0, ledger_query_make(&asked, &query, NULL));
    assert_int_equal(ERROR_NOT_FOUND, ledger_search(f.dir, &query, LEDGER_SEARCH_INDEX, note, &found, NULL));
    ledger_query_free(&query);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_life_of_a_message_is_found),
        cmocka_unit_test(the_index_is_looked_at),
        cmocka_unit_test(the_caller_may_end_the_search),
        cmocka_unit_test(what_is_no_line_is_passed_over),
        cmocka_unit_test(a_folder_that_is_gone_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

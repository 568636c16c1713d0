/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 6109 2.3: the log holds what became of a message; here it is found again.
 */
#include "ledger/search.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"

static const char *const events[] = {
    "{\"event\":\"reception\",\"pec_id\":\"opec.1@alfa.example\",\"msgid\":\"<M1@client>\",\"sender\":\"anna@alfa.example\","
    "\"recipients\":[{\"address\":\"bice@beta.example\"}],\"subject\":\"one\"}",
    "{\"event\":\"reception\",\"pec_id\":\"opec.2@alfa.example\",\"msgid\":\"<M2@client>\",\"sender\":\"aldo@alfa.example\","
    "\"recipients\":[{\"address\":\"bruno@beta.example\"}],\"subject\":\"about anna@alfa.example\"}",
    "{\"event\":\"acceptance\",\"pec_id\":\"opec.1@alfa.example\",\"related\":[\"rec.1@alfa.example\"]}",
    "{\"event\":\"virus update\"}",
    "{\"event\":\"delivery\",\"pec_id\":\"opec.2@alfa.example\",\"recipient\":\"bruno@beta.example\"}",
    "{\"event\":\"delivery\",\"pec_id\":\"opec.1@alfa.example\",\"recipient\":\"bice@beta.example\"}",
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
    const char *name, *term, *numbers;
} cases[] = {
    { "by PEC id: its whole life", "opec.1@alfa.example", "0 2 5" },
    { "by the client's Message-ID: its whole life", "<M1@client>", "0 2 5" },
    { "in any case", "m1@CLIENT", "0 2 5" },
    { "by sender: the transactions he began", "anna@alfa.example", "0 2 5" },
    { "by recipient", "bruno@beta.example", "1 4" },
    { "by the id of a receipt", "rec.1@alfa.example", "0 2 5" },
    { "by the id of an event without transaction", "plan:3", "3" },
    { "nothing", "nobody@alfa.example", "" },
    { "a subject is no id", "one", "" },
};

static void the_life_of_a_message_is_found(void **state)
{
    struct fixture f;

    (void)state;
    fill(&f);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct found found = { .left = 100 };

        assert_int_equal(0, ledger_search(f.dir, cases[i].term, note, &found, NULL));
        if (strcmp(cases[i].numbers, found.numbers) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", cases[i].name, found.numbers, cases[i].numbers);
    }
    fixture_end(&f);
}

static void the_caller_may_end_the_search(void **state)
{
    struct found found = { .left = 2 };
    struct fixture f;

    (void)state;
    fill(&f);
    assert_int_equal(0, ledger_search(f.dir, "opec.1@alfa.example", note, &found, NULL));
    assert_string_equal("0 2", found.numbers);
    fixture_end(&f);
}

/* The keeper is writing, and a file has been damaged. */
static void what_is_no_line_is_passed_over(void **state)
{
    struct found found = { .left = 100 };
    char name[LEDGER_NAME_SIZE];
    struct fixture f;

    (void)state;
    fill(&f);
    assert_true(fixture_name(&f, LEDGER_LOG, 3, name));
    fixture_write(&f, name, SLICE("\n{\"pec_id\":\"opec.1@alfa.example\"\n[]\n{\"pec_id\":\"opec.1@alfa.exam"));
    assert_int_equal(0, ledger_search(f.dir, "opec.1@alfa.example", note, &found, NULL));
    assert_string_equal("0 5", found.numbers);
    fixture_end(&f);
}

static void a_search_that_cannot_be_is_refused(void **state)
{
    struct found found = { .left = 100 };
    struct fixture f;

    (void)state;
    fill(&f);
    assert_int_equal(ERROR_SYNTAX, ledger_search(f.dir, "<>", note, &found, NULL));
    fixture_end(&f);
    assert_int_equal(ERROR_NOT_FOUND, ledger_search(f.dir, "opec.1@alfa.example", note, &found, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_life_of_a_message_is_found),
        cmocka_unit_test(the_caller_may_end_the_search),
        cmocka_unit_test(what_is_no_line_is_passed_over),
        cmocka_unit_test(a_search_that_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The audit of a folder of the legal log, written by the ledger in several files; and how its result is printed.
 */
#include "printed.h"

#include <sys/stat.h>

#include "base/text.h"
#include "../ledger/fixture.h"
#include "../pec/day.h"
#include "opec/audit.h"
#include "opec/audit_report.h"
#include "opec/print.h"

enum { MESSAGES = 150, LINES_PER_FILE = 200, TO_THE_END = DAY_BEGINS + 60 * DAY_MINUTES };

static const struct reconcile_settings settings = {
    .provider = DAY_PROVIDER, .first = DAY_FIRST, .second = DAY_SECOND, .from = INT64_MIN, .to = INT64_MAX,
};

/* --- a log on the disk ------------------------------------------------------------------------------------------------------ */

struct writing {
    struct ledger *ledger;
    size_t count;
    const char *without; /* leave out the first line that has this; NULL */
};

static void append(void *arg, struct slice line)
{
    struct writing *w = arg;
    char id[32], closed[LEDGER_PATH_SIZE];
    bool is_left_out = w->without && slice_find(line, slice_of(w->without)) < line.size;

    if (is_left_out) {
        w->without = NULL;
        return;
    }
    snprintf(id, sizeof id, "day.%zu", w->count++);
    assert_int_equal(ledger_append(w->ledger, id, line, DAY_BEGINS, NULL), 0);
    if (w->count % LINES_PER_FILE == 0)
        assert_int_equal(ledger_rotate(w->ledger, DAY_BEGINS, true, closed, NULL), 0);
}

static void write_day(const struct fixture *f, const char *without, struct day_books *books)
{
    struct writing w = { .ledger = fixture_open(f, NULL, NULL), .without = without };

    day_run(MESSAGES, DAY_MINUTES, append, &w, books);
    assert_null(w.without);
    assert_int_equal(ledger_sync(w.ledger, NULL), 0);
    ledger_close(&w.ledger);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    if (!f)
        return -1;
    fixture_begin(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture_end(*state);
    free(*state);
    return 0;
}

static struct reconcile *audit(const struct fixture *f)
{
    struct reconcile *r = NULL;

    assert_int_equal(audit_log(f->dir, &settings, TO_THE_END, &r, NULL), 0);
    return r;
}

/* --- reading ---------------------------------------------------------------------------------------------------------------- */

static void a_log_of_several_files_agrees(void **state)
{
    const struct fixture *f = *state;
    struct day_books books;
    struct reconcile *r;

    write_day(f, NULL, &books);
    assert_true(fixture_count(f, LEDGER_LOG) > 3);
    r = audit(f);
    assert_true(audit_agrees(reconcile_result(r)));
    assert_int_equal(reconcile_result(r)->transactions, books.transactions);
    assert_int_equal(reconcile_result(r)->recipients, books.recipients);
    reconcile_free(&r);
}

/* Its oldest file is removed once its time is over: what had begun there is not missed. */
static void a_log_without_its_first_file_agrees(void **state)
{
    const struct fixture *f = *state;
    char name[LEDGER_NAME_SIZE];
    struct day_books books;
    struct reconcile *r;

    write_day(f, NULL, &books);
    assert_true(fixture_name(f, LEDGER_LOG, 1, name));
    fixture_remove(f, name);
    r = audit(f);
    assert_true(audit_agrees(reconcile_result(r)));
    assert_in_range(reconcile_result(r)->transactions, books.transactions / 2, books.transactions - 1);
    reconcile_free(&r);
}

/* Two nodes by turns: the lines of a transaction stand in two logs, each in its own order. */
struct two {
    struct writing writing[2];
    size_t count;
};

static void append_by_turns(void *arg, struct slice line)
{
    struct two *two = arg;

    append(&two->writing[two->count++ % 2], line);
}

static void the_logs_of_two_nodes_agree_together(void **state)
{
    const struct reconcile_settings morning = { .provider = DAY_PROVIDER, .first = DAY_FIRST, .second = DAY_SECOND, .from = DAY_BEGINS,
                                                .to = DAY_BEGINS + 6 * 3600 };
    struct fixture *f = *state, other = *f;
    struct two two = { 0 };
    struct day_books books;
    struct reconcile *r;

    assert_true((size_t)snprintf(other.dir, sizeof other.dir, "%s/mx2", f->dir) < sizeof other.dir);
    assert_int_equal(mkdir(other.dir, 0700), 0);
    other.settings.dir = other.dir;
    two.writing[0].ledger = fixture_open(f, NULL, NULL);
    two.writing[1].ledger = fixture_open(&other, NULL, NULL);
    day_run(MESSAGES, DAY_MINUTES, append_by_turns, &two, &books);
    ledger_close(&two.writing[0].ledger);
    ledger_close(&two.writing[1].ledger);
    r = audit(f);
    assert_true(audit_agrees(reconcile_result(r)));
    assert_int_equal(reconcile_result(r)->transactions, books.transactions);
    assert_int_equal(reconcile_result(r)->recipients, books.recipients);
    reconcile_free(&r);
    assert_int_equal(audit_log(f->dir, &morning, TO_THE_END, &r, NULL), 0);
    assert_true(audit_agrees(reconcile_result(r)));
    assert_in_range(reconcile_result(r)->transactions, 1, books.transactions - 1);
    reconcile_free(&r);
    r = audit(&other);
    assert_false(audit_agrees(reconcile_result(r)));
    reconcile_free(&r);
}

/* Half a line is one that is being written. */
static void a_line_that_is_being_written_is_passed_over(void **state)
{
    const struct fixture *f = *state;
    static const char half[] = "{\"event\":\"rec";
    char name[LEDGER_NAME_SIZE], *longer;
    struct day_books books;
    struct reconcile *r;
    struct slice text;

    write_day(f, NULL, &books);
    assert_true(fixture_name(f, LEDGER_LOG, books.lines / LINES_PER_FILE * LINES_PER_FILE + 1, name));
    text = fixture_read(f, name);
    longer = malloc(text.size + sizeof half);
    memcpy(longer, text.data, text.size);
    memcpy(longer + text.size, half, sizeof half);
    fixture_write(f, name, (struct slice){ longer, text.size + sizeof half - 1 });
    r = audit(f);
    assert_true(audit_agrees(reconcile_result(r)));
    reconcile_free(&r);
    free(longer);
    free((char *)(uintptr_t)text.data);
}

static void no_folder_is_an_error(void **state)
{
    struct reconcile *r = NULL;
    struct error e;

    (void)state;
    assert_int_equal(audit_log("/nowhere/at/all", &settings, TO_THE_END, &r, &e), ERROR_NOT_FOUND);
    assert_has(e.text, "/nowhere/at/all");
    assert_null(r);
}

/* --- printing --------------------------------------------------------------------------------------------------------------- */

static void what_is_wrong_is_named(void **state)
{
    const struct fixture *f = *state;
    struct day_books books;
    struct reconcile *r;
    struct printed p;
    json_t *o, *finding;

    write_day(f, "\"message\":\"acceptance\"", &books);
    r = audit(f);
    assert_false(audit_agrees(reconcile_result(r)));
    printed_begin(&p);
    assert_int_equal(audit_print_text(p.out, reconcile_result(r), TO_THE_END), 0);
    printed_end(&p);
    assert_has(p.text, ", since 02/03/2026 ");
    assert_has(p.text, "no acceptance was issued\n");
    assert_has(p.text, "the legal log does not agree as of 04/03/2026 ");
    assert_has(p.text, "1 findings, 0 open\n");
    assert_has(p.text, "\n2026-03-02 ");
    assert_has(p.text, "\nuser0@alfa.example ");
    free(p.text);
    printed_begin(&p);
    assert_int_equal(audit_print_json(p.out, reconcile_result(r), TO_THE_END), 0);
    printed_end(&p);
    o = json_loads(p.text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(o);
    assert_true(json_is_false(json_object_get(o, "agrees")));
    assert_int_equal(json_array_size(json_object_get(o, "findings")), 1);
    finding = json_array_get(json_object_get(o, "findings"), 0);
    assert_string_equal(json_string_value(json_object_get(finding, "finding")), "no-acceptance");
    assert_true(json_is_null(json_object_get(finding, "recipient")));
    assert_int_equal(json_integer_value(json_object_get(json_array_get(json_object_get(o, "days"), 0), "accepted")), books.days[0][COUNT_ACCEPTED]);
    json_decref(o);
    free(p.text);
    reconcile_free(&r);
}

/* What strangers wrote sends no command to a terminal, and is no formula in a table. */
static void foreign_text_does_no_harm(void **state)
{
    static const char line[] =
        "{\"utc\":\"2026-03-02T10:00:00Z\",\"legal_time\":\"02/03/2026 11:00:00 +0100\",\"event\":\"received\",\"point\":\"access\","
        "\"verdict\":\"accepted\",\"pec_id\":\"a\\u001b[2J@x\",\"sender\":\"=1+1\\\"\\u001b@alfa.example\","
        "\"recipients\":[{\"address\":\"b\\n\\u001b]0;@y\",\"kind\":\"certified\"}],\"size\":1}";
    struct reconcile *r = reconcile_new(&settings);
    struct printed p;
    bool again;

    (void)state;
    assert_int_equal(reconcile_line(r, slice_of(line), NULL), 0);
    assert_int_equal(reconcile_end(r, TO_THE_END, &again, NULL), 0);
    printed_begin(&p);
    assert_int_equal(audit_print_text(p.out, reconcile_result(r), TO_THE_END), 0);
    assert_int_equal(audit_print_csv(p.out, reconcile_result(r)), 0);
    printed_end(&p);
    assert_null(strchr(p.text, 0x1B));
    assert_has(p.text, "a [2J@x");
    assert_has(p.text, "b ]0;@y");
    assert_has(p.text, "mailbox,\"'=1+1\"\" @alfa.example\",1,1,0,");
    free(p.text);
    reconcile_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_log_of_several_files_agrees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_log_without_its_first_file_agrees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_logs_of_two_nodes_agree_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_that_is_being_written_is_passed_over, set_up, tear_down),
        cmocka_unit_test(no_folder_is_an_error),
        cmocka_unit_test_setup_teardown(what_is_wrong_is_named, set_up, tear_down),
        cmocka_unit_test(foreign_text_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The audit of the legal log: a day of traffic agrees to the last recipient, and what is taken out of its log, put in twice or put in from
 * elsewhere is found and named.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "pec/reconcile.h"

enum { MESSAGES = 2000, FEWER = 300, TO_THE_END = DAY_BEGINS + 60 * DAY_MINUTES };

/* --- a log in memory -------------------------------------------------------------------------------------------------------- */

struct log {
    char **lines;
    size_t count, capacity;
    struct day_books books;
};

static struct log whole; /* made once; its lines are never changed */

static void keep_line(void *arg, struct slice line)
{
    struct log *log = arg;

    if (log->count == log->capacity) {
        log->capacity = log->capacity ? 2 * log->capacity : 1024;
        log->lines = reallocarray(log->lines, log->capacity, sizeof *log->lines);
        assert_non_null(log->lines);
    }
    log->lines[log->count] = strndup(line.data, line.size);
    assert_non_null(log->lines[log->count++]);
}

static void free_log(struct log *log)
{
    for (size_t i = 0; i < log->count; i++)
        free(log->lines[i]);
    free(log->lines);
    *log = (struct log){ 0 };
}

static int make_day(void **state)
{
    (void)state;
    day_run(FEWER, DAY_MINUTES, keep_line, &whole, &whole.books);
    return 0;
}

static int forget_day(void **state)
{
    (void)state;
    free_log(&whole);
    return 0;
}

/* Lines that are left out or given twice. */
struct fault {
    size_t without, twice; /* SIZE_MAX: none */
    const char *more;      /* put at the end; NULL */
};

static const struct fault no_fault = { SIZE_MAX, SIZE_MAX, NULL };

static void give(struct reconcile *r, const struct log *log, const struct fault *fault)
{
    for (size_t i = 0; i < log->count; i++)
        for (int k = i == fault->without ? 1 : 0; k < (i == fault->twice ? 2 : 1); k++)
            assert_int_equal(reconcile_line(r, slice_of(log->lines[i]), NULL), 0);
    if (fault->more)
        assert_int_equal(reconcile_line(r, slice_of(fault->more), NULL), 0);
}

static const struct reconcile_settings settings = {
    .provider = DAY_PROVIDER, .first = DAY_FIRST, .second = DAY_SECOND, .from = INT64_MIN, .to = INT64_MAX,
};

static struct reconcile *audit_with(const struct reconcile_settings *how, const struct log *log, const struct fault *fault, int64_t now)
{
    struct reconcile *r = reconcile_new(how);
    bool again;

    assert_non_null(r);
    give(r, log, fault);
    assert_int_equal(reconcile_end(r, now, &again, NULL), 0);
    if (again) {
        give(r, log, fault);
        assert_int_equal(reconcile_end(r, now, &again, NULL), 0);
        assert_false(again);
    }
    return r;
}

static struct reconcile *audit(const struct log *log, const struct fault *fault, int64_t now)
{
    return audit_with(&settings, log, fault, now);
}

static void print_findings(const struct reconcile_result *result)
{
    for (size_t i = 0; i < result->finding_count && i < 10; i++)
        print_error("%s %s: %s\n", result->findings[i].pec_id, result->findings[i].recipient ? result->findings[i].recipient : "",
                    finding_texts[result->findings[i].kind]);
}

/* --- the day ---------------------------------------------------------------------------------------------------------------- */

static void check_row(const struct tally_row *row, const uint64_t wanted[COUNT_COUNT])
{
    for (int i = 0; i < COUNT_COUNT; i++) {
        if (row->of[i] != wanted[i])
            print_error("%s %s: %lu, not %lu\n", row->name, count_names[i], (unsigned long)row->of[i], (unsigned long)wanted[i]);
        assert_int_equal(row->of[i], wanted[i]);
    }
}

static void check_days(const struct reconcile_result *result, const struct day_books *books)
{
    static const char *const names[] = { "2026-03-02", "2026-03-03", "2026-03-04" };
    struct tally_row **days = tally_sorted(&result->days);

    assert_non_null(days);
    assert_true(result->days.count >= 2);
    for (size_t i = 0; i < result->days.count; i++) {
        assert_string_equal(days[i]->name, names[i]);
        check_row(days[i], books->days[i]);
    }
    free(days);
}

static void check_mailboxes(const struct reconcile_result *result, const struct day_books *books)
{
    struct tally_row **mailboxes = tally_sorted(&result->mailboxes);

    assert_non_null(mailboxes);
    assert_int_equal(result->mailboxes.count, DAY_USERS);
    for (size_t i = 0; i < result->mailboxes.count; i++)
        check_row(mailboxes[i], books->mailboxes[strtoul(mailboxes[i]->name + strlen("user"), NULL, 10)]);
    free(mailboxes);
}

static void a_day_agrees_to_the_last_recipient(void **state)
{
    const struct reconcile_result *result;
    struct log log = { 0 };
    struct reconcile *r;

    (void)state;
    day_run(MESSAGES, DAY_MINUTES, keep_line, &log, &log.books);
    r = audit(&log, &no_fault, TO_THE_END);
    result = reconcile_result(r);
    print_findings(result);
    assert_int_equal(result->finding_count, 0);
    assert_int_equal(result->open_count, 0);
    assert_int_equal(result->unreadable, 0);
    assert_int_equal(result->transactions, log.books.transactions);
    assert_int_equal(result->recipients, log.books.recipients);
    assert_int_equal(log.books.ended, log.books.recipients);
    check_days(result, &log.books);
    check_mailboxes(result, &log.books);
    reconcile_free(&r);
    free_log(&log);
}

/* What is younger than the hours of the second notice may be under way: it is open, and counted, and nothing is wrong. */
static void what_is_under_way_is_open(void **state)
{
    static const unsigned minutes[] = { 7 * 60 + 3, 13 * 60 + 30, 24 * 60 };

    (void)state;
    for (size_t i = 0; i < COUNT(minutes); i++) {
        struct log log = { 0 };
        const struct reconcile_result *result;
        struct reconcile *r;
        size_t ends = 0;

        day_run(FEWER, minutes[i], keep_line, &log, &log.books);
        r = audit(&log, &no_fault, DAY_BEGINS + 60 * (int64_t)minutes[i]);
        result = reconcile_result(r);
        print_findings(result);
        assert_int_equal(result->finding_count, 0);
        for (size_t k = 0; k < result->open_count; k++)
            ends += result->open[k].waits_for == FINDING_NO_END || result->open[k].waits_for == FINDING_VIRUS_UNTOLD;
        assert_true(ends > 0);
        assert_int_equal(ends, log.books.recipients - log.books.ended);
        reconcile_free(&r);
        free_log(&log);
    }
}

/* --- faults ----------------------------------------------------------------------------------------------------------------- */

/* A line that has all of these, from the place `from` on. */
static size_t find_line(const char *const *texts, size_t from)
{
    for (size_t i = from; i < whole.count; i++) {
        bool has = true;

        for (size_t k = 0; texts[k]; k++)
            has = has && strstr(whole.lines[i], texts[k]);
        if (has)
            return i;
    }
    fail_msg("no such line: %s", texts[0]);
    return 0;
}

static char *field_of(const char *line, const char *name)
{
    struct record r = record_reader(slice_of(line), arena_new(1 << 20));
    const char *value = NULL;
    char *copy;

    record_text(&r, name, &value);
    assert_non_null(value);
    copy = strdup(value);
    arena_free(&r.arena);
    record_drop(&r);
    return copy;
}

static bool has_finding(const struct reconcile_result *result, const char *pec_id, enum finding_kind kind)
{
    for (size_t i = 0; i < result->finding_count; i++)
        if (result->findings[i].kind == kind && strcmp(result->findings[i].pec_id, pec_id) == 0)
            return true;
    return false;
}

struct broken {
    const char *name;
    const char *texts[5]; /* of the line; NULL ends them */
    bool is_twice;        /* else left out */
    enum finding_kind kinds[4]; /* all that is found; FINDING_COUNT ends them */
};

static const struct broken cases[] = {
    { "a delivery receipt that came", { "\"receipt\":\"avvenuta-consegna\"", "\"event\":\"received\"", "@beta.example" }, false,
      { FINDING_NO_END, FINDING_COUNT } },
    { "a mailbox's delivery", { "\"event\":\"delivered\"", "\"verdict\":\"envelope\"", "\"recipients\":[{\"address\":\"user", "\"kind\":\"certified\"}],\"subject\"" },
      false, { FINDING_NO_DELIVERY, FINDING_COUNT } },
    { "a receipt that was issued", { "\"message\":\"delivery-complete\"", "\"provider\":\"Beta" }, false, { FINDING_NO_RECEIPT, FINDING_COUNT } },
    { "a take-charge twice", { "\"receipt\":\"presa-in-carico\"", "\"event\":\"received\"" }, true, { FINDING_TAKE_CHARGE_TWICE, FINDING_COUNT } },
    { "a take-charge of ours twice", { "\"message\":\"take-charge\"" }, true, { FINDING_TAKE_CHARGE_TWICE, FINDING_COUNT } },
    { "an acceptance", { "\"message\":\"acceptance\"" }, false, { FINDING_NO_ACCEPTANCE, FINDING_COUNT } },
    { "an acceptance twice", { "\"message\":\"acceptance\"" }, true, { FINDING_ACCEPTED_TWICE, FINDING_COUNT } },
    { "an envelope twice", { "\"event\":\"sent\"", "\"message\":\"transport-envelope\"" }, true, { FINDING_ENVELOPE_TWICE, FINDING_COUNT } },
    { "a message received twice", { "\"event\":\"received\"", "\"point\":\"access\"" }, true, { FINDING_RECEIVED_TWICE, FINDING_COUNT } },
    { "a notice of non-acceptance", { "\"message\":\"non-acceptance\"" }, false, { FINDING_NO_NON_ACCEPTANCE, FINDING_COUNT } },
    { "the quarantine", { "\"event\":\"quarantined\"", "\"point\":\"access\"" }, false, { FINDING_NOT_KEPT, FINDING_COUNT } },
    { "the quarantine of an envelope", { "\"event\":\"quarantined\"", "\"verdict\":\"envelope-virus\"" }, false, { FINDING_NOT_KEPT, FINDING_COUNT } },
    { "a virus that the sender is not told of", { "\"message\":\"non-delivery-virus\"", "\"verdict\":\"receipt\"" }, false,
      { FINDING_VIRUS_UNTOLD, FINDING_COUNT } },
    { "a first notice", { "\"message\":\"first-notice\"" }, false, { FINDING_NO_FIRST_NOTICE, FINDING_COUNT } },
    { "a first notice twice", { "\"message\":\"first-notice\"" }, true, { FINDING_NOTICE_TWICE, FINDING_COUNT } },
};

static void each_fault_is_found_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct broken *c = &cases[i];
        size_t at = find_line(c->texts, whole.count / 3), wanted = 0;
        const struct fault fault = { c->is_twice ? SIZE_MAX : at, c->is_twice ? at : SIZE_MAX, NULL };
        struct reconcile *r = audit(&whole, &fault, TO_THE_END);
        const struct reconcile_result *result = reconcile_result(r);
        char *pec_id = field_of(whole.lines[at], "pec_id");

        for (; c->kinds[wanted] != FINDING_COUNT; wanted++)
            if (!has_finding(result, pec_id, c->kinds[wanted]))
                print_error("%s: not found: %s\n", c->name, finding_texts[c->kinds[wanted]]);
        for (size_t k = 0; k < wanted; k++)
            assert_true(has_finding(result, pec_id, c->kinds[k]));
        for (size_t k = 0; k < result->finding_count; k++) {
            if (strcmp(result->findings[k].pec_id, pec_id) != 0)
                print_error("%s: found too\n", c->name);
            assert_string_equal(result->findings[k].pec_id, pec_id);
        }
        free(pec_id);
        reconcile_free(&r);
    }
}

/* A message of which the access point knows nothing: neither receipt nor envelope of it is ours to explain. */
static void events_without_a_beginning_are_found(void **state)
{
    static const struct {
        const char *line;
        enum finding_kind kind;
    } lines[] = {
        { "{\"utc\":\"2026-03-03T10:00:00Z\",\"legal_time\":\"03/03/2026 11:00:00 +0100\",\"event\":\"received\",\"point\":\"incoming\","
          "\"verdict\":\"receipt\",\"receipt\":\"avvenuta-consegna\",\"pec_id\":\"lost@alfa.example\",\"sender\":\"user1@alfa.example\","
          "\"recipients\":[{\"address\":\"x@beta.example\"}],\"settles\":[\"x@beta.example\"],\"size\":1}", FINDING_UNKNOWN },
        { "{\"utc\":\"2026-03-03T10:00:00Z\",\"legal_time\":\"03/03/2026 11:00:00 +0100\",\"event\":\"sent\",\"point\":\"access\","
          "\"verdict\":\"accepted\",\"message\":\"transport-envelope\",\"pec_id\":\"lost@alfa.example\",\"sender\":\"user1@alfa.example\","
          "\"recipients\":[{\"address\":\"x@beta.example\"}],\"size\":1}", FINDING_NOT_RECEIVED },
        { "{\"utc\":\"2026-03-03T10:00:00Z\",\"legal_time\":\"03/03/2026 11:00:00 +0100\",\"event\":\"received\",\"point\":\"incoming\","
          "\"verdict\":\"envelope\",\"pec_id\":\"lost@alfa.example\",\"sender\":\"user1@alfa.example\",\"provider\":\"" DAY_PROVIDER "\","
          "\"recipients\":[{\"address\":\"user2@alfa.example\"}],\"size\":1}", FINDING_NOT_RECEIVED },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        const struct fault fault = { SIZE_MAX, SIZE_MAX, lines[i].line };
        struct reconcile *r = audit(&whole, &fault, TO_THE_END);

        assert_true(has_finding(reconcile_result(r), "lost@alfa.example", lines[i].kind));
        reconcile_free(&r);
    }
}

/* A receipt that comes once more, long after its transaction was judged and forgotten: the log is read again for it, and what was wrong
 * with it before is told once. */
static void what_comes_late_is_held_against_the_whole(void **state)
{
    const char *const texts[] = { "\"receipt\":\"avvenuta-consegna\"", "\"event\":\"received\"", "@beta.example", NULL };
    size_t at = find_line(texts, 0);
    char *pec_id = field_of(whole.lines[at], "pec_id"), *late = strdup(whole.lines[at]), *day;
    const char *const charge[] = { "\"receipt\":\"presa-in-carico\"", "\"event\":\"received\"", pec_id, NULL };
    const struct fault fault = { SIZE_MAX, find_line(charge, 0), late };
    struct reconcile *r;
    size_t twice = 0;

    (void)state;
    while ((day = strstr(late, "2026-03-02T")) != NULL)
        memcpy(day, "2026-03-19T", strlen("2026-03-19T"));
    r = audit(&whole, &fault, TO_THE_END + 20 * 86400);
    for (size_t i = 0; i < reconcile_result(r)->finding_count; i++)
        twice += reconcile_result(r)->findings[i].kind == FINDING_END_TWICE;
    assert_int_equal(twice, 1);
    assert_true(has_finding(reconcile_result(r), pec_id, FINDING_TAKE_CHARGE_TWICE));
    for (size_t i = 0; i < reconcile_result(r)->finding_count; i++)
        for (size_t k = 0; k < i; k++)
            assert_false(reconcile_result(r)->findings[i].kind == reconcile_result(r)->findings[k].kind &&
                         strcmp(reconcile_result(r)->findings[i].recipient, reconcile_result(r)->findings[k].recipient) == 0);
    assert_int_equal(reconcile_result(r)->transactions, whole.books.transactions);
    reconcile_free(&r);
    free(late);
    free(pec_id);
}

/* --- spans and lines -------------------------------------------------------------------------------------------------------- */

/* Of a span its own events are counted; what it cuts in two is judged over the whole. */
static void a_span_is_judged_over_the_whole(void **state)
{
    struct reconcile_settings how = settings;
    struct tally_row **days;
    struct reconcile *r;

    (void)state;
    how.from = DAY_BEGINS + 86400;
    how.to = DAY_BEGINS + 2 * 86400;
    r = audit_with(&how, &whole, &no_fault, TO_THE_END);
    assert_int_equal(reconcile_result(r)->finding_count, 0);
    assert_int_equal(reconcile_result(r)->open_count, 0);
    assert_in_range(reconcile_result(r)->transactions, 10, whole.books.transactions / 2);
    assert_int_equal(reconcile_result(r)->days.count, 1);
    days = tally_sorted(&reconcile_result(r)->days);
    assert_string_equal(days[0]->name, "2026-03-03");
    check_row(days[0], whole.books.days[1]);
    free(days);
    reconcile_free(&r);
}

/* The log's earlier files are gone: what they began is not missed. */
static void what_began_before_the_log_is_not_missed(void **state)
{
    struct reconcile_settings how = settings;
    struct log rest = whole;
    struct reconcile *r;

    (void)state;
    rest.lines += whole.count / 2;
    rest.count -= whole.count / 2;
    r = audit_with(&how, &rest, &no_fault, TO_THE_END);
    assert_true(reconcile_result(r)->finding_count > 0);
    reconcile_free(&r);
    how.log_begins = DAY_BEGINS + 12 * 3600;
    r = audit_with(&how, &rest, &no_fault, TO_THE_END);
    print_findings(reconcile_result(r));
    assert_int_equal(reconcile_result(r)->finding_count, 0);
    reconcile_free(&r);
}

static void what_is_no_event_is_counted(void **state)
{
    static const char *const lines[] = { "", "{", "[]", "{\"a\":1}", "{\"event\":\"received\"}",
        "{\"event\":\"received\",\"utc\":\"2026-03-32T10:00:00Z\",\"legal_time\":\"03/03/2026 11:00:00 +0100\"}",
        "{\"event\":\"received\",\"utc\":\"2026-03-03T10:00:00Z\",\"legal_time\":\"3/3\"}",
        "{\"event\":\"received\",\"utc\":\"2026-03-03T10:00:00Z\",\"legal_time\":\"03/03/2026 11:00:00 +0100\",\"point\":\"nowhere\"}",
        "{\"event\":\"received\",\"utc\":\"2026-03-03T10:00:00Z\",\"legal_time\":\"03/03/2026 11:00:00 +0100\",\"recipients\":[{}]}" };
    struct reconcile *r = reconcile_new(&settings);
    bool again;

    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        assert_int_equal(reconcile_line(r, slice_of(lines[i]), NULL), 0);
        assert_int_equal(reconcile_result(r)->unreadable, i + 1);
    }
    assert_int_equal(reconcile_line(r, SLICE("{\"event\":\"log-removed\",\"utc\":\"2026-03-03T10:00:00Z\"}"), NULL), 0);
    assert_int_equal(reconcile_result(r)->unreadable, COUNT(lines));
    assert_int_equal(reconcile_end(r, TO_THE_END, &again, NULL), 0);
    assert_false(again);
    reconcile_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_day_agrees_to_the_last_recipient),
        cmocka_unit_test(what_is_under_way_is_open),
        cmocka_unit_test(each_fault_is_found_and_named),
        cmocka_unit_test(events_without_a_beginning_are_found),
        cmocka_unit_test(what_comes_late_is_held_against_the_whole),
        cmocka_unit_test(a_span_is_judged_over_the_whole),
        cmocka_unit_test(what_began_before_the_log_is_not_missed),
        cmocka_unit_test(what_is_no_event_is_counted),
    };

    return cmocka_run_group_tests(tests, make_day, forget_day);
}

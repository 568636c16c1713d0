/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is late, and what could not be judged. (What does not hold: tests/integration/test_evidence.py.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../ledger/fixture.h"
#include "opec/evidence_report.h"

enum { DAY = 86400, NOW = FIXTURE_START + 100 };

static struct fixture f;
static struct config config;

/* Three closed files; nobody can be trusted. */
static int set_up(void **state)
{
    (void)state;
    fixture_begin(&f);
    fixture_fill(&f, 10, 3);
    config = (struct config){ .log.legal_dir = f.dir, .trust = { .ca = "/nonexistent/ca.pem", .crl_dir = "" }, .tsa = { .url = "", .ca = "" },
                              .provider.address = "posta-certificata@alfa.example" };
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_end(&f);
    return 0;
}

static struct evidence_report report_at(int64_t now)
{
    struct evidence_report report;

    assert_int_equal(evidence_report_make(&config, now, &report, NULL), 0);
    assert_string_equal(report.fault, "");
    assert_int_equal(report.manifests, 3);
    return report;
}

/* The warnings, one in a line. */
static void assert_warnings(const struct evidence_report *report, size_t count, const char *words)
{
    json_t *warnings = evidence_report_warnings(report);

    assert_int_equal(json_array_size(warnings), count);
    if (count)
        assert_non_null(strstr(json_string_value(json_array_get(warnings, count - 1)), words));
    json_decref(warnings);
}

static void a_day_is_time_enough(void **state)
{
    struct evidence_report report = report_at(NOW);

    (void)state;
    assert_warnings(&report, 0, "");
    report = report_at(NOW + DAY);
    assert_int_equal(report.of[LEDGER_SIGNATURE].late, 3);
    assert_int_equal(report.of[LEDGER_STAMP].late, 0); /* none is wanted */
    assert_warnings(&report, 1, "manifests without a signature a day after they were closed: 3");
}

static void a_stamp_is_late_where_one_is_wanted(void **state)
{
    struct evidence_report report;
    char name[LEDGER_NAME_SIZE];

    (void)state;
    config.tsa.url = "https://tsa.example/";
    assert_true(fixture_name(&f, LEDGER_MANIFEST, 1, name));
    assert_int_equal(ledger_evidence_store(f.dir, name, LEDGER_STAMP, SLICE("a stamp"), NULL), 0);
    report = report_at(NOW + DAY);
    assert_int_equal(report.of[LEDGER_STAMP].late, 2);
    assert_int_equal(report.of[LEDGER_STAMP].late_since, FIXTURE_START + 6);
    assert_warnings(&report, 3, "manifests without a time stamp a day after they were closed: 2");
}

static void what_cannot_be_judged_is_said(void **state)
{
    struct evidence_report report;
    char name[LEDGER_NAME_SIZE];

    (void)state;
    assert_true(fixture_name(&f, LEDGER_MANIFEST, 1, name));
    assert_int_equal(ledger_evidence_store(f.dir, name, LEDGER_STAMP, SLICE("a stamp"), NULL), 0);
    assert_int_equal(ledger_evidence_store(f.dir, name, LEDGER_SIGNATURE, SLICE("a signature"), NULL), 0);
    /* Without authorities a signature must still be one. */
    assert_int_equal(evidence_report_make(&config, NOW, &report, NULL), 0);
    assert_non_null(strstr(report.fault, ".manifest.json.p7s: not the structure of a signature"));
    assert_int_equal(report.of[LEDGER_SIGNATURE].count, 0);
    assert_int_equal(report.of[LEDGER_STAMP].count, 1);
    assert_non_null(strstr(report.of[LEDGER_SIGNATURE].unchecked, "/nonexistent/ca.pem"));
    assert_warnings(&report, 1, "no time stamp was checked: no authorities are given");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_day_is_time_enough, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stamp_is_late_where_one_is_wanted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_judged_is_said, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

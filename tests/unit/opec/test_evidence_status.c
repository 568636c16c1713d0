/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What `opec status` says of closed files that wait.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../ledger/fixture.h"
#include "opec/evidence_status.h"
#include "schedule/evidence_state.h"

enum { DAY = 86400, NOW = FIXTURE_START + 100, OUT_SINCE = FIXTURE_START + 60 };

static struct fixture f;
static struct config config;
static json_t *status, *alarms;

/* Three closed files. */
static int set_up(void **state)
{
    (void)state;
    fixture_begin(&f);
    fixture_fill(&f, 10, 3);
    config = (struct config){ .log.legal_dir = f.dir, .daemon.spool_dir = f.dir, .tsa = { .url = "http://tsa.example/", .ca = "" } };
    status = json_object();
    alarms = json_array();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    json_decref(status);
    json_decref(alarms);
    fixture_end(&f);
    return 0;
}

static const json_t *evidence_at(int64_t now)
{
    json_array_clear(alarms);
    evidence_status(&config, status, alarms, now);
    return json_object_get(status, "evidence");
}

static void what_waits_is_counted(void **state)
{
    const json_t *evidence = evidence_at(NOW), *stamp = json_object_get(evidence, "stamp");

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(evidence, "closed")), 3);
    assert_int_equal(json_integer_value(json_object_get(stamp, "waiting")), 3);
    assert_string_equal(json_string_value(json_object_get(stamp, "since")), "2026-11-24T05:21:44Z");
    assert_true(json_is_null(json_object_get(stamp, "out_since")));
    assert_int_equal(json_array_size(alarms), 0);
}

static void a_day_is_too_long(void **state)
{
    const struct evidence_state out = { .out_since = OUT_SINCE, .tried = OUT_SINCE, .failures = 1, .words = "http://tsa.example/: no" };
    const json_t *stamp;

    (void)state;
    evidence_state_write(&config, LEDGER_STAMP, &out);
    stamp = json_object_get(evidence_at(NOW + DAY), "stamp");
    assert_string_equal(json_string_value(json_object_get(stamp, "words")), "http://tsa.example/: no");
    assert_int_equal(json_array_size(alarms), 2);
    assert_non_null(strstr(json_string_value(json_array_get(alarms, 0)), "wait for a signature: 3"));
    assert_non_null(strstr(json_string_value(json_array_get(alarms, 1)), "wait for a time stamp: 3"));
    assert_non_null(strstr(json_string_value(json_array_get(alarms, 1)), "http://tsa.example/: no"));
}

static void without_an_authority_no_stamp_is_waited_for(void **state)
{
    (void)state;
    config.tsa.url = "";
    assert_true(json_is_null(json_object_get(evidence_at(NOW + DAY), "stamp")));
    assert_int_equal(json_array_size(alarms), 1);
}

static void a_folder_that_cannot_be_read_is_said(void **state)
{
    (void)state;
    config.log.legal_dir = "/nonexistent/legal";
    assert_non_null(strstr(json_string_value(json_object_get(evidence_at(NOW), "words")), "/nonexistent/legal"));
    assert_int_equal(json_array_size(alarms), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_waits_is_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_day_is_too_long, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_an_authority_no_stamp_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_read_is_said, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

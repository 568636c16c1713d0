/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "printed.h"

#include "base/clock.h"
#include "opec/status_report.h"

enum { NOW = 1795497701, KEPT = 2 * 86400 };

static const char running[] =
    "{\"state\":\"running\",\"version\":\"3.0.0\",\"provider\":\"Alfa\",\"pid\":7,\"started\":\"2026-11-24T05:21:41Z\",\"suspending\":true,"
    "\"processes\":{\"keeper\":1,\"worker\":4},"
    "\"workers\":{\"places\":4,\"idle\":3,\"access\":1,\"incoming\":0,\"notice\":0,\"longest_ms\":1500,\"crashes\":2},"
    "\"dependencies\":{\"signer\":{\"answers\":true,\"failures\":0},"
    "\"antivirus\":{\"answers\":false,\"failures\":3,\"out_since\":\"2026-11-24T05:00:00Z\",\"words\":\"clamd: no answer\\u001b[1m\"}},"
    "\"signing\":{\"processes_with_token\":1,\"tokens\":["
    "{\"name\":\"uno\",\"state\":\"signs\",\"signatures\":1200,\"failures\":1,\"median_us\":850,\"p99_us\":12345},"
    "{\"name\":\"due\",\"state\":\"out\",\"signatures\":0,\"failures\":2,\"median_us\":0,\"p99_us\":0,"
    "\"out_since\":\"2026-11-24T05:00:00Z\",\"words\":\"token due: not there\"},"
    "{\"name\":\"tre\",\"state\":\"not asked\",\"signatures\":0,\"failures\":0,\"median_us\":0,\"p99_us\":0}]},"
    "\"certificates\":[{\"key\":\"signer.certificate\",\"path\":\"/pec.pem\",\"in_use\":true,\"until\":\"2026-12-24T05:00:00Z\","
    "\"in_index\":true,\"warnings\":[\"it ends soon\"]}],"
    "\"messages\":{\"verdicts\":{\"accepted\":12,\"ordinary\":0},\"answered_2xx\":12,\"answered_4xx\":1,\"answered_5xx\":0},"
    "\"phases\":{\"access\":{\"sign\":{\"count\":120,\"sum_us\":1,\"median_us\":850,\"p99_us\":2100,\"max_us\":3000,\"buckets\":[]}},"
    "\"notice\":{}},"
    "\"keeper\":{\"open_plans\":2,\"oldest_plan\":\"2026-11-24T04:00:00Z\",\"next_task\":null,\"log_lines\":40,\"log_damage\":null},"
    "\"mirror\":{\"server\":\"ldap://m\",\"in_step\":\"2026-11-24T04:00:00Z\",\"tried\":\"2026-11-24T04:00:00Z\",\"words\":null},"
    "\"alarms\":[\"a notice is late\"],\"poisoned\":[\"/spool/poisoned-00.eml\"]}";

static char *report_of(const char *json)
{
    json_t *status = json_loads(json, 0, NULL);
    struct printed p;

    assert_non_null(status);
    printed_begin(&p);
    status_report_print(p.out, status);
    printed_end(&p);
    json_decref(status);
    return p.text;
}

static void a_running_daemon_is_shown_line_by_line(void **state)
{
    static const char *const wanted[] = {
        "daemon        opec 3.0.0 of Alfa, process 7\n",
        "state         running, started 2026-11-24T05:21:41Z, in self-suspending mode\n",
        "processes     keeper 1, worker 4\n",
        "workers       4: 3 idle; in hand: access 1, incoming 0, notice 0; longest 1.5 s; crashes 2\n",
        "signer        answers\n",
        "antivirus     OUT since 2026-11-24T05:00:00Z: clamd: no answer [1m (failures so far: 3)\n",
        "token         uno: signs, signatures 1200, median 0.8 ms, p99 12.3 ms, failures 1\n",
        "token         due: OUT since 2026-11-24T05:00:00Z: token due: not there; signatures 0, failures 2\n",
        "token         tre: not asked yet, signatures 0, failures 0\n",
        "certificate   signer.certificate, in use, until 2026-12-24T05:00:00Z, in the index\n",
        "WARNING       signer.certificate: it ends soon\n",
        "messages      accepted 12\n",
        "answers       2xx 12, 4xx 1, 5xx 0\n",
        "phase         access sign: 120, median 0.8 ms, p99 2.1 ms, longest 3.0 ms\n",
        "open plans    2, the oldest since 2026-11-24T04:00:00Z\n",
        "next notice   none is due\n",
        "legal log     lines 40\n",
        "mirror        ldap://m: in step with the index on 2026-11-24T04:00:00Z\n",
        "poisoned      /spool/poisoned-00.eml\n",
        "ALARM         a notice is late\n",
    };
    char *text = report_of(running);

    (void)state;
    for (size_t i = 0; i < COUNT(wanted); i++)
        assert_has(text, wanted[i]);
    free(text);
}

static void files_that_wait_for_a_stamp_are_a_line(void **state)
{
    char *out = report_of("{\"evidence\":{\"closed\":5,\"signature\":{\"waiting\":0,\"since\":null,\"out_since\":null,\"words\":null},"
                          "\"stamp\":{\"waiting\":2,\"since\":\"2026-11-24T04:00:00Z\",\"out_since\":\"2026-11-24T05:00:00Z\","
                          "\"words\":\"http://tsa/: no\"}}}");
    char *without = report_of("{\"evidence\":{\"closed\":5,\"signature\":null,\"stamp\":null}}");

    (void)state;
    assert_has(out, "signature     no closed file waits for one\n");
    assert_has(out, "time stamp    closed files that wait for one: 2, the oldest since 2026-11-24T04:00:00Z; "
                    "OUT since 2026-11-24T05:00:00Z: http://tsa/: no\n");
    assert_null(strstr(without, "stamp"));
    free(out);
    free(without);
}

static void a_mirror_that_is_not_in_step_is_a_line(void **state)
{
    char *out = report_of("{\"mirror\":{\"server\":\"ldap://m\",\"in_step\":null,\"tried\":\"2026-11-24T04:00:00Z\","
                          "\"words\":\"ldap://m: no\"}}");
    char *fresh = report_of("{\"mirror\":{\"server\":\"ldap://m\",\"in_step\":null,\"tried\":null,\"words\":null}}");

    (void)state;
    assert_has(out, "mirror        ldap://m: NOT IN STEP: ldap://m: no\n");
    assert_has(fresh, "mirror        ldap://m: not written yet\n");
    free(out);
    free(fresh);
}

static void a_keeper_that_does_not_answer_is_a_line(void **state)
{
    char *text = report_of("{\"state\":\"running\",\"keeper\":{\"words\":\"keeper: no answer in time\"}}");

    (void)state;
    assert_has(text, "keeper        does not answer: keeper: no answer in time\n");
    assert_lacks(text, "open plans");
    free(text);
}

static void what_is_missing_is_left_out(void **state)
{
    char *text = report_of("{}");

    (void)state;
    assert_lacks(text, "workers");
    assert_lacks(text, "ALARM");
    assert_lacks(text, "open plans");
    free(text);
}

static void the_keeper_s_counts_become_an_object(void **state)
{
    const struct journal_status none = { .next_task = INT64_MAX, .log_damage = "" };
    const struct journal_status some = { .open_plans = 1, .oldest_plan = NOW, .next_task = NOW, .log_lines = 3, .log_damage = "gone" };
    json_t *empty = status_report_keeper(&none), *full = status_report_keeper(&some);

    (void)state;
    assert_true(json_is_null(json_object_get(empty, "oldest_plan")));
    assert_true(json_is_null(json_object_get(empty, "next_task")));
    assert_true(json_is_null(json_object_get(empty, "log_damage")));
    assert_string_equal(json_string_value(json_object_get(full, "oldest_plan")), "2026-11-24T05:21:41Z");
    assert_string_equal(json_string_value(json_object_get(full, "log_damage")), "gone");
    assert_int_equal(json_integer_value(json_object_get(full, "log_lines")), 3);
    json_decref(empty);
    json_decref(full);
}

struct alarm_case {
    const char *name;
    struct journal_status status;
    size_t poisoned;
    const char *wanted; /* NULL: none */
};

static const struct alarm_case alarm_cases[] = {
    { "nothing is wrong", { .next_task = INT64_MAX, .log_damage = "" }, 0, NULL },
    { "an open plan of today is none", { .open_plans = 1, .oldest_plan = NOW - KEPT, .next_task = INT64_MAX, .log_damage = "" }, 0, NULL },
    { "design 3: an open plan older than two days", { .open_plans = 1, .oldest_plan = NOW - KEPT - 1, .next_task = INT64_MAX,
                                                      .log_damage = "" }, 0, "longer than Postfix keeps it" },
    { "a notice that is due now is none", { .next_task = NOW, .log_damage = "" }, 0, NULL },
    { "a notice that is overdue", { .next_task = NOW - 61, .log_damage = "" }, 0, "is not sent" },
    { "a damaged log", { .next_task = INT64_MAX, .log_damage = "log: line 3" }, 0, "log: line 3" },
    { "poisoned messages", { .next_task = INT64_MAX, .log_damage = "" }, 2, "crashed every worker: 2" },
};

static void alarms_name_what_somebody_should_look_into(void **state)
{
    (void)state;
    clock_set_zone("Europe/Rome");
    for (size_t i = 0; i < COUNT(alarm_cases); i++) {
        const struct alarm_case *c = &alarm_cases[i];
        json_t *poisoned = json_array(), *alarms;

        for (size_t k = 0; k < c->poisoned; k++)
            json_array_append_new(poisoned, json_string("x"));
        alarms = status_report_alarms(&c->status, poisoned, NOW, KEPT);
        if (json_array_size(alarms) != (c->wanted ? 1 : 0))
            fail_msg("%s: %zu alarms", c->name, json_array_size(alarms));
        if (c->wanted)
            assert_has(json_string_value(json_array_get(alarms, 0)), c->wanted);
        json_decref(alarms);
        json_decref(poisoned);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_running_daemon_is_shown_line_by_line),
        cmocka_unit_test(files_that_wait_for_a_stamp_are_a_line),
        cmocka_unit_test(a_mirror_that_is_not_in_step_is_a_line),
        cmocka_unit_test(a_keeper_that_does_not_answer_is_a_line),
        cmocka_unit_test(what_is_missing_is_left_out),
        cmocka_unit_test(the_keeper_s_counts_become_an_object),
        cmocka_unit_test(alarms_name_what_somebody_should_look_into),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

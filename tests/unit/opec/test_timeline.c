/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "printed.h"

#include "opec/timeline.h"

/* The events one behind the other, printed; to be freed. NULL ends them. */
static char *timeline_of(const char *const *events)
{
    struct timeline t = { .arena = arena_new(TIMELINE_BUDGET) };
    struct printed p;

    printed_begin(&p);
    t.out = p.out;
    for (; *events; events++) {
        json_t *event = json_loads(*events, 0, NULL);

        assert_non_null(event);
        timeline_print(&t, event);
        json_decref(event);
    }
    timeline_end(&t);
    arena_free(&t.arena);
    printed_end(&p);
    return p.text;
}

static const char received[] = "{\"legal_time\":\"24/11/2026 06:21:41 +0100\",\"event\":\"received\",\"verdict\":\"accepted\",\"pec_id\":\"1@x\","
                               "\"msgid\":\"<a@c>\",\"sender\":\"u@x\",\"recipients\":[{\"address\":\"b@y\",\"kind\":\"certified\"},"
                               "{\"address\":\"c@z\",\"kind\":\"external\"}],\"subject\":\"Fattura\",\"provider\":\"Alfa\"}";
static const char refused[] = "{\"legal_time\":\"24/11/2026 06:21:42 +0100\",\"event\":\"refused\",\"verdict\":\"accepted\","
                              "\"message\":\"transport-envelope\",\"pec_id\":\"1@x\",\"sender\":\"u@x\","
                              "\"recipients\":[{\"address\":\"b@y\"}],\"reason\":\"550 5.1.1 no such user\",\"done\":\"2026-11-24T07:00:00Z\"}";

/* RFC 6109 2.3 */
static void an_event_is_a_line_under_its_transaction(void **state)
{
    char *text = timeline_of((const char *[]){ received, refused, NULL });

    (void)state;
    assert_string_equal(text, "1@x\n"
                              "    msgid      <a@c>\n"
                              "    subject    Fattura\n"
                              "    provider   Alfa\n"
                              "  24/11/2026 06:21:41 +0100 received    accepted           from u@x to b@y (certified), c@z (external)\n"
                              "  24/11/2026 06:21:42 +0100 refused     transport-envelope from u@x to b@y: 550 5.1.1 no such user (done 2026-11-24T07:00:00Z)\n");
    free(text);
}

static void another_transaction_has_a_heading_of_its_own(void **state)
{
    char *text = timeline_of((const char *[]){ received, "{\"pec_id\":\"2@x\",\"event\":\"sent\"}", refused, NULL });

    (void)state;
    assert_has(text, "\n\n2@x\n");
    assert_has(text, "\n\n1@x\n");
    free(text);
}

static void fields_that_are_missing_are_left_out(void **state)
{
    char *text = timeline_of((const char *[]){ "{\"event\":7,\"recipients\":\"no list\",\"sender\":\"\"}", "{}", NULL });

    (void)state;
    assert_has(text, "without a PEC id\n");
    assert_has(text, "  (no time) ");
    assert_has(text, " from <>");
    free(text);
}

static void foreign_text_cannot_break_the_line(void **state)
{
    char *text = timeline_of((const char *[]){ "{\"pec_id\":\"1@x\",\"event\":\"sent\",\"sender\":\"a\\u001b[2J\\n24/11/2026 forged\"}", NULL });

    (void)state;
    assert_has(text, "from a [2J 24/11/2026 forged\n");
    assert_lacks(text, "\x1B");
    free(text);
}

static void many_recipients_are_counted(void **state)
{
    static const char head[] = "{\"pec_id\":\"1@x\",\"recipients\":[";
    char event[4096], *text;
    size_t at = sizeof head - 1;

    (void)state;
    memcpy(event, head, sizeof head);
    for (int i = 0; i < TIMELINE_RECIPIENTS + 5; i++)
        at += (size_t)snprintf(event + at, sizeof event - at, "%s{\"address\":\"u%d@y\"}", i ? "," : "", i);
    snprintf(event + at, sizeof event - at, "]}");
    text = timeline_of((const char *[]){ event, NULL });
    assert_has(text, "u9@y and 5 more\n");
    assert_lacks(text, "u10@y");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_a_line_under_its_transaction),
        cmocka_unit_test(another_transaction_has_a_heading_of_its_own),
        cmocka_unit_test(fields_that_are_missing_are_left_out),
        cmocka_unit_test(foreign_text_cannot_break_the_line),
        cmocka_unit_test(many_recipients_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

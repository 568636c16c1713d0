/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * XFORWARD, as Postfix sends it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "session_kit.h"

#define MESSAGE "MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n.\r\n"
#define BAD "501 5.5.4 Malformed XFORWARD\r\n"
#define OK "250 2.0.0 Ok\r\n"

static void what_it_tells_comes_with_the_message(void **state)
{
    struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, "EHLO filter.example\r\nXFORWARD NAME=client.example ADDR=192.0.2.7 PORT=40000\r\n"
        "XFORWARD PROTO=ESMTP helo=client+2Dx.example IDENT=4XyZ0123 SOURCE=REMOTE\r\n" MESSAGE);
    assert_string_equal(kit.ident, "4XyZ0123");
    assert_string_equal(kit.client, "192.0.2.7");
    assert_string_equal(kit.helo, "client-x.example");
    session_kit_close(&kit);
}

static void without_it_the_clients_own_name_is_told(void **state)
{
    struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, "EHLO filter\x01.\xe8.example\r\n" MESSAGE);
    assert_string_equal(kit.ident, "");
    assert_string_equal(kit.client, "");
    assert_string_equal(kit.helo, "filter?.?.example");
    session_kit_close(&kit);
}

/* It holds for one transaction: the next message may come from somebody else. */
static void it_is_forgotten_with_the_transaction(void **state)
{
    static const char *const ends[] = { MESSAGE, "RSET\r\n", "EHLO filter\r\n" };

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };

        session_kit_open(&kit);
        session_kit_text(&kit, "EHLO filter\r\nXFORWARD ADDR=192.0.2.7 HELO=x IDENT=1\r\n");
        session_kit_text(&kit, ends[i]);
        session_kit_text(&kit, MESSAGE);
        assert_string_equal(kit.ident, "");
        assert_string_equal(kit.client, "");
        assert_string_equal(kit.helo, "filter");
        session_kit_close(&kit);
    }
}

static void what_is_unavailable_is_empty(void **state)
{
    struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, "EHLO filter\r\nXFORWARD ADDR=192.0.2.7 HELO=x IDENT=1\r\n"
        "XFORWARD ADDR=[UNAVAILABLE] HELO=[TEMPUNAVAIL] IDENT=2\r\n" MESSAGE);
    assert_string_equal(kit.ident, "2");
    assert_string_equal(kit.client, "");
    assert_string_equal(kit.helo, "filter");
    session_kit_close(&kit);
}

static void a_value_cannot_hold_controls(void **state)
{
    struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, "EHLO filter\r\nXFORWARD HELO=a+0D+0Ab+E8+20c\r\n" MESSAGE);
    assert_string_equal(kit.helo, "a??b? c");
    session_kit_close(&kit);
}

static void what_is_malformed_changes_nothing(void **state)
{
    static const char *const bad[] = {
        "IDENT", "IDENT=2 LOGIN=anna", "IDENT=2 =x", "IDENT=+2", "IDENT=+00", "IDENT=a=b", "IDENT=2 ADDR", "IDENT=\xe8",
    };
    struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };
    char line[100];

    (void)state;
    kit.settings = (struct smtp_settings){
        .hostname = "mx", .size_max = 100, .recipients_max = 5, .line_max = 1000, .errors_max = 50,
    };
    session_kit_open(&kit);
    session_kit_text(&kit, "EHLO filter\r\nXFORWARD IDENT=1\r\n");
    session_kit_said(&kit);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(line, sizeof line, "XFORWARD %s\r\n", bad[i]);
        session_kit_text(&kit, line);
        if (strcmp(session_kit_said(&kit), BAD) != 0)
            fail_msg("%s was taken", bad[i]);
    }
    session_kit_text(&kit, MESSAGE);
    assert_string_equal(kit.ident, "1");
    session_kit_close(&kit);
}

static void a_value_has_at_most_255_octets(void **state)
{
    struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };
    char line[300] = "XFORWARD IDENT=";

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, "EHLO filter\r\n");
    session_kit_said(&kit);
    memset(line + 15, 'x', 256);
    memcpy(line + 15 + 256, "\r\n", 3);
    session_kit_text(&kit, line);
    memcpy(line + 15 + 255, "\r\n", 3);
    session_kit_text(&kit, line);
    assert_string_equal(session_kit_said(&kit), BAD OK);
    session_kit_close(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_tells_comes_with_the_message),
        cmocka_unit_test(without_it_the_clients_own_name_is_told),
        cmocka_unit_test(it_is_forgotten_with_the_transaction),
        cmocka_unit_test(what_is_unavailable_is_empty),
        cmocka_unit_test(a_value_cannot_hold_controls),
        cmocka_unit_test(what_is_malformed_changes_nothing),
        cmocka_unit_test(a_value_has_at_most_255_octets),
    };

    return cmocka_run_group_tests_name("smtp session xforward", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Life of a session, its lines and its words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session_kit.h"

#define BAD_LINE "500 5.5.2 A command ends with CRLF and has no other CR, LF or NUL\r\n"
#define OK "250 2.0.0 Ok\r\n"

struct line_case {
    const char *name;
    const char *input;
    const char *said;
};

/* RFC 5321 2.3.8: CRLF alone ends a line. */
static const struct line_case lines[] = {
    { "a line ends with CRLF", "NOOP\r\nNOOP\r\n", OK OK },
    { "half a line gets no answer", "NOOP\r", "" },
    { "a bare LF is refused at once", "NOOP\n", BAD_LINE },
    { "what follows a bare LF is no command", "NOOP\nNOOP\r\nNOOP\r\n", BAD_LINE OK },
    { "a bare CR is refused", "NOOP\rNOOP\r\nNOOP\r\n", BAD_LINE OK },
    { "CR CR LF is refused", "NOOP\r\r\nNOOP\r\n", BAD_LINE OK },
    { "LF CR LF is refused", "NOOP\n\r\nNOOP\r\n", BAD_LINE OK },
    { "an empty line is no command", "\r\n", "500 5.5.1 Unknown command\r\n" },
    { "a blank line is no command", " \r\n", "500 5.5.1 Unknown command\r\n" },
    { "an unknown verb is refused", "HELLO x\r\n", "500 5.5.1 Unknown command\r\n" },
    { "a verb is a whole word", "NOOPX\r\n", "500 5.5.1 Unknown command\r\n" },
};

static void lines_end_with_crlf_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        session_kit_expect(lines[i].name, NULL, lines[i].input, lines[i].said);
}

static void a_nul_in_a_command_is_refused(void **state)
{
    struct session_kit kit = { 0 };

    (void)state;
    session_kit_open(&kit);
    session_kit_feed(&kit, SLICE("NO\0OP\r\nNOOP\r\n"), 0);
    assert_string_equal(session_kit_said(&kit), BAD_LINE OK);
    session_kit_feed(&kit, SLICE("NOOP\0\r\nNOOP\r\n"), 1);
    assert_string_equal(session_kit_said(&kit), BAD_LINE OK);
    session_kit_close(&kit);
}

static void a_line_up_to_the_limit_is_taken(void **state)
{
    struct session_kit kit = { 0 };
    char line[1003];

    (void)state;
    session_kit_open(&kit);
    memset(line, 'x', sizeof line);
    memcpy(line, "NOOP ", 5);
    memcpy(line + 998, "\r\n", 2);
    session_kit_feed(&kit, (struct slice){ line, 1000 }, 0);
    assert_string_equal(session_kit_said(&kit), OK);
    memcpy(line + 998, "x\r\n", 3);
    session_kit_feed(&kit, (struct slice){ line, 1001 }, 0);
    session_kit_text(&kit, "NOOP\r\n");
    assert_string_equal(session_kit_said(&kit), "500 5.5.2 Line too long\r\n" OK);
    session_kit_close(&kit);
}

static void a_line_without_end_takes_no_memory(void **state)
{
    struct session_kit kit = { 0 };
    char piece[5000];

    (void)state;
    session_kit_open(&kit);
    memset(piece, 'x', sizeof piece);
    for (int i = 0; i < 1000; i++) {
        session_kit_feed(&kit, (struct slice){ piece, sizeof piece }, 0);
        assert_int_equal(buffer_data(&kit.in).size, 0);
    }
    assert_string_equal(session_kit_said(&kit), "500 5.5.2 Line too long\r\n");
    assert_false(smtp_session_idle(kit.session));
    session_kit_text(&kit, "\r\nNOOP\r\n");
    assert_string_equal(session_kit_said(&kit), OK);
    session_kit_close(&kit);
}

static void the_greeting_is_said_first(void **state)
{
    struct session_kit kit = { 0 };

    (void)state;
    session_kit_open_silent(&kit);
    smtp_session_greet(kit.session, NULL);
    assert_string_equal(session_kit_said(&kit), "220 mx.alfa.example ESMTP OpenPEC\r\n");
    assert_true(smtp_session_idle(kit.session));
    session_kit_close(&kit);
}

static void a_refusal_in_place_of_the_greeting_ends_it(void **state)
{
    struct session_kit kit = { 0 };

    (void)state;
    session_kit_open_silent(&kit);
    smtp_session_greet(kit.session, "421 4.3.2 Paused");
    session_kit_text(&kit, "EHLO a.example\r\n");
    assert_string_equal(session_kit_said(&kit), "421 4.3.2 Paused\r\n");
    assert_int_equal(kit.status, SMTP_CLOSING);
    session_kit_close(&kit);
}

static void too_many_errors_end_it(void **state)
{
    (void)state;
    session_kit_expect("five errors are allowed", NULL, "X\r\nX\r\nX\r\nX\r\nX\r\nX\r\nNOOP\r\n",
        "500 5.5.1 Unknown command\r\n500 5.5.1 Unknown command\r\n500 5.5.1 Unknown command\r\n500 5.5.1 Unknown command\r\n"
        "500 5.5.1 Unknown command\r\n421 4.7.0 Too many errors, closing\r\n");
    session_kit_expect("bad lines are errors", NULL, "X\nX\r\nX\r\nX\r\nX\r\nX\r\nX\n",
        BAD_LINE "500 5.5.1 Unknown command\r\n500 5.5.1 Unknown command\r\n500 5.5.1 Unknown command\r\n"
        "500 5.5.1 Unknown command\r\n421 4.7.0 Too many errors, closing\r\n");
}

static void a_delivered_message_forgives_errors(void **state)
{
    struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, "EHLO a\r\nX\r\nX\r\nX\r\nX\r\nX\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n.\r\nX\r\n");
    assert_int_equal(kit.status, SMTP_READING);
    assert_non_null(strstr(session_kit_said(&kit), "Taken\r\n500 5.5.1"));
    session_kit_close(&kit);
}

static void while_waiting_nothing_is_consumed(void **state)
{
    struct session_kit kit = { 0 };
    static const char next[] = "MAIL FROM:<b@b.example>\r\nNOOP\r\n";

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, "EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nx\r\n.\r\n");
    assert_int_equal(kit.status, SMTP_WAITING);
    session_kit_said(&kit);
    session_kit_text(&kit, next);
    assert_int_equal(kit.status, SMTP_WAITING);
    assert_true(slice_is(buffer_data(&kit.in), next));
    assert_string_equal(session_kit_said(&kit), "");
    assert_false(smtp_session_idle(kit.session));
    assert_int_equal(smtp_session_answer(kit.session, "451 4.3.0 Later"), SMTP_READING);
    assert_true(slice_is(buffer_data(&kit.in), next));
    session_kit_events(&kit);
    assert_int_equal(smtp_session_feed(kit.session, &kit.in), SMTP_READING);
    assert_string_equal(session_kit_said(&kit), "451 4.3.0 Later\r\n250 2.1.0 Ok\r\n" OK);
    assert_string_equal(session_kit_events(&kit), "sender(b@b.example) ");
    session_kit_close(&kit);
}

static void an_answer_nobody_waits_for_is_dropped(void **state)
{
    struct session_kit kit = { 0 };

    (void)state;
    session_kit_open(&kit);
    assert_int_equal(smtp_session_answer(kit.session, "250 2.0.0 Ok"), SMTP_READING);
    assert_string_equal(session_kit_said(&kit), "");
    session_kit_close(&kit);
}

static void stopping_gives_the_transaction_up_once(void **state)
{
    struct session_kit kit = { 0 };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, "EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nx\r\n");
    assert_true(smtp_session_in_data(kit.session));
    session_kit_said(&kit);
    smtp_session_stop(kit.session, "421 4.3.2 Stopping");
    smtp_session_stop(kit.session, "421 4.3.2 Stopping");
    assert_string_equal(session_kit_said(&kit), "421 4.3.2 Stopping\r\n");
    assert_string_equal(session_kit_events(&kit), "sender() recipient(a@b.example) begin reset ");
    session_kit_text(&kit, ".\r\n");
    assert_int_equal(kit.status, SMTP_CLOSING);
    assert_int_equal(kit.messages, 0);
    session_kit_close(&kit);
}

static void quit_inside_a_transaction_gives_it_up(void **state)
{
    struct session_kit kit = { 0 };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, "EHLO a\r\nMAIL FROM:<>\r\nQUIT\r\nNOOP\r\n");
    assert_int_equal(kit.status, SMTP_CLOSING);
    assert_string_equal(session_kit_events(&kit), "sender() reset ");
    session_kit_close(&kit);
}

/* RFC 5321 3.8: 421 and the end. */
static void a_421_of_the_owner_ends_it(void **state)
{
    struct session_kit kit = { .recipient_answer = "421 4.3.2 Stopping" };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, "EHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nNOOP\r\n");
    assert_int_equal(kit.status, SMTP_CLOSING);
    assert_non_null(strstr(session_kit_said(&kit), "250 2.1.0 Ok\r\n421 4.3.2 Stopping\r\n"));
    assert_string_equal(session_kit_events(&kit), "sender() recipient(a@b.example) reset ");
    session_kit_close(&kit);
}

static void an_answer_cannot_forge_lines_and_has_its_length(void **state)
{
    struct session_kit kit = { 0 };
    char answer[2000];
    size_t size;

    (void)state;
    session_kit_open(&kit);
    memset(answer, 'x', sizeof answer);
    memcpy(answer, "550 5.7.1 a\r\n250 b", 18);
    answer[sizeof answer - 1] = '\0';
    kit.sender_answer = answer;
    session_kit_text(&kit, "HELO a\r\nMAIL FROM:<>\r\n");
    size = strlen(session_kit_said(&kit));
    assert_int_equal(size, strlen("250 mx.alfa.example\r\n") + 512);
    session_kit_text(&kit, "MAIL FROM:<>\r\n");
    assert_memory_equal(session_kit_said(&kit), "550 5.7.1 a  250 bxxx", 21);
    session_kit_close(&kit);
}

static void a_client_that_reads_nothing_is_left(void **state)
{
    struct session_kit kit = { 0 };

    (void)state;
    session_kit_open(&kit);
    for (int i = 0; i < 100000 && kit.status == SMTP_READING; i++) {
        assert_int_equal(buffer_append(&kit.in, SLICE("EHLO a\r\n")), 0);
        kit.status = smtp_session_feed(kit.session, &kit.in);
    }
    assert_int_equal(kit.status, SMTP_CLOSING);
    assert_true(buffer_data(smtp_session_output(kit.session)).size <= 1024 * 1024);
    session_kit_close(&kit);
}

static void new_settings_hold_from_the_next_command_on(void **state)
{
    struct session_kit kit = { 0 };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, "HELO a\r\nMAIL FROM:<> SIZE=5000\r\nRCPT TO:<a@b.example>\r\nDATA\r\n");
    kit.settings.size_max = 3;
    smtp_session_settings(kit.session, &kit.settings);
    session_kit_said(&kit);
    session_kit_text(&kit, "12345\r\n.\r\n");
    assert_int_equal(kit.status, SMTP_WAITING);
    smtp_session_answer(kit.session, "250 2.0.0 Taken");
    session_kit_text(&kit, "MAIL FROM:<> SIZE=4\r\n");
    assert_string_equal(session_kit_said(&kit), "250 2.0.0 Taken\r\n552 5.3.4 Message too large\r\n");
    session_kit_close(&kit);
}

static void idle_is_between_two_transactions(void **state)
{
    struct session_kit kit = { 0 };

    (void)state;
    session_kit_open(&kit);
    assert_true(smtp_session_idle(kit.session));
    session_kit_text(&kit, "EHLO a\r\n");
    assert_true(smtp_session_idle(kit.session));
    session_kit_text(&kit, "MAIL FROM:<>\r\n");
    assert_false(smtp_session_idle(kit.session));
    session_kit_text(&kit, "RSET\r\n");
    assert_true(smtp_session_idle(kit.session));
    assert_int_equal(buffer_append(&kit.in, SLICE("NOOP\r\n")), 0);
    smtp_session_feed(kit.session, &kit.in);
    assert_false(smtp_session_idle(kit.session));
    session_kit_close(&kit);
}

static void freeing_nothing_is_allowed(void **state)
{
    struct smtp_session *none = NULL;

    (void)state;
    smtp_session_free(&none);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_end_with_crlf_alone),
        cmocka_unit_test(a_nul_in_a_command_is_refused),
        cmocka_unit_test(a_line_up_to_the_limit_is_taken),
        cmocka_unit_test(a_line_without_end_takes_no_memory),
        cmocka_unit_test(the_greeting_is_said_first),
        cmocka_unit_test(a_refusal_in_place_of_the_greeting_ends_it),
        cmocka_unit_test(too_many_errors_end_it),
        cmocka_unit_test(a_delivered_message_forgives_errors),
        cmocka_unit_test(while_waiting_nothing_is_consumed),
        cmocka_unit_test(an_answer_nobody_waits_for_is_dropped),
        cmocka_unit_test(stopping_gives_the_transaction_up_once),
        cmocka_unit_test(quit_inside_a_transaction_gives_it_up),
        cmocka_unit_test(a_421_of_the_owner_ends_it),
        cmocka_unit_test(an_answer_cannot_forge_lines_and_has_its_length),
        cmocka_unit_test(a_client_that_reads_nothing_is_left),
        cmocka_unit_test(new_settings_hold_from_the_next_command_on),
        cmocka_unit_test(idle_is_between_two_transactions),
        cmocka_unit_test(freeing_nothing_is_allowed),
    };

    return cmocka_run_group_tests_name("smtp session", tests, NULL, NULL);
}

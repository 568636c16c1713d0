/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The parameters of MAIL and RCPT.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "session_kit.h"

#define MALFORMED "501 5.5.4 Malformed parameter\r\n"
#define UNKNOWN "555 5.5.4 Unknown parameter\r\n"
#define TOO_LARGE "552 5.3.4 Message too large\r\n"
#define SENDER_OK "250 2.1.0 Ok\r\n"
#define RECIPIENT_OK "250 2.1.5 Ok\r\n"
#define FIFTY "12345678901234567890123456789012345678901234567890"

struct parameter_case {
    const char *parameters;
    const char *said;
};

static const struct parameter_case mail_cases[] = {
    /* RFC 1870 */
    { "SIZE=100000", SENDER_OK },
    { "SIZE=100001", TOO_LARGE },
    { "SIZE=0", SENDER_OK },
    { "size=0012", SENDER_OK },
    { "SIZE=99999999999999999999", TOO_LARGE },
    { "SIZE=100000000000000000000", MALFORMED },
    { "SIZE=12x", MALFORMED },
    { "SIZE=-1", MALFORMED },
    { "SIZE", MALFORMED },
    { "SIZE=1 SIZE=1", MALFORMED },
    /* RFC 6152 */
    { "BODY=7BIT", SENDER_OK },
    { "BODY=8bitmime", SENDER_OK },
    { "BODY=BINARYMIME", MALFORMED },
    { "BODY", MALFORMED },
    /* RFC 3461 4.3, 4.4 */
    { "RET=FULL", SENDER_OK },
    { "RET=hdrs", SENDER_OK },
    { "RET=ALL", MALFORMED },
    { "RET=FULL RET=HDRS", MALFORMED },
    { "ENVID=a+2Bb", SENDER_OK },
    { "ENVID=a+2", MALFORMED },
    { "ENVID", MALFORMED },
    { "ENVID=" FIFTY FIFTY, SENDER_OK },
    { "ENVID=" FIFTY FIFTY "1", MALFORMED },
    { "SIZE=12 BODY=7BIT RET=HDRS ENVID=x", SENDER_OK },
    /* RFC 5321 4.1.1.11: what was not announced */
    { "AUTH=<>", UNKNOWN },
    { "SMTPUTF8", UNKNOWN },
    { "NOTIFY=NEVER", UNKNOWN },
    { "SIZE=12 X=1", UNKNOWN },
};

static const struct parameter_case recipient_cases[] = {
    /* RFC 3461 4.1, 4.2 */
    { "NOTIFY=NEVER", RECIPIENT_OK },
    { "NOTIFY=success,FAILURE,delay", RECIPIENT_OK },
    { "NOTIFY=NEVER,FAILURE", MALFORMED },
    { "NOTIFY=FAILURE,", MALFORMED },
    { "NOTIFY=,FAILURE", MALFORMED },
    { "NOTIFY", MALFORMED },
    { "NOTIFY=OFTEN", MALFORMED },
    { "NOTIFY=DELAY NOTIFY=DELAY", MALFORMED },
    { "ORCPT=rfc822;anna@alfa.example", RECIPIENT_OK },
    { "ORCPT=rfc822;anna+2Bx@alfa.example NOTIFY=NEVER", RECIPIENT_OK },
    { "ORCPT=anna@alfa.example", MALFORMED },
    { "ORCPT=rfc822;", MALFORMED },
    { "ORCPT=;anna", MALFORMED },
    { "ORCPT=rfc822;a+x", MALFORMED },
    { "SIZE=1", UNKNOWN },
    { "RET=FULL", UNKNOWN },
};

static void run(const struct parameter_case *c, const char *before, const char *command)
{
    struct session_kit kit = { 0 };
    char line[1000];
    const char *said;

    session_kit_open(&kit);
    session_kit_text(&kit, before);
    session_kit_said(&kit);
    snprintf(line, sizeof line, "%s %s\r\n", command, c->parameters);
    session_kit_text(&kit, line);
    said = session_kit_said(&kit);
    if (strcmp(said, c->said) != 0)
        fail_msg("%s: wanted %s, got %s", line, c->said, said);
    session_kit_close(&kit);
}

static void parameters_of_mail_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mail_cases / sizeof mail_cases[0]; i++)
        run(&mail_cases[i], "EHLO a\r\n", "MAIL FROM:<a@b.example>");
}

static void parameters_of_rcpt_are_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof recipient_cases / sizeof recipient_cases[0]; i++)
        run(&recipient_cases[i], "EHLO a\r\nMAIL FROM:<>\r\n", "RCPT TO:<a@b.example>");
}

static void what_is_declared_of_the_body_is_told(void **state)
{
    struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, "EHLO a\r\nMAIL FROM:<> BODY=8BITMIME\r\nRCPT TO:<a@b.example>\r\nDATA\r\n.\r\n");
    assert_true(kit.body_8bitmime);
    session_kit_text(&kit, "MAIL FROM:<> BODY=7BIT\r\nRCPT TO:<a@b.example>\r\nDATA\r\n.\r\n");
    assert_false(kit.body_8bitmime);
    /* A MAIL that was refused leaves nothing behind. */
    session_kit_text(&kit, "MAIL FROM:<> BODY=8BITMIME X=1\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n.\r\n");
    assert_false(kit.body_8bitmime);
    session_kit_close(&kit);
}

static void no_8bitmime(struct session_kit *kit)
{
    kit->settings.eight_bit_mime = false;
}

static void a_body_of_8bit_is_unknown_where_it_is_not_announced(void **state)
{
    (void)state;
    session_kit_expect("BODY", no_8bitmime, "HELO a\r\nMAIL FROM:<> BODY=8BITMIME\r\nMAIL FROM:<> BODY=7BIT\r\n",
        "250 mx.alfa.example\r\n" UNKNOWN SENDER_OK);
}

static void unknown_parameters_are_errors_but_a_size_is_none(void **state)
{
    struct session_kit kit = { 0 };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, "HELO a\r\n");
    for (int i = 0; i < 20; i++)
        session_kit_text(&kit, "MAIL FROM:<> SIZE=200000\r\n");
    assert_int_equal(kit.status, SMTP_READING);
    for (int i = 0; i < 6; i++)
        session_kit_text(&kit, "MAIL FROM:<> X=1\r\n");
    assert_int_equal(kit.status, SMTP_CLOSING);
    session_kit_close(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_of_mail_are_checked),
        cmocka_unit_test(parameters_of_rcpt_are_checked),
        cmocka_unit_test(what_is_declared_of_the_body_is_told),
        cmocka_unit_test(a_body_of_8bit_is_unknown_where_it_is_not_announced),
        cmocka_unit_test(unknown_parameters_are_errors_but_a_size_is_none),
    };

    return cmocka_run_group_tests_name("smtp session parameters", tests, NULL, NULL);
}

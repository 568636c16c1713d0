/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The commands and their order (RFC 5321 4.1.1, 4.1.4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "session_kit.h"

#define HELLO "HELO a.example\r\n"
#define HELLO_SAID "250 mx.alfa.example\r\n"
#define SEQUENCE "503 5.5.1 Bad sequence of commands\r\n"
#define SENDER_OK "250 2.1.0 Ok\r\n"
#define RECIPIENT_OK "250 2.1.5 Ok\r\n"
#define OK "250 2.0.0 Ok\r\n"
#define GO "354 End data with <CR><LF>.<CR><LF>\r\n"
#define TAKEN "250 2.0.0 Taken\r\n"
#define BAD_SENDER "501 5.1.7 Malformed sender: MAIL FROM:<address>\r\n"
#define BAD_RECIPIENT "501 5.1.3 Malformed recipient: RCPT TO:<address>\r\n"
#define NO_ARGUMENT "501 5.5.4 No argument allowed\r\n"
#define ARGUMENT "501 5.5.4 An argument is needed\r\n"

struct dialogue {
    const char *name;
    const char *input;
    const char *said;
};

static const struct dialogue dialogues[] = {
    { "EHLO announces what is spoken", "EHLO a.example\r\n",
        "250-mx.alfa.example\r\n250-PIPELINING\r\n250-SIZE 100000\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n"
        "250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\r\n" },
    { "HELO is answered in one line", HELLO, HELLO_SAID },
    { "verbs have no case", "hElO a.example\r\nnoop\r\n", HELLO_SAID OK },
    { "EHLO needs a name", "EHLO\r\nEHLO \r\n", ARGUMENT ARGUMENT },
    { "EHLO takes one name", "EHLO a b\r\n", "501 5.5.4 One host name is wanted\r\n" },
    { "a name that is no host name does not matter", "HELO [1.2.3.4]\r\nHELO a_b\r\n", HELLO_SAID HELLO_SAID },
    { "MAIL before EHLO is out of order", "MAIL FROM:<>\r\n", SEQUENCE },
    { "RCPT before EHLO is out of order", "RCPT TO:<a@b.example>\r\n", SEQUENCE },
    { "XFORWARD before EHLO is out of order", "XFORWARD NAME=x\r\n", SEQUENCE },
    { "RCPT before MAIL is out of order", HELLO "RCPT TO:<a@b.example>\r\n", HELLO_SAID SEQUENCE },
    { "DATA before MAIL is out of order", HELLO "DATA\r\n", HELLO_SAID SEQUENCE },
    { "DATA before RCPT is out of order", HELLO "MAIL FROM:<>\r\nDATA\r\n", HELLO_SAID SENDER_OK SEQUENCE },
    { "a second MAIL is out of order", HELLO "MAIL FROM:<>\r\nMAIL FROM:<>\r\n", HELLO_SAID SENDER_OK SEQUENCE },
    { "MAIL after RCPT is out of order", HELLO "MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nMAIL FROM:<>\r\n",
        HELLO_SAID SENDER_OK RECIPIENT_OK SEQUENCE },
    { "XFORWARD inside a transaction is out of order", HELLO "MAIL FROM:<>\r\nXFORWARD NAME=x\r\n",
        HELLO_SAID SENDER_OK SEQUENCE },
    { "RSET ends the transaction", HELLO "MAIL FROM:<>\r\nRSET\r\nRCPT TO:<a@b.example>\r\nMAIL FROM:<>\r\n",
        HELLO_SAID SENDER_OK OK SEQUENCE SENDER_OK },
    { "HELO ends the transaction", HELLO "MAIL FROM:<>\r\n" HELLO "RCPT TO:<a@b.example>\r\n",
        HELLO_SAID SENDER_OK HELLO_SAID SEQUENCE },
    { "RSET does not stand for EHLO", "RSET\r\nMAIL FROM:<>\r\n", OK SEQUENCE },
    { "a transaction comes after the other", HELLO "MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nx\r\n.\r\n"
        "MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nx\r\n.\r\n",
        HELLO_SAID SENDER_OK RECIPIENT_OK GO TAKEN SENDER_OK RECIPIENT_OK GO TAKEN },
    { "a malformed sender is refused", HELLO "MAIL FROM:a@b.example\r\nMAIL FROM:<postmaster>\r\nMAIL\r\n",
        HELLO_SAID BAD_SENDER BAD_SENDER ARGUMENT },
    { "a malformed recipient is refused", HELLO "MAIL FROM:<>\r\nRCPT TO:<>\r\nRCPT TO:<a>\r\nDATA\r\n",
        HELLO_SAID SENDER_OK BAD_RECIPIENT BAD_RECIPIENT SEQUENCE },
    { "DATA takes no argument", HELLO "MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA x\r\nDATA \r\n",
        HELLO_SAID SENDER_OK RECIPIENT_OK NO_ARGUMENT GO },
    { "RSET and QUIT take none", "RSET x\r\nQUIT x\r\n", NO_ARGUMENT NO_ARGUMENT },
    { "NOOP takes any", "NOOP\r\nNOOP x y\r\n", OK OK },
    { "VRFY says neither yes nor no", "VRFY anna\r\nVRFY\r\n",
        "252 2.5.0 Cannot tell, but a message for this user is tried\r\n" ARGUMENT },
    { "HELP is answered", "HELP\r\nHELP MAIL\r\n", "214 2.0.0 See RFC 5321\r\n214 2.0.0 See RFC 5321\r\n" },
    { "what others speak is unknown", "STARTTLS\r\nAUTH PLAIN x\r\nBDAT 3\r\nEXPN x\r\n", "500 5.5.1 Unknown command\r\n"
        "500 5.5.1 Unknown command\r\n500 5.5.1 Unknown command\r\n500 5.5.1 Unknown command\r\n" },
    { "QUIT is the last word", "QUIT\r\nNOOP\r\n", "221 2.0.0 Bye\r\n" },
    { "the sixth recipient is too many", HELLO "MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<a@b.example>\r\n"
        "RCPT TO:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n",
        HELLO_SAID SENDER_OK RECIPIENT_OK RECIPIENT_OK RECIPIENT_OK RECIPIENT_OK RECIPIENT_OK
        "452 4.5.3 Too many recipients\r\n" GO },
};

static void commands_have_their_order(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof dialogues / sizeof dialogues[0]; i++)
        session_kit_expect(dialogues[i].name, NULL, dialogues[i].input, dialogues[i].said);
}

static void without_8bitmime(struct session_kit *kit)
{
    kit->settings.eight_bit_mime = false;
}

static void refuse_sender(struct session_kit *kit)
{
    kit->sender_answer = "550 5.7.1 Not ours";
}

static void refuse_recipient(struct session_kit *kit)
{
    kit->recipient_answer = "550 5.7.1 Not here";
}

static void refuse_data(struct session_kit *kit)
{
    kit->data_answer = "452 4.3.1 Disk full";
}

static void eight_bit_is_announced_only_if_set(void **state)
{
    (void)state;
    session_kit_expect("no 8BITMIME", without_8bitmime, "EHLO a.example\r\n",
        "250-mx.alfa.example\r\n250-PIPELINING\r\n250-SIZE 100000\r\n250-ENHANCEDSTATUSCODES\r\n250-DSN\r\n"
        "250 XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE\r\n");
}

static void what_the_owner_refuses_is_refused(void **state)
{
    (void)state;
    session_kit_expect("the sender", refuse_sender, HELLO "MAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nMAIL FROM:<>\r\n",
        HELLO_SAID "550 5.7.1 Not ours\r\n" SEQUENCE "550 5.7.1 Not ours\r\n");
    session_kit_expect("the recipient", refuse_recipient, HELLO "MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n",
        HELLO_SAID SENDER_OK "550 5.7.1 Not here\r\n" SEQUENCE);
    session_kit_expect("DATA", refuse_data, HELLO "MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nMAIL FROM:<>\r\n",
        HELLO_SAID SENDER_OK RECIPIENT_OK "452 4.3.1 Disk full\r\n" SENDER_OK);
}

/* RFC 2920 3.1: a whole group is sent before the first refusal is seen; Postfix must not lose its connection by that. */
static void what_was_pipelined_behind_a_refusal_is_no_error(void **state)
{
    struct session_kit kit = { .sender_answer = "550 5.7.1 Not ours" };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, HELLO);
    for (int i = 0; i < 50; i++)
        session_kit_text(&kit, "MAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nDATA\r\n");
    kit.sender_answer = NULL;
    kit.recipient_answer = "550 5.7.1 Not here";
    for (int i = 0; i < 50; i++)
        session_kit_text(&kit, "MAIL FROM:<a@b.example>\r\nRCPT TO:<a@b.example>\r\nRCPT TO:<@>\r\nDATA\r\nRSET\r\n");
    assert_int_equal(kit.status, SMTP_READING);
    session_kit_close(&kit);
}

static void commands_out_of_order_are_errors(void **state)
{
    (void)state;
    session_kit_expect("six of them", NULL, "DATA\r\nDATA\r\nDATA\r\nDATA\r\nDATA\r\nDATA\r\n",
        SEQUENCE SEQUENCE SEQUENCE SEQUENCE SEQUENCE "421 4.7.0 Too many errors, closing\r\n");
}

static void the_owner_is_told_of_each_step(void **state)
{
    struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, HELLO "MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n"
        "RCPT TO:<@x.example:e@f.example>\r\nDATA\r\n.\r\n");
    assert_string_equal(session_kit_events(&kit), "sender(a@b.example) recipient(c@d.example) recipient(e@f.example) begin "
        "end(a@b.example c@d.example e@f.example) reset ");
    session_kit_text(&kit, "MAIL FROM:<>\r\nRSET\r\nRSET\r\n");
    assert_string_equal(session_kit_events(&kit), "sender() reset ");
    session_kit_text(&kit, "MAIL FROM:<a@b.example> X=1\r\nMAIL FROM:<a>\r\n");
    assert_string_equal(session_kit_events(&kit), "");
    session_kit_close(&kit);
}

static void an_answer_at_once_needs_no_waiting(void **state)
{
    struct session_kit kit = { .end_answer = "554 5.6.0 Bare LF" };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, HELLO "MAIL FROM:<>\r\nRCPT TO:<a@b.example>\r\nDATA\r\nx\r\n.\r\nNOOP\r\n");
    assert_string_equal(session_kit_said(&kit), HELLO_SAID SENDER_OK RECIPIENT_OK GO "554 5.6.0 Bare LF\r\n" OK);
    assert_string_equal(session_kit_events(&kit), "sender() recipient(a@b.example) begin end( a@b.example) reset ");
    session_kit_close(&kit);
}

static void ten_thousand_recipients_are_taken(void **state)
{
    struct session_kit kit = { .final_answer = "250 2.0.0 Taken" };
    char line[400], local[65];

    (void)state;
    session_kit_open(&kit);
    kit.settings.recipients_max = 10000;
    smtp_session_settings(kit.session, &kit.settings);
    memset(local, 'x', 64);
    local[64] = '\0';
    session_kit_text(&kit, HELLO "MAIL FROM:<>\r\n");
    for (int i = 0; i < 10001; i++) {
        snprintf(line, sizeof line, "RCPT TO:<%s@%05d.%.60s.%.60s.%.50s.example>\r\n", local, i, local, local, local);
        session_kit_text(&kit, line);
    }
    session_kit_text(&kit, "DATA\r\n.\r\n");
    assert_int_equal(kit.recipient_count, 10000);
    assert_non_null(strstr(session_kit_said(&kit), RECIPIENT_OK "452 4.5.3 Too many recipients\r\n" GO TAKEN));
    session_kit_close(&kit);
}

/* What refused senders and recipients were called must not pile up. */
static void refusals_take_no_memory(void **state)
{
    struct session_kit kit = { .sender_answer = "550 5.7.1 Not ours" };

    (void)state;
    session_kit_open(&kit);
    session_kit_text(&kit, HELLO);
    for (int i = 0; i < 300000; i++) {
        session_kit_text(&kit, "MAIL FROM:<0123456789012345678901234567890123456789012345678901234567890@alfa.example>\r\n");
        buffer_consume(&kit.said, buffer_data(&kit.said).size);
        buffer_consume(&kit.events, buffer_data(&kit.events).size);
    }
    kit.sender_answer = NULL;
    session_kit_text(&kit, "MAIL FROM:<a@b.example>\r\n");
    assert_string_equal(session_kit_said(&kit), SENDER_OK);
    session_kit_close(&kit);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_have_their_order),
        cmocka_unit_test(eight_bit_is_announced_only_if_set),
        cmocka_unit_test(what_the_owner_refuses_is_refused),
        cmocka_unit_test(what_was_pipelined_behind_a_refusal_is_no_error),
        cmocka_unit_test(commands_out_of_order_are_errors),
        cmocka_unit_test(the_owner_is_told_of_each_step),
        cmocka_unit_test(an_answer_at_once_needs_no_waiting),
        cmocka_unit_test(ten_thousand_recipients_are_taken),
        cmocka_unit_test(refusals_take_no_memory),
    };

    return cmocka_run_group_tests_name("smtp session commands", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Delivery status reports (RFC 3464; RFC 6109 2.2.2, 3.3.3) as Postfix writes them, and as nobody should.
 */
#include "fixture.h"

#include <stdlib.h>
#include <string.h>

#include "pec/bounce.h"

static struct bounce read_bounce(struct arena *arena, struct slice message)
{
    struct bounce b = { .envid = "untouched" };

    assert_int_equal(bounce_read(message, arena, &b), 0);
    return b;
}

#define TOP \
    "From: MAILER-DAEMON@pec.alfa.example (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to Sender\r\nTo: mario@alfa.example\r\n" \
    "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n" \
    "\tboundary=\"4Xy.1/mx.alfa.example\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\nThis is a MIME-encapsulated message.\r\n\r\n"
#define NOTE "--4Xy.1/mx.alfa.example\r\nContent-Description: Notification\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nI'm sorry.\r\n\r\n"
#define STATUS "--4Xy.1/mx.alfa.example\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n"
#define OF_MESSAGE "Reporting-MTA: dns; mx.alfa.example\r\nOriginal-Envelope-Id: a1b2.c3d4\r\nX-Postfix-Queue-ID: 4Xy\r\nArrival-Date: Thu, 15 Jan 2026 11:30:00 +0100 (CET)\r\n\r\n"
#define UNKNOWN_USER \
    "Final-Recipient: rfc822; anna@beta.example\r\nOriginal-Recipient: rfc822;anna@beta.example\r\nAction: failed\r\nStatus: 5.1.1\r\n" \
    "Remote-MTA: dns; mx.beta.example\r\nDiagnostic-Code: smtp; 550 5.1.1 <anna@beta.example>: Recipient address\r\n" \
    "    rejected: User unknown\r\n\r\n"
#define UNKNOWN_DOMAIN \
    "Final-Recipient: rfc822; ugo@nessuno.example\r\nOriginal-Recipient: rfc822;ugo@altro.example\r\nAction: failed\r\nStatus: 5.4.4\r\n" \
    "Diagnostic-Code: X-Postfix; Host or domain name not found. Name service error for\r\n    name=nessuno.example type=AAAA: Host not found\r\n\r\n"
#define HEADERS "--4Xy.1/mx.alfa.example\r\nContent-Description: Undelivered Message Headers\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: POSTA CERTIFICATA: x\r\n\r\n"
#define END "--4Xy.1/mx.alfa.example--\r\n"

static void test_a_report_of_postfix(void **state)
{
    struct bounce b = read_bounce(*state, SLICE(TOP NOTE STATUS OF_MESSAGE UNKNOWN_USER UNKNOWN_DOMAIN HEADERS END));

    assert_string_equal(b.envid, "a1b2.c3d4");
    assert_int_equal(b.recipient_count, 2);
    assert_string_equal(b.recipients[0].address, "anna@beta.example");
    assert_string_equal(b.recipients[0].original, "anna@beta.example");
    assert_string_equal(b.recipients[0].status, "5.1.1");
    assert_string_equal(b.recipients[0].diagnostic, "550 5.1.1 <anna@beta.example>: Recipient address rejected: User unknown");
    assert_true(b.recipients[0].failed);
    assert_string_equal(b.recipients[1].address, "ugo@nessuno.example");
    assert_string_equal(b.recipients[1].original, "ugo@altro.example");
    assert_string_equal(b.recipients[1].status, "5.4.4");
    assert_string_equal(b.recipients[1].diagnostic, "Host or domain name not found. Name service error for name=nessuno.example type=AAAA: Host not found");
    assert_true(b.recipients[1].failed);
}

/* One recipient: what is read of its block. */
static const struct {
    const char *name, *block, *address, *original, *status, *diagnostic;
    bool failed;
} blocks[] = {
    { "the least", "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.0.0\r\n", "a@b.example", NULL, "5.0.0", "", true },
    { "delayed (RFC 3464 2.3.3)", "Final-Recipient: rfc822; a@b.example\r\nAction: delayed\r\nStatus: 4.4.1\r\n", "a@b.example", NULL, "4.4.1", "", false },
    { "relayed", "Final-Recipient: rfc822; a@b.example\r\nAction: relayed\r\nStatus: 2.0.0\r\n", "a@b.example", NULL, "2.0.0", "", false },
    { "delivered", "Final-Recipient: rfc822; a@b.example\r\nAction: delivered\r\nStatus: 2.0.0\r\n", "a@b.example", NULL, "2.0.0", "", false },
    { "expired: failed with a status of class 4", "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 4.4.7\r\n", "a@b.example", NULL, "4.4.7", "", true },
    { "other cases and blanks", "FINAL-RECIPIENT : RFC822 ;\t a@b.example \r\nACTION: FAILED\r\nSTATUS:5.1.1\r\n", "a@b.example", NULL, "5.1.1", "", true },
    { "no type before the address", "Final-Recipient: a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n", "a@b.example", NULL, "5.1.1", "", true },
    { "a comment behind the status", "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1 (x)\r\n", "a@b.example", NULL, "5.1.1", "", true },
    { "no status", "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\n", "a@b.example", NULL, "5.0.0", "", true },
    { "a status that is none", "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: no\r\n", "a@b.example", NULL, "5.0.0", "", true },
    { "a status with a sign", "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.-1.1\r\n", "a@b.example", NULL, "5.0.0", "", true },
    { "a status with blanks", "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5. 1. 1\r\n", "a@b.example", NULL, "5.0.0", "", true },
    { "a status of four digits", "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1000\r\n", "a@b.example", NULL, "5.0.0", "", true },
    { "a status cut short", "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.\r\n", "a@b.example", NULL, "5.0.0", "", true },
    { "a class of two digits", "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 55.1.1\r\n", "a@b.example", NULL, "5.0.0", "", true },
    { "three digits each", "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.123.456\r\n", "a@b.example", NULL, "5.123.456", "", true },
    { "no action", "Final-Recipient: rfc822; a@b.example\r\nStatus: 5.1.1\r\n", "a@b.example", NULL, "5.1.1", "", false },
    { "a diagnostic of 8-bit bytes and controls", "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; a\x01\xFF" "b\r\n",
      "a@b.example", NULL, "5.1.1", "a \xEF\xBF\xBD" "b", true },
    { "an original of another case", "Final-Recipient: rfc822; a@b.example\r\nOriginal-Recipient: rfc822;A@B.example\r\nAction: failed\r\nStatus: 5.1.1\r\n",
      "a@b.example", "A@B.example", "5.1.1", "", true },
};

static void test_what_a_block_says(void **state)
{
    for (size_t i = 0; i < COUNT(blocks); i++) {
        struct bounce b = read_bounce(*state, fixture_format(*state, "%s%s\r\n%s", TOP NOTE STATUS OF_MESSAGE, blocks[i].block, HEADERS END));
        const struct bounced *r = b.recipients;

        if (b.recipient_count != 1)
            fail_msg("%s: %zu recipients", blocks[i].name, b.recipient_count);
        fixture_same_text(blocks[i].name, r->address, blocks[i].address);
        fixture_same_text(blocks[i].name, r->original, blocks[i].original);
        fixture_same_text(blocks[i].name, r->status, blocks[i].status);
        fixture_same_text(blocks[i].name, r->diagnostic, blocks[i].diagnostic);
        if (r->failed != blocks[i].failed)
            fail_msg("%s: failed", blocks[i].name);
    }
}

/* Blocks that name nobody are passed over; the others stay. */
static void test_blocks_without_an_address(void **state)
{
    static const char *const empty[] = { "Action: failed\r\nStatus: 5.1.1\r\n\r\n", "Final-Recipient: rfc822; nessuno\r\nAction: failed\r\n\r\n",
                                         "Final-Recipient: rfc822;\r\n\r\n", "Final-Recipient: x400; /C=IT/\r\n\r\n", "nonsense\r\n\r\n", "\r\n\r\n\r\n",
                                         "Final-Recipient: rfc822; a@b.example\nTo: x\r\n\r\n" };

    for (size_t i = 0; i < COUNT(empty); i++) {
        struct bounce b = read_bounce(*state, fixture_format(*state, "%s%s%s", TOP STATUS OF_MESSAGE, empty[i], UNKNOWN_USER END));

        assert_string_equal(b.envid, "a1b2.c3d4");
        assert_int_equal(b.recipient_count, 1);
        assert_string_equal(b.recipients[0].address, "anna@beta.example");
    }
}

/* What is no report with an envelope id leaves none. */
static void test_messages_that_are_no_report(void **state)
{
    static const char *const messages[] = {
        "", "\r\n", "Subject: x\r\n\r\nOriginal-Envelope-Id: a1b2.c3d4\r\n",
        "Content-Type: message/delivery-status\r\n\r\n" OF_MESSAGE UNKNOWN_USER,
        "Content-Type: multipart/mixed; boundary=\"4Xy.1/mx.alfa.example\"\r\n\r\n" STATUS OF_MESSAGE UNKNOWN_USER END,
        TOP NOTE HEADERS END,
        TOP STATUS END,
        TOP STATUS "\r\n\r\n" END,
        TOP STATUS "Reporting-MTA: dns; mx.alfa.example\r\n\r\n" UNKNOWN_USER END,
        TOP STATUS "Reporting-MTA: dns; mx.alfa.example\r\n\r\nOriginal-Envelope-Id: a1b2.c3d4\r\n\r\n" END,
        "Content-Type: multipart/report; boundary=a\r\n\r\n--a\r\nContent-Type: multipart/report; boundary=\"4Xy.1/mx.alfa.example\"\r\n\r\n"
        STATUS OF_MESSAGE UNKNOWN_USER END "--a--\r\n",
    };

    for (size_t i = 0; i < COUNT(messages); i++)
        if (read_bounce(*state, slice_of(messages[i])).envid)
            fail_msg("message %zu is a report", i);
}

static void test_a_report_with_too_many_parts_is_none(void **state)
{
    struct slice parts = fixture_repeat(*state, NOTE, 30);

    assert_null(read_bounce(*state, fixture_format(*state, "%s%s%s", TOP, parts.data, STATUS OF_MESSAGE UNKNOWN_USER END)).envid);
}

static void test_a_report_in_base64(void **state)
{
    struct bounce b = read_bounce(*state, SLICE(TOP "--4Xy.1/mx.alfa.example\r\nContent-Type: message/delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        "T3JpZ2luYWwtRW52ZWxvcGUtSWQ6IHgNCg0KRmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFAYi5leGFtcGxl\r\nDQpBY3Rpb246IGZhaWxlZA0K\r\n" END));

    assert_string_equal(b.envid, "x");
    assert_int_equal(b.recipient_count, 1);
    assert_true(b.recipients[0].failed);
}

static void test_more_recipients_than_there_can_be(void **state)
{
    struct slice blocks_text = fixture_repeat(*state, UNKNOWN_USER, 12000);
    double before = fixture_seconds();
    struct bounce b = read_bounce(*state, fixture_format(*state, "%s%s%s", TOP STATUS OF_MESSAGE, blocks_text.data, END));

    assert_int_equal(b.recipient_count, 10000);
    assert_true(fixture_seconds() - before < 2);
}

static void test_every_prefix_and_every_byte(void **state)
{
    struct slice text = SLICE(TOP NOTE STATUS OF_MESSAGE UNKNOWN_USER UNKNOWN_DOMAIN HEADERS END);

    for (size_t i = 0; i < text.size; i++) {
        char *prefix = malloc(i + 1), *changed = arena_text(*state, text);
        struct bounce b;

        memcpy(prefix, text.data, i + 1);
        assert_int_equal(bounce_read((struct slice){ prefix, i + 1 }, *state, &b), 0);
        changed[i] = (char)(changed[i] ^ 0x2A);
        assert_int_equal(bounce_read((struct slice){ changed, text.size }, *state, &b), 0);
        free(prefix);
    }
}

static void test_without_budget(void **state)
{
    struct slice text = SLICE(TOP STATUS OF_MESSAGE UNKNOWN_USER END);
    bool is_done = false;

    (void)state;
    for (size_t budget = 16; !is_done; budget += 61) {
        struct arena *small = arena_new(budget);
        struct bounce b;
        int result = bounce_read(text, small, &b);

        assert_true(result == 0 || result == ERROR_BUDGET);
        is_done = result == 0;
        arena_free(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_report_of_postfix, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_a_block_says, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_blocks_without_an_address, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_messages_that_are_no_report, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_report_with_too_many_parts_is_none, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_report_in_base64, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_more_recipients_than_there_can_be, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_every_prefix_and_every_byte, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec bounce", tests, NULL, NULL);
}

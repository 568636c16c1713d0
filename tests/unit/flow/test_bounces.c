/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Bounces of our own mail system (RFC 6109 2.2.2, 3.3.3): what is one, what only looks like one, and what is kept of it (2.3).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "letters.h"
#include "mime/encoding.h"

enum { HOUR = 3600, SOON = WORLD_START + HOUR, LATER = WORLD_START + 30 * HOUR };

/* What a report says. */
struct said {
    const char *envid, *recipient, *action, *status;
};

static struct mail report(const struct said *said)
{
    const char *text = arena_printf(world.arena,
                                    "From: MAILER-DAEMON@alfa.example\nTo: mario@alfa.example\nMIME-Version: 1.0\n"
                                    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
                                    "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; alfa.example\nOriginal-Envelope-Id: %s\n\n"
                                    "Final-Recipient: rfc822; %s\nAction: %s\nStatus: %s\n\n--b--\n",
                                    said->envid, said->recipient, said->action, said->status);

    return world_mail(POINT_INCOMING, "", world_text(text), "mario@alfa.example", NULL);
}

/* A message of mario's to anna, on its way; the envelope id that it has. */
static const char *sent(void)
{
    const struct mail mail = letters_submission("anna@beta.example", NULL);
    struct delivery *list;
    size_t count;

    world_pass(ALFA, &mail);
    list = world_deliveries(&count);
    assert_true(count > 0 && *list[0].envid);
    return list[0].envid;
}

/* Notices that are planned: the next one, while anna is waited for. */
static size_t waiting(void)
{
    const struct journal_request due = { .verb = JOURNAL_DUE, .time = WORLD_START + 100 * HOUR, .number = 10 };

    return world_ask(ALFA, &due).task_count;
}

/* The line of the legal log about a bounce that was received. */
static json_t *logged(void)
{
    size_t count;
    struct slice *lines = world_log(ALFA, &count);

    for (size_t i = 0; i < count; i++) {
        json_t *line = json_loadb(lines[i].data, lines[i].size, 0, NULL);
        const char *verdict = json_string_value(json_object_get(line, "verdict")), *what = json_string_value(json_object_get(line, "event"));

        if (verdict && strncmp(verdict, "bounce", 6) == 0 && what && strcmp(what, "received") == 0)
            return line;
        json_decref(line);
    }
    return NULL;
}

static void a_bounce_is_told_and_kept_to_the_octet(void **state)
{
    const struct mail bounce = report(&(struct said){ sent(), "anna@beta.example", "failed", "4.4.7" });
    struct journey_end end;
    json_t *line;
    const char *text;
    char *decoded;

    (void)state;
    assert_int_equal(waiting(), 1);
    world_forget_deliveries();
    end = letters_run(ALFA, &bounce, SOON);
    letters_expect_reply(&end, "250 ");
    assert_int_equal(letters_arrived(), 1);
    assert_int_equal(letters_data(letters_receipt("errore-consegna")).error, CERTIFIED_OTHER);
    assert_int_equal(waiting(), 0);
    line = logged();
    text = json_string_value(json_object_get(line, "report"));
    assert_non_null(text);
    decoded = arena_alloc(world.arena, mime_base64_room(strlen(text)));
    assert_int_equal(mime_decode_base64(slice_of(text), decoded), bounce.bytes.size);
    assert_memory_equal(decoded, bounce.bytes.data, bounce.bytes.size);
    json_decref(line);
}

/* Nothing failed: nobody is told, and anna is waited for. */
static void a_report_of_a_delay_or_of_a_success_changes_nothing(void **state)
{
    static const struct said reports[] = { { NULL, "anna@beta.example", "delayed", "4.4.1" }, { NULL, "anna@beta.example", "delivered", "2.0.0" },
                                           { NULL, "anna@beta.example", "relayed", "2.0.0" }, { NULL, "anna@beta.example", "expanded", "2.0.0" } };
    const char *envid = sent();

    (void)state;
    world_forget_deliveries();
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++) {
        struct said said = reports[i];
        struct mail mail;
        struct journey_end end;

        said.envid = envid;
        mail = report(&said);
        end = letters_run(ALFA, &mail, SOON);
        letters_expect_reply(&end, "250 ");
    }
    assert_int_equal(letters_arrived(), 0);
    assert_int_equal(waiting(), 1);
}

/* Whoever has not the key makes none of ours: it is mail like any other from outside. */
static void a_report_with_another_tag_is_ordinary_mail(void **state)
{
    char *envid = arena_text(world.arena, slice_of(sent()));
    size_t last = strlen(envid) - 1;
    struct mail mail;
    struct journey_end end;

    (void)state;
    world_forget_deliveries();
    envid[last] = envid[last] == '0' ? '1' : '0';
    mail = report(&(struct said){ envid, "anna@beta.example", "failed", "5.1.1" });
    end = letters_run(ALFA, &mail, SOON);
    letters_expect_reply(&end, "250 ");
    world_delivered("mario@alfa.example", "X-Trasporto", "errore");
    assert_int_equal(letters_arrived(), 1);
    assert_int_equal(waiting(), 1);
    assert_null(logged());
}

/* With a true tag: of a recipient that the message did not have. */
static void a_report_about_the_recipient_of_another_message_tells_nobody(void **state)
{
    const struct mail bounce = report(&(struct said){ sent(), "bruno@beta.example", "failed", "5.1.1" });
    struct journey_end end;

    (void)state;
    world_forget_deliveries();
    end = letters_run(ALFA, &bounce, SOON);
    letters_expect_reply(&end, "250 ");
    assert_int_equal(letters_arrived(), 0);
    assert_int_equal(waiting(), 1);
}

/* RFC 3464 2: a report has no sender. */
static void a_report_that_somebody_sends_is_ordinary_mail(void **state)
{
    struct mail mail = report(&(struct said){ sent(), "anna@beta.example", "failed", "5.1.1" });
    struct journey_end end;

    (void)state;
    world_forget_deliveries();
    mail.sender = "carlo@posta.example";
    end = letters_run(ALFA, &mail, SOON);
    letters_expect_reply(&end, "250 ");
    world_delivered("mario@alfa.example", "X-Trasporto", "errore");
    assert_int_equal(letters_arrived(), 1);
    assert_int_equal(waiting(), 1);
}

/* After the notices, or twice: what is told is not told again. */
static void a_bounce_that_comes_again_tells_nobody(void **state)
{
    const char *envid = sent();
    const struct mail first = report(&(struct said){ envid, "anna@beta.example", "failed", "5.1.1" });
    const struct mail second = report(&(struct said){ envid, "anna@beta.example", "failed", "4.4.7" });
    struct journey_end end;

    (void)state;
    world_forget_deliveries();
    end = letters_run(ALFA, &first, SOON);
    letters_expect_reply(&end, "250 ");
    end = letters_run(ALFA, &second, LATER);
    letters_expect_reply(&end, "250 ");
    assert_int_equal(letters_arrived(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_bounce_is_told_and_kept_to_the_octet, world_begin_test),
        cmocka_unit_test_setup(a_report_of_a_delay_or_of_a_success_changes_nothing, world_begin_test),
        cmocka_unit_test_setup(a_report_with_another_tag_is_ordinary_mail, world_begin_test),
        cmocka_unit_test_setup(a_report_about_the_recipient_of_another_message_tells_nobody, world_begin_test),
        cmocka_unit_test_setup(a_report_that_somebody_sends_is_ordinary_mail, world_begin_test),
        cmocka_unit_test_setup(a_bounce_that_comes_again_tells_nobody, world_begin_test),
    };

    return cmocka_run_group_tests(tests, world_begin, world_end);
}

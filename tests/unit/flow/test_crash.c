/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A crash at any instruction loses nothing and repeats at most one effect, with the same bytes (design 3, 6.1 to 6.5). A message of each
 * kind is carried through with the process killed at the first boundary, at the second, and so on; then the client sends it again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "letters.h"
#include "trial.h"

/* --- the access point (3.1) ------------------------------------------------------------------------------------------------- */

enum { SOON = WORLD_START + 3600, HALF_A_DAY = WORLD_START + 12 * 3600 + 60, A_DAY = WORLD_START + 24 * 3600 + 60 };

static void an_accepted_message(void **state)
{
    const struct kind kind = {
        .site = ALFA, .now = SOON, .reply = "250 ", .waiting = 1,
        .deliveries = { "relay posta-certificata anna@beta.example", "relay posta-certificata luca@posta.example",
                        "mailboxes accettazione mario@alfa.example" },
        .events = { "received - anna@beta.example luca@posta.example", "sent transport-envelope anna@beta.example luca@posta.example",
                    "delivered acceptance mario@alfa.example" },
    };
    const char *text = SUBMITTED("mario@alfa.example", "anna@beta.example, luca@posta.example", "");
    const struct mail mail = world_mail(POINT_ACCESS, "mario@alfa.example", world_text(text), "anna@beta.example", "luca@posta.example", NULL);

    (void)state;
    disturb_everywhere(&kind, &mail);
}

/* A recipient that the relay refuses has its non-delivery after the acceptance (3.3.3). */
static void an_accepted_message_of_which_the_relay_refuses_a_recipient(void **state)
{
    const struct kind kind = {
        .site = ALFA, .now = SOON, .reply = "250 ", .waiting = 1,
        .deliveries = { "relay posta-certificata anna@beta.example", "mailboxes accettazione mario@alfa.example",
                        "mailboxes errore-consegna mario@alfa.example" },
        .events = { "received - anna@beta.example unknown@beta.example", "sent transport-envelope anna@beta.example",
                    "refused transport-envelope unknown@beta.example", "delivered acceptance mario@alfa.example",
                    "delivered non-delivery mario@alfa.example" },
    };
    const char *text = SUBMITTED("mario@alfa.example", "anna@beta.example, unknown@beta.example", "");
    const struct mail mail = world_mail(POINT_ACCESS, "mario@alfa.example", world_text(text), "anna@beta.example", "unknown@beta.example", NULL);

    (void)state;
    crash_everywhere(&kind, &mail);
}

/* Nothing waits for a user's full mailbox: the acceptance goes by the queue. */
static void an_accepted_message_whose_sender_has_a_full_mailbox(void **state)
{
    const struct kind kind = {
        .site = ALFA, .now = SOON, .reply = "250 ", .waiting = 1,
        .deliveries = { "relay posta-certificata anna@beta.example", "relay accettazione full@alfa.example" },
        .events = { "received - anna@beta.example", "sent transport-envelope anna@beta.example", "sent acceptance full@alfa.example" },
    };
    const char *text = SUBMITTED("full@alfa.example", "anna@beta.example", "");
    const struct mail mail = world_mail(POINT_ACCESS, "full@alfa.example", world_text(text), "anna@beta.example", NULL);

    (void)state;
    atomic_store(&world.sinks.board->is_full, true);
    crash_everywhere(&kind, &mail);
}

/* 3.1.1, 3.1.2: the author is another than the sender. */
static void a_message_with_a_formal_fault(void **state)
{
    const struct kind kind = {
        .site = ALFA, .now = SOON, .reply = "250 ",
        .deliveries = { "mailboxes non-accettazione mario@alfa.example" },
        .events = { "received - anna@beta.example", "delivered non-acceptance mario@alfa.example" },
    };
    const char *text = SUBMITTED("piero@alfa.example", "anna@beta.example", "");
    const struct mail mail = world_mail(POINT_ACCESS, "mario@alfa.example", world_text(text), "anna@beta.example", NULL);

    (void)state;
    crash_everywhere(&kind, &mail);
}

/* 2.2.4, 3.1.3. */
static void an_infected_message(void **state)
{
    const struct kind kind = {
        .site = ALFA, .now = SOON, .reply = "250 ", .quarantined = 1,
        .deliveries = { "mailboxes non-accettazione mario@alfa.example" },
        .events = { "received - anna@beta.example", "quarantined - anna@beta.example", "delivered non-acceptance-virus mario@alfa.example" },
    };
    const char *text = SUBMITTED("mario@alfa.example", "anna@beta.example", "X-Load: INFECTED\n");
    const struct mail mail = world_mail(POINT_ACCESS, "mario@alfa.example", world_text(text), "anna@beta.example", NULL);

    (void)state;
    disturb_everywhere(&kind, &mail);
}

/* 3.1.6: twelve hours without a receipt, and twelve more. */
static void timeout_notices(void **state)
{
    static const int64_t moments[] = { HALF_A_DAY, A_DAY };
    static const char *const names[] = { "first-notice", "second-notice" };
    const char *text = SUBMITTED("mario@alfa.example", "anna@beta.example", "");
    const struct mail mail = world_mail(POINT_ACCESS, "mario@alfa.example", world_text(text), "anna@beta.example", NULL);

    (void)state;
    world_pass(ALFA, &mail);
    for (size_t i = 0; i < 2; i++) {
        const struct kind kind = {
            .site = ALFA, .now = moments[i], .waiting = 1 - i,
            .deliveries = { "mailboxes preavviso-errore-consegna mario@alfa.example" },
            .events = { arena_printf(world.arena, "delivered %s mario@alfa.example", names[i]) },
        };

        world_forget_deliveries();
        disturb_everywhere(&kind, NULL);
    }
}

/* --- the incoming point (3.2) and the delivery point (3.3) ------------------------------------------------------------------ */

/* The envelope that alfa makes of a message from mario to these recipients, up to NULL, as beta gets it. */
static struct mail envelope(const char *to, const char *more, const char *first, const char *second)
{
    const char *text = arena_printf(world.arena, SUBMITTED("mario@alfa.example", "%s", "%s"), to, more);
    const struct mail mail = world_mail(POINT_ACCESS, "mario@alfa.example", world_text(text), first, second, NULL);
    struct slice bytes;

    world_pass(ALFA, &mail);
    bytes = world_delivered(first, "X-Trasporto", "posta-certificata");
    return world_mail(POINT_INCOMING, "mario@alfa.example", bytes, first, second, NULL);
}

static void an_envelope_for_two_mailboxes(void **state)
{
    const struct kind kind = {
        .site = BETA, .now = SOON, .reply = "250 ",
        .deliveries = { "relay presa-in-carico ricevute@alfa.example", "mailboxes posta-certificata anna@beta.example",
                        "mailboxes posta-certificata bruno@beta.example", "relay avvenuta-consegna mario@alfa.example",
                        "relay avvenuta-consegna mario@alfa.example" },
        .events = { "received - anna@beta.example bruno@beta.example", "sent take-charge ricevute@alfa.example",
                    "delivered - anna@beta.example", "delivered - bruno@beta.example", "sent delivery-complete mario@alfa.example",
                    "sent delivery-complete mario@alfa.example" },
    };
    const struct mail mail = envelope("anna@beta.example, bruno@beta.example", "", "anna@beta.example", "bruno@beta.example");

    (void)state;
    crash_everywhere(&kind, &mail);
}

static void an_envelope_of_which_a_mailbox_is_not_there(void **state)
{
    const struct kind kind = {
        .site = BETA, .now = SOON, .reply = "250 ",
        .deliveries = { "relay presa-in-carico ricevute@alfa.example", "mailboxes posta-certificata anna@beta.example",
                        "relay avvenuta-consegna mario@alfa.example", "relay errore-consegna mario@alfa.example" },
        .events = { "received - anna@beta.example refusing@beta.example", "sent take-charge ricevute@alfa.example",
                    "delivered - anna@beta.example", "refused - refusing@beta.example", "sent delivery-complete mario@alfa.example",
                    "sent non-delivery mario@alfa.example" },
    };
    const struct mail mail = envelope("anna@beta.example, refusing@beta.example", "", "anna@beta.example", "refusing@beta.example");

    (void)state;
    disturb_everywhere(&kind, &mail);
}

/* 3.4: sender and recipient of one provider; no receipt of ours passes the incoming point, and none is waited for. */
static void an_envelope_of_our_own(void **state)
{
    const struct kind kind = {
        .site = ALFA, .now = SOON, .reply = "250 ",
        .deliveries = { "mailboxes presa-in-carico ricevute@alfa.example", "mailboxes posta-certificata carla@alfa.example",
                        "mailboxes avvenuta-consegna mario@alfa.example" },
        .events = { "received - carla@alfa.example", "delivered take-charge ricevute@alfa.example", "delivered - carla@alfa.example",
                    "delivered delivery-complete mario@alfa.example" },
    };
    const struct mail mail = envelope("carla@alfa.example", "", "carla@alfa.example", NULL);

    (void)state;
    crash_everywhere(&kind, &mail);
}

/* 2.2.4, 3.2.3: taken in charge, kept, and told of once for each recipient. */
static void an_infected_envelope(void **state)
{
    const struct kind kind = {
        .site = BETA, .now = SOON, .reply = "250 ", .quarantined = 1,
        .deliveries = { "relay presa-in-carico ricevute@alfa.example", "relay rilevazione-virus ricevute@alfa.example",
                        "relay rilevazione-virus ricevute@alfa.example" },
        .events = { "received - anna@beta.example bruno@beta.example", "quarantined - anna@beta.example bruno@beta.example",
                    "sent take-charge ricevute@alfa.example", "sent virus-detection ricevute@alfa.example",
                    "sent virus-detection ricevute@alfa.example" },
    };
    struct mail mail;

    (void)state;
    atomic_store(&world.sinks.board->is_blind, true);
    mail = envelope("anna@beta.example, bruno@beta.example", "X-Load: INFECTED\n", "anna@beta.example", "bruno@beta.example");
    atomic_store(&world.sinks.board->is_blind, false);
    crash_everywhere(&kind, &mail);
}

/* 2.2.2, 3.2.2: a provider's message under another id than that of its certification data. */
static void an_anomaly(void **state)
{
    const struct kind kind = {
        .site = BETA, .now = SOON, .reply = "250 ",
        .deliveries = { "mailboxes errore anna@beta.example", "mailboxes errore bruno@beta.example" },
        .events = { "received - anna@beta.example bruno@beta.example", "delivered anomaly-envelope anna@beta.example",
                    "delivered anomaly-envelope bruno@beta.example" },
    };
    struct mail mail = envelope("anna@beta.example, bruno@beta.example", "", "anna@beta.example", "bruno@beta.example");
    char *id;

    (void)state;
    mail.bytes = arena_copy(world.arena, mail.bytes);
    id = strstr((char *)(uintptr_t)mail.bytes.data, "Message-ID: <opec3");
    assert_non_null(id);
    memcpy(id, "Message-ID: <OTHER", 18);
    crash_everywhere(&kind, &mail);
}

/* 2.2.2, 3.2.2; a mailbox that refuses is told of by a delivery status report. */
static void ordinary_mail(void **state)
{
    const struct kind kind = {
        .site = BETA, .now = SOON, .reply = "250 ",
        .deliveries = { "mailboxes errore anna@beta.example", "relay report carlo@posta.example" },
        .events = { "received - anna@beta.example refusing@beta.example", "delivered anomaly-envelope anna@beta.example",
                    "refused anomaly-envelope refusing@beta.example", "sent - carlo@posta.example" },
    };
    const char *text = SUBMITTED("carlo@posta.example", "anna@beta.example", "");
    const struct mail mail = world_mail(POINT_INCOMING, "carlo@posta.example", world_text(text), "anna@beta.example", "refusing@beta.example", NULL);

    (void)state;
    crash_everywhere(&kind, &mail);
}

static void ordinary_mail_that_is_refused(void **state)
{
    const struct kind kind = { .site = BETA, .now = SOON, .reply = "550 5.7.1", .refuses_ordinary = true,
                               .events = { "received - anna@beta.example" } };
    const char *text = SUBMITTED("carlo@posta.example", "anna@beta.example", "");
    const struct mail mail = world_mail(POINT_INCOMING, "carlo@posta.example", world_text(text), "anna@beta.example", NULL);

    (void)state;
    crash_everywhere(&kind, &mail);
}

/* 2.2.2: it goes to its mailbox as it is, and nobody is waited for any longer (3.1.6). */
static void a_receipt(void **state)
{
    const struct kind kind = {
        .site = ALFA, .now = SOON, .reply = "250 ",
        .deliveries = { "mailboxes avvenuta-consegna mario@alfa.example" },
        .events = { "received avvenuta-consegna anna@beta.example", "delivered avvenuta-consegna mario@alfa.example" },
    };
    struct mail mail = envelope("anna@beta.example", "", "anna@beta.example", NULL);

    (void)state;
    world_pass(BETA, &mail);
    mail = world_mail(POINT_INCOMING, "posta-certificata@beta.example",
                      world_delivered("mario@alfa.example", "X-Ricevuta", "avvenuta-consegna"), "mario@alfa.example", NULL);
    world_forget_deliveries();
    crash_everywhere(&kind, &mail);
}

/* 3.3.3: a bounce of our own mail system becomes a non-delivery. */
static void a_bounce_of_an_envelope_of_ours(void **state)
{
    const struct kind kind = {
        .site = ALFA, .now = SOON, .reply = "250 ",
        .deliveries = { "mailboxes errore-consegna mario@alfa.example" },
        .events = { "received - anna@beta.example", "delivered non-delivery mario@alfa.example" },
    };
    struct delivery *sent;
    struct mail mail;
    const char *text;
    size_t count;

    (void)state;
    envelope("anna@beta.example", "", "anna@beta.example", NULL);
    sent = world_deliveries(&count);
    text = arena_printf(world.arena,
                        "From: MAILER-DAEMON@alfa.example\nTo: mario@alfa.example\nMIME-Version: 1.0\n"
                        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
                        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; alfa.example\nOriginal-Envelope-Id: %s\n\n"
                        "Final-Recipient: rfc822; anna@beta.example\nAction: failed\nStatus: 5.1.1\n\n--b--\n",
                        sent[0].envid);
    mail = world_mail(POINT_INCOMING, "", world_text(text), "mario@alfa.example", NULL);
    world_forget_deliveries();
    crash_everywhere(&kind, &mail);
}

/* The tests of one point: they are as long as many others together, and two programs run side by side. */
int main(int count, char **words)
{
    const struct CMUnitTest of_access[] = {
        cmocka_unit_test_setup(an_accepted_message, world_begin_test),
        cmocka_unit_test_setup(an_accepted_message_of_which_the_relay_refuses_a_recipient, world_begin_test),
        cmocka_unit_test_setup(an_accepted_message_whose_sender_has_a_full_mailbox, world_begin_test),
        cmocka_unit_test_setup(a_message_with_a_formal_fault, world_begin_test),
        cmocka_unit_test_setup(an_infected_message, world_begin_test),
        cmocka_unit_test_setup(timeout_notices, world_begin_test),
    };
    const struct CMUnitTest of_incoming[] = {
        cmocka_unit_test_setup(an_envelope_for_two_mailboxes, world_begin_test),
        cmocka_unit_test_setup(an_envelope_of_which_a_mailbox_is_not_there, world_begin_test),
        cmocka_unit_test_setup(an_envelope_of_our_own, world_begin_test),
        cmocka_unit_test_setup(an_infected_envelope, world_begin_test),
        cmocka_unit_test_setup(an_anomaly, world_begin_test),
        cmocka_unit_test_setup(ordinary_mail, world_begin_test),
        cmocka_unit_test_setup(ordinary_mail_that_is_refused, world_begin_test),
        cmocka_unit_test_setup(a_receipt, world_begin_test),
        cmocka_unit_test_setup(a_bounce_of_an_envelope_of_ours, world_begin_test),
    };
    const char *point = count == 2 ? words[1] : "";

    if (strcmp(point, "access") == 0)
        return cmocka_run_group_tests(of_access, world_begin, world_end);
    if (strcmp(point, "incoming") == 0)
        return cmocka_run_group_tests(of_incoming, world_begin, world_end);
    fprintf(stderr, "usage: %s access|incoming\n", words[0]);
    return EXIT_FAILURE;
}

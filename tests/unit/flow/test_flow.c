/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the client is told, and when (design 3, 4 "Decided points", "SMTP answers"): 250 for what is done, 4xx for what may pass, and then
 * the rest is done with the ids and times of the beginning.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "flow/tag.h"
#include "letters.h"
#include "pki.h"

enum { HOUR = 3600, NOW = WORLD_START + HOUR };

/* --- the relay -------------------------------------------------------------------------------------------------------------- */

/* Design 3: a 4xx at any RCPT means that nothing is sent; never two transactions of one envelope. */
static void a_recipient_that_the_relay_defers_keeps_the_envelope_back(void **state)
{
    const struct mail mail = letters_submission("anna@beta.example", "late@beta.example");
    struct journey_end end;
    struct delivery *list;
    size_t count;

    (void)state;
    atomic_store(&world.sinks.board->is_full, true);
    end = letters_run(ALFA, &mail, NOW);
    letters_expect_reply(&end, "451 ");
    assert_int_equal(letters_arrived(), 0);
    atomic_store(&world.sinks.board->is_full, false);
    end = letters_run(ALFA, &mail, NOW + HOUR);
    letters_expect_reply(&end, "250 ");
    list = world_deliveries(&count);
    assert_int_equal(count, 3);
    assert_int_equal(list[0].transaction, list[1].transaction);
    /* 4.1: the time is that of the beginning. */
    assert_int_equal(letters_data(letters_receipt("accettazione")).time.seconds, NOW);
    assert_int_equal(letters_data(list[0].bytes).time.seconds, NOW);
}

static void a_relay_that_is_out_defers(void **state)
{
    const struct mail mail = letters_submission("anna@beta.example", NULL);
    struct journey_end end;

    (void)state;
    atomic_store(&world.sinks.board->is_out[SINK_RELAY], true);
    end = letters_run(ALFA, &mail, NOW);
    letters_expect_reply(&end, "451 ");
    assert_int_equal(letters_arrived(), 0);
    atomic_store(&world.sinks.board->is_out[SINK_RELAY], false);
    end = letters_run(ALFA, &mail, NOW + HOUR);
    letters_expect_reply(&end, "250 ");
    assert_int_equal(letters_arrived(), 2);
}

/* Refused for all of them, it was still accepted: each has its non-delivery (3.3.3), and nobody is waited for. */
static void a_relay_that_refuses_every_recipient(void **state)
{
    const struct mail mail = letters_submission("unknown1@beta.example", "unknown2@beta.example");
    const struct journal_request due = { .verb = JOURNAL_DUE, .time = NOW + 100 * HOUR, .number = 10 };
    struct journey_end end = letters_run(ALFA, &mail, NOW);
    struct delivery *list;
    size_t count;

    (void)state;
    letters_expect_reply(&end, "250 ");
    list = world_deliveries(&count);
    assert_int_equal(count, 3);
    assert_string_equal(world_field(list[0].bytes, "X-Ricevuta"), "accettazione");
    for (size_t i = 1; i < 3; i++) {
        struct certification c = letters_data(list[i].bytes);

        assert_string_equal(world_field(list[i].bytes, "X-Ricevuta"), "errore-consegna");
        assert_int_equal(c.error, CERTIFIED_NO_RECIPIENT);
        assert_string_equal(c.delivered, mail.recipients[i - 1]);
    }
    assert_int_equal(world_ask(ALFA, &due).task_count, 0);
}

/* Decided points: the envelope keeps its reverse path; what we originate has our address. Each bears a tag of its kind. */
static void reverse_paths_and_envelope_ids(void **state)
{
    const struct journal_request welcome = { .verb = JOURNAL_WELCOME };
    struct journal_response keys;
    struct mail mail = letters_submission("anna@beta.example", NULL);
    enum tag_kind kind;
    uint64_t number;
    struct delivery *list;
    size_t count;

    (void)state;
    world_pass(ALFA, &mail);
    list = world_deliveries(&count);
    keys = world_ask(ALFA, &welcome);
    assert_string_equal(list[0].sender, "mario@alfa.example");
    assert_true(tag_read(keys.tag_key, slice_of(list[0].envid), &kind, &number));
    assert_int_equal(kind, TAG_TRANSACTION);
    assert_string_equal(list[1].sender, "posta-certificata@alfa.example");
    mail = world_mail(POINT_INCOMING, "mario@alfa.example", list[0].bytes, "anna@beta.example", NULL);
    world_forget_deliveries();
    world_pass(BETA, &mail);
    list = world_deliveries(&count);
    keys = world_ask(BETA, &welcome);
    for (size_t i = 0; i < count; i++)
        if (list[i].sink == SINK_RELAY) {
            assert_string_equal(list[i].sender, "posta-certificata@beta.example");
            assert_true(tag_read(keys.tag_key, slice_of(list[i].envid), &kind, &number));
            assert_int_equal(kind, TAG_RECEIPT);
        } else {
            assert_string_equal(list[i].sender, "mario@alfa.example");
        }
}

/* --- mailboxes -------------------------------------------------------------------------------------------------------------- */

/* Design 3: with the mailbox server out acceptances go by the queue, and the client has its 250. */
static void mailboxes_that_are_out_hold_no_acceptance_back(void **state)
{
    const struct mail mail = letters_submission("anna@beta.example", NULL);
    struct journey_end end;
    struct delivery *list;
    size_t count;

    (void)state;
    atomic_store(&world.sinks.board->is_out[SINK_MAILBOXES], true);
    end = letters_run(ALFA, &mail, NOW);
    letters_expect_reply(&end, "250 ");
    list = world_deliveries(&count);
    assert_int_equal(count, 2);
    assert_int_equal(list[1].sink, SINK_RELAY);
    assert_string_equal(list[1].recipient, "mario@alfa.example");
    assert_string_equal(world_field(list[1].bytes, "X-Ricevuta"), "accettazione");
}

/* 3.3: each mailbox has its own answer. One that defers keeps its own step open and nothing else; its receipt certifies the second in
 * which it took the message. */
static void a_mailbox_that_defers_keeps_only_itself_waiting(void **state)
{
    struct mail mail = letters_envelope("anna@beta.example", "full@beta.example");
    struct certification first, second;
    struct journey_end end;
    struct delivery *list;
    size_t count;

    (void)state;
    atomic_store(&world.sinks.board->is_full, true);
    end = letters_run(BETA, &mail, NOW);
    letters_expect_reply(&end, "451 ");
    list = world_deliveries(&count);
    assert_int_equal(count, 3); /* the take-charge, the mailbox, its receipt */
    assert_string_equal(world_field(list[0].bytes, "X-Ricevuta"), "presa-in-carico");
    assert_string_equal(list[1].recipient, "anna@beta.example");
    first = letters_data(letters_receipt("avvenuta-consegna"));
    assert_string_equal(first.delivered, "anna@beta.example");
    assert_int_equal(first.time.seconds, NOW);
    world_forget_deliveries();
    atomic_store(&world.sinks.board->is_full, false);
    end = letters_run(BETA, &mail, NOW + HOUR);
    letters_expect_reply(&end, "250 ");
    list = world_deliveries(&count);
    assert_int_equal(count, 2);
    assert_string_equal(list[0].recipient, "full@beta.example");
    second = letters_data(letters_receipt("avvenuta-consegna"));
    assert_string_equal(second.delivered, "full@beta.example");
    assert_int_equal(second.time.seconds, NOW + HOUR);
    assert_string_equal(second.about.pec_id, first.about.pec_id);
}

/* 3.3.2: "on behalf of every recipient", and each receipt lists all of them (4.4): together these are more than one message's memory. */
static void an_envelope_for_many_mailboxes_yields_all_its_receipts(void **state)
{
    enum { MANY = 500 };
    const char **recipients = arena_array(world.arena, MANY, sizeof *recipients);
    struct mail mail = letters_submission("anna@beta.example", NULL);
    struct rope to = rope_new(world.arena);
    struct journey_end end;
    unsigned before;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        recipients[i] = arena_printf(world.arena, "%064d@beta.example", i);
        rope_printf(&to, "%s%s", i ? ",\n " : "", recipients[i]);
    }
    mail.bytes = world_text(arena_printf(world.arena, SUBMITTED("mario@alfa.example", "%.*s", ""), SLICE_ARGS(rope_flat(&to))));
    mail.recipients = recipients;
    mail.recipient_count = MANY;
    world_pass(ALFA, &mail);
    mail.bytes = world_delivered(recipients[0], "X-Trasporto", "posta-certificata");
    mail.point = POINT_INCOMING;
    before = atomic_load(&world.sinks.board->deliveries);
    end = letters_run(BETA, &mail, NOW);
    letters_expect_reply(&end, "250 ");
    /* The mailboxes, their receipts, and the take-charge. */
    assert_int_equal(atomic_load(&world.sinks.board->deliveries) - before, 2 * MANY + 1);
}

/* 2.2.2, "a time limit for message idleness": incoming.delivery_timeout, 22 hours. Then there is a non-delivery. */
static void a_mailbox_that_defers_for_too_long_is_given_up(void **state)
{
    struct mail mail = letters_envelope("full@beta.example", NULL);
    struct certification c;
    struct journey_end end;

    (void)state;
    atomic_store(&world.sinks.board->is_full, true);
    end = letters_run(BETA, &mail, NOW);
    letters_expect_reply(&end, "451 ");
    end = letters_run(BETA, &mail, NOW + 22 * HOUR - 1);
    letters_expect_reply(&end, "451 ");
    end = letters_run(BETA, &mail, NOW + 22 * HOUR);
    letters_expect_reply(&end, "250 ");
    c = letters_data(letters_receipt("errore-consegna"));
    assert_int_equal(c.type, TYPE_NON_DELIVERY);
    assert_int_equal(c.error, CERTIFIED_OTHER);
    assert_non_null(strstr(c.detail, " - Beta PEC S.r.l. - "));
    assert_int_equal(letters_arrived(), 2); /* the take-charge, once */
}

/* 2.2.3, decided points: what is no PEC envelope and is refused by all its mailboxes gets their answer. */
static void ordinary_mail_that_every_mailbox_refuses(void **state)
{
    const char *text = SUBMITTED("carlo@posta.example", "unknown@beta.example", "");
    const struct mail mail = world_mail(POINT_INCOMING, "carlo@posta.example", world_text(text), "unknown@beta.example", NULL);
    struct journey_end end = letters_run(BETA, &mail, NOW);

    (void)state;
    letters_expect_reply(&end, "550 5.1.1 ");
    assert_int_equal(letters_arrived(), 0);
}

/* No report goes to nobody. */
static void ordinary_mail_from_nobody_that_a_mailbox_refuses(void **state)
{
    const char *text = SUBMITTED("carlo@posta.example", "anna@beta.example", "");
    const struct mail mail = world_mail(POINT_INCOMING, "", world_text(text), "anna@beta.example", "unknown@beta.example", NULL);
    struct journey_end end = letters_run(BETA, &mail, NOW);

    (void)state;
    letters_expect_reply(&end, "250 ");
    assert_int_equal(letters_arrived(), 1);
}

/* 3.3.2: a provider's receipt to a mailbox that is not there is logged, 250: it must not come back. */
static void a_receipt_for_nobody(void **state)
{
    struct mail mail = letters_envelope("anna@beta.example", NULL);
    struct journey_end end;

    (void)state;
    world_pass(BETA, &mail);
    mail = world_mail(POINT_INCOMING, "posta-certificata@beta.example", letters_receipt("avvenuta-consegna"), "unknown@alfa.example", NULL);
    world_forget_deliveries();
    end = letters_run(ALFA, &mail, NOW);
    letters_expect_reply(&end, "250 ");
    assert_int_equal(letters_arrived(), 0);
}

/* --- dependencies ----------------------------------------------------------------------------------------------------------- */

/* 3.1.3: nothing passes unscanned. */
static void an_antivirus_that_is_out_defers(void **state)
{
    const struct mail mail = letters_submission("anna@beta.example", NULL);
    struct journey_end end;

    (void)state;
    atomic_store(&world.sinks.board->is_out[SINK_SCANNER], true);
    end = letters_run(ALFA, &mail, NOW);
    letters_expect_reply(&end, "451 ");
    assert_int_equal(letters_arrived(), 0);
    atomic_store(&world.sinks.board->is_out[SINK_SCANNER], false);
    end = letters_run(ALFA, &mail, NOW);
    letters_expect_reply(&end, "250 ");
}

/* 2.2.1: without the index nobody knows who is certified. */
static void an_index_that_is_missing_defers(void **state)
{
    const struct mail mail = letters_submission("anna@beta.example", NULL);
    struct journey_end end;

    (void)state;
    assert_int_equal(pki_shell("mv state/alfa/run/index.snapshot aside"), 0);
    end = letters_run(ALFA, &mail, NOW);
    letters_expect_reply(&end, "451 ");
    assert_int_equal(letters_arrived(), 0);
    assert_int_equal(pki_shell("mv aside state/alfa/run/index.snapshot"), 0);
    end = letters_run(ALFA, &mail, NOW);
    letters_expect_reply(&end, "250 ");
}

static void a_quarantine_that_cannot_be_written_defers(void **state)
{
    const char *text = SUBMITTED("mario@alfa.example", "anna@beta.example", "X-Load: INFECTED\n");
    const struct mail mail = world_mail(POINT_ACCESS, "mario@alfa.example", world_text(text), "anna@beta.example", NULL);
    struct journey_end end;

    (void)state;
    assert_int_equal(pki_shell("rmdir state/alfa/quarantine"), 0);
    end = letters_run(ALFA, &mail, NOW);
    letters_expect_reply(&end, "4");
    assert_int_equal(letters_arrived(), 0);
    assert_int_equal(pki_shell("mkdir state/alfa/quarantine"), 0);
    end = letters_run(ALFA, &mail, NOW);
    letters_expect_reply(&end, "250 ");
    assert_int_equal(letters_arrived(), 1);
}

/* --- the same message, and others ------------------------------------------------------------------------------------------- */

/* A second delivery of a message that is in hand gets 451. */
static void a_message_in_other_hands(void **state)
{
    const struct mail mail = letters_submission("anna@beta.example", NULL);
    const struct journey journey = { .site = ALFA, .mail = &mail, .now = NOW, .is_in_other_hands = true };
    struct journey_end end = world_run(&journey);

    (void)state;
    letters_expect_reply(&end, "451 ");
    assert_int_equal(letters_arrived(), 0);
}

/* Another MTA's second sending of an envelope, with its own trace on top, is the same message. */
static void an_envelope_that_comes_twice(void **state)
{
    struct mail mail = letters_envelope("anna@beta.example", NULL);
    struct journey_end first = letters_run(BETA, &mail, NOW), second;
    size_t count = letters_arrived();

    (void)state;
    letters_expect_reply(&first, "250 ");
    mail.ident = "4ZyOther";
    mail.bytes = slice_of(arena_printf(world.arena, "Received: from elsewhere\r\n\tby beta.example; Tue, 24 Nov 2026 09:00:00 +0100\r\n%.*s",
                                       (int)mail.bytes.size, mail.bytes.data));
    second = letters_run(BETA, &mail, NOW + HOUR);
    assert_string_equal(second.reply, first.reply);
    assert_int_equal(letters_arrived(), count);
}

/* Ordinary mail that is sent twice is two messages. */
static void ordinary_mail_that_is_sent_twice(void **state)
{
    const struct mail first = letters_ordinary("4ZxOne"), second = letters_ordinary("4ZxTwo");
    struct journey_end end = letters_run(BETA, &first, NOW);

    (void)state;
    letters_expect_reply(&end, "250 ");
    end = letters_run(BETA, &second, NOW);
    letters_expect_reply(&end, "250 ");
    assert_int_equal(letters_arrived(), 2);
}

/* After some crashes by one message a copy of it is kept, and 554 is said. */
static void a_message_that_kills_its_workers(void **state)
{
    const struct mail mail = letters_submission("anna@beta.example", NULL);
    struct journal_request crashed = { .verb = JOURNAL_CRASHED, .time = NOW };
    struct journey_end end;
    glob_t kept;

    (void)state;
    world_key(ALFA, &mail, crashed.key);
    for (uint32_t i = 1; i < WORLD_CRASHES_MAX; i++)
        assert_int_equal(world_ask(ALFA, &crashed).number, i);
    world_keep();
    end = letters_run(ALFA, &mail, NOW);
    letters_expect_reply(&end, "250 ");
    world_restore();
    world_ask(ALFA, &crashed);
    end = letters_run(ALFA, &mail, NOW);
    letters_expect_reply(&end, "554 ");
    assert_int_equal(letters_arrived(), 0);
    assert_int_equal(glob(pki_path("state/alfa/spool/poisoned-*.eml"), 0, NULL, &kept), 0);
    assert_int_equal(kept.gl_pathc, 1);
    globfree(&kept);
}

/* --- bytes ------------------------------------------------------------------------------------------------------------------ */

/* Decided points: bare LF is 5xx on both; bare CR is 554 at the incoming point, and a user's mistake at the access point. */
static void line_ends_that_no_message_may_have(void **state)
{
    struct mail submitted = letters_submission("anna@beta.example", NULL), foreign = letters_ordinary("4Zx");
    struct journey_end end;

    (void)state;
    submitted.bare_lf = foreign.bare_lf = true;
    end = letters_run(ALFA, &submitted, NOW);
    letters_expect_reply(&end, "554 ");
    end = letters_run(BETA, &foreign, NOW);
    letters_expect_reply(&end, "554 ");
    submitted.bare_lf = foreign.bare_lf = false;
    submitted.bare_cr = foreign.bare_cr = true;
    end = letters_run(BETA, &foreign, NOW);
    letters_expect_reply(&end, "554 ");
    assert_int_equal(letters_arrived(), 0);
    end = letters_run(ALFA, &submitted, NOW);
    letters_expect_reply(&end, "250 ");
    assert_int_equal(letters_data(letters_receipt("non-accettazione")).type, TYPE_NON_ACCEPTANCE);
    assert_int_equal(letters_arrived(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_recipient_that_the_relay_defers_keeps_the_envelope_back, world_begin_test),
        cmocka_unit_test_setup(a_relay_that_is_out_defers, world_begin_test),
        cmocka_unit_test_setup(a_relay_that_refuses_every_recipient, world_begin_test),
        cmocka_unit_test_setup(reverse_paths_and_envelope_ids, world_begin_test),
        cmocka_unit_test_setup(mailboxes_that_are_out_hold_no_acceptance_back, world_begin_test),
        cmocka_unit_test_setup(a_mailbox_that_defers_keeps_only_itself_waiting, world_begin_test),
        cmocka_unit_test_setup(an_envelope_for_many_mailboxes_yields_all_its_receipts, world_begin_test),
        cmocka_unit_test_setup(a_mailbox_that_defers_for_too_long_is_given_up, world_begin_test),
        cmocka_unit_test_setup(ordinary_mail_that_every_mailbox_refuses, world_begin_test),
        cmocka_unit_test_setup(ordinary_mail_from_nobody_that_a_mailbox_refuses, world_begin_test),
        cmocka_unit_test_setup(a_receipt_for_nobody, world_begin_test),
        cmocka_unit_test_setup(an_antivirus_that_is_out_defers, world_begin_test),
        cmocka_unit_test_setup(an_index_that_is_missing_defers, world_begin_test),
        cmocka_unit_test_setup(a_quarantine_that_cannot_be_written_defers, world_begin_test),
        cmocka_unit_test_setup(a_message_in_other_hands, world_begin_test),
        cmocka_unit_test_setup(an_envelope_that_comes_twice, world_begin_test),
        cmocka_unit_test_setup(ordinary_mail_that_is_sent_twice, world_begin_test),
        cmocka_unit_test_setup(a_message_that_kills_its_workers, world_begin_test),
        cmocka_unit_test_setup(line_ends_that_no_message_may_have, world_begin_test),
    };

    return cmocka_run_group_tests(tests, world_begin, world_end);
}

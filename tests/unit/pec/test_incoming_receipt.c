/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is done about receipts and notices of other providers (RFC 6109 2.2.2, 3.1.6, 3.2.4) and about bounces of our own (3.3.3).
 */
#include "foreign.h"

#include <string.h>

#define MAILBOX "mario@alfa.example"
#define SERVICE "ricevute@pec.alfa.example"

static struct plan decide(struct arena *arena, const char *type, const char *extra, const char *to)
{
    struct incoming_facts facts = foreign_facts();

    return foreign_decide(arena, to, foreign_receipt(arena, type, extra), &facts);
}

/* 2.2.2, 2.2.3: to the mailbox, unchanged, and nothing comes of it. */
static void test_every_type_is_passed_on(void **state)
{
    for (int type = 0; type < TYPE_NONE; type++) {
        struct plan plan;

        if (type == TYPE_TRANSPORT)
            continue;
        plan = decide(*state, certified_type_words[type], "", MAILBOX);
        assert_int_equal(plan.verdict, VERDICT_RECEIPT);
        assert_int_equal(plan.step_count, 1);
        assert_int_equal(plan.steps[0].role, ROLE_PASS);
        assert_string_equal(plan.steps[0].sender, "luigi@beta.example");
        assert_int_equal(plan.steps[0].recipient_count, 1);
        assert_string_equal(plan.steps[0].recipients[0], MAILBOX);
        assert_int_equal(plan.release_count, 0);
        assert_string_equal(plan.about.pec_id, FOREIGN_ABOUT);
    }
}

static void test_to_each_mailbox_a_step(void **state)
{
    struct plan plan = decide(*state, "avvenuta-consegna", "<consegna>anna@beta.example</consegna>", MAILBOX " gina@alfa.example");

    assert_int_equal(plan.step_count, 2);
    assert_string_equal(plan.steps[1].recipients[0], "gina@alfa.example");
    assert_int_equal(plan.release_count, 1);
}

/* 3.1.6: what ends which waiting. Only from who manages the recipient's domain. */
static const struct {
    const char *name, *type, *extra;
    size_t count;
    const char *address;
    bool is_final;
} releases[] = {
    { "a take-charge calls off the first notice", "presa-in-carico", "<ricezione>anna@beta.example</ricezione>", 1, "anna@beta.example", false },
    { "for each recipient that it names", "presa-in-carico", "<ricezione>anna@beta.example</ricezione><ricezione>bruno@beta.example</ricezione>", 2,
      "anna@beta.example", false },
    { "a delivery ends the waiting", "avvenuta-consegna", "<consegna>anna@beta.example</consegna>", 1, "anna@beta.example", true },
    { "a non-delivery ends it as well", "errore-consegna", "<consegna>anna@beta.example</consegna>", 1, "anna@beta.example", true },
    { "a take-charge for a domain of somebody else's", "presa-in-carico", "<ricezione>anna@gamma.example</ricezione>", 0, NULL, false },
    { "a delivery for a domain of somebody else's", "avvenuta-consegna", "<consegna>anna@gamma.example</consegna>", 0, NULL, false },
    { "a delivery that names nobody", "avvenuta-consegna", "", 0, NULL, false },
    { "an acceptance", "accettazione", "", 0, NULL, false },
    { "a timeout notice", "preavviso-errore-consegna", "<consegna>anna@beta.example</consegna>", 0, NULL, false },
};

static void test_what_ends_the_waiting(void **state)
{
    for (size_t i = 0; i < COUNT(releases); i++) {
        struct plan plan = decide(*state, releases[i].type, releases[i].extra, MAILBOX);

        if (plan.release_count != releases[i].count)
            fail_msg("%s: %zu", releases[i].name, plan.release_count);
        if (!releases[i].count)
            continue;
        fixture_same_text(releases[i].name, plan.releases[0].pec_id, FOREIGN_ABOUT);
        fixture_same_text(releases[i].name, plan.releases[0].address, releases[i].address);
        assert_int_equal(plan.releases[0].is_final, releases[i].is_final);
    }
}

/* 2.3: the log tells which receipt it was and whom it is about. */
static void test_what_the_log_is_told(void **state)
{
    struct plan plan = decide(*state, "presa-in-carico", "<ricezione>anna@beta.example</ricezione><ricezione>bruno@beta.example</ricezione>", SERVICE);

    assert_string_equal(plan.receipt_id, "<ricevuta-1@pec.beta.example>");
    assert_string_equal(plan.receipt_type, "presa-in-carico");
    assert_int_equal(plan.concerned_count, 2);
    assert_string_equal(plan.concerned[0], "anna@beta.example");
    assert_string_equal(plan.concerned[1], "bruno@beta.example");
    plan = decide(*state, "errore-consegna", "<consegna>anna@beta.example</consegna>", MAILBOX);
    assert_int_equal(plan.concerned_count, 1);
    assert_string_equal(plan.receipt_type, "errore-consegna");
}

#define VIRUS_DETAIL "5.5.1 - Beta PEC S.r.l. - presenza di un virus (Eicar)"

/* 3.2.4: a virus that the receiving provider found becomes a non-delivery for our user. */
static void test_a_virus_detection(void **state)
{
    struct plan plan = decide(*state, "rilevazione-virus", "<consegna>anna@beta.example</consegna><errore-esteso>" VIRUS_DETAIL "</errore-esteso>", SERVICE);
    const struct pec_message *m = &plan.steps[1].message;

    assert_int_equal(plan.step_count, 2);
    assert_int_equal(plan.steps[0].role, ROLE_PASS);
    assert_string_equal(plan.steps[0].recipients[0], SERVICE);
    assert_int_equal(plan.steps[1].role, ROLE_HOME);
    assert_int_equal(m->kind, KIND_NON_DELIVERY_VIRUS);
    assert_int_equal(m->error, CERTIFIED_VIRUS);
    assert_string_equal(m->to, MAILBOX);
    assert_string_equal(plan.steps[1].recipients[0], MAILBOX);
    assert_string_equal(m->recipient, "anna@beta.example");
    assert_string_equal(m->reason, VIRUS_DETAIL);
    assert_string_equal(m->detail, VIRUS_DETAIL);
    assert_int_equal(m->time, FIXTURE_WINTER);
    assert_int_equal(plan.release_count, 1);
    assert_string_equal(plan.releases[0].address, "anna@beta.example");
    assert_true(plan.releases[0].is_final);
}

/* 3.2.4: "the reason the transaction was not completed MUST be specified". */
static void test_a_virus_detection_without_detail(void **state)
{
    struct plan plan = decide(*state, "rilevazione-virus", "<consegna>anna@beta.example</consegna>", SERVICE);

    assert_string_equal(plan.steps[1].message.detail, "5.5.1 - Alfa Certificata S.p.A. - presenza di un virus nel messaggio");
}

/* The text names the virus as its finder did; errore-esteso has the form that providers read. */
static void test_a_virus_detection_that_gives_a_name_alone(void **state)
{
    struct plan plan = decide(*state, "rilevazione-virus", "<consegna>anna@beta.example</consegna><errore-esteso>Eicar</errore-esteso>", SERVICE);

    assert_string_equal(plan.steps[1].message.reason, "Eicar");
    assert_string_equal(plan.steps[1].message.detail, "5.5.1 - Alfa Certificata S.p.A. - presenza di un virus nel messaggio (Eicar)");
}

/* 3.2.4: it is the sender's provider that tells "the sending user". */
static void test_virus_detections_without_consequence(void **state)
{
    struct incoming_facts facts = foreign_facts();
    static const char dati[] = FOREIGN_XML(FOREIGN_DATI("rilevazione-virus", "<consegna>anna@beta.example</consegna>"));
    const struct foreign of_a_stranger = { .mark = "X-Ricevuta: rilevazione-virus\r\n", .parts = dati };
    struct signer_facts ourselves = foreign_signer;
    struct plan plan = decide(*state, "rilevazione-virus", "<consegna>anna@gamma.example</consegna>", SERVICE);

    /* From one who does not manage the recipient's domain; about nobody; about a message that no user of ours has sent; one of our own that
     * came by the queue (it had its consequence). */
    assert_int_equal(plan.step_count, 1);
    assert_int_equal(foreign_decide(*state, SERVICE, foreign_message(*state, &of_a_stranger), &facts).step_count, 1);
    assert_int_equal(decide(*state, "rilevazione-virus", "", SERVICE).step_count, 1);
    ourselves.mail_receipt = SERVICE;
    facts.signer = &ourselves;
    plan = foreign_decide(*state, SERVICE, foreign_receipt(*state, "rilevazione-virus", "<consegna>anna@beta.example</consegna>"), &facts);
    assert_int_equal(plan.step_count, 1);
    assert_int_equal(plan.release_count, 0);
}

/* 2.2.2 holds envelopes back; a receipt holds our own user's message, and a lost one loses a case: no virus stops it. */
static void test_a_receipt_is_never_held_back(void **state)
{
    struct incoming_facts facts = foreign_facts();
    struct plan plan;

    facts.virus = "Eicar";
    plan = foreign_decide(*state, MAILBOX, foreign_receipt(*state, "avvenuta-consegna", "<consegna>anna@beta.example</consegna>"), &facts);
    assert_int_equal(plan.verdict, VERDICT_RECEIPT);
    assert_int_equal(plan.steps[0].role, ROLE_PASS);
}

/* --- bounces ---------------------------------------------------------------------------------------------------------------- */

static struct plan decide_bounce(struct arena *arena, struct bounced *recipients, const bool *open, size_t count)
{
    struct transaction *about = arena_alloc(arena, sizeof *about);
    struct bounce *report = arena_alloc(arena, sizeof *report);
    struct incoming_facts facts = foreign_facts();
    struct bounce_facts bounce = { .report = report, .about = about, .open = open };
    struct signer_facts none = { .state = SIGNER_ABSENT };

    *about = fixture_transaction(arena);
    *report = (struct bounce){ .envid = "x", .recipients = recipients, .recipient_count = count };
    facts.bounce = &bounce;
    facts.signer = &none;
    facts.policy = POLICY_REJECT; /* a bounce of ours is no ordinary mail */
    facts.virus = "x";
    return foreign_decide(arena, MAILBOX, SLICE("From: MAILER-DAEMON\r\nSubject: Undelivered\r\n\r\nx\r\n"), &facts);
}

static const bool all_open[] = { true, true, true, true };

/* 2.2.2, 3.3.3: SMTP's error is returned to the user. */
static void test_a_bounce_becomes_a_non_delivery(void **state)
{
    struct bounced recipients[] = {
        { .address = "anna@beta.example", .status = "5.1.1", .diagnostic = "no such user", .failed = true },
        { .address = "ugo@posta.example", .status = "5.4.4", .diagnostic = "no host", .failed = true },
    };
    struct plan plan = decide_bounce(*state, recipients, all_open, 2);
    const struct pec_message *m = &plan.steps[0].message;

    assert_int_equal(plan.verdict, VERDICT_BOUNCE);
    assert_null(plan.reason);
    assert_int_equal(plan.step_count, 2);
    assert_int_equal(plan.steps[0].role, ROLE_HOME);
    assert_int_equal(m->kind, KIND_NON_DELIVERY);
    assert_string_equal(m->to, "mario@alfa.example");
    assert_string_equal(m->recipient, "anna@beta.example");
    assert_int_equal(m->error, CERTIFIED_NO_RECIPIENT);
    assert_string_equal(m->detail, "5.1.1 - Alfa Certificata S.p.A. - indirizzo non valido");
    assert_string_equal(m->reason, m->detail);
    assert_int_equal(plan.steps[1].message.error, CERTIFIED_NO_DOMAIN);
    assert_int_equal(plan.release_count, 2);
    assert_string_equal(plan.releases[1].address, "ugo@posta.example");
    assert_true(plan.releases[1].is_final);
    assert_int_equal(plan.concerned_count, 2);
    assert_string_equal(plan.about.pec_id, fixture_transaction(*state).pec_id);
}

/* Delayed, closed already, unknown: nothing is told, the bounce is settled. */
static void test_bounces_that_tell_nothing(void **state)
{
    static const bool closed[] = { false };
    struct bounced delayed[] = { { .address = "anna@beta.example", .status = "4.4.1", .diagnostic = "" } };
    struct bounced failed[] = { { .address = "anna@beta.example", .status = "5.1.1", .diagnostic = "", .failed = true } };
    struct bounced unknown[] = { { .address = "x@y.example", .status = "5.1.1", .diagnostic = "", .failed = true } };

    assert_int_equal(decide_bounce(*state, delayed, all_open, 1).step_count, 0);
    assert_int_equal(decide_bounce(*state, failed, closed, 1).step_count, 0);
    assert_int_equal(decide_bounce(*state, unknown, all_open, 1).step_count, 0);
    assert_int_equal(decide_bounce(*state, NULL, all_open, 0).step_count, 0);
    assert_true(plan_is_done(&(struct plan){ .step_count = 0 }));
}

/* The recipient that we wait for is the one that we sent to, whatever address the mail system made of it. */
static void test_a_bounce_by_the_original_recipient(void **state)
{
    struct bounced recipients[] = { { .address = "anna@interno.beta.example", .original = "Anna@Beta.example", .status = "5.2.2", .diagnostic = "",
                                      .failed = true } };
    struct plan plan = decide_bounce(*state, recipients, all_open, 1);

    assert_int_equal(plan.step_count, 1);
    assert_string_equal(plan.steps[0].message.recipient, "anna@beta.example");
    assert_string_equal(plan.releases[0].address, "anna@beta.example");
    assert_int_equal(plan.steps[0].message.error, CERTIFIED_OTHER);
}

static void test_a_recipient_named_twice_is_told_of_once(void **state)
{
    struct bounced recipients[] = {
        { .address = "anna@beta.example", .status = "5.1.1", .diagnostic = "", .failed = true },
        { .address = "ANNA@beta.example", .status = "5.2.2", .diagnostic = "", .failed = true },
        { .address = "a@b", .original = "anna@beta.example", .status = "5.2.2", .diagnostic = "", .failed = true },
    };
    struct plan plan = decide_bounce(*state, recipients, all_open, 3);

    assert_int_equal(plan.step_count, 1);
    assert_int_equal(plan.release_count, 1);
    assert_string_equal(plan.steps[0].message.detail, "5.1.1 - Alfa Certificata S.p.A. - indirizzo non valido");
}

static void test_the_bounce_of_a_receipt_is_logged_and_that_is_all(void **state)
{
    struct bounce report = { .envid = "x" };
    const struct bounce_facts bounce = { .is_of_receipt = true, .report = &report };
    struct incoming_facts facts = foreign_facts();
    struct plan plan;

    facts.bounce = &bounce;
    plan = foreign_decide(*state, MAILBOX, SLICE("Subject: Undelivered\r\n\r\nx\r\n"), &facts);
    assert_int_equal(plan.verdict, VERDICT_BOUNCE_OF_RECEIPT);
    assert_int_equal(plan.step_count, 0);
    assert_int_equal(plan.release_count, 0);
    assert_null(plan.refusal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_type_is_passed_on, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_to_each_mailbox_a_step, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_ends_the_waiting, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_what_the_log_is_told, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_virus_detection, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_virus_detection_without_detail, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_virus_detection_that_gives_a_name_alone, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_virus_detections_without_consequence, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_receipt_is_never_held_back, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_bounce_becomes_a_non_delivery, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_bounces_that_tell_nothing, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_bounce_by_the_original_recipient, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_recipient_named_twice_is_told_of_once, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_bounce_of_a_receipt_is_logged_and_that_is_all, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec incoming receipt", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is done about correct envelopes (RFC 6109 2.2.2, 3.2.1, 3.2.3, 3.3), also between users of one provider (3.4).
 */
#include "foreign.h"

#include <string.h>

#define ID(n) "opec3.20260115113000." FIXTURE_SEED "." n "@pec.alfa.example"
#define BOTH "mario@alfa.example gina@alfa.example"

static struct plan decide(struct arena *arena, struct foreign f, const char *recipients, const char *virus)
{
    struct incoming_facts facts = foreign_facts();

    facts.virus = virus;
    return foreign_decide(arena, recipients, foreign_message(arena, &f), &facts);
}

/* 3.2.1: one take-charge for the message, to the sender's provider, with all our recipients in it. */
static void check_take_charge(const struct step *step, enum step_role role, const char *to)
{
    assert_int_equal(step->role, role);
    assert_int_equal(step->message.kind, KIND_TAKE_CHARGE);
    assert_string_equal(step->message.to, to);
    assert_int_equal(step->recipient_count, 1);
    assert_string_equal(step->recipients[0], to);
    assert_string_equal(step->sender, fixture_provider.address);
    assert_int_equal(step->message.taken_count, 2);
    assert_string_equal(step->message.taken[0], "mario@alfa.example");
    assert_string_equal(step->message.taken[1], "gina@alfa.example");
    assert_null(step->message.recipient);
    assert_int_equal(step->message.time, FIXTURE_WINTER);
}

/* 2.2.2: taken in charge and forwarded to the delivery point. */
static void test_a_correct_envelope(void **state)
{
    struct plan plan = decide(*state, (struct foreign){ 0 }, BOTH, NULL);

    assert_int_equal(plan.point, POINT_INCOMING);
    assert_int_equal(plan.verdict, VERDICT_ENVELOPE);
    assert_int_equal(plan.step_count, 3);
    check_take_charge(&plan.steps[0], ROLE_ABROAD, "ricevute@pec.beta.example");
    assert_string_equal(plan.steps[0].message.id, ID("1"));
    for (size_t i = 1; i < 3; i++) {
        const struct step *step = &plan.steps[i];

        assert_int_equal(step->role, ROLE_DELIVERY);
        assert_string_equal(step->sender, "luigi@beta.example"); /* routing data stay as they are */
        assert_int_equal(step->recipient_count, 1);
        assert_string_equal(step->recipients[0], i == 1 ? "mario@alfa.example" : "gina@alfa.example");
    }
    /* 3.3.2.1: complete for To, concise for Cc. */
    assert_int_equal(plan.steps[1].message.kind, KIND_DELIVERY_COMPLETE);
    assert_int_equal(plan.steps[2].message.kind, KIND_DELIVERY_CONCISE);
}

/* 4.4, "parsing MUST be done on the XML part only": what is certified comes from daticert.xml, not from the header. */
static void test_the_facts_of_an_envelope(void **state)
{
    struct plan plan = decide(*state, (struct foreign){ .more = "Reply-To: falso@x.example\r\n" }, BOTH, NULL);

    assert_string_equal(plan.about.pec_id, FOREIGN_ID);
    assert_string_equal(plan.about.msgid, "<luigi-1@studio.example>");
    assert_string_equal(plan.about.sender, "luigi@beta.example");
    assert_string_equal(plan.about.reply_to, "studio@beta.example");
    assert_string_equal(plan.about.subject, "Convocazione");
    assert_string_equal(plan.about.provider, "Beta PEC S.r.l.");
    assert_int_equal(plan.about.recipient_count, 2);
    assert_string_equal(plan.reverse_path, "luigi@beta.example");
    assert_false(plan.sender_is_home);
    assert_false(plan.is_tracked);
    assert_int_equal(plan.release_count, 0);
    assert_null(plan.reason);
    assert_null(plan.refusal);
    assert_int_equal(plan.time, FIXTURE_WINTER);
}

#define ORIGINAL_TO(fields) FOREIGN_ENVELOPE_XML FOREIGN_ORIGINAL_OF(fields, "Message-ID: <" FOREIGN_ID ">\r\n")

/* 3.3.2.1-3.3.2.3: the receipt of mario@alfa.example, by To and Cc of the original and the form asked for. */
static const struct {
    const char *name, *parts, *form;
    enum message_kind kind;
} receipts[] = {
    { "in To", ORIGINAL_TO("To: mario@alfa.example\r\n"), NULL, KIND_DELIVERY_COMPLETE },
    { "in Cc", ORIGINAL_TO("To: x@y.example\r\nCc: mario@alfa.example\r\n"), NULL, KIND_DELIVERY_CONCISE },
    { "in both", ORIGINAL_TO("To: mario@alfa.example\r\nCc: mario@alfa.example\r\n"), NULL, KIND_DELIVERY_COMPLETE },
    { "in neither", ORIGINAL_TO("To: x@y.example\r\n"), NULL, KIND_DELIVERY_COMPLETE },
    { "in Cc, in another case", ORIGINAL_TO("To: x@y.example\r\nCc: MARIO@Alfa.Example\r\n"), NULL, KIND_DELIVERY_CONCISE },
    { "in Cc within a group, with a name", ORIGINAL_TO("To: x@y.example\r\nCc: Altri: \"Rossi, M\" <mario@alfa.example>;\r\n"), NULL, KIND_DELIVERY_CONCISE },
    { "in a comment of To only", ORIGINAL_TO("To: x@y.example (mario@alfa.example)\r\nCc: mario@alfa.example\r\n"), NULL, KIND_DELIVERY_CONCISE },
    { "in Cc, but To cannot be read: ambiguous", ORIGINAL_TO("To: x@y.example, ??\r\nCc: mario@alfa.example\r\n"), NULL, KIND_DELIVERY_COMPLETE },
    { "in a Cc that cannot be read to its end", ORIGINAL_TO("To: x@y.example\r\nCc: mario@alfa.example, ??\r\n"), NULL, KIND_DELIVERY_CONCISE },
    { "no To and no Cc", ORIGINAL_TO(""), NULL, KIND_DELIVERY_COMPLETE },
    { "in the second of two Cc fields", ORIGINAL_TO("To: x@y.example\r\nCc: z@y.example\r\nCc: mario@alfa.example\r\n"), NULL, KIND_DELIVERY_CONCISE },
    { "brief, in To", ORIGINAL_TO("To: mario@alfa.example\r\n"), "breve", KIND_DELIVERY_BRIEF },
    { "brief, in Cc", ORIGINAL_TO("To: x@y.example\r\nCc: mario@alfa.example\r\n"), "breve", KIND_DELIVERY_CONCISE },
    { "brief, in neither", ORIGINAL_TO("To: x@y.example\r\n"), "breve", KIND_DELIVERY_BRIEF },
    { "concise, in To", ORIGINAL_TO("To: mario@alfa.example\r\n"), "sintetica", KIND_DELIVERY_CONCISE },
    { "concise, in Cc", ORIGINAL_TO("To: x@y.example\r\nCc: mario@alfa.example\r\n"), "sintetica", KIND_DELIVERY_CONCISE },
    { "complete, in To", ORIGINAL_TO("To: mario@alfa.example\r\n"), "completa", KIND_DELIVERY_COMPLETE },
    { "an unknown form, in To", ORIGINAL_TO("To: mario@alfa.example\r\n"), "telegrafica", KIND_DELIVERY_COMPLETE },
};

static void test_which_receipt_a_recipient_yields(void **state)
{
    for (size_t i = 0; i < COUNT(receipts); i++) {
        struct slice more = receipts[i].form ? fixture_format(*state, "X-TipoRicevuta: %s\r\n", receipts[i].form) : SLICE("");
        struct plan plan = decide(*state, (struct foreign){ .parts = receipts[i].parts, .more = more.data }, "mario@alfa.example", NULL);

        assert_int_equal(plan.verdict, VERDICT_ENVELOPE);
        if (plan.steps[1].message.kind != receipts[i].kind)
            fail_msg("%s: %s", receipts[i].name, kind_names[plan.steps[1].message.kind]);
    }
}

/* 3.3.2.1: "in case the system ... is not able to determine the recipient type". */
static void test_a_to_field_beyond_all_measure_is_ambiguous(void **state)
{
    struct slice to = fixture_repeat(*state, "a@b.example,\r\n ", 20001);
    struct slice parts = fixture_format(*state, FOREIGN_ENVELOPE_XML FOREIGN_ORIGINAL_OF("To: %sx@y.example\r\nCc: mario@alfa.example\r\n",
                                        "Message-ID: <" FOREIGN_ID ">\r\n"), to.data);
    struct plan plan = decide(*state, (struct foreign){ .parts = parts.data }, "mario@alfa.example", NULL);

    assert_int_equal(plan.steps[1].message.kind, KIND_DELIVERY_COMPLETE);
}

/* 3.2.3: kept, taken in charge, one notice for each recipient to the sender's provider; nothing is delivered. */
static void test_an_infected_envelope(void **state)
{
    struct plan plan = decide(*state, (struct foreign){ 0 }, BOTH, "Eicar-Test");

    assert_int_equal(plan.verdict, VERDICT_ENVELOPE_VIRUS);
    assert_string_equal(plan.reason, "Eicar-Test");
    assert_int_equal(plan.step_count, 4);
    assert_int_equal(plan.steps[0].role, ROLE_QUARANTINE);
    check_take_charge(&plan.steps[1], ROLE_ABROAD, "ricevute@pec.beta.example");
    for (size_t i = 2; i < 4; i++) {
        const struct pec_message *m = &plan.steps[i].message;

        assert_int_equal(plan.steps[i].role, ROLE_ABROAD);
        assert_int_equal(m->kind, KIND_VIRUS_DETECTION);
        assert_int_equal(m->error, CERTIFIED_VIRUS);
        assert_string_equal(m->to, "ricevute@pec.beta.example");
        assert_string_equal(m->recipient, i == 2 ? "mario@alfa.example" : "gina@alfa.example");
        assert_string_equal(m->reason, "Eicar-Test");
        assert_string_equal(m->detail, "5.5.1 - Alfa Certificata S.p.A. - presenza di un virus nel messaggio (Eicar-Test)");
    }
    assert_int_equal(plan.release_count, 0);
}

/* --- sender and recipient of one provider (3.4) ----------------------------------------------------------------------------- */

static const struct signer_facts ourselves = { .state = SIGNER_GOOD, .has_from = true, .is_listed = true, .name = "Alfa Certificata S.p.A.",
                                               .mail_receipt = "ricevute@pec.alfa.example" };

static struct plan decide_own(struct arena *arena, const char *virus)
{
    static const char parts[] = FOREIGN_XML(
        "<postacert tipo=\"posta-certificata\"><intestazione><mittente>nino@alfa.example</mittente><destinatari>mario@alfa.example</destinatari>"
        "<destinatari>gina@alfa.example</destinatari><risposte>nino@alfa.example</risposte></intestazione><dati><gestore-emittente>A</gestore-emittente>"
        "<data zona=\"+0100\"><giorno>15/01/2026</giorno><ora>11:29:00</ora></data><identificativo>" FOREIGN_ID "</identificativo></dati></postacert>\r\n")
        FOREIGN_ORIGINAL;
    const struct foreign f = { .parts = parts };
    struct incoming_facts facts = foreign_facts();

    facts.signer = &ourselves;
    facts.virus = virus;
    return foreign_decide(arena, BOTH, foreign_message(arena, &f), &facts);
}

/* 2.2.5, 3.4: the take-charge goes straight to our own service mailbox; since it never comes back, it calls off the first notice here. */
static void test_an_envelope_of_our_own(void **state)
{
    struct plan plan = decide_own(*state, NULL);

    assert_true(plan.sender_is_home);
    check_take_charge(&plan.steps[0], ROLE_HOME, "ricevute@pec.alfa.example");
    assert_int_equal(plan.release_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(plan.releases[i].pec_id, FOREIGN_ID);
        assert_string_equal(plan.releases[i].address, i ? "gina@alfa.example" : "mario@alfa.example");
        assert_false(plan.releases[i].is_final);
    }
    assert_int_equal(plan.steps[1].role, ROLE_DELIVERY);
    assert_int_equal(plan.steps[2].role, ROLE_DELIVERY);
}

/* 3.2.4: the virus notices do not come back either, so the non-deliveries follow at once. */
static void test_an_infected_envelope_of_our_own(void **state)
{
    struct plan plan = decide_own(*state, "Eicar-Test");

    assert_int_equal(plan.step_count, 6);
    assert_int_equal(plan.steps[0].role, ROLE_QUARANTINE);
    check_take_charge(&plan.steps[1], ROLE_HOME, "ricevute@pec.alfa.example");
    for (size_t i = 0; i < 2; i++) {
        const struct step *notice = &plan.steps[2 + 2 * i], *told = &plan.steps[3 + 2 * i];
        const char *recipient = i ? "gina@alfa.example" : "mario@alfa.example";

        assert_int_equal(notice->role, ROLE_HOME);
        assert_int_equal(notice->message.kind, KIND_VIRUS_DETECTION);
        assert_string_equal(notice->message.recipient, recipient);
        assert_int_equal(told->role, ROLE_HOME);
        assert_int_equal(told->message.kind, KIND_NON_DELIVERY_VIRUS);
        assert_string_equal(told->message.to, "nino@alfa.example");
        assert_string_equal(told->message.recipient, recipient);
        assert_int_equal(told->message.error, CERTIFIED_VIRUS);
        assert_string_equal(told->message.reason, "Eicar-Test");
        assert_string_equal(told->message.detail, notice->message.detail);
        assert_string_equal(plan.releases[2 + i].address, recipient);
        assert_true(plan.releases[2 + i].is_final);
    }
    assert_int_equal(plan.release_count, 4);
}

/* 2.2.1: "unambiguous". */
static void test_ids_are_all_different(void **state)
{
    struct plan plan = decide_own(*state, "Eicar-Test");

    for (size_t i = 1; i < plan.step_count; i++)
        for (size_t j = 1; j < i; j++)
            assert_string_not_equal(plan.steps[i].message.id, plan.steps[j].message.id);
}

static void test_without_budget(void **state)
{
    const struct foreign good = { 0 };
    struct incoming in = foreign_read(*state, BOTH, foreign_message(*state, &good));
    struct incoming_facts facts = foreign_facts();
    struct judgement j;
    bool is_done = false;

    facts.virus = "x";
    assert_int_equal(incoming_judge(&in, &foreign_signer, *state, &j), 0);
    for (size_t budget = 16; !is_done; budget += 53) {
        struct arena *small = arena_new(budget);
        struct plan plan;
        int result = incoming_decide(&fixture_provider, &in, &j, &facts, small, &plan);

        assert_true((result == 0 && plan.step_count == 4) || result == ERROR_BUDGET);
        is_done = result == 0;
        arena_free(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_correct_envelope, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_facts_of_an_envelope, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_which_receipt_a_recipient_yields, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_to_field_beyond_all_measure_is_ambiguous, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_infected_envelope, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_envelope_of_our_own, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_infected_envelope_of_our_own, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_ids_are_all_different, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_without_budget, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec incoming envelope", tests, NULL, NULL);
}

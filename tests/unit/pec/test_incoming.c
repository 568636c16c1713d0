/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is done about mail that is no correct PEC message (RFC 6109 2.2.2, 3.2.2): wrapped, or by policy refused or thrown away.
 */
#include "foreign.h"

#include <string.h>

#define BOTH "mario@alfa.example gina@alfa.example"

static const struct signer_facts nobody = { .state = SIGNER_ABSENT };
static const char ordinary[] = "From: X <x@altrove.example>\r\nTo: mario@alfa.example\r\nSubject: Ciao\r\nMessage-ID: <z@altrove.example>\r\n\r\nciao\r\n";

static struct plan decide_ordinary(struct arena *arena, enum ordinary_policy policy, const char *virus)
{
    struct incoming_facts facts = foreign_facts();

    facts.signer = &nobody;
    facts.policy = policy;
    facts.virus = virus;
    return foreign_decide(arena, BOTH, slice_of(ordinary), &facts);
}

static struct plan decide_anomaly(struct arena *arena, enum ordinary_policy policy, const char *virus)
{
    const struct foreign f = { .mark = "" };
    struct incoming_facts facts = foreign_facts();

    facts.policy = policy;
    facts.virus = virus;
    return foreign_decide(arena, BOTH, foreign_message(arena, &f), &facts);
}

/* 3.2.2: one anomaly envelope for all mailboxes, by unaltered paths; it certifies nothing, so there is no receipt. */
static void check_wrapped(const struct plan *plan, enum verdict verdict, const char *reason)
{
    assert_int_equal(plan->verdict, verdict);
    assert_int_equal(plan->step_count, 2);
    fixture_has("reason", slice_of(plan->reason), reason);
    for (size_t i = 0; i < 2; i++) {
        const struct step *step = &plan->steps[i];

        assert_int_equal(step->role, ROLE_WRAPPED);
        assert_int_equal(step->message.kind, KIND_ANOMALY_ENVELOPE);
        assert_string_equal(step->message.id, plan->steps[0].message.id);
        assert_string_equal(step->message.reason, plan->reason);
        assert_string_equal(step->sender, "luigi@beta.example");
        assert_int_equal(step->recipient_count, 1);
        assert_string_equal(step->recipients[0], i ? "gina@alfa.example" : "mario@alfa.example");
        assert_int_equal(step->message.time, FIXTURE_WINTER);
    }
    assert_null(plan->about.pec_id);
    assert_int_equal(plan->release_count, 0);
    assert_false(plan->sender_is_home);
    assert_null(plan->refusal);
}

/* 2.2.2, 3.2.2: "treated as ordinary email". */
static void test_ordinary_mail_is_wrapped(void **state)
{
    struct plan plan = decide_ordinary(*state, POLICY_WRAP, NULL);

    check_wrapped(&plan, VERDICT_ORDINARY, "firma del gestore non è presente");
    assert_string_equal(plan.about.sender, "luigi@beta.example");
    assert_string_equal(plan.about.msgid, "<z@altrove.example>");
    assert_string_equal(plan.about.subject, "Ciao");
    assert_null(plan.about.provider);
}

/* 2.2.2: what a provider signed must be propagated, whatever the policy for ordinary mail. */
static void test_an_anomaly_of_a_provider_is_wrapped_always(void **state)
{
    for (int policy = POLICY_WRAP; policy <= POLICY_DISCARD; policy++) {
        struct plan plan = decide_anomaly(*state, (enum ordinary_policy)policy, NULL);

        check_wrapped(&plan, VERDICT_ANOMALY, "busta di trasporto né una ricevuta");
    }
}

/* 2.2.2: "if propagated"; 3.2.2: "the provider is set to forward it". */
static void test_ordinary_mail_refused_by_policy(void **state)
{
    struct plan plan = decide_ordinary(*state, POLICY_REJECT, NULL);

    assert_int_equal(plan.verdict, VERDICT_REJECTED);
    assert_int_equal(plan.step_count, 0);
    assert_true(slice_starts_nocase(slice_of(plan.refusal), "550 5.7.1 "));
}

static void test_ordinary_mail_thrown_away_by_policy(void **state)
{
    struct plan plan = decide_ordinary(*state, POLICY_DISCARD, NULL);

    assert_int_equal(plan.verdict, VERDICT_DISCARDED);
    assert_int_equal(plan.step_count, 0);
    assert_null(plan.refusal);
}

/* 2.2.2, 2.2.4: infected mail is kept and goes no further; nobody is told, since the sender may be forged. */
static void test_infected_mail_is_kept(void **state)
{
    for (int policy = POLICY_WRAP; policy <= POLICY_DISCARD; policy++) {
        struct plan plans[2];

        plans[0] = decide_ordinary(*state, (enum ordinary_policy)policy, "Eicar");
        plans[1] = decide_anomaly(*state, (enum ordinary_policy)policy, "Eicar");
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(plans[i].verdict, VERDICT_DISCARDED);
            assert_int_equal(plans[i].step_count, 1);
            assert_int_equal(plans[i].steps[0].role, ROLE_QUARANTINE);
            assert_string_equal(plans[i].reason, "Eicar");
            assert_null(plans[i].refusal);
        }
    }
}

/* 3.2.2: each state of the signature has its own reason on the anomaly envelope. */
static void test_the_reason_is_that_of_the_judgement(void **state)
{
    const struct foreign good = { 0 };

    for (int s = SIGNER_ABSENT; s < SIGNER_GOOD; s++) {
        struct signer_facts signer = foreign_signer;
        struct incoming_facts facts = foreign_facts();
        struct plan plan;

        signer.state = (enum signer_state)s;
        facts.signer = &signer;
        plan = foreign_decide(*state, BOTH, foreign_message(*state, &good), &facts);
        check_wrapped(&plan, VERDICT_ORDINARY, "firma");
    }
}

static void test_a_decision_is_pure(void **state)
{
    char *first = NULL;

    for (int i = 0; i < 2; i++) {
        struct plan plan = decide_anomaly(*state, POLICY_WRAP, NULL);
        struct record r = record_writer();
        char *json;

        plan_visit(&r, &plan);
        json = record_finish(&r, *state);
        if (first)
            assert_string_equal(json, first);
        first = json;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ordinary_mail_is_wrapped, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_an_anomaly_of_a_provider_is_wrapped_always, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_ordinary_mail_refused_by_policy, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_ordinary_mail_thrown_away_by_policy, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_infected_mail_is_kept, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_the_reason_is_that_of_the_judgement, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_a_decision_is_pure, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec incoming", tests, NULL, NULL);
}

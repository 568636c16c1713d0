/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Plans that are brought back from their records: the same outcomes have the same consequences.
 */
#include "answers.h"
#include "foreign.h"
#include "pec/event.h"

#define US "ricevute@pec.alfa.example"

enum { SCENES = 6, ROUNDS = 40, OUTCOMES_MAX = 64 };

/* The same numbers at every run. */
static unsigned draw(uint64_t *state, unsigned count)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(*state >> 33) % count;
}

static struct plan accepted(struct arena *arena)
{
    static const bool certified[] = { true, false, true };
    const struct access_facts facts = { .certified = certified, .now = FIXTURE_WINTER, .seed = FIXTURE_SEED, .number = 5 };
    struct submission s;
    struct plan plan;

    assert_int_equal(access_read(fixture_arrival(arena, "mario@alfa.example", "a@beta.example b@posta.example c@gamma.example",
                                                 SLICE("From: mario@alfa.example\r\nTo: a@beta.example\r\n\r\nx\r\n")), arena, &s), 0);
    assert_int_equal(access_decide(&fixture_provider, &s, &facts, arena, &plan), 0);
    return plan;
}

static struct plan scene(unsigned number, struct arena *arena)
{
    static const char *const mailboxes = "mario@alfa.example gina@alfa.example nino@alfa.example pina@alfa.example";
    const struct foreign good = { 0 }, anomaly = { .mark = "" };
    struct incoming_facts facts = foreign_facts();
    struct plan plan;

    facts.virus = number == 3 ? "Eicar" : NULL;
    switch (number) {
    case 0:
        return accepted(arena);
    case 1:
    case 3:
        return foreign_decide(arena, mailboxes, foreign_message(arena, &good), &facts);
    case 2:
        plan = foreign_decide(arena, mailboxes, foreign_message(arena, &good), &facts);
        plan.sender_is_home = true;
        return plan;
    case 4:
        return foreign_decide(arena, mailboxes, foreign_message(arena, &anomaly), &facts);
    default:
        return foreign_decide(arena, US, foreign_receipt(arena, "rilevazione-virus", "<consegna>a@beta.example</consegna>"), &facts);
    }
}

static const char *text_of_plan(struct plan *plan, struct arena *arena)
{
    struct record r = record_writer();

    plan_visit(&r, plan);
    return record_finish(&r, arena);
}

static const char *text_of_outcome(struct outcome *o, struct arena *arena)
{
    struct record r = record_writer();

    outcome_visit(&r, o);
    return record_finish(&r, arena);
}

/* What follows besides steps, in words, to be compared. */
static const char *text_of_effects(const struct plan *plan, const struct effects *effects, struct arena *arena)
{
    struct rope r = rope_new(arena);

    for (size_t i = 0; i < effects->event_count; i++)
        rope_printf(&r, "%s %zu\n", event_write(plan, &effects->events[i], NULL, arena), effects->events[i].number);
    for (size_t i = 0; i < effects->release_count; i++)
        rope_printf(&r, "%s %s %d\n", effects->releases[i].pec_id, effects->releases[i].address, effects->releases[i].is_final);
    return arena_text(arena, rope_flat(&r));
}

/* An outcome as chance has it. */
static struct outcome random_outcome(const struct plan *plan, size_t step, uint64_t *random, struct arena *arena)
{
    static const struct answer refusals[] = { { .code = 550, .enhanced = "5.1.1", .text = "no such user" }, { .code = 552, .enhanced = "5.2.2" },
                                              { .code = 554, .text = "a: \"b\"" } };
    const struct step *s = &plan->steps[step];
    size_t count = role_rows[s->role].way == WAY_FILE ? 1 : s->recipient_count;
    struct answer *answers = arena_array(arena, count, sizeof *answers);

    for (size_t i = 0; i < count; i++) {
        const char *address = s->recipient_count ? s->recipients[i] : "";

        answers[i] = draw(random, 2) ? answer_taken(address) : refusals[draw(random, COUNT(refusals))];
        answers[i].address = address;
        if (answers[i].fate != FATE_TAKEN)
            answers[i].fate = s->role == ROLE_HOME && draw(random, 2) ? FATE_DEFERRED : FATE_REFUSED;
    }
    return (struct outcome){ .step = step, .time = FIXTURE_WINTER + draw(random, 86400), .answers = answers, .answer_count = count };
}

struct history {
    const char *outcomes[OUTCOMES_MAX], *effects[OUTCOMES_MAX], *plans[OUTCOMES_MAX];
    size_t count;
};

/* Carry a plan out to its end, its open steps in any order. */
static struct history live(struct plan *plan, uint64_t *random, struct arena *arena)
{
    struct history h = { .count = 0 };

    while (!plan_is_done(plan)) {
        size_t step = draw(random, (unsigned)plan->step_count);
        struct effects effects;
        struct outcome o;

        if (plan->steps[step].is_done)
            continue;
        assert_true(h.count < OUTCOMES_MAX);
        o = random_outcome(plan, step, random, arena);
        h.outcomes[h.count] = text_of_outcome(&o, arena);
        assert_int_equal(plan_apply(&fixture_provider, plan, &o, arena, &effects), 0);
        h.effects[h.count] = text_of_effects(plan, &effects, arena);
        h.plans[h.count++] = text_of_plan(plan, arena);
    }
    return h;
}

/* As a worker does that finds a plan begun by one that died: from its record and the recorded outcomes. */
static struct plan bring_back(const char *record, const struct history *h, struct arena *arena)
{
    struct record r = record_reader(slice_of(record), arena);
    struct plan plan = { 0 };

    plan_visit(&r, &plan);
    assert_true(record_drop(&r));
    for (size_t i = 0; i < h->count; i++) {
        struct outcome *o = arena_alloc(arena, sizeof *o);
        struct effects effects;

        r = record_reader(slice_of(h->outcomes[i]), arena);
        outcome_visit(&r, o);
        assert_true(record_drop(&r));
        assert_int_equal(plan_apply(&fixture_provider, &plan, o, arena, &effects), 0);
        assert_string_equal(text_of_effects(&plan, &effects, arena), h->effects[i]);
        assert_string_equal(text_of_plan(&plan, arena), h->plans[i]);
    }
    return plan;
}

/* 3.3.2, 3.3.3: each mailbox that took an envelope yields one delivery receipt, each that refused it one non-delivery, nobody else any. */
static void check_receipts(const struct plan *plan, const struct history *h)
{
    size_t deliveries = 0, receipts = 0, ways_late = 0;

    for (size_t i = 0; i < plan->step_count; i++) {
        const struct step *s = &plan->steps[i];
        bool is_receipt = s->message.kind >= KIND_DELIVERY_COMPLETE && (s->role == ROLE_HOME || s->role == ROLE_ABROAD);

        deliveries += s->role == ROLE_DELIVERY;
        receipts += is_receipt;
        ways_late += s->role == ROLE_HOME_LATE;
    }
    if (plan->verdict == VERDICT_ENVELOPE)
        assert_int_equal(receipts, deliveries);
    assert_int_equal(h->count, plan->step_count);
    assert_true(ways_late <= plan->step_count / 2);
}

static void test_a_plan_is_the_same_after_its_outcomes_are_applied_again(void **state)
{
    uint64_t random = 1;

    (void)state;
    for (unsigned round = 0; round < ROUNDS * SCENES; round++) {
        struct arena *arena = arena_new(FIXTURE_BUDGET);
        struct plan plan = scene(round % SCENES, arena), back;
        const char *record = text_of_plan(&plan, arena);
        struct history h = live(&plan, &random, arena);

        back = bring_back(record, &h, arena);
        assert_true(plan_is_done(&back));
        assert_int_equal(back.step_count, plan.step_count);
        assert_int_equal(back.refused_count, plan.refused_count);
        fixture_same_text("refusal", back.refusal, plan.refusal);
        check_receipts(&plan, &h);
        /* A worker may die after any of the outcomes. */
        while (h.count--) {
            back = bring_back(record, &h, arena);
            assert_false(plan_is_done(&back));
        }
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_plan_is_the_same_after_its_outcomes_are_applied_again, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec plan resumed", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every notification that a decision makes: to whom it goes (RFC 6109 2.1, 2.2.5) and what its certification data state (4.4). The sender
 * has a Reply-To in all of them, which must not count.
 */
#include "answers.h"

#include <string.h>

#include "foreign.h"
#include "pec/daticert.h"
#include "pec/notice.h"
#include "sample.h"

enum addressee { TO_SENDER, TO_PROVIDER };

/* 2.1: to the original sender. 2.2.5: to the sender's provider "in two cases only". The optional elements by the comments of the DTD. */
static const struct rule {
    enum message_kind kind;
    enum addressee to;
    bool ricevuta, consegna, ricezione, errore_esteso;
} rules[] = {
    { KIND_ACCEPTANCE, TO_SENDER, .ricevuta = false },
    { KIND_NON_ACCEPTANCE, TO_SENDER, .errore_esteso = true },
    { KIND_NON_ACCEPTANCE_VIRUS, TO_SENDER, .errore_esteso = true },
    { KIND_FIRST_NOTICE, TO_SENDER, .consegna = true, .errore_esteso = true },
    { KIND_SECOND_NOTICE, TO_SENDER, .consegna = true, .errore_esteso = true },
    { KIND_TAKE_CHARGE, TO_PROVIDER, .ricezione = true },
    { KIND_VIRUS_DETECTION, TO_PROVIDER, .consegna = true, .errore_esteso = true },
    { KIND_NON_DELIVERY_VIRUS, TO_SENDER, .consegna = true, .errore_esteso = true },
    { KIND_DELIVERY_COMPLETE, TO_SENDER, .ricevuta = true, .consegna = true },
    { KIND_DELIVERY_BRIEF, TO_SENDER, .ricevuta = true, .consegna = true },
    { KIND_DELIVERY_CONCISE, TO_SENDER, .ricevuta = true, .consegna = true },
    { KIND_NON_DELIVERY, TO_SENDER, .consegna = true, .errore_esteso = true },
};

/* A decision, and who is who in it. `recipients` are those that a notification may be about. */
struct scene {
    const char *sender, *provider, *recipients[2];
    bool seen[KIND_COUNT];
};

static const struct rule *rule_of(enum message_kind kind)
{
    for (size_t i = 0; i < COUNT(rules); i++)
        if (rules[i].kind == kind)
            return &rules[i];
    return NULL;
}

static bool is_recipient(const struct scene *s, const char *address)
{
    return strcmp(address, s->recipients[0]) == 0 || strcmp(address, s->recipients[1]) == 0;
}

static void check_data(const struct scene *s, const struct rule *r, const struct certification *c)
{
    const char *name = kind_names[r->kind];

    if (c->states_form != r->ricevuta || (c->delivered != NULL) != r->consegna || (c->taken_count != 0) != r->ricezione ||
        (c->detail != NULL) != r->errore_esteso || (c->error != CERTIFIED_NO_ERROR) != r->errore_esteso)
        fail_msg("%s: other elements", name);
    if (c->delivered && !is_recipient(s, c->delivered))
        fail_msg("%s: consegna %s", name, c->delivered);
    /* 3.2.1: "all recipients of the message to which it refers". */
    for (size_t i = 0; i < c->taken_count; i++)
        fixture_same_text(name, c->taken[i], s->recipients[i]);
    assert_int_equal(c->taken_count, r->ricezione ? 2 : 0);
    fixture_same_text(name, c->about.sender, s->sender);
    /* "The provider that certifies the data", which is not always the sender's. */
    fixture_same_text(name, c->issuer, fixture_provider.name);
    assert_int_equal(c->about.recipient_count, 2);
}

static void check_notification(struct scene *s, const struct plan *plan, const struct step *step, struct arena *arena)
{
    const struct rule *r = rule_of(step->message.kind);
    const char *name = kind_names[step->message.kind], *to;
    const struct original o = fixture_original(arena, sample_original(step->message.kind));
    struct dissected d = dissect(name, arena, fixture_seal(arena, &fixture_provider, &plan->about, &step->message, &o));
    struct certification c;

    if (!r)
        fail_msg("%s is no notification", name);
    assert_int_equal(daticert_read(dissect_body(d.data, arena), arena, &c, NULL), 0);
    check_data(s, r, &c);
    assert_int_equal(header_text(&d.top.header, "To", arena, &to), 0);
    fixture_same_text(name, to, r->to == TO_SENDER ? s->sender : s->provider);
    assert_int_equal(step->recipient_count, 1);
    fixture_same_text(name, step->recipients[0], to);
    /* 2.2.6: from the address of the provider, in the header and on the way. */
    fixture_same_text(name, step->sender, fixture_provider.address);
    s->seen[r->kind] = true;
}

static void check_plan(struct scene *s, const struct plan *plan, struct arena *arena)
{
    for (size_t i = 0; i < plan->step_count; i++)
        if (role_rows[plan->steps[i].role].matter == MATTER_MADE && plan->steps[i].role != ROLE_ENVELOPE)
            check_notification(s, plan, &plan->steps[i], arena);
}

static void expect_seen(const struct scene *s, const enum message_kind *kinds, size_t count)
{
    size_t seen = 0;

    for (size_t i = 0; i < KIND_COUNT; i++)
        seen += s->seen[i];
    for (size_t i = 0; i < count; i++)
        if (!s->seen[kinds[i]])
            fail_msg("no %s", kind_names[kinds[i]]);
    assert_int_equal(seen, count);
}

#define KINDS(...) ((const enum message_kind[]){ __VA_ARGS__ })
#define EXPECT_SEEN(scene, ...) expect_seen(scene, KINDS(__VA_ARGS__), COUNT(KINDS(__VA_ARGS__)))

/* --- the access point, and what becomes of its envelope ---------------------------------------------------------------------- */

static const struct scene of_mario = { .sender = "mario@alfa.example", .provider = "ricevute@pec.alfa.example",
                                       .recipients = { "anna@beta.example", "ugo@posta.example" } };

static struct plan submit(struct arena *arena, const struct formal_fault *fault, const char *virus)
{
    static const bool certified[] = { true, false };
    const struct access_facts facts = { .fault = fault, .virus = virus, .certified = certified, .now = FIXTURE_WINTER,
                                        .seed = FIXTURE_SEED };
    struct slice text = SLICE("From: mario@alfa.example\r\nReply-To: studio@alfa.example\r\nTo: anna@beta.example, ugo@posta.example\r\n"
                              "\r\nx\r\n");
    struct submission s;
    struct plan plan;

    assert_int_equal(access_read(fixture_arrival(arena, "mario@alfa.example", "anna@beta.example ugo@posta.example", text), arena, &s), 0);
    assert_int_equal(access_decide(&fixture_provider, &s, &facts, arena, &plan), 0);
    return plan;
}

static void test_notifications_of_the_access_point(void **state)
{
    const struct formal_fault fault = { "5.6.0", "x" };
    struct plan accepted = submit(*state, NULL, NULL), faulty = submit(*state, &fault, NULL), infected = submit(*state, NULL, "Eicar-Test");
    struct answer answers[] = { answer_taken("anna@beta.example"), answer_refused("ugo@posta.example", 550, "5.1.1", "no") };
    struct scene s = of_mario;

    answers_apply(&accepted, 0, answers, 2, *state);
    check_plan(&s, &accepted, *state);
    check_plan(&s, &faulty, *state);
    check_plan(&s, &infected, *state);
    EXPECT_SEEN(&s, KIND_ACCEPTANCE, KIND_NON_ACCEPTANCE, KIND_NON_ACCEPTANCE_VIRUS, KIND_NON_DELIVERY);
}

static void test_notices_of_time(void **state)
{
    const struct transaction about = submit(*state, NULL, NULL).about;
    struct scene s = of_mario;

    for (int second = 0; second <= 1; second++) {
        struct plan plan;

        assert_int_equal(notice_decide(&fixture_provider, &about, "anna@beta.example", second, FIXTURE_SUMMER, FIXTURE_SEED, *state,
                                       &plan), 0);
        check_plan(&s, &plan, *state);
    }
    EXPECT_SEEN(&s, KIND_FIRST_NOTICE, KIND_SECOND_NOTICE);
}

/* What comes back for our user's message: a bounce, and a notice of the virus that another provider found. */
static void test_notifications_of_what_comes_back(void **state)
{
    const struct transaction about = submit(*state, NULL, NULL).about;
    struct bounced failed = { .address = "ugo@posta.example", .status = "5.1.1", .diagnostic = "", .failed = true };
    const struct bounce report = { .envid = "x", .recipients = &failed, .recipient_count = 1 };
    const struct bounce_facts bounce = { .report = &report, .about = &about, .open = (const bool[]){ true } };
    struct incoming_facts facts = foreign_facts();
    struct scene s = of_mario;
    struct plan plan;

    facts.bounce = &bounce;
    plan = foreign_decide(*state, "mario@alfa.example", SLICE("Reply-To: studio@alfa.example\r\n\r\nx\r\n"), &facts);
    check_plan(&s, &plan, *state);
    facts.bounce = NULL;
    plan = foreign_decide(*state, s.provider, foreign_receipt(*state, "rilevazione-virus", "<consegna>anna@beta.example</consegna>"),
                          &facts);
    check_plan(&s, &plan, *state);
    EXPECT_SEEN(&s, KIND_NON_DELIVERY, KIND_NON_DELIVERY_VIRUS);
}

/* --- an envelope of another provider ---------------------------------------------------------------------------------------- */

static const struct scene of_luigi = { .sender = "luigi@beta.example", .provider = "ricevute@pec.beta.example",
                                       .recipients = { "mario@alfa.example", "gina@alfa.example" } };

static struct plan receive(struct arena *arena, const char *more, const char *virus)
{
    struct incoming_facts facts = foreign_facts();
    const struct foreign f = { .more = more };

    facts.virus = virus;
    return foreign_decide(arena, "mario@alfa.example gina@alfa.example", foreign_message(arena, &f), &facts);
}

/* Each step in turn, as long as more of them follow; mario's mailbox takes, gina's too or refuses. */
static void deliver(struct plan *plan, bool is_refused, struct arena *arena)
{
    for (size_t i = 0; i < plan->step_count; i++) {
        struct answer *a = arena_alloc(arena, sizeof *a);
        const char *address;

        if (plan->steps[i].role != ROLE_DELIVERY)
            continue;
        address = plan->steps[i].recipients[0];
        *a = is_refused && *address == 'g' ? answer_refused(address, 552, "5.2.2", "full") : answer_taken(address);
        answers_apply(plan, i, a, 1, arena);
    }
}

/* A Reply-To of the envelope leads nowhere either: what is certified counts. */
static void test_notifications_of_the_incoming_and_delivery_points(void **state)
{
    static const char *const forms[] = { "", "X-TipoRicevuta: breve\r\n", "X-TipoRicevuta: sintetica\r\n" };
    struct plan plan = receive(*state, NULL, "Eicar-Test");
    struct scene s = of_luigi;

    check_plan(&s, &plan, *state);
    EXPECT_SEEN(&s, KIND_TAKE_CHARGE, KIND_VIRUS_DETECTION);
    for (size_t i = 0; i < COUNT(forms); i++) {
        plan = receive(*state, fixture_format(*state, "Reply-To: falso@x.example\r\n%s", forms[i]).data, NULL);
        deliver(&plan, i == 0, *state);
        check_plan(&s, &plan, *state);
    }
    EXPECT_SEEN(&s, KIND_TAKE_CHARGE, KIND_VIRUS_DETECTION, KIND_DELIVERY_COMPLETE, KIND_DELIVERY_BRIEF, KIND_DELIVERY_CONCISE,
                KIND_NON_DELIVERY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_notifications_of_the_access_point, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_notices_of_time, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_notifications_of_what_comes_back, fixture_set_up, fixture_tear_down),
        cmocka_unit_test_setup_teardown(test_notifications_of_the_incoming_and_delivery_points, fixture_set_up, fixture_tear_down),
    };

    return cmocka_run_group_tests_name("pec notification", tests, NULL, NULL);
}

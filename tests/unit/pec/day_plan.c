/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "day_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "pec/event.h"

enum { MESSAGE_SIZE = 5000 };

const struct pec_provider day_provider = {
    .name = DAY_PROVIDER,
    .address = "posta-certificata@alfa.example",
    .service_mailbox = "ricevute@alfa.example",
    .id_domain = "alfa.example",
    .brief_hash = DIGEST_SHA1,
};

_Noreturn void day_give_up(const char *what)
{
    fprintf(stderr, "day: %s\n", what);
    exit(99);
}

/* --- carrying out ----------------------------------------------------------------------------------------------------------- */

static void write_events(const struct plan *plan, const struct effects *effects, const struct day_server *server, struct arena *arena)
{
    for (size_t i = 0; i < effects->event_count; i++) {
        const char *text = event_write(plan, &effects->events[i], NULL, arena);

        if (!text)
            day_give_up("event");
        server->line(server->arg, slice_of(text));
    }
}

static void carry_step(struct plan *plan, size_t i, const struct day_server *server, struct arena *arena)
{
    const struct step *step = &plan->steps[i];
    size_t count = role_rows[step->role].way == WAY_FILE ? 1 : step->recipient_count;
    struct answer *answers = arena_array(arena, count, sizeof *answers);
    const struct outcome outcome = { .step = i, .time = server->now, .answers = answers, .answer_count = count };
    struct effects effects;

    for (size_t k = 0; k < count; k++) {
        const char *recipient = role_rows[step->role].way == WAY_FILE ? "" : step->recipients[k];

        answers[k] = (struct answer){ .address = recipient, .fate = server->answer(server->arg, step, recipient), .code = 550,
                                      .enhanced = "5.1.1", .text = "no such mailbox" };
    }
    if (plan_apply(&day_provider, plan, &outcome, arena, &effects) != 0)
        day_give_up("outcome");
    write_events(plan, &effects, server, arena);
}

void day_carry(struct plan *plan, const struct day_server *server, struct arena *arena)
{
    struct effects effects;

    if (plan_begin(plan, arena, &effects) != 0)
        day_give_up("beginning");
    write_events(plan, &effects, server, arena);
    for (size_t i = 0; i < plan->step_count; i++)
        if (!plan->steps[i].is_done)
            carry_step(plan, i, server, arena);
}

/* --- decisions of the incoming point ---------------------------------------------------------------------------------------- */

static bool is_in(const char *address, const char *domain)
{
    return slice_is(address_domain(slice_of(address)), domain);
}

static bool is_home(const void *arg, const char *address)
{
    (void)arg;
    return is_in(address, "alfa.example");
}

/* `arg`: the domain that the signer manages. */
static bool manages(const void *arg, const char *address)
{
    return is_in(address, arg);
}

static struct plan decide(const struct incoming *in, const struct judgement *judgement, const struct incoming_facts *facts,
                          struct arena *arena)
{
    struct plan plan;

    if (incoming_decide(&day_provider, in, judgement, facts, arena, &plan) != 0)
        day_give_up("decision");
    plan.size = MESSAGE_SIZE;
    return plan;
}

struct plan day_incoming(enum verdict verdict, const struct certification *c, const char **recipients, size_t count, bool is_own,
                         const char *virus, int64_t now, const char *seed, struct arena *arena)
{
    const struct arrival arrival = { .sender = c->about.sender, .recipients = recipients, .recipient_count = count };
    const char *receipt = arena_printf(arena, "<%s.receipt@%s>", seed, is_own ? "alfa.example" : "beta.example");
    const struct incoming in = { .arrival = &arrival, .about = { .sender = c->about.sender, .msgid = receipt } };
    const struct judgement judgement = { .verdict = verdict, .certification = *c };
    const struct signer_facts signer = { .state = SIGNER_GOOD, .name = is_own ? DAY_PROVIDER : "Beta PEC S.r.l.",
                                         .mail_receipt = is_own ? day_provider.service_mailbox : "ricevute@beta.example" };
    const struct incoming_facts facts = { .signer = &signer, .virus = virus, .now = now, .seed = seed, .is_home = is_home,
                                          .signer_manages = manages, .arg = is_own ? "alfa.example" : "beta.example" };

    return decide(&in, &judgement, &facts, arena);
}

struct plan day_ordinary(enum verdict verdict, const char **recipients, size_t count, const char *virus, int64_t now, const char *seed,
                         struct arena *arena)
{
    const struct arrival arrival = { .sender = "carlo@posta.example", .recipients = recipients, .recipient_count = count };
    struct incoming in = { .arrival = &arrival, .about = { .sender = "carlo@posta.example", .msgid = "<1@posta.example>" } };
    const struct judgement judgement = { .verdict = verdict, .reason = "la firma manca" };
    const struct signer_facts signer = { .state = SIGNER_ABSENT };
    const struct incoming_facts facts = { .signer = &signer, .virus = virus, .now = now, .seed = seed, .is_home = is_home,
                                          .signer_manages = manages, .arg = "" };

    in.about.recipients = arena_array(arena, count, sizeof *in.about.recipients);
    in.about.recipient_count = count;
    for (size_t i = 0; i < count; i++)
        in.about.recipients[i].address = recipients[i];
    return decide(&in, &judgement, &facts, arena);
}

struct plan day_bounce(const struct transaction *about, const char *recipient, int64_t now, const char *seed, struct arena *arena)
{
    struct bounced bounced = { .address = recipient, .status = "5.1.1", .diagnostic = "no such user", .failed = true };
    const struct bounce report = { .envid = "x", .recipients = &bounced, .recipient_count = 1 };
    const bool open = true;
    const struct bounce_facts bounce = { .report = &report, .about = about, .open = &open };
    const char *to[] = { about->sender };
    const struct arrival arrival = { .sender = "", .recipients = to, .recipient_count = 1 };
    const struct incoming in = { .arrival = &arrival, .about = { .sender = "" } };
    const struct judgement judgement = { .verdict = VERDICT_ORDINARY };
    const struct signer_facts signer = { .state = SIGNER_ABSENT };
    const struct incoming_facts facts = { .signer = &signer, .bounce = &bounce, .now = now, .seed = seed, .is_home = is_home,
                                          .signer_manages = manages, .arg = "" };

    return decide(&in, &judgement, &facts, arena);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/plan.h"

#include <string.h>

const struct role_row role_rows[ROLE_COUNT] = {
    [ROLE_QUARANTINE] = { "quarantine", WAY_FILE, MATTER_AS_CAME },
    [ROLE_ENVELOPE] = { "envelope", WAY_RELAY, MATTER_MADE },
    [ROLE_HOME] = { "home", WAY_MAILBOX, MATTER_MADE },
    [ROLE_HOME_LATE] = { "home-late", WAY_RELAY, MATTER_MADE },
    [ROLE_ABROAD] = { "abroad", WAY_RELAY, MATTER_MADE },
    [ROLE_DELIVERY] = { "delivery", WAY_MAILBOX, MATTER_AS_CAME },
    [ROLE_PASS] = { "pass", WAY_MAILBOX, MATTER_AS_CAME },
    [ROLE_WRAPPED] = { "wrapped", WAY_MAILBOX, MATTER_MADE },
    [ROLE_REPORT] = { "report", WAY_RELAY, MATTER_REPORT },
};

static const char *const role_names[ROLE_COUNT] = { "quarantine", "envelope", "home",    "home-late", "abroad",
                                                    "delivery",   "pass",     "wrapped", "report" };

const char *const verdict_names[VERDICT_COUNT] = {
    "accepted", "not-accepted", "not-accepted-virus", "envelope",  "envelope-virus", "receipt",           "anomaly",
    "ordinary", "rejected",     "discarded",          "bounce",    "bounce-of-receipt", "timeout",
};

const char *const point_names[POINT_COUNT] = { "access", "incoming", "notice" };

static const char *const fate_names[FATE_COUNT] = { "untried", "taken", "deferred", "refused" };

struct plan plan_new(enum point point, enum verdict verdict, int64_t time, const char *seed)
{
    return (struct plan){ .point = point, .verdict = verdict, .time = time, .seed = seed, .reverse_path = "" };
}

int plan_add_step(struct plan *plan, enum step_role role, struct arena *arena, struct step **out_step)
{
    if (plan->step_count == plan->step_capacity) {
        size_t capacity = plan->step_count ? 2 * plan->step_count : 4;
        struct step *steps = arena_array(arena, capacity, sizeof *steps);

        if (!steps)
            return ERROR_BUDGET;
        if (plan->step_count)
            memcpy(steps, plan->steps, plan->step_count * sizeof *steps);
        plan->steps = steps;
        plan->step_capacity = capacity;
    }
    *out_step = &plan->steps[plan->step_count++];
    **out_step = (struct step){ .role = role };
    return 0;
}

char *plan_id(const struct pec_provider *provider, const struct plan *plan, size_t number, struct arena *arena)
{
    struct legal_time t = clock_legal(plan->time);
    char stamp[CLOCK_TEXT_SIZE];

    clock_stamp(&t, stamp);
    return arena_printf(arena, "opec3.%s.%s.%zu@%s", stamp, plan->seed, number, provider->id_domain);
}

int plan_add_message(const struct pec_provider *provider, struct plan *plan, enum step_role role, enum message_kind kind,
                     struct arena *arena, struct step **out_step)
{
    struct step *step;
    int result = plan_add_step(plan, role, arena, &step);

    if (result != 0)
        return result;
    step->sender = provider->address;
    step->message.kind = kind;
    step->message.time = plan->time;
    step->message.error = kind_rows[kind].error;
    /* The PEC id has number 0; the envelope's own id is the PEC id (2.2.1). */
    step->message.id = kind == KIND_TRANSPORT_ENVELOPE ? plan->about.pec_id : plan_id(provider, plan, plan->step_count, arena);
    if (!step->message.id)
        return ERROR_BUDGET;
    *out_step = step;
    return 0;
}

int plan_begin(const struct plan *plan, struct arena *arena, struct effects *out)
{
    struct event *event = arena_alloc(arena, sizeof *event);

    if (!event)
        return ERROR_BUDGET;
    *event = (struct event){ .what = "received", .recipients = plan->concerned, .recipient_count = plan->concerned_count,
                             .reason = plan->reason, .time = plan->time };
    *out = (struct effects){ event, plan->point == POINT_NOTICE ? 0 : 1, plan->releases, plan->release_count };
    return 0;
}

bool plan_is_done(const struct plan *plan)
{
    for (size_t i = 0; i < plan->step_count; i++)
        if (!plan->steps[i].is_done)
            return false;
    return true;
}

static void step_visit(struct record *r, void *item)
{
    struct step *s = item;
    int role = (int)s->role;

    record_enum(r, "role", &role, role_names, ROLE_COUNT);
    s->role = (enum step_role)role;
    record_text(r, "sender", &s->sender);
    record_texts(r, "recipients", &s->recipients, &s->recipient_count);
    if (role_rows[s->role].matter == MATTER_MADE || s->role == ROLE_DELIVERY)
        message_visit(r, &s->message);
}

static void release_visit(struct record *r, void *item)
{
    struct release *release = item;

    record_text(r, "pec_id", &release->pec_id);
    record_text(r, "address", &release->address);
    record_bool(r, "final", &release->is_final);
}

static void about_visit(struct record *r, void *item)
{
    transaction_visit(r, item);
}

void plan_visit(struct record *r, struct plan *p)
{
    int point = (int)p->point, verdict = (int)p->verdict;
    void *steps = p->steps, *releases = p->releases;

    record_enum(r, "point", &point, point_names, POINT_COUNT);
    record_enum(r, "verdict", &verdict, verdict_names, VERDICT_COUNT);
    record_i64(r, "time", &p->time);
    record_text(r, "seed", &p->seed);
    record_inside(r, "about", &p->about, about_visit);
    record_text(r, "reverse_path", &p->reverse_path);
    record_text(r, "reason", &p->reason);
    record_i64(r, "size", &p->size);
    record_bool(r, "sender_is_home", &p->sender_is_home);
    record_bool(r, "tracked", &p->is_tracked);
    record_i64(r, "number", &p->number);
    record_list(r, "steps", &steps, &p->step_count, sizeof *p->steps, step_visit);
    record_list(r, "releases", &releases, &p->release_count, sizeof *p->releases, release_visit);
    record_text(r, "refusal", &p->refusal);
    record_text(r, "receipt_id", &p->receipt_id);
    record_text(r, "receipt_type", &p->receipt_type);
    record_texts(r, "concerned", &p->concerned, &p->concerned_count);
    p->point = (enum point)point;
    p->verdict = (enum verdict)verdict;
    if (r->reads) {
        p->steps = steps;
        p->step_capacity = p->step_count;
        p->releases = releases;
    }
}

static void answer_visit(struct record *r, void *item)
{
    struct answer *a = item;
    int fate = (int)a->fate;

    record_text(r, "address", &a->address);
    record_enum(r, "fate", &fate, fate_names, FATE_COUNT);
    record_int(r, "code", &a->code);
    record_text(r, "enhanced", &a->enhanced);
    record_text(r, "text", &a->text);
    a->fate = (enum fate)fate;
}

void outcome_visit(struct record *r, struct outcome *o)
{
    void *answers = o->answers;

    record_size(r, "step", &o->step);
    record_i64(r, "time", &o->time);
    record_list(r, "answers", &answers, &o->answer_count, sizeof *o->answers, answer_visit);
    o->answers = answers;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "day_draw.h"
#include "day_plan.h"
#include "pec/notice.h"

enum { BUDGET = 16 * 1024 * 1024, HOUR = 60 };

/* --- the calendar ----------------------------------------------------------------------------------------------------------- */

enum what { SUBMIT, COME_HOME, COME_AROUND, TAKE_CHARGE, LATE_CHARGE, END, DETECT, RETURN, NOTICE_1, NOTICE_2 };

struct entry {
    uint32_t number;
    uint8_t party, what;
};

struct minute {
    struct entry *entries;
    size_t count, capacity;
};

struct day {
    size_t messages;
    struct minute calendar[DAY_MINUTES];
    struct day_books *books;
    void (*write)(void *arg, struct slice line);
    void *arg;
    struct arena *arena;
    unsigned minute;     /* now */
    struct drawn drawn;  /* in hand */
};

static void plan_for(struct day *day, unsigned minute, enum what what, size_t party)
{
    struct minute *m = &day->calendar[minute];

    if (minute >= DAY_MINUTES)
        day_give_up("calendar");
    if (m->count == m->capacity) {
        m->capacity = m->capacity ? 2 * m->capacity : 64;
        m->entries = reallocarray(m->entries, m->capacity, sizeof *m->entries);
        if (!m->entries)
            day_give_up("memory");
    }
    m->entries[m->count++] = (struct entry){ (uint32_t)day->drawn.number, (uint8_t)party, (uint8_t)what };
}

/* --- the message ------------------------------------------------------------------------------------------------------------ */

static int64_t time_of(unsigned minute)
{
    return DAY_BEGINS + 60 * (int64_t)minute;
}

static const char *user(struct day *day, unsigned number)
{
    return arena_printf(day->arena, "user%u@alfa.example", number);
}

static const char *party_address(struct day *day, size_t i)
{
    const struct drawn *d = &day->drawn;

    if (day_is_home(d->lots[i]))
        return user(day, d->users[i]);
    return arena_printf(day->arena, "u%u@%s", d->users[i], day_is_external(d->lots[i]) ? "posta.example" : "beta.example");
}

static const char *seed_of(struct day *day, enum what what, size_t party)
{
    return arena_printf(day->arena, "%08zx%02x%02zx0000", day->drawn.number, (unsigned)what, party);
}

/* Of the message in hand, the same whenever it is asked for. */
static struct transaction about(struct day *day)
{
    const struct drawn *d = &day->drawn;
    const struct plan plan = plan_new(POINT_ACCESS, VERDICT_ACCEPTED, time_of(d->minute), seed_of(day, SUBMIT, 0));
    struct transaction t = { .subject = "Offerta", .msgid = "<1@client>", .recipient_count = d->count };

    t.sender = day_is_beta_sender(d) ? "bruno@beta.example" : user(day, d->sender);
    t.provider = day_is_beta_sender(d) ? "Beta PEC S.r.l." : DAY_PROVIDER;
    t.pec_id = day_is_beta_sender(d) ? arena_printf(day->arena, "beta.%zu@beta.example", d->number)
                                 : plan_id(&day_provider, &plan, 0, day->arena);
    t.reply_to = t.sender;
    t.recipients = arena_array(day->arena, d->count, sizeof *t.recipients);
    for (size_t i = 0; i < d->count; i++)
        t.recipients[i] = (struct recipient){ party_address(day, i), !day_is_external(d->lots[i]) };
    return t;
}

/* Servers of ours and of others answer as it was drawn. */
static enum fate answer(void *arg, const struct step *step, const char *recipient)
{
    struct day *day = arg;
    const struct drawn *d = &day->drawn;
    bool is_receipt = step->role == ROLE_HOME && step->message.recipient;

    for (size_t i = 0; i < d->count; i++) {
        const char *party = party_address(day, i);

        if (is_receipt && d->lots[i] == HOME_TAKES_LATE && strcmp(step->message.recipient, party) == 0)
            return FATE_DEFERRED;
        if (strcmp(recipient, party) != 0)
            continue;
        if (step->role == ROLE_ENVELOPE && d->lots[i] == RELAY_REFUSES)
            return FATE_REFUSED;
        if ((step->role == ROLE_DELIVERY || step->role == ROLE_WRAPPED) && d->lots[i] == HOME_REFUSES)
            return FATE_REFUSED;
    }
    return FATE_TAKEN;
}

static void write_line(void *arg, struct slice line)
{
    struct day *day = arg;

    day->books->lines++;
    day->write(day->arg, line);
}

static void carry(struct day *day, struct plan *plan)
{
    const struct day_server server = { .now = time_of(day->minute), .answer = answer, .line = write_line, .arg = day };

    day_carry(plan, &server, day->arena);
}

/* --- the books -------------------------------------------------------------------------------------------------------------- */

static void book_day(struct day *day, enum count what, uint64_t much)
{
    day->books->days[day->minute / DAY_LENGTH][what] += much;
}

static void book_user(struct day *day, unsigned user, enum count what, uint64_t much)
{
    day->books->mailboxes[user][what] += much;
}

static void book_sender(struct day *day, enum count what, uint64_t much)
{
    book_day(day, what, much);
    book_user(day, day->drawn.sender, what, much);
}

/* --- submissions ------------------------------------------------------------------------------------------------------------ */

static struct plan decide_submission(struct day *day)
{
    static const struct formal_fault fault = { "5.6.0", "campo To assente" };
    const struct drawn *d = &day->drawn;
    struct submission s = { .about = about(day) };
    const char **recipients = arena_array(day->arena, d->count, sizeof *recipients);
    bool *certified = arena_array(day->arena, d->count, sizeof *certified);
    const struct arrival arrival = { .sender = s.about.sender, .recipients = recipients, .recipient_count = d->count };
    const struct access_facts facts = { .fault = d->matter == SUBMITTED_BADLY ? &fault : NULL,
                                        .virus = d->matter == SUBMITTED_INFECTED ? "Test.Virus" : NULL, .certified = certified,
                                        .now = time_of(day->minute), .seed = seed_of(day, SUBMIT, 0), .number = 1 };
    struct plan plan;

    for (size_t i = 0; i < d->count; i++) {
        recipients[i] = s.about.recipients[i].address;
        certified[i] = s.about.recipients[i].certified;
    }
    s.arrival = &arrival;
    if (access_decide(&day_provider, &s, &facts, day->arena, &plan) != 0)
        day_give_up("submission");
    plan.size = DAY_SIZE;
    return plan;
}

static void book_submission(struct day *day)
{
    const struct drawn *d = &day->drawn;

    day->books->transactions++;
    if (d->matter == SUBMITTED_BADLY)
        book_sender(day, COUNT_NOT_ACCEPTED, 1);
    if (d->matter == SUBMITTED_INFECTED) {
        book_sender(day, COUNT_NOT_ACCEPTED_VIRUS, 1);
        book_sender(day, COUNT_VIRUSES, 1);
    }
    if (d->matter == SUBMITTED) {
        book_sender(day, COUNT_ACCEPTED, 1);
        book_sender(day, COUNT_ACCEPTED_BYTES, DAY_SIZE);
    }
}

/* What will follow for one recipient. */
static void plan_party(struct day *day, size_t i)
{
    unsigned now = day->minute;

    day->books->recipients += !day_is_external(day->drawn.lots[i]);
    switch (day->drawn.lots[i]) {
    case BETA_TAKES:
    case BETA_REFUSES:
        plan_for(day, now + 2, END, i);
        break;
    case BETA_FINDS_A_VIRUS:
        plan_for(day, now + 2, DETECT, i);
        break;
    case BETA_IS_LATE:
        plan_for(day, now + 12 * HOUR + 1, NOTICE_1, i);
        plan_for(day, now + 13 * HOUR, LATE_CHARGE, i);
        plan_for(day, now + 13 * HOUR, END, i);
        break;
    case BETA_IS_SILENT:
        plan_for(day, now + 12 * HOUR + 1, NOTICE_1, i);
        plan_for(day, now + 24 * HOUR + 1, NOTICE_2, i);
        break;
    case BETA_CHARGES_ONLY:
        plan_for(day, now + 24 * HOUR + 1, NOTICE_2, i);
        break;
    case RELAY_REFUSES:
        book_day(day, COUNT_NON_DELIVERIES, 1);
        day->books->ended++;
        break;
    case RELAY_RETURNS:
    case EXTERNAL_RETURNS:
        plan_for(day, now + 5, RETURN, i);
        break;
    case HOME_TAKES:
    case HOME_TAKES_LATE:
    case HOME_REFUSES:
    case EXTERNAL_TAKES:
        break;
    }
}

static void submit(struct day *day)
{
    const struct drawn *d = &day->drawn;
    struct plan plan = decide_submission(day);
    bool goes_home = false, is_charged = false;

    carry(day, &plan);
    book_submission(day);
    if (d->matter != SUBMITTED)
        return;
    for (size_t i = 0; i < d->count; i++) {
        plan_party(day, i);
        goes_home |= day_is_home(d->lots[i]);
        is_charged |= day_is_charged_at_once(d->lots[i]);
    }
    if (goes_home)
        plan_for(day, day->minute + 1, COME_HOME, 0);
    if (is_charged)
        plan_for(day, day->minute + 1, TAKE_CHARGE, 0);
}

/* --- what comes in ---------------------------------------------------------------------------------------------------------- */

static size_t home_recipients(struct day *day, const char **out)
{
    size_t count = 0;

    for (size_t i = 0; i < day->drawn.count; i++)
        if (day_is_home(day->drawn.lots[i]))
            out[count++] = party_address(day, i);
    return count;
}

static void book_envelope_party(struct day *day, size_t i)
{
    const struct drawn *d = &day->drawn;
    unsigned mailbox = d->users[i];

    book_user(day, mailbox, COUNT_ENVELOPES, 1);
    book_user(day, mailbox, COUNT_ENVELOPE_BYTES, DAY_SIZE);
    day->books->ended++;
    day->books->recipients += day_is_beta_sender(d);
    if (day_is_infected(d)) {
        book_user(day, mailbox, COUNT_VIRUSES, 1);
        if (!day_is_beta_sender(d)) {
            book_user(day, mailbox, COUNT_NON_DELIVERIES, 1);
            book_day(day, COUNT_NON_DELIVERIES, 1);
        }
        return;
    }
    book_day(day, d->lots[i] == HOME_REFUSES ? COUNT_NON_DELIVERIES : COUNT_DELIVERIES, 1);
    book_user(day, mailbox, d->lots[i] == HOME_REFUSES ? COUNT_NON_DELIVERIES : COUNT_DELIVERIES, 1);
    if (d->lots[i] == HOME_TAKES_LATE)
        plan_for(day, day->minute + 1, COME_AROUND, i);
}

static struct plan decide_envelope(struct day *day, unsigned minute)
{
    const struct drawn *d = &day->drawn;
    const struct certification c = { .type = TYPE_TRANSPORT, .about = about(day) };
    const char **recipients = arena_array(day->arena, d->count, sizeof *recipients);
    size_t count = home_recipients(day, recipients);

    return day_incoming(VERDICT_ENVELOPE, &c, recipients, count, !day_is_beta_sender(d), day_is_infected(d) ? "Test.Virus" : NULL,
                        time_of(minute), seed_of(day, COME_HOME, 0), day->arena);
}

static void envelope(struct day *day)
{
    const struct drawn *d = &day->drawn;
    struct plan plan = decide_envelope(day, day->minute);

    carry(day, &plan);
    day->books->transactions += day_is_beta_sender(d);
    book_day(day, COUNT_ENVELOPES, 1);
    book_day(day, COUNT_ENVELOPE_BYTES, DAY_SIZE);
    book_day(day, COUNT_VIRUSES, day_is_infected(d));
    for (size_t i = 0; i < d->count; i++)
        if (day_is_home(d->lots[i]))
            book_envelope_party(day, i);
}

static void ordinary(struct day *day)
{
    const struct drawn *d = &day->drawn;
    const char *recipients[PARTIES_MAX];
    size_t count = home_recipients(day, recipients);
    struct plan plan = day_ordinary(VERDICT_ORDINARY, recipients, count, day_is_infected(d) ? "Test.Virus" : NULL, time_of(day->minute),
                                    seed_of(day, COME_HOME, 0), day->arena);

    carry(day, &plan);
    book_day(day, COUNT_ORDINARY, 1);
    book_day(day, COUNT_VIRUSES, day_is_infected(d));
    for (size_t i = 0; i < d->count && !day_is_infected(d); i++)
        if (d->lots[i] != HOME_REFUSES)
            book_user(day, d->users[i], COUNT_ORDINARY, 1);
}

static void pass_over(void *arg, struct slice line)
{
    (void)arg;
    (void)line;
}

/* The id of the receipt about a recipient that went by the queue a minute ago: the plan of then, made once more. */
static const char *issued_id(struct day *day, const char *recipient)
{
    const struct day_server server = { .now = time_of(day->minute - 1), .answer = answer, .line = pass_over, .arg = day };
    struct plan plan = decide_envelope(day, day->minute - 1);

    day_carry(&plan, &server, day->arena);
    for (size_t i = 0; i < plan.step_count; i++)
        if (plan.steps[i].role == ROLE_HOME_LATE && strcmp(plan.steps[i].message.recipient, recipient) == 0)
            return arena_printf(day->arena, "<%s>", plan.steps[i].message.id);
    day_give_up("no receipt went by the queue");
}

/* A receipt about one recipient, or the take-charge for all that are taken in charge at once. */
static void receipt(struct day *day, enum what what, enum certified_type type, size_t party, bool is_own)
{
    const struct drawn *d = &day->drawn;
    struct certification c = { .type = type, .about = about(day) };
    const char *to[] = { type == TYPE_TAKE_CHARGE || type == TYPE_VIRUS_DETECTION ? day_provider.service_mailbox : c.about.sender };
    const char **taken = arena_array(day->arena, d->count, sizeof *taken);
    struct plan plan;

    for (size_t i = 0; i < d->count; i++)
        if (what == TAKE_CHARGE ? day_is_charged_at_once(d->lots[i]) : i == party)
            taken[c.taken_count++] = party_address(day, i);
    if (type == TYPE_TAKE_CHARGE) {
        c.taken = taken;
    } else {
        c.taken_count = 0;
        c.delivered = party_address(day, party);
    }
    plan = day_incoming(VERDICT_RECEIPT, &c, to, 1, is_own, NULL, time_of(day->minute), seed_of(day, what, party), day->arena);
    if (is_own)
        plan.receipt_id = issued_id(day, party_address(day, party));
    carry(day, &plan);
}

static void end(struct day *day, size_t party)
{
    receipt(day, END, day->drawn.lots[party] == BETA_REFUSES ? TYPE_NON_DELIVERY : TYPE_DELIVERY, party, false);
    day->books->ended++;
}

static void detect(struct day *day, size_t party)
{
    receipt(day, DETECT, TYPE_VIRUS_DETECTION, party, false);
    book_day(day, COUNT_NON_DELIVERIES, 1);
    day->books->ended++;
}

static void come_back(struct day *day, size_t party)
{
    const struct transaction t = about(day);
    struct plan plan = day_bounce(&t, party_address(day, party), time_of(day->minute), seed_of(day, RETURN, party), day->arena);

    carry(day, &plan);
    book_day(day, COUNT_NON_DELIVERIES, 1);
    day->books->ended += !day_is_external(day->drawn.lots[party]);
}

static void notice(struct day *day, size_t party, bool is_second)
{
    const struct transaction t = about(day);
    const char *seed = seed_of(day, is_second ? NOTICE_2 : NOTICE_1, party);
    struct plan plan;

    if (notice_decide(&day_provider, &t, party_address(day, party), is_second, time_of(day->minute), seed, day->arena, &plan) != 0)
        day_give_up("notice");
    carry(day, &plan);
    book_sender(day, is_second ? COUNT_SECOND_NOTICES : COUNT_FIRST_NOTICES, 1);
    day->books->ended += is_second;
}

/* --- the day ---------------------------------------------------------------------------------------------------------------- */

static void begin(struct day *day)
{
    switch (day->drawn.matter) {
    case SUBMITTED:
    case SUBMITTED_BADLY:
    case SUBMITTED_INFECTED:
        submit(day);
        break;
    case ENVELOPE_IN:
    case ENVELOPE_IN_INFECTED:
        envelope(day);
        break;
    case ORDINARY_IN:
    case ORDINARY_IN_INFECTED:
        ordinary(day);
        break;
    }
}

static void act(struct day *day, enum what what, size_t party)
{
    switch (what) {
    case SUBMIT:
        begin(day);
        break;
    case COME_HOME:
        envelope(day);
        break;
    case COME_AROUND:
        receipt(day, what, TYPE_DELIVERY, party, true);
        break;
    case TAKE_CHARGE:
    case LATE_CHARGE:
        receipt(day, what, TYPE_TAKE_CHARGE, party, false);
        break;
    case END:
        end(day, party);
        break;
    case DETECT:
        detect(day, party);
        break;
    case RETURN:
        come_back(day, party);
        break;
    case NOTICE_1:
    case NOTICE_2:
        notice(day, party, what == NOTICE_2);
        break;
    }
}

void day_run(size_t messages, unsigned until, void (*write)(void *arg, struct slice line), void *arg, struct day_books *books)
{
    struct day *day = calloc(1, sizeof *day);

    if (!day || !(day->arena = arena_new(BUDGET)) || clock_set_zone("Europe/Rome") != 0)
        day_give_up("beginning");
    *books = (struct day_books){ 0 };
    day->messages = messages;
    day->books = books;
    day->write = write;
    day->arg = arg;
    for (size_t i = 0; i < messages; i++) {
        day->drawn = day_draw(i, messages);
        plan_for(day, day->drawn.minute, SUBMIT, 0);
    }
    for (day->minute = 0; day->minute < DAY_MINUTES; day->minute++) {
        struct minute *m = &day->calendar[day->minute];

        for (size_t i = 0; i < m->count && day->minute < until; i++) {
            arena_reset(day->arena);
            day->drawn = day_draw(m->entries[i].number, messages);
            act(day, (enum what)m->entries[i].what, m->entries[i].party);
        }
        free(m->entries);
    }
    arena_free(&day->arena);
    free(day);
}

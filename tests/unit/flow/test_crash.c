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
#include <jansson.h>

#include "base/clock.h"
#include "mime/part.h"
#include "pec/daticert.h"
#include "letters.h"

enum { LIST_MAX = 16, LABEL_SIZE = 300, TRIALS_MAX = 200, RETRY_AFTER = 700 };

/* A kind of message, and what the law has follow from it. Lists end with NULL; their order does not count. */
struct kind {
    enum site site;
    int64_t now;
    const char *deliveries[LIST_MAX]; /* "SERVER KIND RECIPIENT" */
    const char *events[LIST_MAX];     /* "EVENT MESSAGE RECIPIENT...", in the order of the alphabet */
    const char *reply;                /* how it begins */
    size_t quarantined;
    size_t waiting;                   /* recipients for whom a notice is due some day */
    bool refuses_ordinary;
};

/* --- lists ------------------------------------------------------------------------------------------------------------------ */

struct list {
    char items[LIST_MAX][LABEL_SIZE];
    size_t count;
};

static void add(struct list *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct list *l, const char *format, ...)
{
    va_list args;

    assert_true(l->count < LIST_MAX);
    va_start(args, format);
    vsnprintf(l->items[l->count++], LABEL_SIZE, format, args);
    va_end(args);
}

static int order(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void assert_list(struct list *found, const char *const *expected, const char *what)
{
    struct list wanted = { 0 };
    bool is_same;

    while (*expected)
        add(&wanted, "%s", *expected++);
    qsort(wanted.items, wanted.count, LABEL_SIZE, order);
    qsort(found->items, found->count, LABEL_SIZE, order);
    is_same = found->count == wanted.count;
    for (size_t i = 0; i < wanted.count && is_same; i++)
        is_same = strcmp(wanted.items[i], found->items[i]) == 0;
    if (is_same)
        return;
    for (size_t i = 0; i < found->count; i++)
        print_error("%s: found \"%s\"\n", what, found->items[i]);
    for (size_t i = 0; i < wanted.count; i++)
        print_error("%s: expected \"%s\"\n", what, wanted.items[i]);
    fail();
}

/* --- one message, killed and sent again ------------------------------------------------------------------------------------- */

struct trial {
    const struct kind *kind;
    const struct mail *mail; /* NULL: a notice */
    int64_t first, second;   /* when the two attempts were */
    struct journey_end broken, whole;
    struct delivery *before, *after; /* after the first attempt; after both */
    size_t before_count, after_count;
};

static bool is_same(struct slice a, struct slice b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static const char *message_id(const struct delivery *d)
{
    const char *id = world_field(d->bytes, "Message-ID");

    return id ? id : "-";
}

static bool is_same_effect(const struct delivery *a, const struct delivery *b)
{
    return a->sink == b->sink && strcmp(a->recipient, b->recipient) == 0 && strcmp(message_id(a), message_id(b)) == 0;
}

static bool is_same_bytes(const struct delivery *a, const struct delivery *b)
{
    return strcmp(a->sender, b->sender) == 0 && strcmp(a->envid, b->envid) == 0 && is_same(a->bytes, b->bytes);
}

static bool is_as_came(const struct trial *t, const struct delivery *d)
{
    return t->mail && is_same(d->bytes, t->mail->bytes);
}

/* Was the step recorded before the process died? */
static bool was_recorded(const struct trial *t, const struct delivery *d)
{
    char label[sizeof t->broken.recorded[0]];

    snprintf(label, sizeof label, "%s %s %s", sink_names[d->sink], d->recipient, is_as_came(t, d) ? "-" : message_id(d));
    for (size_t i = 0; i < t->broken.recorded_count; i++)
        if (strcmp(t->broken.recorded[i], label) == 0)
            return true;
    return false;
}

/* Nothing is lost. What is delivered twice was delivered in the one transaction that was not recorded yet, and is the same to the byte. */
static void check_effects(const struct trial *t)
{
    struct list found = { 0 };

    for (size_t i = 0; i < t->after_count; i++) {
        const struct delivery *d = &t->after[i];
        const char *kind = world_field(d->bytes, "X-Ricevuta");
        size_t times = 0;

        for (size_t j = 0; j < i; j++) {
            const struct delivery *earlier = &t->after[j];

            if (!is_same_effect(earlier, d))
                continue;
            times++;
            assert_true(is_same_bytes(earlier, d));
            assert_true(j < t->before_count && i >= t->before_count);
            assert_false(was_recorded(t, earlier));
            assert_int_equal(earlier->transaction, t->before[t->before_count - 1].transaction);
        }
        assert_true(times <= 1);
        kind = kind ? kind : world_field(d->bytes, "X-Trasporto");
        if (times == 0)
            add(&found, "%s %s %s", sink_names[d->sink], kind ? kind : "report", d->recipient);
    }
    assert_list(&found, t->kind->deliveries, "deliveries");
}

static bool read_data(const struct delivery *d, struct certification *out)
{
    struct part whole, *mixed;
    struct slice xml;

    assert_int_equal(part_read(d->bytes, &part_limits_default, world.arena, &whole), 0);
    mixed = whole.child_count ? &whole.children[0] : &whole;
    for (size_t i = 0; i < mixed->child_count; i++) {
        if (!mixed->children[i].name || strcmp(mixed->children[i].name, "daticert.xml") != 0)
            continue;
        assert_int_equal(part_decode(&mixed->children[i], world.arena, &xml), 0);
        assert_int_equal(daticert_read(xml, world.arena, out, NULL), 0);
        return true;
    }
    return false;
}

/* 4.1: one temporal value, that of the attempt in which the transaction began. A receipt about a mailbox states the second in which that
 * mailbox took the message or refused it, which may be one of the other attempt. */
static void check_time(const struct trial *t, const struct delivery *d, const struct certification *c)
{
    int64_t began = t->broken.has_begun ? t->first : t->second, date;
    bool is_of_mailbox = c->type == TYPE_DELIVERY || c->type == TYPE_NON_DELIVERY;

    assert_true(clock_read_date(world_field(d->bytes, "Date"), &date));
    assert_true(is_of_mailbox ? date == t->first || date == t->second : date == began);
    if (c->type != TYPE_NONE)
        assert_int_equal(c->time.seconds, date);
}

/* Two ids or two times for one transaction never happen (design 6.3). */
static void check_identity(const struct trial *t)
{
    const char *pec_id = NULL;

    for (size_t i = 0; i < t->after_count; i++) {
        struct certification c = { .type = TYPE_NONE };

        if (is_as_came(t, &t->after[i]) || !world_field(t->after[i].bytes, "From"))
            continue;
        read_data(&t->after[i], &c);
        check_time(t, &t->after[i], &c);
        if (c.type == TYPE_NONE)
            continue;
        if (pec_id)
            assert_string_equal(c.about.pec_id, pec_id);
        pec_id = c.about.pec_id;
    }
    if (pec_id && t->kind->reply)
        assert_non_null(strstr(t->whole.reply, pec_id));
}

static const char *text_of(const json_t *line, const char *name)
{
    const char *text = json_string_value(json_object_get(line, name));

    return text ? text : "-";
}

static void add_event(struct list *events, const json_t *line)
{
    const char *message = text_of(line, *text_of(line, "message") == '-' ? "receipt" : "message");
    struct list recipients = { 0 };
    const json_t *recipient;
    char *label;
    size_t i;

    json_array_foreach(json_object_get(line, "recipients"), i, recipient)
        add(&recipients, "%s", text_of(recipient, "address"));
    qsort(recipients.items, recipients.count, LABEL_SIZE, order);
    label = arena_printf(world.arena, "%s %s", text_of(line, "event"), message);
    for (i = 0; i < recipients.count; i++)
        label = arena_printf(world.arena, "%s %s", label, recipients.items[i]);
    add(events, "%s", label);
}

/* 2.3: every event, each once. */
static void check_log(const struct trial *t, size_t lines_before)
{
    struct list found = { 0 };
    size_t count;
    struct slice *lines = world_log(t->kind->site, &count);

    for (size_t i = lines_before; i < count; i++) {
        json_t *line = json_loadb(lines[i].data, lines[i].size, 0, NULL);

        assert_non_null(line);
        add_event(&found, line);
        json_decref(line);
    }
    assert_list(&found, t->kind->events, "legal log");
}

static void check_store(const struct trial *t)
{
    const struct journal_request status = { .verb = JOURNAL_STATUS, .time = t->second };
    const struct journal_request due = { .verb = JOURNAL_DUE, .time = t->second + 10 * 86400, .number = 100 };
    struct slice message;

    assert_int_equal(world_ask(t->kind->site, &status).status.open_plans, 0);
    assert_int_equal(world_ask(t->kind->site, &due).task_count, t->kind->waiting);
    assert_int_equal(world_quarantine(t->kind->site, &message), t->kind->quarantined);
    if (t->kind->quarantined)
        assert_true(is_same(message, t->mail->bytes));
}

/* The answer of a lost 250 is 250 again, without effects. */
static void check_replay(const struct trial *t)
{
    struct journey journey = { .site = t->kind->site, .mail = t->mail, .now = t->second + RETRY_AFTER,
                               .refuses_ordinary = t->kind->refuses_ordinary };
    struct journey_end end = world_run(&journey);
    size_t count;

    world_deliveries(&count);
    assert_int_equal(count, t->after_count);
    assert_string_equal(end.reply, t->whole.reply);
    assert_int_equal(end.result, 0);
}

/* Postfix names the recipients in another order, and all is done with what was begun. */
static struct mail sent_again(const struct mail *mail)
{
    struct mail again = *mail;

    again.recipients = arena_array(world.arena, mail->recipient_count, sizeof *again.recipients);
    for (size_t i = 0; i < mail->recipient_count; i++)
        again.recipients[i] = mail->recipients[mail->recipient_count - 1 - i];
    return again;
}

static void check(struct trial *t, size_t lines_before)
{
    t->after = world_deliveries(&t->after_count);
    check_effects(t);
    check_identity(t);
    check_log(t, lines_before);
    check_store(t);
}

/* The client tries again, and this time nothing happens to us. */
static void finish(struct trial *t)
{
    struct mail again = t->mail ? sent_again(t->mail) : (struct mail){ 0 };
    struct journey journey = { .site = t->kind->site, .mail = t->mail ? &again : NULL, .now = t->second,
                               .refuses_ordinary = t->kind->refuses_ordinary };

    t->whole = world_run(&journey);
    assert_int_equal(t->whole.result, 0);
    if (t->mail && strncmp(t->whole.reply, t->kind->reply, strlen(t->kind->reply)) != 0)
        fail_msg("reply \"%s\"", t->whole.reply);
}

/* One trial: the first attempt as told, the second to its end. False when the first one was not disturbed: there is nothing more to
 * disturb. */
static bool try(const struct kind *kind, const struct mail *mail, unsigned die_at, unsigned fail_commit, size_t lines_before)
{
    const struct journey journey = { .site = kind->site, .mail = mail, .now = kind->now, .refuses_ordinary = kind->refuses_ordinary,
                                     .die_at = die_at, .fail_commit = fail_commit };
    struct trial t = { .kind = kind, .mail = mail, .first = kind->now, .second = kind->now + RETRY_AFTER };
    bool is_disturbed;

    world_restore();
    t.broken = world_run(&journey);
    t.before = world_deliveries(&t.before_count);
    is_disturbed = t.broken.died || t.broken.is_refused_a_commit;
    if (is_disturbed) {
        assert_true(!t.broken.reply[0] || t.broken.reply[0] == '4');
        finish(&t);
    } else {
        t.whole = t.broken;
        t.before_count = 0;
    }
    check(&t, lines_before);
    if (!is_disturbed || t.broken.last == BOUNDARY_ENDED)
        check_replay(&t);
    return is_disturbed;
}

/* Killed at each boundary in turn. */
static void crash_everywhere(const struct kind *kind, const struct mail *mail)
{
    size_t lines;
    unsigned n = 1;

    world_log(kind->site, &lines);
    world_keep();
    while (try(kind, mail, n, 0, lines) && n < TRIALS_MAX)
        n++;
    assert_in_range(n, BOUNDARY_COUNT, TRIALS_MAX - 1);
}

/* With the disk full at each commit in turn, too. */
static void disturb_everywhere(const struct kind *kind, const struct mail *mail)
{
    size_t lines;
    unsigned n = 1;

    crash_everywhere(kind, mail);
    world_restore();
    world_log(kind->site, &lines);
    while (try(kind, mail, 0, n, lines) && n < TRIALS_MAX)
        n++;
    assert_in_range(n, 3, TRIALS_MAX - 1);
}

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

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_accepted_message, world_begin_test),
        cmocka_unit_test_setup(an_accepted_message_of_which_the_relay_refuses_a_recipient, world_begin_test),
        cmocka_unit_test_setup(an_accepted_message_whose_sender_has_a_full_mailbox, world_begin_test),
        cmocka_unit_test_setup(a_message_with_a_formal_fault, world_begin_test),
        cmocka_unit_test_setup(an_infected_message, world_begin_test),
        cmocka_unit_test_setup(timeout_notices, world_begin_test),
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
    int failed;

    (void)count;
    world_begin(arguments[1]);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    world_end();
    return failed;
}

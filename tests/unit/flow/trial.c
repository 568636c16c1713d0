/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "trial.h"

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

enum { LABEL_SIZE = 300, TRIALS_MAX = 200, RETRY_AFTER = 700 };

/* --- lists ------------------------------------------------------------------------------------------------------------------ */

struct list {
    char items[TRIAL_LIST_MAX][LABEL_SIZE];
    size_t count;
};

static void add(struct list *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct list *l, const char *format, ...)
{
    va_list args;

    assert_true(l->count < TRIAL_LIST_MAX);
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

void crash_everywhere(const struct kind *kind, const struct mail *mail)
{
    size_t lines;
    unsigned n = 1;

    world_log(kind->site, &lines);
    world_keep();
    while (try(kind, mail, n, 0, lines) && n < TRIALS_MAX)
        n++;
    assert_in_range(n, BOUNDARY_COUNT, TRIALS_MAX - 1);
}

void disturb_everywhere(const struct kind *kind, const struct mail *mail)
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

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/event.h"

#include <stdio.h>

#include "mime/address.h"
#include "mime/write.h"

enum { LINE = 4 * ((EVENT_REPORT_MAX + 2) / 3) };

/* Ids of messages that the event speaks of: one of ours, a receipt that came. */
static void related(struct record *r, const struct plan *plan, const struct event *event)
{
    const char *ids[2], **list = ids;
    size_t count = 0;

    if (event->message && event->message->id)
        ids[count++] = event->message->id;
    if (plan->receipt_id)
        ids[count++] = plan->receipt_id;
    if (count)
        record_texts(r, "related", &list, &count);
}

struct listed {
    const char *address, *kind;
};

static void listed_visit(struct record *r, void *item)
{
    struct listed *l = item;

    record_text(r, "address", &l->address);
    record_text(r, "kind", &l->kind);
}

/* One of the transaction's recipients. They are asked for in their order, so the search goes on from where the last one was found. */
static const struct recipient *find_recipient(const struct transaction *about, const char *address, size_t *at)
{
    for (size_t i = 0; i < about->recipient_count; i++) {
        const struct recipient *recipient = &about->recipients[(*at + i) % about->recipient_count];

        if (!address_same(slice_of(recipient->address), slice_of(address)))
            continue;
        *at = (*at + i + 1) % about->recipient_count;
        return recipient;
    }
    return NULL;
}

/* The recipients that the event concerns, certified or external (2.2.1). A service mailbox is neither. */
static int recipients(struct record *r, const struct plan *plan, const struct event *event, struct arena *arena)
{
    bool is_all = event->recipient_count == 0;
    size_t count = is_all ? plan->about.recipient_count : event->recipient_count, at = 0;
    struct listed *list = arena_array(arena, count ? count : 1, sizeof *list);
    void *items = list;

    if (!list)
        return ERROR_BUDGET;
    for (size_t i = 0; i < count; i++) {
        const char *address = is_all ? plan->about.recipients[i].address : event->recipients[i];
        const struct recipient *known = is_all ? &plan->about.recipients[i] : find_recipient(&plan->about, address, &at);

        list[i].address = address;
        list[i].kind = !known ? NULL : known->certified ? "certified" : "external";
    }
    record_list(r, "recipients", &items, &count, sizeof *list, listed_visit);
    return 0;
}

/* The recipients of the original message that one of our messages is about: `recipients` names those to whom it goes. */
static void concerned(struct record *r, const struct pec_message *message)
{
    const char *one[1], **list = message ? message->taken : NULL;
    size_t count = message ? message->taken_count : 0;

    if (message && message->recipient) {
        one[0] = message->recipient;
        list = one;
        count = 1;
    }
    if (count)
        record_texts(r, "concerned", &list, &count);
}

/* For whom a receipt that came ends a waiting (3.1.6): none, if its signer does not answer for them. */
static int settles(struct record *r, const struct plan *plan, struct arena *arena)
{
    size_t count = plan->release_count;
    const char **list = arena_array(arena, count ? count : 1, sizeof *list);

    if (!list)
        return ERROR_BUDGET;
    for (size_t i = 0; i < count; i++)
        list[i] = plan->releases[i].address;
    record_texts(r, "settles", &list, &count);
    return 0;
}

void event_moment(struct record *r, int64_t seconds, int64_t done)
{
    struct legal_time t = clock_legal(seconds);
    char utc[CLOCK_DATE_SIZE], day[CLOCK_TEXT_SIZE], hour[CLOCK_TEXT_SIZE], zone[CLOCK_TEXT_SIZE], legal[4 * CLOCK_TEXT_SIZE];
    const char *text = utc;

    clock_utc_text(seconds, utc);
    clock_day(&t, day);
    clock_hour(&t, hour);
    clock_offset(&t, zone);
    snprintf(legal, sizeof legal, "%s %s %s", day, hour, zone);
    record_text(r, "utc", &text);
    text = legal;
    record_text(r, "legal_time", &text);
    if (done) {
        clock_utc_text(done, utc);
        text = utc;
        record_text(r, "done", &text);
    }
}

/* Bytes that need not be UTF-8: in base64, in one line. */
static const char *encoded(struct slice bytes, struct arena *arena)
{
    struct rope r = rope_new(arena);

    write_base64(&r, (struct slice){ bytes.data, bytes.size < EVENT_REPORT_MAX ? bytes.size : EVENT_REPORT_MAX }, LINE);
    return rope_ok(&r) ? arena_text(arena, slice_trim(rope_flat(&r))) : NULL;
}

char *event_write(const struct plan *plan, const struct event *event, const char *digest, struct arena *arena)
{
    struct record r = record_writer();
    const struct transaction *about = &plan->about;
    const char *point = point_names[plan->point], *verdict = verdict_names[plan->verdict], *what = event->what;
    const char *message = event->message ? kind_names[event->message->kind] : NULL;
    const char *reason = event->reason, *pec_id = about->pec_id, *msgid = about->msgid, *sender = about->sender;
    const char *subject = about->subject, *provider = about->provider, *receipt = plan->receipt_type;
    const char *report = event->report.size ? encoded(event->report, arena) : NULL;
    int64_t size = plan->size;

    event_moment(&r, event->time, event->done);
    record_text(&r, "event", &what);
    record_text(&r, "point", &point);
    record_text(&r, "verdict", &verdict);
    record_text(&r, "message", &message);
    record_text(&r, "receipt", &receipt);
    record_text(&r, "pec_id", &pec_id);
    record_text(&r, "msgid", &msgid);
    record_text(&r, "sender", &sender);
    if (recipients(&r, plan, event, arena) != 0)
        record_fail(&r);
    concerned(&r, event->message);
    if (plan->receipt_type && event->number == 0 && settles(&r, plan, arena) != 0)
        record_fail(&r);
    record_text(&r, "subject", &subject);
    record_text(&r, "provider", &provider);
    related(&r, plan, event);
    record_text(&r, "reason", &reason);
    record_i64(&r, "size", &size);
    record_text(&r, "digest", &digest);
    record_text(&r, "report", &report);
    if (event->report.size && !report)
        record_fail(&r);
    return record_finish(&r, arena);
}

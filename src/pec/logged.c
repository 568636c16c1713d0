/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/logged.h"

#include <string.h>

static const char *const whats[LOGGED_OTHER] = { "received", "sent", "delivered", "refused", "quarantined" };

enum { MIN_LINE_BUDGET = 1 };

struct listed {
    const char *address, *kind;
};

static void listed_visit(struct record *r, void *item)
{
    struct listed *l = item;

    record_text(r, "address", &l->address);
    record_text(r, "kind", &l->kind);
    if (!l->address)
        record_fail(r);
}

static void read_recipients(struct record *r, struct logged *out)
{
    struct listed *list;
    void *items = NULL;
    size_t count = 0;

    record_list(r, "recipients", &items, &count, sizeof *list, listed_visit);
    list = items;
    out->recipients = arena_array(r->arena, count ? count : 1, sizeof *out->recipients);
    if (!out->recipients) {
        record_fail(r);
        return;
    }
    for (size_t i = 0; i < count; i++)
        out->recipients[i] = (struct recipient){ list[i].address, list[i].kind && strcmp(list[i].kind, "certified") == 0 };
    out->recipient_count = count;
}

/* "24/11/2026 06:21:41 +0100" begins with the day. */
static bool read_day(const char *legal, char out[11])
{
    if (!legal || strlen(legal) < 10)
        return false;
    memcpy(out, legal + 6, 4);
    out[4] = out[7] = '-';
    memcpy(out + 5, legal + 3, 2);
    memcpy(out + 8, legal, 2);
    out[10] = '\0';
    for (size_t i = 0; i < 10; i++)
        if (i != 4 && i != 7 && (out[i] < '0' || out[i] > '9'))
            return false;
    return true;
}

static void read_times(struct record *r, struct logged *out)
{
    const char *utc = NULL, *legal = NULL, *done = NULL;

    record_text(r, "utc", &utc);
    record_text(r, "legal_time", &legal);
    record_text(r, "done", &done);
    if (!utc || !clock_read_utc(utc, &out->time) || !read_day(legal, out->day))
        record_fail(r);
    out->done = out->time;
    if (done && !clock_read_utc(done, &out->done))
        record_fail(r);
}

static void read_related(struct record *r, struct logged *out)
{
    const char **ids = NULL;
    size_t count = 0;

    record_texts(r, "related", &ids, &count);
    out->related = count ? ids[0] : NULL;
}

static void read_receipt(struct record *r, struct logged *out)
{
    int type = TYPE_NONE;

    record_enum(r, "receipt", &type, certified_type_words, TYPE_NONE);
    out->receipt = (enum certified_type)type;
}

static void read_event(struct record *r, struct logged *out)
{
    read_times(r, out);
    record_enum(r, "point", &out->point, point_names, POINT_COUNT);
    record_enum(r, "verdict", &out->verdict, verdict_names, VERDICT_COUNT);
    record_enum(r, "message", &out->message, kind_names, KIND_COUNT);
    read_receipt(r, out);
    record_text(r, "pec_id", &out->pec_id);
    record_text(r, "sender", &out->sender);
    record_text(r, "provider", &out->provider);
    read_recipients(r, out);
    record_texts(r, "concerned", &out->concerned.items, &out->concerned.count);
    record_texts(r, "settles", &out->settles.items, &out->settles.count);
    read_related(r, out);
    record_i64(r, "size", &out->size);
}

static enum logged_what what_of(const char *name)
{
    int i = 0;

    while (i < LOGGED_OTHER && strcmp(name, whats[i]) != 0)
        i++;
    return (enum logged_what)i;
}

int logged_read(struct slice line, struct arena *arena, struct logged *out)
{
    struct logged l = { .what = LOGGED_OTHER, .point = -1, .verdict = -1, .message = -1, .receipt = TYPE_NONE };
    struct record r = record_reader(line, arena);
    const char *name = NULL;

    record_text(&r, "event", &name);
    if (!name)
        record_fail(&r);
    else
        l.what = what_of(name);
    if (l.what != LOGGED_OTHER)
        read_event(&r, &l);
    if (!record_drop(&r))
        return arena_alloc(arena, MIN_LINE_BUDGET) ? ERROR_SYNTAX : ERROR_BUDGET;
    *out = l;
    return 0;
}

bool logged_issues(const struct logged *l)
{
    return l->message >= 0 && (l->what == LOGGED_SENT || l->what == LOGGED_DELIVERED || l->what == LOGGED_REFUSED);
}

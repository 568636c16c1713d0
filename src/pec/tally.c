/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "pec/tally.h"

#include <stdlib.h>
#include <string.h>

const char *const count_names[COUNT_COUNT] = {
    "accepted",      "accepted_bytes", "not_accepted",   "not_accepted_virus", "envelopes", "envelope_bytes",
    "deliveries",    "non_deliveries", "first_notices",  "second_notices",     "viruses",   "ordinary",
};

enum { FIRST_CAPACITY = 64 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* FNV-1a. The names are days, and mailboxes of ours: no stranger chooses them. */
static size_t hash(const char *name)
{
    uint64_t h = 14695981039346656037u;

    for (; *name; name++)
        h = (h ^ (unsigned char)lower(*name)) * 1099511628211u;
    return (size_t)h;
}

static bool same(const char *a, const char *b)
{
    return slice_equal_nocase(slice_of(a), slice_of(b));
}

static int grow(struct tally *t)
{
    size_t capacity = t->capacity ? 2 * t->capacity : FIRST_CAPACITY;
    struct tally_row **slots = t->count < t->capacity ? t->slots : calloc(capacity, sizeof(struct tally_row *));

    if (!slots)
        return ERROR_MEMORY;
    if (slots == t->slots)
        return 0;
    for (size_t i = 0; i < t->capacity; i++)
        for (struct tally_row *row = t->slots[i], *next; row; row = next) {
            struct tally_row **slot = &slots[hash(row->name) & (capacity - 1)];

            next = row->next;
            row->next = *slot;
            *slot = row;
        }
    free(t->slots);
    t->slots = slots;
    t->capacity = capacity;
    return 0;
}

static struct tally_row *row_new(const char *name)
{
    struct tally_row *row = calloc(1, sizeof *row);

    if (!row || !(row->name = strdup(name))) {
        free(row);
        return NULL;
    }
    for (char *c = row->name; *c; c++)
        *c = lower(*c);
    return row;
}

static int add(struct tally *t, const char *name, enum count what, int64_t much)
{
    struct tally_row **slot, *row;

    if (grow(t) != 0)
        return ERROR_MEMORY;
    slot = &t->slots[hash(name) & (t->capacity - 1)];
    for (row = *slot; row && !same(row->name, name);)
        row = row->next;
    if (!row) {
        row = row_new(name);
        if (!row)
            return ERROR_MEMORY;
        row->next = *slot;
        *slot = row;
        t->count++;
    }
    row->of[what] += much > 0 ? (uint64_t)much : 0;
    return 0;
}

/* One event being counted. */
struct counting {
    struct tally *days, *mailboxes;
    const struct logged *l;
    int result;
};

static void on_day(struct counting *c, enum count what, int64_t much)
{
    if (c->result == 0)
        c->result = add(c->days, c->l->day, what, much);
}

static void on_mailbox(struct counting *c, const char *mailbox, enum count what, int64_t much)
{
    if (c->result == 0 && mailbox && *mailbox)
        c->result = add(c->mailboxes, mailbox, what, much);
}

static void on_both(struct counting *c, const char *mailbox, enum count what, int64_t much)
{
    on_day(c, what, much);
    on_mailbox(c, mailbox, what, much);
}

static void count_received(struct counting *c)
{
    switch (c->l->verdict) {
    case VERDICT_ACCEPTED:
        on_both(c, c->l->sender, COUNT_ACCEPTED, 1);
        on_both(c, c->l->sender, COUNT_ACCEPTED_BYTES, c->l->size);
        break;
    case VERDICT_NOT_ACCEPTED:
        on_both(c, c->l->sender, COUNT_NOT_ACCEPTED, 1);
        break;
    case VERDICT_NOT_ACCEPTED_VIRUS:
        on_both(c, c->l->sender, COUNT_NOT_ACCEPTED_VIRUS, 1);
        break;
    case VERDICT_ENVELOPE:
    case VERDICT_ENVELOPE_VIRUS:
        on_day(c, COUNT_ENVELOPES, 1);
        on_day(c, COUNT_ENVELOPE_BYTES, c->l->size);
        break;
    case VERDICT_ANOMALY:
    case VERDICT_ORDINARY:
    case VERDICT_REJECTED:
    case VERDICT_DISCARDED:
        on_day(c, COUNT_ORDINARY, 1);
        break;
    default:
        break;
    }
}

/* What a message of ours says of each recipient that it is about. `is_ours`: their mailboxes are. */
static void count_concerned(struct counting *c, enum count what, int64_t much, bool is_ours)
{
    for (size_t i = 0; i < c->l->concerned.count && is_ours; i++)
        on_mailbox(c, c->l->concerned.items[i], what, much);
}

static void count_issued(struct counting *c)
{
    bool is_envelope = c->l->verdict == VERDICT_ENVELOPE || c->l->verdict == VERDICT_ENVELOPE_VIRUS;

    switch (c->l->message) {
    case KIND_TAKE_CHARGE:
        count_concerned(c, COUNT_ENVELOPES, 1, true);
        count_concerned(c, COUNT_ENVELOPE_BYTES, c->l->size, true);
        break;
    case KIND_NON_DELIVERY:
    case KIND_NON_DELIVERY_VIRUS:
        on_day(c, COUNT_NON_DELIVERIES, 1);
        count_concerned(c, COUNT_NON_DELIVERIES, 1, is_envelope);
        break;
    case KIND_VIRUS_DETECTION:
        count_concerned(c, COUNT_VIRUSES, 1, true);
        break;
    case KIND_FIRST_NOTICE:
        on_both(c, c->l->sender, COUNT_FIRST_NOTICES, 1);
        break;
    case KIND_SECOND_NOTICE:
        on_both(c, c->l->sender, COUNT_SECOND_NOTICES, 1);
        break;
    default:
        break;
    }
}

/* A mailbox took what came, as it came or in an anomaly envelope. */
static void count_delivered(struct counting *c)
{
    bool is_wrapped = c->l->message == KIND_ANOMALY_ENVELOPE;

    for (size_t i = 0; i < c->l->recipient_count; i++)
        if (is_wrapped)
            on_mailbox(c, c->l->recipients[i].address, COUNT_ORDINARY, 1);
        else if (c->l->message < 0 && c->l->verdict == VERDICT_ENVELOPE)
            on_both(c, c->l->recipients[i].address, COUNT_DELIVERIES, 1);
}

int tally_event(struct tally *days, struct tally *mailboxes, const struct logged *l)
{
    struct counting c = { .days = days, .mailboxes = mailboxes, .l = l };

    if (l->what == LOGGED_RECEIVED)
        count_received(&c);
    if (l->what == LOGGED_DELIVERED)
        count_delivered(&c);
    if (l->what == LOGGED_QUARANTINED) {
        on_day(&c, COUNT_VIRUSES, 1);
        on_mailbox(&c, l->point == POINT_ACCESS ? l->sender : NULL, COUNT_VIRUSES, 1);
    }
    if (logged_issues(l))
        count_issued(&c);
    return c.result;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(struct tally_row *const *)a)->name, (*(struct tally_row *const *)b)->name);
}

struct tally_row **tally_sorted(const struct tally *t)
{
    struct tally_row **rows = malloc((t->count + 1) * sizeof(struct tally_row *));
    size_t at = 0;

    if (!rows)
        return NULL;
    for (size_t i = 0; i < t->capacity; i++)
        for (struct tally_row *row = t->slots[i]; row; row = row->next)
            rows[at++] = row;
    qsort(rows, at, sizeof(struct tally_row *), by_name);
    return rows;
}

void tally_free(struct tally *t)
{
    for (size_t i = 0; i < t->capacity; i++)
        for (struct tally_row *row = t->slots[i], *next; row; row = next) {
            next = row->next;
            free(row->name);
            free(row);
        }
    free(t->slots);
    *t = (struct tally){ 0 };
}

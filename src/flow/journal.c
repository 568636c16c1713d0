/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flow/journal.h"

void journal_close(struct journal **journal)
{
    if (*journal)
        (*journal)->close(*journal);
    *journal = NULL;
}

/* A text without which the message makes no sense: the keeper does not trust those who ask. */
static void needed_text(struct wire *w, const char **value)
{
    wire_text(w, value);
    if (!*value)
        wire_fail(w);
}

static void release_visit(struct wire *w, void *item)
{
    struct journal_release *r = item;

    needed_text(w, &r->pec_id);
    needed_text(w, &r->address);
    wire_bool(w, &r->is_final);
}

static void line_visit(struct wire *w, void *item)
{
    struct journal_line *l = item;

    needed_text(w, &l->id);
    wire_slice(w, &l->text);
}

static void recipient_visit(struct wire *w, void *item)
{
    struct stored_recipient *r = item;

    needed_text(w, &r->address);
    wire_bool(w, &r->certified);
    wire_bool(w, &r->taken);
    wire_bool(w, &r->closed);
}

static void transaction_wire(struct wire *w, struct stored_transaction *t)
{
    void *recipients = t->recipients;

    wire_u64(w, &t->number);
    wire_text(w, &t->pec_id);
    wire_i64(w, &t->created);
    wire_slice(w, &t->record);
    wire_list(w, &recipients, &t->recipient_count, sizeof *t->recipients, recipient_visit);
    t->recipients = recipients;
}

static void account_visit(struct wire *w, void *item)
{
    struct stored_account *a = item;

    needed_text(w, &a->address);
    wire_text(w, &a->password);
    wire_i64(w, &a->quota);
    wire_bool(w, &a->active);
    wire_i64(w, &a->created);
}

static void releases_visit(struct wire *w, struct journal_request *r)
{
    void *releases = r->releases;

    wire_list(w, &releases, &r->release_count, sizeof *r->releases, release_visit);
    r->releases = releases;
}

static void changes_visit(struct wire *w, struct journal_request *r)
{
    void *lines = r->lines;

    releases_visit(w, r);
    wire_list(w, &lines, &r->line_count, sizeof *r->lines, line_visit);
    r->lines = lines;
}

static void begin_visit(struct wire *w, struct journal_request *r)
{
    wire_slice(w, &r->record);
    wire_bool(w, &r->is_tracked);
    if (r->is_tracked) {
        transaction_wire(w, &r->transaction);
        if (!r->transaction.pec_id)
            wire_fail(w);
        wire_i64(w, &r->first_due);
        wire_i64(w, &r->second_due);
    }
    releases_visit(w, r);
}

void journal_request_visit(struct wire *w, struct journal_request *r)
{
    int verb = (int)r->verb;

    wire_enum(w, &verb, JOURNAL_VERB_COUNT);
    r->verb = (enum journal_verb)verb;
    wire_bytes(w, r->key, sizeof r->key);
    wire_i64(w, &r->time);
    wire_u32(w, &r->number);
    switch (r->verb) {
    case JOURNAL_BEGIN:
        begin_visit(w, r);
        break;
    case JOURNAL_OUTCOME:
        wire_slice(w, &r->record);
        changes_visit(w, r);
        break;
    case JOURNAL_END:
        wire_text(w, &r->text);
        wire_u64(w, &r->task);
        changes_visit(w, r);
        break;
    case JOURNAL_NOTE:
        changes_visit(w, r);
        break;
    case JOURNAL_TRANSACTION:
        wire_u64(w, &r->transaction.number);
        break;
    case JOURNAL_TASK_DONE:
        wire_u64(w, &r->task);
        break;
    case JOURNAL_DOMAIN_ADD:
    case JOURNAL_DOMAIN_REMOVE:
    case JOURNAL_ACCOUNT_REMOVE:
        needed_text(w, &r->text);
        break;
    case JOURNAL_ACCOUNT_LIST:
        wire_text(w, &r->text);
        break;
    case JOURNAL_ACCOUNT_ADD:
    case JOURNAL_ACCOUNT_SET:
        account_visit(w, &r->account);
        break;
    default:
        break;
    }
}

static void slice_visit(struct wire *w, void *item)
{
    wire_slice(w, item);
}

static void task_visit(struct wire *w, void *item)
{
    struct stored_task *t = item;
    int kind = (int)t->kind;

    wire_u64(w, &t->id);
    wire_enum(w, &kind, TASK_SECOND_NOTICE + 1);
    t->kind = (enum task_kind)kind;
    wire_i64(w, &t->due);
    wire_u64(w, &t->transaction);
    needed_text(w, &t->address);
}

static void node_visit(struct wire *w, void *item)
{
    struct journal_node *n = item;

    needed_text(w, &n->name);
    wire_i64(w, &n->seen);
    wire_u64(w, &n->head.count);
    wire_bytes(w, n->head.hash, sizeof n->head.hash);
}

static void status_visit(struct wire *w, struct journal_status *s)
{
    wire_size(w, &s->open_plans);
    wire_i64(w, &s->oldest_plan);
    wire_i64(w, &s->next_task);
    wire_u64(w, &s->log_lines);
    wire_text(w, &s->log_damage);
}

void journal_response_visit(struct wire *w, struct journal_response *r)
{
    int state = (int)r->state;
    void *outcomes = r->outcomes, *tasks = r->tasks, *accounts = r->accounts, *nodes = r->nodes;

    wire_int(w, &r->error);
    wire_text(w, &r->words);
    wire_enum(w, &state, JOURNAL_STATE_COUNT);
    r->state = (enum journal_state)state;
    wire_text(w, &r->text);
    wire_slice(w, &r->record);
    wire_list(w, &outcomes, &r->outcome_count, sizeof *r->outcomes, slice_visit);
    r->outcomes = outcomes;
    wire_u32(w, &r->number);
    transaction_wire(w, &r->transaction);
    wire_list(w, &tasks, &r->task_count, sizeof *r->tasks, task_visit);
    r->tasks = tasks;
    wire_i64(w, &r->time);
    wire_texts(w, &r->names, &r->name_count);
    wire_bytes(w, r->tag_key, sizeof r->tag_key);
    wire_list(w, &accounts, &r->account_count, sizeof *r->accounts, account_visit);
    r->accounts = accounts;
    status_visit(w, &r->status);
    wire_list(w, &nodes, &r->node_count, sizeof *r->nodes, node_visit);
    r->nodes = nodes;
}

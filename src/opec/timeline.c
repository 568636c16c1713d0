/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/timeline.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "opec/print.h"

static const char *text_of(struct timeline *t, const json_t *event, const char *name)
{
    const json_t *text = json_object_get(event, name);

    return json_is_string(text) ? print_line(t->arena, (struct slice){ json_string_value(text), json_string_length(text) }) : NULL;
}

/* "name: text", if there is one. */
static void print_field(struct timeline *t, const json_t *event, const char *name)
{
    const char *text = text_of(t, event, name);

    if (text && *text)
        fprintf(t->out, "    %-10s %s\n", name, text);
}

static void print_heading(struct timeline *t, const json_t *event)
{
    const char *pec_id = text_of(t, event, "pec_id");

    if (!pec_id)
        pec_id = "";
    if (t->pec_id && strcmp(t->pec_id, pec_id) == 0)
        return;
    fprintf(t->out, "%s%s\n", t->pec_id ? "\n" : "", *pec_id ? pec_id : "without a PEC id");
    print_field(t, event, "msgid");
    print_field(t, event, "subject");
    print_field(t, event, "provider");
    free(t->pec_id);
    t->pec_id = strdup(pec_id);
}

/* "a@x (certified), b@y (external) and 12 more" */
static void print_recipients(struct timeline *t, const json_t *recipients)
{
    size_t i, count = json_array_size(recipients);
    json_t *one;

    json_array_foreach(recipients, i, one) {
        const char *address = text_of(t, one, "address"), *kind = text_of(t, one, "kind");

        if (i == TIMELINE_RECIPIENTS)
            break;
        fprintf(t->out, "%s%s", i ? ", " : " to ", address ? address : "?");
        if (kind)
            fprintf(t->out, " (%s)", kind);
    }
    if (count > TIMELINE_RECIPIENTS)
        fprintf(t->out, " and %zu more", count - TIMELINE_RECIPIENTS);
}

/* What is on its way: a message of ours, or what came. */
static const char *matter(struct timeline *t, const json_t *event)
{
    const char *message = text_of(t, event, "message"), *verdict = text_of(t, event, "verdict");

    return message ? message : verdict ? verdict : "";
}

void timeline_print(struct timeline *t, const json_t *event)
{
    const char *time, *what, *sender, *reason, *done;

    arena_reset(t->arena);
    print_heading(t, event);
    time = text_of(t, event, "legal_time");
    what = text_of(t, event, "event");
    sender = text_of(t, event, "sender");
    reason = text_of(t, event, "reason");
    done = text_of(t, event, "done");
    fprintf(t->out, "  %s %-11s %-18s", time ? time : "(no time)", what ? what : "", matter(t, event));
    if (sender)
        fprintf(t->out, " from %s", *sender ? sender : "<>");
    print_recipients(t, json_object_get(event, "recipients"));
    if (reason && *reason)
        fprintf(t->out, ": %s", reason);
    if (done)
        fprintf(t->out, " (done %s)", done);
    fprintf(t->out, "\n");
}

void timeline_end(struct timeline *t)
{
    free(t->pec_id);
    t->pec_id = NULL;
}

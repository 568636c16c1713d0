/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "opec/status_report.h"

#include <stdbool.h>
#include <string.h>

#include "base/clock.h"
#include "opec/print.h"

enum { LINE_BUDGET = 64 * 1024, OVERDUE_S = 60, ALARM_SIZE = 512 };

/* --- from the keeper's structure -------------------------------------------------------------------------------------------- */

json_t *status_report_keeper(const struct journal_status *s)
{
    return json_pack("{s:I, s:o, s:o, s:I, s:o}", "open_plans", (json_int_t)s->open_plans, "oldest_plan",
                     print_json_moment(s->open_plans ? s->oldest_plan : 0), "next_task",
                     print_json_moment(s->next_task == INT64_MAX ? 0 : s->next_task), "log_lines", (json_int_t)s->log_lines, "log_damage",
                     *s->log_damage ? print_json_text(slice_of(s->log_damage)) : json_null());
}

json_t *status_report_nodes(const struct journal_node *nodes, size_t count)
{
    json_t *all = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(all, json_pack("{s:o, s:o, s:I}", "name", print_json_text(slice_of(nodes[i].name)), "seen",
                                             print_json_moment(nodes[i].seen), "log_lines", (json_int_t)nodes[i].head.count));
    return all;
}

static void alarm_add(json_t *alarms, const char *words)
{
    json_array_append_new(alarms, print_json_text(slice_of(words)));
}

json_t *status_report_alarms(const struct journal_status *s, const json_t *poisoned, int64_t now, int64_t kept)
{
    json_t *alarms = json_array();
    char words[ALARM_SIZE], since[PRINT_SIZE];

    if (s->open_plans && s->oldest_plan < now - kept) {
        snprintf(words, sizeof words, "a message has been in hand since %s, longer than Postfix keeps it in its queue",
                 print_moment(s->oldest_plan, since));
        alarm_add(alarms, words);
    }
    if (s->next_task < now - OVERDUE_S) {
        snprintf(words, sizeof words, "a notice has been due since %s and is not sent", print_moment(s->next_task, since));
        alarm_add(alarms, words);
    }
    if (*s->log_damage) {
        snprintf(words, sizeof words, "the legal log is damaged: %s (see opec log verify)", s->log_damage);
        alarm_add(alarms, words);
    }
    if (json_array_size(poisoned)) {
        snprintf(words, sizeof words, "messages that crashed every worker: %zu; copies are kept", json_array_size(poisoned));
        alarm_add(alarms, words);
    }
    return alarms;
}

/* --- the table -------------------------------------------------------------------------------------------------------------- */

struct table {
    FILE *out;
    struct arena *arena; /* of a line */
};

static void begin(struct table *t, const char *name)
{
    arena_reset(t->arena);
    fprintf(t->out, "%-14s", name);
}

static const char *text_of(struct table *t, const json_t *object, const char *name)
{
    const json_t *text = json_object_get(object, name);

    return json_is_string(text) ? print_line(t->arena, (struct slice){ json_string_value(text), json_string_length(text) }) : "";
}

static long long number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

/* "keeper 1, signer 2": the counts of an object; those that are 0 are left out if `only_some`. */
static void print_counts(struct table *t, const json_t *object, bool only_some)
{
    const char *name;
    json_t *value;
    bool any = false;

    json_object_foreach((json_t *)(uintptr_t)object, name, value) {
        if (only_some && json_integer_value(value) == 0)
            continue;
        fprintf(t->out, "%s%s %lld", any ? ", " : "", name, (long long)json_integer_value(value));
        any = true;
    }
    fprintf(t->out, "%s\n", any ? "" : "none yet");
}

static void print_head(struct table *t, const json_t *status)
{
    begin(t, "daemon");
    fprintf(t->out, "opec %s of %s, process %lld\n", text_of(t, status, "version"), text_of(t, status, "provider"),
            number_of(status, "pid"));
    begin(t, "state");
    fprintf(t->out, "%s, started %s%s\n", text_of(t, status, "state"), text_of(t, status, "started"),
            json_is_true(json_object_get(status, "suspending")) ? ", in self-suspending mode" : "");
    begin(t, "processes");
    print_counts(t, json_object_get(status, "processes"), false);
}

static void print_workers(struct table *t, const json_t *workers)
{
    if (!workers)
        return;
    begin(t, "workers");
    fprintf(t->out, "%lld: %lld idle; in hand: access %lld, incoming %lld, notice %lld", number_of(workers, "places"),
            number_of(workers, "idle"), number_of(workers, "access"), number_of(workers, "incoming"), number_of(workers, "notice"));
    fprintf(t->out, "; longest %.1f s; crashes %lld\n", (double)number_of(workers, "longest_ms") / 1000, number_of(workers, "crashes"));
}

static void print_dependencies(struct table *t, const json_t *dependencies)
{
    const char *name;
    json_t *one;

    json_object_foreach((json_t *)(uintptr_t)dependencies, name, one) {
        begin(t, name);
        if (json_is_true(json_object_get(one, "answers")))
            fprintf(t->out, "answers");
        else if (!json_is_string(json_object_get(one, "out_since")))
            fprintf(t->out, "not asked yet");
        else
            fprintf(t->out, "OUT since %s: %s", text_of(t, one, "out_since"), text_of(t, one, "words"));
        if (number_of(one, "failures"))
            fprintf(t->out, " (failures so far: %lld)", number_of(one, "failures"));
        fprintf(t->out, "\n");
    }
}

/* "token a       signs, 1200 signatures, median 0.9 ms, p99 2.1 ms" */
static void print_token(struct table *t, const json_t *token)
{
    begin(t, "token");
    fprintf(t->out, "%s: ", text_of(t, token, "name"));
    if (json_is_string(json_object_get(token, "out_since")))
        fprintf(t->out, "OUT since %s: %s; ", text_of(t, token, "out_since"), text_of(t, token, "words"));
    else
        fprintf(t->out, "%s, ", strcmp(text_of(t, token, "state"), "signs") == 0 ? "signs" : "not asked yet");
    fprintf(t->out, "signatures %lld", number_of(token, "signatures"));
    if (number_of(token, "signatures"))
        fprintf(t->out, ", median %.1f ms, p99 %.1f ms", (double)number_of(token, "median_us") / 1000, (double)number_of(token, "p99_us") / 1000);
    fprintf(t->out, ", failures %lld\n", number_of(token, "failures"));
}

static void print_signing(struct table *t, const json_t *signing)
{
    size_t i;
    json_t *one;

    json_array_foreach(json_object_get(signing, "tokens"), i, one)
        print_token(t, one);
}

static void print_certificate(struct table *t, const json_t *certificate)
{
    size_t i;
    json_t *warning;

    begin(t, "certificate");
    fprintf(t->out, "%s%s, until %s%s\n", text_of(t, certificate, "key"),
            json_is_true(json_object_get(certificate, "in_use")) ? ", in use" : "", text_of(t, certificate, "until"),
            json_is_true(json_object_get(certificate, "in_index")) ? ", in the index" : "");
    json_array_foreach(json_object_get(certificate, "warnings"), i, warning) {
        begin(t, "WARNING");
        fprintf(t->out, "%s: ", text_of(t, certificate, "key"));
        fprintf(t->out, "%s\n", print_line(t->arena, slice_of(json_string_value(warning))));
    }
}

static void print_certificates(struct table *t, const json_t *certificates)
{
    size_t i;
    json_t *one;

    json_array_foreach(certificates, i, one)
        print_certificate(t, one);
}

static void print_messages(struct table *t, const json_t *messages)
{
    if (!messages)
        return;
    begin(t, "messages");
    print_counts(t, json_object_get(messages, "verdicts"), true);
    begin(t, "answers");
    fprintf(t->out, "2xx %lld, 4xx %lld, 5xx %lld\n", number_of(messages, "answered_2xx"), number_of(messages, "answered_4xx"),
            number_of(messages, "answered_5xx"));
}

/* "phase         access sign: 120, median 0.9 ms, p99 2.1 ms, longest 3.0 ms" */
static void print_phase(struct table *t, const char *point, const char *name, const json_t *phase)
{
    begin(t, "phase");
    fprintf(t->out, "%s %s: %lld, median %.1f ms, p99 %.1f ms, longest %.1f ms\n", point, name, number_of(phase, "count"),
            (double)number_of(phase, "median_us") / 1000, (double)number_of(phase, "p99_us") / 1000,
            (double)number_of(phase, "max_us") / 1000);
}

static void print_phases(struct table *t, const json_t *phases)
{
    const char *point, *name;
    json_t *all, *one;

    json_object_foreach((json_t *)(uintptr_t)phases, point, all)
        json_object_foreach(all, name, one)
            print_phase(t, point, name, one);
}

static void print_nodes(struct table *t, const json_t *nodes)
{
    size_t i;
    json_t *one;

    json_array_foreach(nodes, i, one) {
        begin(t, "other node");
        fprintf(t->out, "%s, ", text_of(t, one, "name"));
        fprintf(t->out, "last seen %s; lines of its legal log: %lld\n", text_of(t, one, "seen"), number_of(one, "log_lines"));
    }
}

static void print_keeper(struct table *t, const json_t *keeper)
{
    if (!keeper)
        return;
    if (json_object_get(keeper, "words")) {
        begin(t, "keeper");
        fprintf(t->out, "does not answer: %s\n", text_of(t, keeper, "words"));
        return;
    }
    begin(t, "open plans");
    fprintf(t->out, "%lld", number_of(keeper, "open_plans"));
    if (number_of(keeper, "open_plans"))
        fprintf(t->out, ", the oldest since %s", text_of(t, keeper, "oldest_plan"));
    fprintf(t->out, "\n");
    begin(t, "next notice");
    fprintf(t->out, "%s\n", json_is_string(json_object_get(keeper, "next_task")) ? text_of(t, keeper, "next_task") : "none is due");
    begin(t, "legal log");
    fprintf(t->out, "lines %lld%s\n", number_of(keeper, "log_lines"),
            json_is_string(json_object_get(keeper, "log_damage")) ? ", DAMAGED" : "");
    print_nodes(t, json_object_get(keeper, "nodes"));
}

static void print_mirror(struct table *t, const json_t *mirror)
{
    if (!mirror)
        return;
    begin(t, "mirror");
    fprintf(t->out, "%s: ", text_of(t, mirror, "server"));
    if (json_is_string(json_object_get(mirror, "words")))
        fprintf(t->out, "NOT IN STEP: %s\n", text_of(t, mirror, "words"));
    else if (json_is_string(json_object_get(mirror, "in_step")))
        fprintf(t->out, "in step with the index on %s\n", text_of(t, mirror, "in_step"));
    else
        fprintf(t->out, "not written yet\n");
}

/* "closed files that wait for one: 2, the oldest since ...; OUT since ...: http://tsa.example/: timed out" */
static void print_waiting(struct table *t, const char *name, const json_t *kind)
{
    if (!json_is_object(kind))
        return;
    begin(t, name);
    if (number_of(kind, "waiting") == 0) {
        fprintf(t->out, "no closed file waits for one\n");
        return;
    }
    fprintf(t->out, "closed files that wait for one: %lld, the oldest since %s", number_of(kind, "waiting"), text_of(t, kind, "since"));
    if (json_is_string(json_object_get(kind, "out_since")))
        fprintf(t->out, "; OUT since %s: %s", text_of(t, kind, "out_since"), text_of(t, kind, "words"));
    fprintf(t->out, "\n");
}

static void print_evidence(struct table *t, const json_t *evidence)
{
    print_waiting(t, "signature", json_object_get(evidence, "signature"));
    print_waiting(t, "time stamp", json_object_get(evidence, "stamp"));
}

static void print_list(struct table *t, const json_t *list, const char *name)
{
    size_t i;
    json_t *one;

    json_array_foreach(list, i, one) {
        begin(t, name);
        fprintf(t->out, "%s\n", print_line(t->arena, slice_of(json_string_value(one))));
    }
}

void status_report_print(FILE *out, const json_t *status)
{
    struct table t = { .out = out, .arena = arena_new(LINE_BUDGET) };

    if (!t.arena)
        return;
    print_head(&t, status);
    print_workers(&t, json_object_get(status, "workers"));
    print_dependencies(&t, json_object_get(status, "dependencies"));
    print_signing(&t, json_object_get(status, "signing"));
    print_certificates(&t, json_object_get(status, "certificates"));
    print_messages(&t, json_object_get(status, "messages"));
    print_phases(&t, json_object_get(status, "phases"));
    print_keeper(&t, json_object_get(status, "keeper"));
    print_evidence(&t, json_object_get(status, "evidence"));
    print_mirror(&t, json_object_get(status, "mirror"));
    print_list(&t, json_object_get(status, "poisoned"), "poisoned");
    print_list(&t, json_object_get(status, "alarms"), "ALARM");
    arena_free(&t.arena);
}

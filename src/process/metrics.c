/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "process/status.h"

/* --- the text --------------------------------------------------------------------------------------------------------------- */

static void begin(struct rope *out, const char *name, const char *type, const char *help)
{
    rope_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put(struct rope *out, const char *name, const char *label, const char *value, uint64_t number)
{
    rope_printf(out, "%s{%s=\"%s\"} %" PRIu64 "\n", name, label, value, number);
}

static void put_plain(struct rope *out, const char *name, const char *type, const char *help, uint64_t number)
{
    begin(out, name, type, help);
    rope_printf(out, "%s %" PRIu64 "\n", name, number);
}

/* Names of tokens are the operator's: a quote or a backslash in one may not end the label. */
static const char *escaped(const char *text, char out[2 * BOARD_TOKEN_NAME_SIZE])
{
    char *at = out;

    for (; *text && at < out + 2 * BOARD_TOKEN_NAME_SIZE - 2; text++) {
        if (*text == '"' || *text == '\\')
            *at++ = '\\';
        *at++ = *text == '\n' ? ' ' : *text;
    }
    *at = '\0';
    return out;
}

static void write_state(const struct board *b, struct rope *out)
{
    static const char *const states[] = { "running", "paused", "suspended", "stopping" };

    begin(out, "opec_info", "gauge", "The program.");
    rope_printf(out, "opec_info{version=\"%s\"} 1\n", OPEC_VERSION);
    put_plain(out, "opec_start_time_seconds", "gauge", "When the daemon was started.", (uint64_t)atomic_load(&b->started));
    begin(out, "opec_state", "gauge", "1 for the state that the daemon is in.");
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        put(out, "opec_state", "state", states[i], strcmp(status_state(b), states[i]) == 0);
}

static void write_messages(const struct board *b, size_t waiting, struct rope *out)
{
    begin(out, "opec_messages_total", "counter", "Messages judged, by verdict.");
    for (int v = 0; v < VERDICT_COUNT; v++)
        put(out, "opec_messages_total", "verdict", verdict_names[v], atomic_load(&b->verdicts[v]));
    begin(out, "opec_answers_total", "counter", "Answers to messages, by the class of their SMTP code.");
    put(out, "opec_answers_total", "class", "2xx", atomic_load(&b->answers_2xx));
    put(out, "opec_answers_total", "class", "4xx", atomic_load(&b->answers_4xx));
    put(out, "opec_answers_total", "class", "5xx", atomic_load(&b->answers_5xx));
    put_plain(out, "opec_messages_in_hand", "gauge", "Messages that a worker has, or that wait for one.", waiting);
}

static void write_workers(const struct board *b, struct rope *out)
{
    uint64_t states[WORKER_BUSY + 1] = { 0 };

    for (unsigned i = 0; i < b->workers; i++)
        states[(unsigned)atomic_load(&b->slots[i].state) % (WORKER_BUSY + 1)]++;
    begin(out, "opec_workers", "gauge", "Workers, by state.");
    put(out, "opec_workers", "state", "absent", states[WORKER_ABSENT]);
    put(out, "opec_workers", "state", "idle", states[WORKER_IDLE]);
    put(out, "opec_workers", "state", "busy", states[WORKER_BUSY]);
    put_plain(out, "opec_worker_crashes_total", "counter", "Workers that died of a fault of their own.", atomic_load(&b->crashes));
}

static void write_dependencies(const struct board *b, struct rope *out)
{
    begin(out, "opec_dependency_up", "gauge", "1 for a dependency that answers.");
    for (int d = 0; d < DEP_COUNT; d++) {
        const struct dependency_state *s = &b->dependencies[d];

        put(out, "opec_dependency_up", "dependency", dependency_names[d], atomic_load(&s->out_since) == 0 && atomic_load(&s->has_answered));
    }
    begin(out, "opec_dependency_failures_total", "counter", "How often it did not answer.");
    for (int d = 0; d < DEP_COUNT; d++)
        put(out, "opec_dependency_failures_total", "dependency", dependency_names[d], atomic_load(&b->dependencies[d].failures));
}

static void write_latency(const struct token_state *t, const char *name, struct rope *out)
{
    static const unsigned permilles[] = { 500, 990 };

    for (size_t i = 0; i < sizeof permilles / sizeof permilles[0]; i++)
        rope_printf(out, "opec_signing_seconds{token=\"%s\",quantile=\"0.%u\"} %.6f\n", name, permilles[i] / 10,
                    (double)histogram_at(&t->latency, permilles[i]) / 1000000);
    put(out, "opec_signing_seconds_count", "token", name, histogram_count(&t->latency));
}

static void write_tokens(const struct board *b, struct rope *out)
{
    char name[2 * BOARD_TOKEN_NAME_SIZE];

    begin(out, "opec_token_up", "gauge", "1 for a token that signs.");
    for (unsigned i = 0; i < b->signing.tokens; i++) {
        const struct token_state *t = &b->signing.token[i];

        put(out, "opec_token_up", "token", escaped(t->name, name), atomic_load(&t->out_since) == 0 && atomic_load(&t->has_answered));
    }
    begin(out, "opec_token_failures_total", "counter", "Calls to the token that failed.");
    for (unsigned i = 0; i < b->signing.tokens; i++)
        put(out, "opec_token_failures_total", "token", escaped(b->signing.token[i].name, name), atomic_load(&b->signing.token[i].failures));
    begin(out, "opec_signing_seconds", "summary", "How long a signature took.");
    for (unsigned i = 0; i < b->signing.tokens; i++)
        write_latency(&b->signing.token[i], escaped(b->signing.token[i].name, name), out);
}

/* A histogram is cumulative: its bounds hold all that is below them. The counts grow while they are read, so the last is read last. */
static void write_histogram(const struct phase_times *t, const char *name, const char *labels, struct rope *out)
{
    uint64_t sum_us = atomic_load(&t->sum_us), count;

    for (size_t i = 0; i < PHASE_BOUNDS; i++)
        rope_printf(out, "%s_bucket{%s,le=\"%.9g\"} %" PRIu64 "\n", name, labels, (double)phase_bound_us(i) / 1000000,
                    histogram_below(&t->taken, phase_bound_us(i)));
    count = histogram_count(&t->taken);
    rope_printf(out, "%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n", name, labels, count);
    rope_printf(out, "%s_sum{%s} %.6f\n%s_count{%s} %" PRIu64 "\n", name, labels, (double)sum_us / 1000000, name, labels, count);
}

/* What has never happened is left out: notices are not received, and no submission is verified. */
static void write_phases(const struct board *b, struct rope *out)
{
    char labels[64];

    begin(out, "opec_message_seconds", "histogram", "Messages and notices, from MAIL to the answer.");
    for (int point = 0; point < POINT_COUNT; point++) {
        snprintf(labels, sizeof labels, "point=\"%s\"", point_names[point]);
        if (histogram_count(&b->phases[point][PHASE_TOTAL].taken))
            write_histogram(&b->phases[point][PHASE_TOTAL], "opec_message_seconds", labels, out);
    }
    begin(out, "opec_phase_seconds", "histogram", "What of it was spent where; the phases of a message add up to its whole time.");
    for (int point = 0; point < POINT_COUNT; point++)
        for (int phase = 0; phase < PHASE_TOTAL; phase++) {
            snprintf(labels, sizeof labels, "point=\"%s\",phase=\"%s\"", point_names[point], phase_names[phase]);
            if (histogram_count(&b->phases[point][phase].taken))
                write_histogram(&b->phases[point][phase], "opec_phase_seconds", labels, out);
        }
}

static void write_evidence(const struct board *b, struct rope *out)
{
    static const char *const kinds[] = { [LEDGER_SIGNATURE] = "signature", [LEDGER_STAMP] = "stamp" };
    int64_t now = clock_now();

    begin(out, "opec_evidence_waiting", "gauge", "Closed files of the legal log that wait for a signature or a time stamp.");
    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS; kind++)
        if (atomic_load(&b->evidence[kind].is_wanted))
            put(out, "opec_evidence_waiting", "kind", kinds[kind], atomic_load(&b->evidence[kind].waiting));
    begin(out, "opec_evidence_oldest_seconds", "gauge", "For how long the oldest of them has waited; 0 if none does.");
    for (int kind = 0; kind < LEDGER_EVIDENCE_KINDS; kind++) {
        int64_t since = atomic_load(&b->evidence[kind].since);

        if (atomic_load(&b->evidence[kind].is_wanted))
            put(out, "opec_evidence_oldest_seconds", "kind", kinds[kind], since && now > since ? (uint64_t)(now - since) : 0);
    }
}

void metrics_write(const struct board *board, size_t waiting, struct rope *out)
{
    write_state(board, out);
    write_messages(board, waiting, out);
    write_workers(board, out);
    write_dependencies(board, out);
    write_tokens(board, out);
    write_phases(board, out);
    write_evidence(board, out);
}

/* --- the request ------------------------------------------------------------------------------------------------------------ */

enum metrics_request metrics_read_request(struct slice head, bool *out_is_head)
{
    struct slice rest = head, method, path;

    if (slice_find(head, SLICE("\r\n\r\n")) == head.size && slice_find(head, SLICE("\n\n")) == head.size)
        return METRICS_INCOMPLETE;
    if (!slice_cut(&rest, ' ', &method) || !slice_cut(&rest, ' ', &path))
        return METRICS_NOT_FOUND;
    *out_is_head = slice_is(method, "HEAD");
    if (!*out_is_head && !slice_is(method, "GET"))
        return METRICS_NOT_ALLOWED;
    return slice_is(path, "/metrics") || slice_is(path, "/") ? METRICS_WANTED : METRICS_NOT_FOUND;
}

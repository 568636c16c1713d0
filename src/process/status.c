/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "process/status.h"

#include <unistd.h>

#include "base/clock.h"

const char *status_state(const struct board *b)
{
    if (atomic_load(&b->stopping))
        return "stopping";
    if (atomic_load(&b->paused))
        return "paused";
    if (board_is_suspended(b))
        return "suspended";
    return "running";
}

static json_t *processes(const struct family *family)
{
    json_t *counts = json_object();

    for (int role = 0; role < FAMILY_ROLES; role++)
        json_object_set_new(counts, family_names[role], json_integer((json_int_t)family_signal(family, (enum family_role)role, 0)));
    return counts;
}

static json_t *workers(const struct board *b)
{
    json_int_t idle = 0, busy[POINT_COUNT] = { 0 }, longest = 0;
    int64_t now = clock_monotonic_ms();

    for (unsigned i = 0; i < b->workers; i++) {
        const struct worker_slot *s = &b->slots[i];
        int64_t since = now - atomic_load(&s->since);

        if (atomic_load(&s->state) == WORKER_IDLE)
            idle++;
        if (atomic_load(&s->state) != WORKER_BUSY)
            continue;
        busy[atomic_load(&s->point) % POINT_COUNT]++;
        longest = since > longest ? since : longest;
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "places", (json_int_t)b->workers, "idle", idle, "access",
                     busy[POINT_ACCESS], "incoming", busy[POINT_INCOMING], "notice", busy[POINT_NOTICE], "longest_ms", longest, "crashes",
                     (json_int_t)atomic_load(&b->crashes));
}

static json_t *dependencies(const struct board *b)
{
    json_t *all = json_object();

    for (int d = 0; d < DEP_COUNT; d++) {
        const struct dependency_state *s = &b->dependencies[d];
        int64_t out_since = atomic_load(&s->out_since);
        json_t *one = json_pack("{s:b, s:I}", "answers", out_since == 0 && atomic_load(&s->has_answered), "failures",
                                (json_int_t)atomic_load(&s->failures));

        if (out_since) {
            char since[CLOCK_DATE_SIZE];

            clock_utc_text(out_since, since);
            json_object_set_new(one, "out_since", json_string(since));
            json_object_set_new(one, "words", json_string(s->words));
        }
        json_object_set_new(all, dependency_names[d], one);
    }
    return all;
}

static json_t *token_of(const struct token_state *t)
{
    int64_t out_since = atomic_load(&t->out_since);
    bool has_answered = atomic_load(&t->has_answered);
    json_t *one = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "name", t->name, "state",
                            out_since ? "out" : has_answered ? "signs" : "not asked", "signatures",
                            (json_int_t)atomic_load(&t->signatures), "failures", (json_int_t)atomic_load(&t->failures), "median_us",
                            (json_int_t)histogram_at(&t->latency, 500), "p99_us", (json_int_t)histogram_at(&t->latency, 990));

    if (out_since) {
        char since[CLOCK_DATE_SIZE];

        clock_utc_text(out_since, since);
        json_object_set_new(one, "out_since", json_string(since));
        json_object_set_new(one, "words", json_string(t->words));
    }
    return one;
}

static json_t *signing(const struct board *b)
{
    json_t *tokens = json_array();

    for (unsigned i = 0; i < b->signing.tokens; i++)
        json_array_append_new(tokens, token_of(&b->signing.token[i]));
    return json_pack("{s:I, s:o}", "processes_with_token", (json_int_t)board_signers_with_token(b), "tokens", tokens);
}

static json_t *messages(const struct board *b)
{
    json_t *all = json_object();

    for (int v = 0; v < VERDICT_COUNT; v++)
        json_object_set_new(all, verdict_names[v], json_integer((json_int_t)atomic_load(&b->verdicts[v])));
    return json_pack("{s:o, s:I, s:I, s:I}", "verdicts", all, "answered_2xx", (json_int_t)atomic_load(&b->answers_2xx), "answered_4xx",
                     (json_int_t)atomic_load(&b->answers_4xx), "answered_5xx", (json_int_t)atomic_load(&b->answers_5xx));
}

/* Up to the first bound that all are below. */
static json_t *buckets(const struct phase_times *t, uint64_t count)
{
    json_t *all = json_array();
    uint64_t below = 0;

    for (size_t i = 0; i < PHASE_BOUNDS && below < count; i++) {
        below = histogram_below(&t->taken, phase_bound_us(i));
        json_array_append_new(all, json_pack("{s:I, s:I}", "below_us", (json_int_t)phase_bound_us(i), "count", (json_int_t)below));
    }
    return all;
}

/* A quantile is rounded up to its step, and none is longer than the longest. */
static json_t *phase(const struct phase_times *t)
{
    uint64_t count = histogram_count(&t->taken), longest = atomic_load(&t->longest_us);
    uint64_t median = histogram_at(&t->taken, 500), p99 = histogram_at(&t->taken, 990);

    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:o}", "count", (json_int_t)count, "sum_us", (json_int_t)atomic_load(&t->sum_us),
                     "median_us", (json_int_t)(median < longest ? median : longest), "p99_us", (json_int_t)(p99 < longest ? p99 : longest),
                     "max_us", (json_int_t)longest, "buckets", buckets(t, count));
}

/* {"access": {"receive": ..., "total": ...}, ...}: of each point, the phases that a message has been in. */
static json_t *phases(const struct board *b)
{
    json_t *all = json_object();

    for (int point = 0; point < POINT_COUNT; point++) {
        json_t *one = json_object();

        for (int i = 0; i < PHASE_COUNT; i++)
            if (histogram_count(&b->phases[point][i].taken))
                json_object_set_new(one, phase_names[i], phase(&b->phases[point][i]));
        json_object_set_new(all, point_names[point], one);
    }
    return all;
}

json_t *status_of(const struct config *config, const struct board *board, const struct family *family)
{
    char started[CLOCK_DATE_SIZE];

    clock_utc_text(atomic_load(&board->started), started);
    return json_pack("{s:b, s:s, s:s, s:s, s:I, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "done", 1, "state", status_state(board), "version", OPEC_VERSION,
                     "provider", config->provider.name, "pid", (json_int_t)getpid(), "started", started, "suspending",
                     (int)atomic_load(&board->suspends), "processes", processes(family), "workers", workers(board), "dependencies",
                     dependencies(board), "signing", signing(board), "messages", messages(board), "phases",
                     phases(board));
}

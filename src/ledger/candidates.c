/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ledger/candidates.h"

#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

    return (a > b) - (a < b);
}

static size_t unique(uint32_t *lines, size_t count)
{
    size_t kept = 0;

    if (count)
        qsort(lines, count, sizeof *lines, compare);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || lines[kept - 1] != lines[i])
            lines[kept++] = lines[i];
    return kept;
}

/* The lines that have the wanted term, under whichever of its kinds. */
static int lines_of(const struct ledger_postings *p, const struct ledger_wanted *wanted, struct ledger_candidates *out)
{
    struct ledger_hits hits = ledger_postings_find(p, slice_of(wanted->text));

    *out = (struct ledger_candidates){ .lines = malloc((hits.count + 1) * sizeof *out->lines) };
    if (!out->lines)
        return ERROR_MEMORY;
    for (size_t i = 0; i < hits.count; i++) {
        uint64_t line = ledger_posting_line(p, hits.first[i]);

        if (wanted->kinds & ledger_posting_kind(hits.first[i]) && line < p->header->line_count)
            out->lines[out->count++] = (uint32_t)line;
    }
    out->count = unique(out->lines, out->count);
    return 0;
}

/* Leave in `kept` what is in both. */
static void intersect(struct ledger_candidates *kept, const struct ledger_candidates *other)
{
    size_t count = 0;

    for (size_t a = 0, b = 0; a < kept->count && b < other->count;) {
        uint32_t left = kept->lines[a], right = other->lines[b];

        if (left == right)
            kept->lines[count++] = left;
        a += left <= right;
        b += right <= left;
    }
    kept->count = count;
}

static int all_lines(const struct ledger_postings *p, struct ledger_candidates *out)
{
    *out = (struct ledger_candidates){ .lines = malloc((p->header->line_count + 1) * sizeof *out->lines) };
    if (!out->lines)
        return ERROR_MEMORY;
    while (out->count < p->header->line_count) {
        out->lines[out->count] = (uint32_t)out->count;
        out->count++;
    }
    return 0;
}

/* A line without time is left to the match. */
static void keep_times(const struct ledger_postings *p, const struct ledger_query *query, struct ledger_candidates *c)
{
    size_t count = 0;

    for (size_t i = 0; i < c->count; i++) {
        int64_t time = p->times[c->lines[i]];

        if (time == 0 || (time >= query->from && time < query->to))
            c->lines[count++] = c->lines[i];
    }
    c->count = count;
}

int ledger_candidates_find(const struct ledger_postings *p, const struct ledger_query *query, struct ledger_candidates *out)
{
    struct ledger_candidates found = { 0 };
    int result = query->wanted_count ? lines_of(p, &query->wanted[0], &found) : all_lines(p, &found);

    for (size_t i = 1; result == 0 && i < query->wanted_count && found.count; i++) {
        struct ledger_candidates more;

        result = lines_of(p, &query->wanted[i], &more);
        if (result == 0) {
            intersect(&found, &more);
            ledger_candidates_free(&more);
        }
    }
    if (result != 0) {
        ledger_candidates_free(&found);
        return result;
    }
    keep_times(p, query, &found);
    *out = found;
    return 0;
}

void ledger_candidates_free(struct ledger_candidates *candidates)
{
    free(candidates->lines);
    *candidates = (struct ledger_candidates){ 0 };
}

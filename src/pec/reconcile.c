/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What the audit keeps of the log, and for how long.
 */
#include "pec/reconcile.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/digest.h"
#include "pec/reconcile_private.h"

enum {
    FIRST_CAPACITY = 1024,
    LINE_BUDGET = 256 * 1024 * 1024, /* a line has 16 MB at most; what it holds, in pieces, has more */
    HOUR = 3600,
    SWEEP_PAUSE = HOUR,
    WHOLE_KEPT = 30 * HOUR, /* a transaction of which nothing is missing: bounces of external recipients come within a day */
    KEPT = 48 * HOUR,       /* any other, beyond the hours of the second notice */
    BEGINNING = 48 * HOUR,  /* of a log whose earlier files are gone: what was under way then is not judged */
};

struct reconcile *reconcile_new(const struct reconcile_settings *settings)
{
    struct reconcile *r = calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->settings = *settings;
    r->now = r->swept = INT64_MIN;
    r->arena = arena_new(LINE_BUDGET);
    if (!r->arena)
        reconcile_free(&r);
    return r;
}

/* --- the table -------------------------------------------------------------------------------------------------------------- */

static void audited_free(struct audited *a)
{
    for (size_t i = 0; i < a->party_count; i++)
        free(a->parties[i].address);
    free(a->parties);
    free(a->pec_id);
    free(a->sender);
    free(a);
}

/* The ids are made by all the providers of the country: nobody shall choose where theirs fall. */
static int hash(const char *id, size_t *out)
{
    unsigned char digest[DIGEST_MAX];
    int result = digest_slice(DIGEST_SHA256, slice_of(id), digest);

    if (result == 0)
        memcpy(out, digest, sizeof *out);
    return result;
}

static int grow(struct reconcile *r)
{
    size_t capacity = r->capacity ? 2 * r->capacity : FIRST_CAPACITY;
    struct audited **slots;

    if (r->count < r->capacity)
        return 0;
    slots = calloc(capacity, sizeof(struct audited *));
    if (!slots)
        return ERROR_MEMORY;
    for (size_t i = 0; i < r->capacity; i++)
        for (struct audited *a = r->slots[i], *next; a; a = next) {
            struct audited **slot = &slots[a->hash & (capacity - 1)];

            next = a->next;
            a->next = *slot;
            *slot = a;
        }
    free(r->slots);
    r->slots = slots;
    r->capacity = capacity;
    return 0;
}

/* Where the transaction hangs, or would. */
static struct audited **place(struct reconcile *r, const char *id, size_t hash)
{
    struct audited **at = &r->slots[hash & (r->capacity - 1)];

    while (*at && strcmp((*at)->pec_id, id) != 0)
        at = &(*at)->next;
    return at;
}

/* --- transactions ----------------------------------------------------------------------------------------------------------- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_suspect(const struct reconcile *r, const char *id)
{
    return r->suspect_count && bsearch(&id, r->suspects, r->suspect_count, sizeof *r->suspects, by_text);
}

static int add_suspect(struct reconcile *r, const char *id)
{
    char *copy = strdup(id);

    if (copy && r->suspect_count == r->suspect_capacity) {
        size_t capacity = r->suspect_capacity ? 2 * r->suspect_capacity : 16;
        char **larger = reallocarray(r->suspects, capacity, sizeof *larger);

        if (!larger) {
            free(copy);
            return ERROR_MEMORY;
        }
        r->suspects = larger;
        r->suspect_capacity = capacity;
    }
    if (!copy)
        return ERROR_MEMORY;
    r->suspects[r->suspect_count++] = copy;
    return 0;
}

/* Nothing more is expected of it: judge it, or note that it must be read again. */
static int conclude(struct reconcile *r, const struct audited *a, int64_t now)
{
    bool is_headless = audited_is_headless(a), has_begun = !is_headless && (a->received || a->came);

    if (!a->is_touched || (!has_begun && r->settings.log_begins && a->begun < r->settings.log_begins + BEGINNING))
        return 0;
    if (is_headless && !r->is_second)
        return add_suspect(r, a->pec_id);
    return audited_judge(r, a, now);
}

static bool is_over(const struct reconcile *r, const struct audited *a)
{
    return a->last + KEPT + r->settings.second < r->now || (a->last + WHOLE_KEPT < r->now && audited_is_whole(a));
}

static int remove_at(struct reconcile *r, struct audited **at, int64_t now)
{
    struct audited *a = *at;
    int result = conclude(r, a, now);

    *at = a->next;
    r->count--;
    r->touched -= a->is_touched;
    audited_free(a);
    return result;
}

static int sweep(struct reconcile *r)
{
    int result = 0;

    r->swept = r->now;
    for (size_t i = 0; i < r->capacity && result == 0; i++)
        for (struct audited **at = &r->slots[i]; *at && result == 0;)
            if (is_over(r, *at))
                result = remove_at(r, at, r->now);
            else
                at = &(*at)->next;
    return result;
}

/* Is it one of those that this reading is about? What begins behind the span is none. */
static bool is_wanted(const struct reconcile *r, const struct logged *l)
{
    return r->is_second ? is_suspect(r, l->pec_id) : l->time < r->settings.to;
}

static int add_audited(struct audited **at, const struct logged *l, size_t hash)
{
    struct audited *a = calloc(1, sizeof *a);

    if (!a)
        return ERROR_MEMORY;
    *a = (struct audited){ .hash = hash, .verdict = -1, .begun = l->time, .last = l->time };
    a->pec_id = strdup(l->pec_id);
    if (!a->pec_id) {
        free(a);
        return ERROR_MEMORY;
    }
    *at = a;
    return 0;
}

static bool is_in_span(const struct reconcile *r, int64_t time)
{
    return time >= r->settings.from && time < r->settings.to;
}

static int audit(struct reconcile *r, const struct logged *l)
{
    struct audited **at;
    size_t h;

    if (grow(r) != 0 || hash(l->pec_id, &h) != 0)
        return ERROR_MEMORY;
    at = place(r, l->pec_id, h);
    if (!*at) {
        if (!is_wanted(r, l))
            return 0;
        if (add_audited(at, l, h) != 0)
            return ERROR_MEMORY;
        r->count++;
    }
    if (!(*at)->is_touched && is_in_span(r, l->time)) {
        (*at)->is_touched = true;
        r->touched++;
    }
    (*at)->begun = l->time < (*at)->begun ? l->time : (*at)->begun;
    (*at)->last = l->done > (*at)->last ? l->done : (*at)->last;
    return audited_event(*at, l, r->settings.provider);
}

/* Of what is not certified there is no transaction. */
static bool has_transaction(const struct logged *l)
{
    if (l->what == LOGGED_OTHER || !l->pec_id || !*l->pec_id)
        return false;
    return l->point == POINT_ACCESS || l->point == POINT_NOTICE || l->verdict == VERDICT_ENVELOPE ||
           l->verdict == VERDICT_ENVELOPE_VIRUS || l->verdict == VERDICT_RECEIPT || l->verdict == VERDICT_BOUNCE;
}

static int take(struct reconcile *r, const struct logged *l)
{
    int result = 0;

    if (l->what == LOGGED_OTHER)
        return 0;
    r->now = l->done > r->now ? l->done : r->now;
    if (!r->is_second && is_in_span(r, l->time))
        result = tally_event(&r->result.days, &r->result.mailboxes, l);
    if (result == 0 && has_transaction(l))
        result = audit(r, l);
    if (result == 0 && !r->is_second && (r->swept == INT64_MIN || r->now >= r->swept + SWEEP_PAUSE))
        result = sweep(r);
    return result;
}

int reconcile_line(struct reconcile *r, struct slice line, struct error *e)
{
    struct logged l;
    int result;

    arena_reset(r->arena);
    result = logged_read(line, r->arena, &l);
    if (result == ERROR_SYNTAX) {
        r->result.unreadable += !r->is_second;
        return 0;
    }
    if (result == 0)
        result = take(r, &l);
    return result ? error_set(e, result, "no memory to reconcile the legal log") : 0;
}

bool reconcile_is_past(const struct reconcile *r)
{
    return r->now >= r->settings.to && r->touched == 0;
}

/* --- the end ---------------------------------------------------------------------------------------------------------------- */

static void free_finding(struct reconcile_finding *f)
{
    free(f->pec_id);
    free(f->recipient);
}

static void free_open(struct reconcile_open *open)
{
    free(open->pec_id);
    free(open->recipient);
}

/* What was found of those that are read again is found again. */
static void forget_suspects(struct reconcile *r)
{
    struct reconcile_result *result = &r->result;
    size_t kept = 0;

    for (size_t i = 0; i < result->finding_count; i++) {
        if (is_suspect(r, result->findings[i].pec_id))
            free_finding(&result->findings[i]);
        else
            result->findings[kept++] = result->findings[i];
    }
    result->finding_count = kept;
    kept = 0;
    for (size_t i = 0; i < result->open_count; i++) {
        if (is_suspect(r, result->open[i].pec_id))
            free_open(&result->open[i]);
        else
            result->open[kept++] = result->open[i];
    }
    result->open_count = kept;
}

int reconcile_end(struct reconcile *r, int64_t now, bool *out_again, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < r->capacity; i++)
        while (r->slots[i]) {
            int one = remove_at(r, &r->slots[i], now);

            result = result ? result : one;
        }
    if (result != 0)
        return error_set(e, result, "no memory to reconcile the legal log");
    *out_again = r->suspect_count && !r->is_second;
    if (*out_again) {
        qsort(r->suspects, r->suspect_count, sizeof *r->suspects, by_text);
        forget_suspects(r);
        r->is_second = true;
    }
    return 0;
}

const struct reconcile_result *reconcile_result(const struct reconcile *r)
{
    return &r->result;
}

static void free_result(struct reconcile_result *result)
{
    for (size_t i = 0; i < result->finding_count; i++)
        free_finding(&result->findings[i]);
    for (size_t i = 0; i < result->open_count; i++)
        free_open(&result->open[i]);
    free(result->findings);
    free(result->open);
    tally_free(&result->days);
    tally_free(&result->mailboxes);
}

void reconcile_free(struct reconcile **reconcile)
{
    struct reconcile *r = *reconcile;

    if (!r)
        return;
    for (size_t i = 0; i < r->capacity; i++)
        for (struct audited *a = r->slots[i], *next; a; a = next) {
            next = a->next;
            audited_free(a);
        }
    free(r->slots);
    for (size_t i = 0; i < r->suspect_count; i++)
        free(r->suspects[i]);
    free(r->suspects);
    free_result(&r->result);
    arena_free(&r->arena);
    free(r);
    *reconcile = NULL;
}

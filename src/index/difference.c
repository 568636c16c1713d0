/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Both sides are put in order and walked side by side.
 */
#include "index/difference.h"

#include <stdlib.h>
#include <string.h>

struct side {
    const struct index *index;
    size_t *order; /* of the records, by name and unit */
    size_t count;
};

struct walk {
    struct side before, after;
    void (*found)(void *arg, const struct index_change *change);
    void *arg;
};

static int compare_texts(struct slice a, struct slice b)
{
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);

    return order ? order : (a.size > b.size) - (a.size < b.size);
}

static struct index_provider record_at(const struct index *index, size_t i)
{
    struct index_provider p;

    index_provider_at(index, i, &p);
    return p;
}

static int compare_records(const struct index_provider *a, const struct index_provider *b)
{
    int order = compare_texts(a->name, b->name);

    return order ? order : compare_texts(a->unit, b->unit);
}

static int by_name(const void *a, const void *b, void *index)
{
    struct index_provider left = record_at(index, *(const size_t *)a), right = record_at(index, *(const size_t *)b);

    return compare_records(&left, &right);
}

static int by_text(const void *a, const void *b)
{
    return compare_texts(*(const struct slice *)a, *(const struct slice *)b);
}

static int open_side(struct side *s, const struct index *index)
{
    *s = (struct side){ .index = index, .count = index ? index_provider_count(index) : 0 };
    s->order = malloc((s->count + 1) * sizeof *s->order);
    if (!s->order)
        return ERROR_MEMORY;
    for (size_t i = 0; i < s->count; i++)
        s->order[i] = i;
    qsort_r(s->order, s->count, sizeof *s->order, by_name, (void *)(uintptr_t)index);
    return 0;
}

/* A record's domains in order; the caller frees them. */
static struct slice *domains_of(const struct side *s, size_t record, size_t count)
{
    struct slice *domains = malloc((count + 1) * sizeof *domains);

    for (size_t i = 0; domains && i < count; i++)
        domains[i] = index_domain_at(s->index, record, i);
    if (domains)
        qsort(domains, count, sizeof *domains, by_text);
    return domains;
}

static void tell(const struct walk *w, char sign, const struct index_provider *p, struct slice domain)
{
    const struct index_change change = { .sign = sign, .provider = p->name, .unit = p->unit, .domain = domain };

    w->found(w->arg, &change);
}

static int tell_domains(const struct walk *w, char sign, const struct side *s, size_t record, const struct index_provider *p)
{
    struct slice *domains = domains_of(s, record, p->domain_count);

    if (!domains)
        return ERROR_MEMORY;
    for (size_t i = 0; i < p->domain_count; i++)
        if (i == 0 || compare_texts(domains[i - 1], domains[i]) != 0)
            tell(w, sign, p, domains[i]);
    free(domains);
    return 0;
}

static int tell_record(const struct walk *w, char sign, const struct side *s, size_t record)
{
    struct index_provider p = record_at(s->index, record);

    tell(w, sign, &p, SLICE_NONE);
    return tell_domains(w, sign, s, record, &p);
}

/* Certificates stand in the order of their hashes. */
static bool is_same_record(const struct walk *w, size_t a, const struct index_provider *before, size_t b, const struct index_provider *after)
{
    bool same = before->certificate_count == after->certificate_count && slice_equal(before->mail_receipt, after->mail_receipt);

    for (size_t i = 0; same && i < before->certificate_count; i++) {
        unsigned char left[INDEX_HASH_SIZE], right[INDEX_HASH_SIZE];

        index_certificate_at(w->before.index, a, i, left);
        index_certificate_at(w->after.index, b, i, right);
        same = memcmp(left, right, INDEX_HASH_SIZE) == 0;
    }
    return same;
}

static void compare_domains(const struct walk *w, const struct index_provider *p, const struct slice *before, size_t before_count,
                            const struct slice *after, size_t after_count)
{
    size_t a = 0, b = 0;

    while (a < before_count || b < after_count) {
        int order = a == before_count ? 1 : b == after_count ? -1 : compare_texts(before[a], after[b]);

        if (order < 0)
            tell(w, '-', p, before[a]);
        if (order > 0)
            tell(w, '+', p, after[b]);
        a += order <= 0;
        b += order >= 0;
    }
}

static int compare_record(const struct walk *w, size_t a, size_t b)
{
    struct index_provider before = record_at(w->before.index, a), after = record_at(w->after.index, b);
    struct slice *left = domains_of(&w->before, a, before.domain_count), *right = domains_of(&w->after, b, after.domain_count);
    int result = left && right ? 0 : ERROR_MEMORY;

    if (result == 0 && !is_same_record(w, a, &before, b, &after))
        tell(w, '~', &after, SLICE_NONE);
    if (result == 0)
        compare_domains(w, &after, left, before.domain_count, right, after.domain_count);
    free(left);
    free(right);
    return result;
}

static int walk(const struct walk *w)
{
    size_t a = 0, b = 0;
    int result = 0;

    while (result == 0 && (a < w->before.count || b < w->after.count)) {
        size_t left = a < w->before.count ? w->before.order[a] : 0, right = b < w->after.count ? w->after.order[b] : 0;
        int order = a == w->before.count ? 1 : -1;

        if (a < w->before.count && b < w->after.count) {
            struct index_provider before = record_at(w->before.index, left), after = record_at(w->after.index, right);

            order = compare_records(&before, &after);
        }
        result = order < 0 ? tell_record(w, '-', &w->before, left)
                 : order > 0 ? tell_record(w, '+', &w->after, right)
                             : compare_record(w, left, right);
        a += order <= 0;
        b += order >= 0;
    }
    return result;
}

int index_difference(const struct index *before, const struct index *after, void (*found)(void *arg, const struct index_change *change),
                     void *arg, struct error *e)
{
    struct walk w = { .found = found, .arg = arg };
    int result = open_side(&w.before, before);

    if (result == 0)
        result = open_side(&w.after, after);
    if (result == 0)
        result = walk(&w);
    free(w.before.order);
    free(w.after.order);
    return result ? error_set(e, result, "out of memory") : 0;
}

bool index_has_shrunk(const struct index *before, const struct index *after, unsigned max_shrink)
{
    return 100 * index_lost_domains(before, after) > max_shrink * index_domain_count(before);
}

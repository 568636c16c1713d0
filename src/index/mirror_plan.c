/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/mirror_plan.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "index/dn.h"
#include "index/ldif.h"
#include "index/mirror_part.h"
#include "index/provider.h"

#define BASE "o=postacert"

/* --- entries ---------------------------------------------------------------------------------------------------------------- */

struct entry_of {
    struct dn dn;
    struct ldif_record record;
};

struct entries {
    struct entry_of *all; /* in the order of their names, each once */
    size_t count, room;
};

static int compare_entries(const void *a, const void *b)
{
    return slice_compare(((const struct entry_of *)a)->dn.key, ((const struct entry_of *)b)->dn.key);
}

static bool is_base(const struct dn *dn)
{
    return slice_is(dn->key, BASE);
}

static int keep(struct entries *entries, const struct entry_of *one, struct arena *arena)
{
    if (entries->count == entries->room) {
        size_t room = entries->room ? 2 * entries->room : 64;
        struct entry_of *all = arena_array(arena, room, sizeof *all);

        if (!all)
            return ERROR_BUDGET;
        if (entries->count)
            memcpy(all, entries->all, entries->count * sizeof *all);
        entries->all = all;
        entries->room = room;
    }
    entries->all[entries->count++] = *one;
    return 0;
}

static int read_entries(struct slice text, const char *name, struct arena *arena, struct entries *out, struct error *e)
{
    struct ldif ldif = ldif_reader(text, name, arena);
    struct entry_of one;
    size_t kept = 0;
    int result;

    while ((result = ldif_next(&ldif, &one.record, e)) == 0) {
        result = dn_read(one.record.dn, arena, &one.dn);
        if (result == 0 && (provider_is(&one.record) || is_base(&one.dn)))
            result = keep(out, &one, arena);
        if (result != 0)
            return error_set(e, result, "%s:%zu: no memory for it", name, one.record.line);
    }
    if (result != ERROR_NOT_FOUND)
        return result;
    if (out->count)
        qsort(out->all, out->count, sizeof *out->all, compare_entries);
    for (size_t i = 0; i < out->count; i++)
        if (kept == 0 || compare_entries(&out->all[i], &out->all[kept - 1]) != 0)
            out->all[kept++] = out->all[i];
    out->count = kept;
    return 0;
}

/* --- the plan --------------------------------------------------------------------------------------------------------------- */

struct planning {
    struct arena *arena;
    struct planned {
        struct mirror_change change;
        size_t depth;
        struct slice key;
    } *all;
    size_t count;
};

static struct mirror_change *begin(struct planning *p, enum mirror_kind kind, const struct entry_of *entry)
{
    struct planned *one = &p->all[p->count];

    *one = (struct planned){ .change = { .kind = kind, .dn = arena_text(p->arena, entry->record.dn) }, .depth = entry->dn.depth,
                             .key = entry->dn.key };
    if (!one->change.dn)
        return NULL;
    p->count++;
    return &one->change;
}

static int plan_add(struct planning *p, const struct entry_of *wanted)
{
    struct mirror_change *change = begin(p, MIRROR_ADD, wanted);

    return change ? mirror_part_difference(&wanted->record, NULL, p->arena, change) : ERROR_BUDGET;
}

static int plan_remove(struct planning *p, const struct entry_of *found)
{
    return is_base(&found->dn) || begin(p, MIRROR_REMOVE, found) ? 0 : ERROR_BUDGET;
}

/* The name that the server wrote is the one that it knows the entry by. */
static int plan_change(struct planning *p, const struct entry_of *wanted, const struct entry_of *found)
{
    struct mirror_change *change = begin(p, MIRROR_CHANGE, found);
    int result = change ? mirror_part_difference(&wanted->record, &found->record, p->arena, change) : ERROR_BUDGET;

    if (result == 0 && change->count == 0)
        p->count--;
    return result;
}

static int compare(struct planning *p, const struct entries *wanted, const struct entries *found)
{
    size_t w = 0, f = 0;
    int result = 0;

    while (result == 0 && (w < wanted->count || f < found->count)) {
        int order = w == wanted->count ? 1 : f == found->count ? -1 : compare_entries(&wanted->all[w], &found->all[f]);

        if (order < 0)
            result = plan_add(p, &wanted->all[w++]);
        else if (order > 0)
            result = plan_remove(p, &found->all[f++]);
        else
            result = plan_change(p, &wanted->all[w++], &found->all[f++]);
    }
    return result;
}

/* An index without its base: it is what every server needs above the providers. */
static int ensure_base(struct entries *wanted, const struct entries *found, struct arena *arena, struct error *e)
{
    static const char text[] = "dn: " BASE "\nobjectClass: top\nobjectClass: organization\no: postacert\n";
    struct entries base = { 0 };
    bool is_there = false;
    int result;

    for (size_t i = 0; i < wanted->count; i++)
        is_there = is_there || is_base(&wanted->all[i].dn);
    for (size_t i = 0; i < found->count; i++)
        is_there = is_there || is_base(&found->all[i].dn);
    if (is_there)
        return 0;
    result = read_entries(SLICE(text), BASE, arena, &base, e);
    if (result == 0)
        result = keep(wanted, &base.all[0], arena);
    if (result == 0)
        qsort(wanted->all, wanted->count, sizeof *wanted->all, compare_entries);
    return result;
}

/* Removals from the leaves on, then changes, then additions from the base on: an entry under another name is gone before it comes anew. */
static int compare_planned(const void *a, const void *b)
{
    static const int turn[] = { [MIRROR_REMOVE] = 0, [MIRROR_CHANGE] = 1, [MIRROR_ADD] = 2 };
    const struct planned *x = a, *y = b;
    int order = turn[x->change.kind] - turn[y->change.kind];

    if (order == 0)
        order = (x->depth > y->depth) - (x->depth < y->depth);
    if (x->change.kind == MIRROR_REMOVE && y->change.kind == MIRROR_REMOVE)
        order = -order;
    return order ? order : slice_compare(x->key, y->key);
}

int mirror_plan(struct slice wanted_text, struct slice found_text, struct arena *arena, struct mirror_plan *out, struct error *e)
{
    struct planning p = { .arena = arena };
    struct entries wanted = { 0 }, found = { 0 };
    struct mirror_change *changes = NULL;
    int result = read_entries(wanted_text, "the index", arena, &wanted, e);

    if (result == 0)
        result = read_entries(found_text, "what the server has", arena, &found, e);
    if (result == 0)
        result = ensure_base(&wanted, &found, arena, e);
    if (result != 0)
        return result;
    p.all = arena_array(arena, wanted.count + found.count + 1, sizeof *p.all);
    changes = arena_array(arena, wanted.count + found.count + 1, sizeof *changes);
    result = p.all && changes ? compare(&p, &wanted, &found) : ERROR_BUDGET;
    if (result != 0)
        return error_set(e, result, "no memory for the changes");
    qsort(p.all, p.count, sizeof *p.all, compare_planned);
    for (size_t i = 0; i < p.count; i++)
        changes[i] = p.all[i].change;
    *out = (struct mirror_plan){ changes, p.count };
    return 0;
}

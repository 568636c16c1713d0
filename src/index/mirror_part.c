/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "index/mirror_part.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>

/* How values that differ are told. */
enum way {
    REPLACED,   /* all of them anew */
    ONE_BY_ONE, /* there may be very many */
    ONLY_ADDED, /* an operator may have given the entry more classes than the index does */
};

struct rule {
    const char *name, *written;
    enum way way;
    bool is_binary;   /* octets; else text, of which the same in another case is no second value (4.5.1 to 4.5.7) */
    bool case_counts; /* the same in another case is another value to be written */
};

static const struct rule rules[] = {
    { "objectClass", "objectClass", ONLY_ADDED, false, false },
    { "o", "o", REPLACED, false, true },
    { "providerName", "providerName", REPLACED, false, true },
    { "providerUnit", "providerUnit", REPLACED, false, true },
    { "providerCertificateHash", "providerCertificateHash", REPLACED, false, false },
    { "providerCertificate", "providerCertificate;binary", REPLACED, true, true },
    { "mailReceipt", "mailReceipt", REPLACED, false, true },
    { "LDIFLocationURL", "LDIFLocationURL", REPLACED, false, true },
    { "managedDomains", "managedDomains", ONE_BY_ONE, false, false },
    { "description", "description", REPLACED, false, true },
};

enum { RULES = sizeof rules / sizeof rules[0], PARTS_MAX = RULES + 1 /* one is in two parts */ };

struct values {
    struct slice *all; /* in order, each once */
    size_t count;
};

/* --- values ----------------------------------------------------------------------------------------------------------------- */

static int compare_octets(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static int compare_nocase(struct slice a, struct slice b)
{
    for (size_t i = 0; i < a.size && i < b.size; i++) {
        int order = tolower((unsigned char)a.data[i]) - tolower((unsigned char)b.data[i]);

        if (order)
            return order;
    }
    return (a.size > b.size) - (a.size < b.size);
}

static int compare_text(const void *a, const void *b)
{
    int order = compare_nocase(*(const struct slice *)a, *(const struct slice *)b);

    return order ? order : compare_octets(a, b);
}

static bool is_same(const struct rule *rule, bool case_counts, struct slice a, struct slice b)
{
    return rule->is_binary || case_counts ? slice_equal(a, b) : slice_equal_nocase(a, b);
}

/* The values of an attribute of a record; none of no record. */
static int collect(const struct rule *rule, const struct ldif_record *record, struct arena *arena, struct values *out)
{
    size_t attributes = record ? record->count : 0, room = 0, count = 0, kept = 0;
    struct slice *all;

    for (size_t i = 0; i < attributes; i++)
        room += slice_is_nocase(record->attributes[i].name, rule->name);
    all = arena_array(arena, room + 1, sizeof *all);
    if (!all)
        return ERROR_BUDGET;
    for (size_t i = 0; i < attributes; i++)
        if (slice_is_nocase(record->attributes[i].name, rule->name))
            all[count++] = rule->is_binary ? record->attributes[i].value : slice_trim(record->attributes[i].value);
    qsort(all, count, sizeof *all, rule->is_binary ? compare_octets : compare_text);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !is_same(rule, false, all[i], all[kept - 1]))
            all[kept++] = all[i];
    *out = (struct values){ all, kept };
    return 0;
}

static bool are_same(const struct rule *rule, const struct values *a, const struct values *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (!is_same(rule, rule->case_counts, a->all[i], b->all[i]))
            return false;
    return true;
}

/* Those of `a` that are not among `b`; both are in order. */
static int subtract(const struct values *a, const struct values *b, struct arena *arena, struct values *out)
{
    struct slice *all = arena_array(arena, a->count + 1, sizeof *all);
    size_t count = 0;

    if (!all)
        return ERROR_BUDGET;
    for (size_t i = 0, j = 0; i < a->count; i++) {
        while (j < b->count && compare_nocase(b->all[j], a->all[i]) < 0)
            j++;
        if (j == b->count || compare_nocase(b->all[j], a->all[i]) != 0)
            all[count++] = a->all[i];
    }
    *out = (struct values){ all, count };
    return 0;
}

/* --- parts ------------------------------------------------------------------------------------------------------------------ */

static void add_part(struct mirror_change *change, enum mirror_verb verb, const struct rule *rule, const struct values *values)
{
    change->parts[change->count++] =
        (struct mirror_part){ .verb = verb, .attribute = rule->written, .values = values->all, .count = values->count };
}

/* First what is new: an entry keeps the domain that 4.5.9 demands, even if this is carried out in pieces. */
static int add_values(const struct rule *rule, const struct values *wanted, const struct values *found, struct arena *arena,
                      struct mirror_change *change)
{
    struct values fresh, gone;
    int result = subtract(wanted, found, arena, &fresh);

    if (result == 0)
        result = subtract(found, wanted, arena, &gone);
    if (result == 0 && fresh.count)
        add_part(change, MIRROR_ADD_VALUES, rule, &fresh);
    if (result == 0 && gone.count && rule->way == ONE_BY_ONE)
        add_part(change, MIRROR_REMOVE_VALUES, rule, &gone);
    return result;
}

int mirror_part_difference(const struct ldif_record *wanted, const struct ldif_record *found, struct arena *arena,
                           struct mirror_change *change)
{
    int result = 0;

    change->count = 0;
    change->parts = arena_array(arena, PARTS_MAX, sizeof *change->parts);
    if (!change->parts)
        return ERROR_BUDGET;
    for (size_t i = 0; i < RULES && result == 0; i++) {
        struct values to, from;

        result = collect(&rules[i], wanted, arena, &to);
        if (result == 0)
            result = collect(&rules[i], found, arena, &from);
        if (result != 0 || are_same(&rules[i], &to, &from))
            continue;
        if (!found)
            add_part(change, MIRROR_ADD_VALUES, &rules[i], &to);
        else if (rules[i].way == REPLACED)
            add_part(change, MIRROR_REPLACE, &rules[i], &to);
        else
            result = add_values(&rules[i], &to, &from, arena, change);
    }
    return result;
}

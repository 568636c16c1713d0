/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What is to be changed in an LDAP server that has fallen behind the index: the difference of two LDIF texts, as operations. Pure: who
 * carries them out is another matter.
 *
 * Entries are the same if their names are (dn.h). Only entries of class provider and the base o=postacert count: what else an operator
 * keeps in the server is left alone, and so are attributes that RFC 6109 4.5 does not know and object classes beyond those of the index.
 */
#ifndef OPEC_INDEX_MIRROR_PLAN_H
#define OPEC_INDEX_MIRROR_PLAN_H

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

enum mirror_kind { MIRROR_ADD, MIRROR_CHANGE, MIRROR_REMOVE };
enum mirror_verb { MIRROR_REPLACE, MIRROR_ADD_VALUES, MIRROR_REMOVE_VALUES };

/* One attribute of a change. To replace by no value is to remove it. */
struct mirror_part {
    enum mirror_verb verb;  /* MIRROR_ADD_VALUES in an entry that is added */
    const char *attribute;  /* as it is written to a server, with its option */
    const struct slice *values;
    size_t count;
};

struct mirror_change {
    enum mirror_kind kind;
    const char *dn;
    struct mirror_part *parts; /* none in an entry that is removed */
    size_t count;
};

struct mirror_plan {
    struct mirror_change *changes; /* in the order in which they can be carried out: nothing is removed above, or added below, another */
    size_t count;
};

/* From what the server has, `found`, to `wanted`. Only domains are added and removed one by one, since there may be very many; of other
 * attributes that differ all values are replaced (certificates have no rule by which a server could find one of them). A base that the
 * index does not hold is made if it is missing, and never removed. ERROR_SYNTAX (no LDIF), ERROR_BUDGET; slices of the plan are of the two
 * texts and of the arena. */
int mirror_plan(struct slice wanted, struct slice found, struct arena *arena, struct mirror_plan *out, struct error *e);

#endif

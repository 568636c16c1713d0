/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/ldap_mirror.h"

#include "fetch/ldap_read.h"
#include "index/compile.h"
#include "index/mirror_plan.h"
#include "sign/secret.h"

/* A server takes about 4 MB at a time from whom it knows (olcSockbufMaxIncomingAuth). */
enum { PATIENCE_MS = 30000, VALUES_AT_ONCE = 20000, BUDGET = 1 << 30 };

struct mirroring {
    struct ldap_link link;
    struct arena *plan_arena, *arena; /* of the plan; of one operation */
    struct ldap_mirror_totals *totals;
    size_t refused;
    struct error first; /* why the first one was refused */
};

/* --- one operation ---------------------------------------------------------------------------------------------------------- */

static int mod_op(enum mirror_verb verb)
{
    static const int ops[] = { [MIRROR_REPLACE] = LDAP_MOD_REPLACE, [MIRROR_ADD_VALUES] = LDAP_MOD_ADD,
                                [MIRROR_REMOVE_VALUES] = LDAP_MOD_DELETE };

    return ops[verb] | LDAP_MOD_BVALUES;
}

/* A part, or that piece of it, in the form of libldap. NULL without budget. */
static LDAPMod *make_mod(struct arena *arena, const struct mirror_part *part, size_t from, size_t count)
{
    LDAPMod *mod = arena_alloc(arena, sizeof *mod);
    struct berval *values = arena_array(arena, count + 1, sizeof *values), **list = arena_array(arena, count + 1, sizeof *list);

    if (!mod || !values || !list)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const struct slice *value = &part->values[from + i];

        values[i] = (struct berval){ .bv_len = value->size, .bv_val = (char *)(uintptr_t)value->data };
        list[i] = &values[i];
    }
    mod->mod_op = mod_op(part->verb);
    mod->mod_type = (char *)(uintptr_t)part->attribute;
    mod->mod_vals.modv_bvals = list;
    return mod;
}

static size_t first_piece(const struct mirror_part *part)
{
    return part->count < VALUES_AT_ONCE ? part->count : VALUES_AT_ONCE;
}

/* All parts at once, of a long one the first piece. */
static int send_parts(struct mirroring *m, const struct mirror_change *change, struct error *e)
{
    LDAPMod **mods = arena_array(m->arena, change->count + 1, sizeof *mods);
    int id = -1, sent;

    for (size_t i = 0; mods && i < change->count; i++)
        if (!(mods[i] = make_mod(m->arena, &change->parts[i], 0, first_piece(&change->parts[i]))))
            mods = NULL;
    if (!mods)
        return error_set(e, ERROR_BUDGET, "%s: no memory for a change", m->link.request->url);
    if (change->kind == MIRROR_ADD)
        sent = ldap_add_ext(m->link.ldap, change->dn, mods, NULL, NULL, &id);
    else
        sent = ldap_modify_ext(m->link.ldap, change->dn, mods, NULL, NULL, &id);
    return ldap_link_settle(&m->link, sent, id, e);
}

static int send_piece(struct mirroring *m, const struct mirror_change *change, const struct mirror_part *part, size_t from, struct error *e)
{
    size_t count = part->count - from < VALUES_AT_ONCE ? part->count - from : VALUES_AT_ONCE;
    LDAPMod *mods[2] = { make_mod(m->arena, part, from, count), NULL };
    int id = -1, sent;

    if (!mods[0])
        return error_set(e, ERROR_BUDGET, "%s: no memory for a change", m->link.request->url);
    sent = ldap_modify_ext(m->link.ldap, change->dn, mods, NULL, NULL, &id);
    return ldap_link_settle(&m->link, sent, id, e);
}

/* What was too long for one operation follows in others. Only values of an attribute that has an equality rule are so many. */
static int send_rest(struct mirroring *m, const struct mirror_change *change, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < change->count && result == 0; i++)
        for (size_t from = VALUES_AT_ONCE; from < change->parts[i].count && result == 0; from += VALUES_AT_ONCE) {
            arena_reset(m->arena);
            result = send_piece(m, change, &change->parts[i], from, e);
        }
    return result;
}

static int send_removal(struct mirroring *m, const struct mirror_change *change, struct error *e)
{
    int id = -1, sent = ldap_delete_ext(m->link.ldap, change->dn, NULL, NULL, &id), result = ldap_link_settle(&m->link, sent, id, e);

    return result == ERROR_NOT_FOUND ? 0 : result;
}

static int carry_out(struct mirroring *m, const struct mirror_change *change, struct error *e)
{
    int result;

    arena_reset(m->arena);
    if (change->kind == MIRROR_REMOVE)
        return send_removal(m, change, e);
    result = send_parts(m, change, e);
    return result ? result : send_rest(m, change, e);
}

/* --- all of them ------------------------------------------------------------------------------------------------------------ */

/* Is it the server that fails, and not one entry? */
static bool is_out(int code)
{
    return code == ERROR_UNREACHABLE || code == ERROR_TIMEOUT || code == ERROR_DEFERRED || code == ERROR_MEMORY || code == ERROR_BUDGET;
}

static void count(struct mirroring *m, const struct mirror_change *change, int result, const struct error *e)
{
    size_t *totals[] = { [MIRROR_ADD] = &m->totals->added, [MIRROR_CHANGE] = &m->totals->changed, [MIRROR_REMOVE] = &m->totals->removed };

    if (result == 0) {
        ++*totals[change->kind];
        return;
    }
    if (m->refused++ == 0)
        error_set(&m->first, result, "%s: %.150s", e->text, change->dn);
}

static int carry_out_all(struct mirroring *m, const struct mirror_plan *plan, struct error *e)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct error why = { 0 };
        int result = carry_out(m, &plan->changes[i], &why);

        if (is_out(result))
            return error_set(e, result, "%s", why.text);
        count(m, &plan->changes[i], result, &why);
    }
    if (m->refused)
        return error_set(e, ERROR_REFUSED, "%s (refused: %zu of %zu changes)", m->first.text, m->refused, plan->count);
    return 0;
}

static int log_in(struct mirroring *m, const struct ldap_mirror *how, struct error *e)
{
    struct secret password = { 0 };
    struct error why = { 0 };
    int result = secret_read(how->password_file, &password, e);

    if (result != 0)
        return result;
    secret_cut_line(&password);
    /* By RFC 4513 5.1.2 a name without a password is nobody's, and a server may take it for a login. */
    if (password.size == 0)
        result = error_set(e, ERROR_CONFIG, "%s: no password in its first line", how->password_file);
    else
        result = ldap_link_bind(&m->link, how->user, (struct slice){ (const char *)password.bytes, password.size }, &why);
    if (result == ERROR_REFUSED)
        error_set(e, result, "%s: for %.100s with the password of %s", why.text, how->user, how->password_file);
    else if (why.code)
        error_set(e, result, "%s", why.text);
    secret_wipe(&password);
    return result;
}

static int bring_into_step(struct mirroring *m, const struct ldap_mirror *how, struct slice ldif, struct buffer *found, struct error *e)
{
    struct mirror_plan plan;
    int result = log_in(m, how, e);

    if (result != 0)
        return result;
    result = ldap_read(&m->link, "(objectClass=*)", found, e);
    /* An empty database has no base either. */
    if (result != 0 && result != ERROR_NOT_FOUND)
        return result;
    result = mirror_plan(ldif, result ? SLICE_NONE : buffer_data(found), m->plan_arena, &plan, e);
    if (result != 0)
        return error_prefix(e, result, "%s", how->server.url);
    return carry_out_all(m, &plan, e);
}

int ldap_mirror(const struct ldap_mirror *how, struct slice ldif, struct ldap_mirror_totals *out, struct error *e)
{
    struct mirroring m = { .plan_arena = arena_new(BUDGET), .arena = arena_new(BUDGET), .totals = out };
    struct buffer found = buffer_new(INDEX_LDIF_MAX);
    int result = ldap_link_open(&how->server, LDAP_READ_LARGEST, &m.link, e);

    *out = (struct ldap_mirror_totals){ 0 };
    m.link.patience_ms = PATIENCE_MS;
    if (result == 0 && (!m.plan_arena || !m.arena))
        result = error_set(e, ERROR_MEMORY, "out of memory");
    if (result == 0)
        result = bring_into_step(&m, how, ldif, &found, e);
    ldap_link_close(&m.link);
    buffer_free(&found);
    arena_free(&m.plan_arena);
    arena_free(&m.arena);
    return result;
}

int ldap_mirror_try(const struct ldap_mirror *how, struct error *e)
{
    struct mirroring m = { .refused = 0 };
    int result = ldap_link_open(&how->server, LDAP_READ_LARGEST, &m.link, e);

    m.link.patience_ms = PATIENCE_MS;
    if (result == 0)
        result = log_in(&m, how, e);
    ldap_link_close(&m.link);
    return result;
}

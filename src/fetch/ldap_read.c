/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/ldap_read.h"

#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "index/ldif_write.h"

enum { PAGE = 200, ENTRY_BUDGET = 8 * LDAP_READ_LARGEST, COOKIE_MAX = 1024 };

static const char default_base[] = "o=postacert";

static const char *const wanted[] = { "objectClass", "o", "providerName", "providerUnit", "providerCertificateHash",
                                      "providerCertificate;binary", "mailReceipt", "LDIFLocationURL", "managedDomains", "description",
                                      NULL };

struct reading {
    const struct ldap_link *link;
    const char *filter;
    struct arena *arena; /* of an entry */
    struct buffer *out;
    struct berval cookie; /* where the next page begins; empty in front of the first and behind the last */
    char cookie_bytes[COOKIE_MAX];
};

/* --- one entry -------------------------------------------------------------------------------------------------------------- */

/* The name as we write it, or NULL: what the server calls an attribute does not get into the text. */
static const char *wanted_name(const char *name)
{
    for (size_t i = 0; wanted[i]; i++)
        if (strcasecmp(wanted[i], name) == 0)
            return wanted[i];
    return NULL;
}

static void write_values(const struct reading *r, LDAPMessage *entry, const char *name, struct rope *text)
{
    struct berval **values = wanted_name(name) ? ldap_get_values_len(r->link->ldap, entry, name) : NULL;

    for (size_t i = 0; values && values[i]; i++) {
        struct slice copy = arena_copy(r->arena, (struct slice){ values[i]->bv_val, values[i]->bv_len });

        if (values[i]->bv_len && !copy.data)
            text->failed = true;
        ldif_write(text, wanted_name(name), copy);
    }
    ldap_value_free_len(values);
}

static int take_entry(struct reading *r, LDAPMessage *entry, struct error *e)
{
    struct rope text;
    BerElement *at = NULL;
    char *dn = ldap_get_dn(r->link->ldap, entry), *name;
    int result = ERROR_BUDGET;

    arena_reset(r->arena);
    text = rope_new(r->arena);
    if (dn)
        ldif_write(&text, "dn", slice_of(dn));
    for (name = ldap_first_attribute(r->link->ldap, entry, &at); name; name = ldap_next_attribute(r->link->ldap, entry, at)) {
        write_values(r, entry, name, &text);
        ldap_memfree(name);
    }
    ber_free(at, 0);
    ldif_write_end(&text);
    if (dn && rope_ok(&text) && rope_flat(&text).data)
        result = buffer_append(r->out, rope_flat(&text));
    ldap_memfree(dn);
    if (result == ERROR_MEMORY)
        return error_set(e, ERROR_MEMORY, "out of memory");
    if (result != 0)
        return error_set(e, ERROR_LIMIT, "%s: the index is larger than %zu bytes, or one entry too large", r->link->request->url,
                         r->out->maximum);
    return 0;
}

/* --- pages ------------------------------------------------------------------------------------------------------------------ */

static int ask_page(struct reading *r, int *out_id, struct error *e)
{
    char *attributes[sizeof wanted / sizeof wanted[0]];
    const char *base = r->link->url->lud_dn && *r->link->url->lud_dn ? r->link->url->lud_dn : default_base;
    LDAPControl *page = NULL;
    int result = ldap_create_page_control(r->link->ldap, PAGE, &r->cookie, 0, &page);
    LDAPControl *controls[] = { page, NULL };

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        attributes[i] = (char *)(uintptr_t)wanted[i];
    if (result == LDAP_SUCCESS)
        result = ldap_search_ext(r->link->ldap, base, LDAP_SCOPE_SUBTREE, r->filter, attributes, 0, controls, NULL, NULL, LDAP_NO_LIMIT,
                                 out_id);
    ldap_control_free(page);
    return result == LDAP_SUCCESS ? 0 : ldap_link_failed(r->link, result, NULL, e);
}

static int keep_cookie(struct reading *r, const struct berval *cookie, struct error *e)
{
    if (cookie->bv_len > sizeof r->cookie_bytes)
        return error_set(e, ERROR_REFUSED, "%s: a mark of %zu bytes for the next page", r->link->request->url, (size_t)cookie->bv_len);
    if (cookie->bv_len)
        memcpy(r->cookie_bytes, cookie->bv_val, cookie->bv_len);
    r->cookie = (struct berval){ .bv_len = cookie->bv_len, .bv_val = r->cookie_bytes };
    return 0;
}

static int cut_off(const struct reading *r, int ldap_code, const char *said, struct error *e)
{
    struct error why = { 0 };
    int result = ldap_link_failed(r->link, ldap_code, said, &why);
    const char *advice = result == ERROR_LIMIT ? "; raise its limit (olcLimits, size), or the index would be cut off" : "";

    return error_set(e, result, "%s%s", why.text, advice);
}

/* What stands behind the last entry of a page: is all well, and where does the next one begin? A server that does not know pages gives all
 * in one. */
static int end_page(struct reading *r, LDAPMessage *message, struct error *e)
{
    struct berval cookie = { 0 };
    LDAPControl **controls = NULL, *page;
    char *said = NULL;
    ber_int_t estimate;
    int code, result = ldap_parse_result(r->link->ldap, message, &code, NULL, &said, NULL, &controls, 0);

    if (result != LDAP_SUCCESS || code != LDAP_SUCCESS) {
        result = cut_off(r, result ? result : code, said, e);
    } else {
        page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
        /* libldap ends the process at one without a value, or with an empty one. */
        if (page && (!page->ldctl_value.bv_len || ldap_parse_pageresponse_control(r->link->ldap, page, &estimate, &cookie) != LDAP_SUCCESS))
            result = ldap_link_failed(r->link, LDAP_DECODING_ERROR, NULL, e);
        else
            result = keep_cookie(r, &cookie, e);
    }
    ldap_memfree(cookie.bv_val);
    ldap_controls_free(controls);
    ldap_memfree(said);
    return result;
}

static int take_page(struct reading *r, struct error *e)
{
    int id, type, result = ask_page(r, &id, e);

    while (result == 0) {
        LDAPMessage *message = NULL;

        result = ldap_link_hear(r->link, id, &message, e);
        if (result != 0)
            return result;
        type = ldap_msgtype(message);
        if (type == LDAP_RES_SEARCH_ENTRY)
            result = take_entry(r, message, e);
        else if (type == LDAP_RES_SEARCH_RESULT)
            result = end_page(r, message, e);
        else if (type == LDAP_RES_SEARCH_REFERENCE)
            result = error_set(e, ERROR_UNSUPPORTED, "%s: the server refers to another one for a part of the index", r->link->request->url);
        ldap_msgfree(message);
        if (type == LDAP_RES_SEARCH_RESULT)
            break;
    }
    return result;
}

int ldap_read(const struct ldap_link *link, const char *filter, struct buffer *out, struct error *e)
{
    struct reading r = { .link = link, .filter = filter, .out = out, .arena = arena_new(ENTRY_BUDGET), .cookie = { .bv_val = NULL } };
    int result;

    if (!r.arena)
        return error_set(e, ERROR_MEMORY, "out of memory");
    do
        result = take_page(&r, e);
    while (result == 0 && r.cookie.bv_len);
    arena_free(&r.arena);
    return result;
}

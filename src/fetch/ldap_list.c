/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/ldap_list.h"

#include "fetch/fetch_ldap.h"
#include "fetch/ldap_link.h"

enum {
    FRAME_MAX = 64 * 1024, /* an answer beside the value in it */
    LISTS_MAX = 2,         /* one more than is taken */
};

static const char *const lists[] = { "certificateRevocationList;binary", "authorityRevocationList;binary" };

/* The attribute that a URL asks for, in the form in which it is asked for (RFC 4523 2.3); NULL if it is no list. */
static const char *list_of(const LDAPURLDesc *url)
{
    struct slice rest, name, known;

    if (!url->lud_attrs || !url->lud_attrs[0])
        return lists[0];
    if (url->lud_attrs[1])
        return NULL;
    rest = slice_of(url->lud_attrs[0]);
    slice_cut(&rest, ';', &name);
    if (rest.size && !slice_is_nocase(rest, "binary"))
        return NULL;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct slice option = slice_of(lists[i]);

        slice_cut(&option, ';', &known);
        if (slice_equal_nocase(name, known))
            return lists[i];
    }
    return NULL;
}

bool ldap_list_can(const char *url)
{
    LDAPURLDesc *parts = NULL;
    bool can = fetch_ldap_can(url) && ldap_url_parse(url, &parts) == LDAP_URL_SUCCESS && parts->lud_host && *parts->lud_host &&
               parts->lud_dn && *parts->lud_dn && !parts->lud_crit_exts && list_of(parts);

    if (parts)
        ldap_free_urldesc(parts);
    return can;
}

/* An entry of the answer; the one list that is in it. */
static int take_list(const struct ldap_link *link, LDAPMessage *entry, const char *attribute, struct buffer *out, struct error *e)
{
    struct berval **values = ldap_get_values_len(link->ldap, entry, attribute);
    int count = ldap_count_values_len(values), result = 0;

    if (count > 1 || (count == 1 && buffer_data(out).size))
        result = error_set(e, ERROR_UNSUPPORTED, "%s: more than one list", link->request->url);
    else if (count == 1 && buffer_append(out, (struct slice){ values[0]->bv_val, values[0]->bv_len }) != 0)
        result = error_set(e, ERROR_LIMIT, "%s: larger than %zu octets", link->request->url, out->maximum);
    ldap_value_free_len(values);
    return result;
}

static int end_search(const struct ldap_link *link, LDAPMessage *message, struct error *e)
{
    char *said = NULL;
    int code = LDAP_OTHER, result = ldap_parse_result(link->ldap, message, &code, NULL, &said, NULL, NULL, 0);

    if (result != LDAP_SUCCESS || code != LDAP_SUCCESS)
        result = ldap_link_failed(link, result ? result : code, said, e);
    ldap_memfree(said);
    return result;
}

static int hear_lists(const struct ldap_link *link, int id, const char *attribute, struct buffer *out, struct error *e)
{
    int type = 0, result = 0;

    while (result == 0 && type != LDAP_RES_SEARCH_RESULT) {
        LDAPMessage *message = NULL;

        result = ldap_link_hear(link, id, &message, e);
        if (result != 0)
            break;
        type = ldap_msgtype(message);
        if (type == LDAP_RES_SEARCH_ENTRY)
            result = take_list(link, message, attribute, out, e);
        else if (type == LDAP_RES_SEARCH_RESULT)
            result = end_search(link, message, e);
        ldap_msgfree(message);
    }
    return result;
}

static int ask_list(const struct ldap_link *link, struct buffer *out, struct error *e)
{
    const char *attribute = list_of(link->url), *filter = link->url->lud_filter;
    char *attributes[] = { (char *)(uintptr_t)attribute, NULL };
    int scope = link->url->lud_scope, id = -1, result;

    if (!attribute)
        return error_set(e, ERROR_CONFIG, "%s: no address of a revocation list", link->request->url);
    if (scope == LDAP_SCOPE_DEFAULT)
        scope = LDAP_SCOPE_BASE;
    result = ldap_search_ext(link->ldap, link->url->lud_dn, scope, filter && *filter ? filter : "(objectClass=*)", attributes, 0, NULL,
                             NULL, NULL, LISTS_MAX, &id);
    if (result != LDAP_SUCCESS)
        return ldap_link_failed(link, result, NULL, e);
    result = hear_lists(link, id, attribute, out, e);
    if (result == 0 && buffer_data(out).size == 0)
        result = error_set(e, ERROR_NOT_FOUND, "%s: no revocation list there", link->request->url);
    return result;
}

int ldap_list_fetch(const struct fetch_request *request, struct buffer *out, struct error *e)
{
    struct ldap_link link;
    int result = ldap_link_open(request, out->maximum + FRAME_MAX, &link, e);

    if (result == 0)
        result = ask_list(&link, out, e);
    ldap_link_close(&link);
    return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_ldap.h"

#include <ldap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "index/ldif_write.h"

enum { CONNECT_MS = 10000, PAGE = 200, ENTRY_MAX = 64 * 1024 * 1024, ENTRY_BUDGET = 8 * ENTRY_MAX, COOKIE_MAX = 1024 };

static const char default_base[] = "o=postacert";
static const char system_authorities[] = "/etc/ssl/certs/ca-certificates.crt";

static const char *const wanted[] = { "objectClass", "providerName", "providerUnit", "providerCertificateHash", "providerCertificate;binary",
                                      "mailReceipt", "LDIFLocationURL", "managedDomains", "description", NULL };

struct reading {
    const struct fetch_request *request;
    LDAP *ldap;
    LDAPURLDesc *url;
    struct arena *arena; /* of an entry */
    struct buffer *out;
    struct berval cookie; /* where the next page begins; empty in front of the first and behind the last */
    char cookie_bytes[COOKIE_MAX];
};

bool fetch_ldap_can(const char *url)
{
    return strncasecmp(url, "ldap://", 7) == 0 || strncasecmp(url, "ldaps://", 8) == 0;
}

static int code_of(int ldap_code)
{
    switch (ldap_code) {
    case LDAP_TIMEOUT:
    case LDAP_TIMELIMIT_EXCEEDED:
        return ERROR_TIMEOUT;
    case LDAP_SERVER_DOWN:
    case LDAP_CONNECT_ERROR:
        return ERROR_UNREACHABLE;
    case LDAP_NO_SUCH_OBJECT:
        return ERROR_NOT_FOUND;
    case LDAP_SIZELIMIT_EXCEEDED:
    case LDAP_ADMINLIMIT_EXCEEDED:
        return ERROR_LIMIT;
    case LDAP_BUSY:
    case LDAP_UNAVAILABLE:
        return ERROR_DEFERRED;
    case LDAP_NO_MEMORY:
        return ERROR_MEMORY;
    case LDAP_NOT_SUPPORTED:
        return ERROR_UNSUPPORTED;
    default:
        return ERROR_REFUSED;
    }
}

/* `said` is what the server itself said, or NULL. */
static int failed(const struct reading *r, int ldap_code, const char *said, struct error *e)
{
    const char *advice = code_of(ldap_code) == ERROR_LIMIT ? "; raise its limit (olcLimits, size), or the index would be cut off" : "";
    char quoted[LOG_QUOTED_SIZE];

    if (said && *said)
        return error_set(e, code_of(ldap_code), "%s: %s: %s%s", r->request->url, ldap_err2string(ldap_code),
                         log_quote(slice_of(said), quoted), advice);
    return error_set(e, code_of(ldap_code), "%s: %s%s", r->request->url, ldap_err2string(ldap_code), advice);
}

/* --- connecting ------------------------------------------------------------------------------------------------------------- */

/* A URL says where the directory is; what is asked of it is not for the operator to choose. */
static int read_url(struct reading *r, struct error *e)
{
    if (ldap_url_parse(r->request->url, &r->url) != LDAP_URL_SUCCESS)
        return error_set(e, ERROR_CONFIG, "%s is no address of an LDAP server; write ldap://HOST:PORT/BASE", r->request->url);
    if (r->url->lud_attrs || r->url->lud_exts || r->url->lud_next || !r->url->lud_host || !*r->url->lud_host)
        return error_set(e, ERROR_CONFIG, "%s: more than ldap://HOST:PORT/BASE", r->request->url);
    return 0;
}

static bool is_given(const char *path)
{
    return path && *path;
}

static int set_tls(const struct reading *r)
{
    const struct fetch_request *q = r->request;
    const int demand = LDAP_OPT_X_TLS_DEMAND, fresh = 0;
    int result = ldap_set_option(r->ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);

    if (result == LDAP_SUCCESS)
        result = ldap_set_option(r->ldap, LDAP_OPT_X_TLS_CACERTFILE, is_given(q->ca) ? q->ca : system_authorities);
    if (result == LDAP_SUCCESS && is_given(q->client_certificate)) {
        result = ldap_set_option(r->ldap, LDAP_OPT_X_TLS_CERTFILE, q->client_certificate);
        if (result == LDAP_SUCCESS)
            result = ldap_set_option(r->ldap, LDAP_OPT_X_TLS_KEYFILE, q->client_key);
    }
    return result == LDAP_SUCCESS ? ldap_set_option(r->ldap, LDAP_OPT_X_TLS_NEWCTX, &fresh) : result;
}

static int set_bounds(const struct reading *r)
{
    const struct timeval connect = { .tv_sec = CONNECT_MS / 1000 };
    const int version = LDAP_VERSION3;
    ber_len_t largest = ENTRY_MAX;
    Sockbuf *socket = NULL;
    int result = ldap_set_option(r->ldap, LDAP_OPT_PROTOCOL_VERSION, &version);

    if (result == LDAP_SUCCESS)
        result = ldap_set_option(r->ldap, LDAP_OPT_NETWORK_TIMEOUT, &connect);
    if (result == LDAP_SUCCESS)
        result = ldap_set_option(r->ldap, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    if (result == LDAP_SUCCESS && ldap_get_option(r->ldap, LDAP_OPT_SOCKBUF, &socket) == LDAP_SUCCESS && socket)
        ber_sockbuf_ctrl(socket, LBER_SB_OPT_SET_MAX_INCOMING, &largest);
    return result;
}

/* The connection itself is made with the first question. */
static int open_ldap(struct reading *r, struct error *e)
{
    char server[1024];
    int result = read_url(r, e);

    if (result != 0)
        return result;
    if (snprintf(server, sizeof server, "%s://%s:%d", r->url->lud_scheme, r->url->lud_host, r->url->lud_port) >= (int)sizeof server)
        return error_set(e, ERROR_CONFIG, "%.200s...: too long", r->request->url);
    /* The machine's ldap.conf and the caller's environment are for people. */
    setenv("LDAPNOINIT", "1", 1);
    result = ldap_initialize(&r->ldap, server);
    if (result == LDAP_SUCCESS)
        result = set_bounds(r);
    if (result == LDAP_SUCCESS && strcasecmp(r->url->lud_scheme, "ldaps") == 0 && set_tls(r) != LDAP_SUCCESS)
        return error_set(e, ERROR_CONFIG, "%s: directory.ca, client_certificate or client_key cannot be used", r->request->url);
    return result == LDAP_SUCCESS ? 0 : failed(r, result, NULL, e);
}

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
    struct berval **values = wanted_name(name) ? ldap_get_values_len(r->ldap, entry, name) : NULL;

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
    char *dn = ldap_get_dn(r->ldap, entry), *name;
    int result = ERROR_BUDGET;

    arena_reset(r->arena);
    text = rope_new(r->arena);
    if (dn)
        ldif_write(&text, "dn", slice_of(dn));
    for (name = ldap_first_attribute(r->ldap, entry, &at); name; name = ldap_next_attribute(r->ldap, entry, at)) {
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
    return result ? error_set(e, ERROR_LIMIT, "%s: the index is larger than %zu bytes, or one entry too large", r->request->url, r->out->maximum)
                  : 0;
}

/* --- pages ------------------------------------------------------------------------------------------------------------------ */

static int ask_page(struct reading *r, int *out_id, struct error *e)
{
    char *attributes[sizeof wanted / sizeof wanted[0]];
    const char *base = is_given(r->url->lud_dn) ? r->url->lud_dn : default_base;
    LDAPControl *page = NULL;
    int result = ldap_create_page_control(r->ldap, PAGE, &r->cookie, 0, &page);
    LDAPControl *controls[] = { page, NULL };

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        attributes[i] = (char *)(uintptr_t)wanted[i];
    if (result == LDAP_SUCCESS)
        result = ldap_search_ext(r->ldap, base, LDAP_SCOPE_SUBTREE, "(objectClass=provider)", attributes, 0, controls, NULL, NULL, LDAP_NO_LIMIT,
                                 out_id);
    ldap_control_free(page);
    return result == LDAP_SUCCESS ? 0 : failed(r, result, NULL, e);
}

static int keep_cookie(struct reading *r, const struct berval *cookie, struct error *e)
{
    if (cookie->bv_len > sizeof r->cookie_bytes)
        return error_set(e, ERROR_REFUSED, "%s: a mark of %zu bytes for the next page", r->request->url, (size_t)cookie->bv_len);
    if (cookie->bv_len)
        memcpy(r->cookie_bytes, cookie->bv_val, cookie->bv_len);
    r->cookie = (struct berval){ .bv_len = cookie->bv_len, .bv_val = r->cookie_bytes };
    return 0;
}

/* What stands behind the last entry of a page: is all well, and where does the next one begin? A server that does not know pages gives all
 * in one. */
static int end_page(struct reading *r, LDAPMessage *message, struct error *e)
{
    struct berval cookie = { 0 };
    LDAPControl **controls = NULL, *page;
    char *said = NULL;
    ber_int_t estimate;
    int code, result = ldap_parse_result(r->ldap, message, &code, NULL, &said, NULL, &controls, 0);

    if (result != LDAP_SUCCESS || code != LDAP_SUCCESS) {
        result = failed(r, result ? result : code, said, e);
    } else {
        page = ldap_control_find(LDAP_CONTROL_PAGEDRESULTS, controls, NULL);
        if (page && ldap_parse_pageresponse_control(r->ldap, page, &estimate, &cookie) != LDAP_SUCCESS)
            result = failed(r, LDAP_DECODING_ERROR, NULL, e);
        else
            result = keep_cookie(r, &cookie, e);
    }
    ldap_memfree(cookie.bv_val);
    ldap_controls_free(controls);
    ldap_memfree(said);
    return result;
}

/* The next message of the answer. */
static int hear(const struct reading *r, int id, LDAPMessage **out, struct error *e)
{
    int left = clock_left_ms(r->request->deadline_ms), code = LDAP_SERVER_DOWN;
    struct timeval patience = { .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 };
    int type = ldap_result(r->ldap, id, LDAP_MSG_ONE, &patience, out);

    if (type > 0)
        return 0;
    if (type == 0)
        return failed(r, LDAP_TIMEOUT, NULL, e);
    ldap_get_option(r->ldap, LDAP_OPT_RESULT_CODE, &code);
    return failed(r, code, NULL, e);
}

static int take_page(struct reading *r, struct error *e)
{
    int id, type, result = ask_page(r, &id, e);

    while (result == 0) {
        LDAPMessage *message = NULL;

        result = hear(r, id, &message, e);
        if (result != 0)
            return result;
        type = ldap_msgtype(message);
        if (type == LDAP_RES_SEARCH_ENTRY)
            result = take_entry(r, message, e);
        else if (type == LDAP_RES_SEARCH_RESULT)
            result = end_page(r, message, e);
        else if (type == LDAP_RES_SEARCH_REFERENCE)
            result = error_set(e, ERROR_UNSUPPORTED, "%s: the server refers to another one for a part of the index", r->request->url);
        ldap_msgfree(message);
        if (type == LDAP_RES_SEARCH_RESULT)
            break;
    }
    return result;
}

int fetch_ldap(const struct fetch_request *request, struct buffer *out, struct error *e)
{
    struct reading r = { .request = request, .out = out, .arena = arena_new(ENTRY_BUDGET), .cookie = { .bv_val = NULL } };
    int result = r.arena ? open_ldap(&r, e) : error_set(e, ERROR_MEMORY, "out of memory");

    if (result == 0) {
        do
            result = take_page(&r, e);
        while (result == 0 && r.cookie.bv_len);
    }
    if (r.ldap)
        ldap_unbind_ext(r.ldap, NULL, NULL);
    if (r.url)
        ldap_free_urldesc(r.url);
    arena_free(&r.arena);
    return result;
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/ldap_link.h"

#include <openldap.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

enum { CONNECT_MS = 10000 };

static const char system_authorities[] = "/etc/ssl/certs/ca-certificates.crt";

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
    case LDAP_ALREADY_EXISTS:
        return ERROR_EXISTS;
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

int ldap_link_failed(const struct ldap_link *link, int ldap_code, const char *said, struct error *e)
{
    char quoted[LOG_QUOTED_SIZE];

    if (said && *said)
        return error_set(e, code_of(ldap_code), "%s: %s: %s", link->request->url, ldap_err2string(ldap_code),
                         log_quote(slice_of(said), quoted));
    return error_set(e, code_of(ldap_code), "%s: %s", link->request->url, ldap_err2string(ldap_code));
}

/* --- connecting ------------------------------------------------------------------------------------------------------------- */

static int read_url(struct ldap_link *link, struct error *e)
{
    const char *url = link->request->url;

    if (ldap_url_parse(url, &link->url) != LDAP_URL_SUCCESS)
        return error_set(e, ERROR_CONFIG, "%s is no address of an LDAP server; write ldap://HOST:PORT/BASE", url);
    if (link->url->lud_crit_exts || link->url->lud_next || !link->url->lud_host || !*link->url->lud_host)
        return error_set(e, ERROR_CONFIG, "%s: more than ldap://HOST:PORT/BASE", url);
    return 0;
}

static bool is_given(const char *path)
{
    return path && *path;
}

static int set_tls(const struct ldap_link *link)
{
    const struct fetch_request *q = link->request;
    const int demand = LDAP_OPT_X_TLS_DEMAND, fresh = 0;
    int result = ldap_set_option(link->ldap, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand);

    if (result == LDAP_SUCCESS)
        result = ldap_set_option(link->ldap, LDAP_OPT_X_TLS_CACERTFILE, is_given(q->ca) ? q->ca : system_authorities);
    if (result == LDAP_SUCCESS && is_given(q->client_certificate)) {
        result = ldap_set_option(link->ldap, LDAP_OPT_X_TLS_CERTFILE, q->client_certificate);
        if (result == LDAP_SUCCESS)
            result = ldap_set_option(link->ldap, LDAP_OPT_X_TLS_KEYFILE, q->client_key);
    }
    return result == LDAP_SUCCESS ? ldap_set_option(link->ldap, LDAP_OPT_X_TLS_NEWCTX, &fresh) : result;
}

static int set_bounds(const struct ldap_link *link, size_t largest)
{
    const struct timeval connect = { .tv_sec = CONNECT_MS / 1000 };
    const int version = LDAP_VERSION3;
    ber_len_t maximum = largest;
    Sockbuf *socket = NULL;
    int result = ldap_set_option(link->ldap, LDAP_OPT_PROTOCOL_VERSION, &version);

    if (result == LDAP_SUCCESS)
        result = ldap_set_option(link->ldap, LDAP_OPT_NETWORK_TIMEOUT, &connect);
    if (result == LDAP_SUCCESS)
        result = ldap_set_option(link->ldap, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    if (result == LDAP_SUCCESS && ldap_get_option(link->ldap, LDAP_OPT_SOCKBUF, &socket) == LDAP_SUCCESS && socket)
        ber_sockbuf_ctrl(socket, LBER_SB_OPT_SET_MAX_INCOMING, &maximum);
    return result;
}

/* The machine's ldap.conf and the caller's environment are for people. A server that hangs up in the middle (one that misses a client
 * certificate) must not end the process. */
static void prepare_process(void)
{
    setenv("LDAPNOINIT", "1", 1);
    signal(SIGPIPE, SIG_IGN);
}

int ldap_link_open(const struct fetch_request *request, size_t largest, struct ldap_link *out, struct error *e)
{
    char server[1024];
    int result;

    *out = (struct ldap_link){ .request = request };
    result = read_url(out, e);
    if (result != 0)
        return result;
    if (snprintf(server, sizeof server, "%s://%s:%d", out->url->lud_scheme, out->url->lud_host, out->url->lud_port) >= (int)sizeof server)
        return error_set(e, ERROR_CONFIG, "%.200s...: too long", request->url);
    prepare_process();
    result = ldap_initialize(&out->ldap, server);
    if (result == LDAP_SUCCESS)
        result = set_bounds(out, largest);
    if (result == LDAP_SUCCESS && strcasecmp(out->url->lud_scheme, "ldaps") == 0 && set_tls(out) != LDAP_SUCCESS)
        return error_set(e, ERROR_CONFIG, "%s: directory.ca, client_certificate or client_key cannot be used", request->url);
    return result == LDAP_SUCCESS ? 0 : ldap_link_failed(out, result, NULL, e);
}

int ldap_link_adopt(const struct fetch_request *request, int fd, size_t largest, struct ldap_link *out, struct error *e)
{
    int result;

    *out = (struct ldap_link){ .request = request };
    result = read_url(out, e);
    if (result != 0) {
        close(fd);
        return result;
    }
    prepare_process();
    result = ldap_init_fd(fd, LDAP_PROTO_TCP, request->url, &out->ldap);
    if (result == LDAP_SUCCESS)
        result = set_bounds(out, largest);
    return result == LDAP_SUCCESS ? 0 : ldap_link_failed(out, result, NULL, e);
}

void ldap_link_close(struct ldap_link *link)
{
    if (link->ldap)
        ldap_unbind_ext(link->ldap, NULL, NULL);
    if (link->url)
        ldap_free_urldesc(link->url);
    *link = (struct ldap_link){ .request = NULL };
}

/* --- asking ----------------------------------------------------------------------------------------------------------------- */

int ldap_link_hear(const struct ldap_link *link, int id, LDAPMessage **out, struct error *e)
{
    int left = clock_left_ms(link->request->deadline_ms), code = LDAP_SERVER_DOWN, type;
    struct timeval patience;

    if (link->patience_ms && link->patience_ms < left)
        left = link->patience_ms;
    patience = (struct timeval){ .tv_sec = left / 1000, .tv_usec = left % 1000 * 1000 };
    type = ldap_result(link->ldap, id, LDAP_MSG_ONE, &patience, out);
    if (type > 0)
        return 0;
    if (type == 0)
        return ldap_link_failed(link, LDAP_TIMEOUT, NULL, e);
    ldap_get_option(link->ldap, LDAP_OPT_RESULT_CODE, &code);
    return ldap_link_failed(link, code, NULL, e);
}

int ldap_link_settle(const struct ldap_link *link, int sent, int id, struct error *e)
{
    LDAPMessage *answer = NULL;
    char *said = NULL;
    int code = LDAP_OTHER, result;

    if (sent != LDAP_SUCCESS)
        return ldap_link_failed(link, sent, NULL, e);
    result = ldap_link_hear(link, id, &answer, e);
    if (result != 0)
        return result;
    result = ldap_parse_result(link->ldap, answer, &code, NULL, &said, NULL, NULL, 1);
    if (result == LDAP_SUCCESS)
        result = code;
    result = result == LDAP_SUCCESS ? 0 : ldap_link_failed(link, result, said, e);
    ldap_memfree(said);
    return result;
}

/* Sending blocks, and a server that has stopped reading would block it for ever. */
static void bound_sending(const struct ldap_link *link)
{
    const struct timeval limit = { .tv_sec = link->patience_ms ? link->patience_ms / 1000 : CONNECT_MS / 1000 };
    int fd = -1;

    if (ldap_get_option(link->ldap, LDAP_OPT_DESC, &fd) == LDAP_SUCCESS && fd >= 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

int ldap_link_bind(const struct ldap_link *link, const char *user, struct slice password, struct error *e)
{
    struct berval credential = { .bv_len = password.size, .bv_val = (char *)(uintptr_t)password.data };
    int id = -1, sent = ldap_sasl_bind(link->ldap, user, LDAP_SASL_SIMPLE, &credential, NULL, NULL, &id);

    bound_sending(link);
    return ldap_link_settle(link, sent, id, e);
}

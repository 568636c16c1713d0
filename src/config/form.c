/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/form.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/net.h"
#include "base/slice.h"
#include "base/text.h"

enum { DOMAIN_MAX = 255, LABEL_MAX = 63, LOCAL_PART_MAX = 64, USER_MAX = 32, ZONE_MAX = 100 };

/* `"TEXT" is no WHAT` */
static int refuse(const char *text, const char *what, struct error *e)
{
    char quoted[LOG_QUOTED_SIZE];

    return error_set(e, ERROR_SYNTAX, "%s is no %s", log_quote(slice_of(text), quoted), what);
}

static bool is_letter_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 952 as RFC 1123 2.1 amends it. */
static bool is_label(struct slice s)
{
    if (s.size == 0 || s.size > LABEL_MAX || s.data[0] == '-' || s.data[s.size - 1] == '-')
        return false;
    for (size_t i = 0; i < s.size; i++) {
        if (!is_letter_or_digit(s.data[i]) && s.data[i] != '-')
            return false;
    }
    return true;
}

static bool is_domain(struct slice s)
{
    struct slice label;
    bool more = s.size <= DOMAIN_MAX;

    while (more) {
        more = slice_cut(&s, '.', &label);
        if (!is_label(label))
            return false;
        if (!more)
            return true;
    }
    return false;
}

int form_domain(const char *text, struct error *e)
{
    if (is_domain(slice_of(text)))
        return 0;
    return refuse(text, "domain; write it as \"example.it\", other than ASCII letters in their xn-- form", e);
}

/* RFC 5322 3.2.3. */
static bool is_dot_atom(struct slice s)
{
    struct slice atom;
    bool more;

    do {
        more = slice_cut(&s, '.', &atom);
        if (atom.size == 0)
            return false;
        for (size_t i = 0; i < atom.size; i++) {
            if (!is_letter_or_digit(atom.data[i]) && (atom.data[i] == '\0' || !strchr("!#$%&'*+-/=?^_`{|}~", atom.data[i])))
                return false;
        }
    } while (more);
    return true;
}

int form_email(const char *text, struct error *e)
{
    struct slice domain = slice_of(text), local;

    if (slice_cut(&domain, '@', &local) && local.size <= LOCAL_PART_MAX && is_dot_atom(local) && is_domain(domain))
        return 0;
    return refuse(text, "e-mail address; write it as \"name@example.it\"", e);
}

int form_path(const char *text, struct error *e)
{
    return text[0] == '/' ? 0 : refuse(text, "absolute path; begin it with \"/\"", e);
}

int form_zone(const char *text, struct error *e)
{
    char path[ZONE_MAX + 32];
    struct stat st;

    if (text[0] != '/' && !strstr(text, "..") && strlen(text) <= ZONE_MAX) {
        snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", text);
        if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
            return 0;
    }
    return refuse(text, "time zone of this machine; write a name of /usr/share/zoneinfo, as \"Europe/Rome\"", e);
}

int form_user(const char *text, struct error *e)
{
    bool good = strlen(text) <= USER_MAX && text[0] != '-';

    for (const char *c = text; *c && good; c++)
        good = is_letter_or_digit(*c) || strchr("_-.", *c);
    return good ? 0 : refuse(text, "name of a user; write one that the machine knows, as \"opec\"", e);
}

int form_host_port(const char *text, struct error *e)
{
    struct net_address address;

    if (net_address_read(text, &address, NULL) == 0 && !address.local)
        return 0;
    return refuse(text, "HOST:PORT; write it as \"127.0.0.1:9102\"", e);
}

/* Schemes are in lower case, so that who reads them on need not ask. */
static bool begins(const char *text, const char *scheme)
{
    return strncmp(text, scheme, strlen(scheme)) == 0;
}

/* A host, and no blank anywhere, behind the scheme. */
static bool is_url(const char *text, const char *scheme)
{
    return begins(text, scheme) && text[strlen(scheme)] != '\0' && text[strlen(scheme)] != '/' && !strchr(text, ' ');
}

int form_http(const char *text, struct error *e)
{
    if (is_url(text, "http://") || is_url(text, "https://"))
        return 0;
    return refuse(text, "address for http; begin it with \"http://\" or \"https://\" and a host", e);
}

int form_https(const char *text, struct error *e)
{
    return is_url(text, "https://") ? 0 : refuse(text, "address for https; begin it with \"https://\" and a host", e);
}

int form_source(const char *text, struct error *e)
{
    if (begins(text, "ldif:/") || is_url(text, "ldap://") || is_url(text, "ldaps://"))
        return 0;
    return refuse(text, "source of the index; write \"ldif:/PATH\", \"ldap://HOST\" or \"ldaps://HOST\"", e);
}

int form_ldap(const char *text, struct error *e)
{
    if ((is_url(text, "ldap://") || is_url(text, "ldaps://")) && !strpbrk(strstr(text, "://") + 3, "/?"))
        return 0;
    return refuse(text, "address of an LDAP server; write \"ldap://HOST\" or \"ldaps://HOST\", with \":PORT\" if need be", e);
}

int form_store(const char *text, struct error *e)
{
    /* postgresql:/// is libpq's default server, a socket of this machine. */
    char scheme[32];

    if (begins(text, "sqlite:/") || begins(text, "postgresql://"))
        return 0;
    text_copy(scheme, sizeof scheme, (struct slice){ text, strcspn(text, ":") }); /* behind it may be a password */
    return refuse(strchr(text, '@') ? scheme : text, "store; write \"sqlite:/PATH\" or \"postgresql://HOST/DATABASE\"", e);
}

int form_log(const char *text, struct error *e)
{
    if (strcmp(text, "syslog") == 0 || strcmp(text, "stderr") == 0 || (begins(text, "file:/") && text[6] != '\0'))
        return 0;
    return refuse(text, "place for the log; write \"syslog\", \"stderr\" or \"file:/PATH\"", e);
}

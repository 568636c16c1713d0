/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/check.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config/schema.h"
#include "config/units.h"

enum { HOUR = 3600 };

struct check {
    const struct config *config;
    const bool *sound;
    struct faults *faults;
};

static bool is_sound(const struct check *k, const char *key)
{
    return k->sound[schema_find_key(key)];
}

/* A fault at the line of a key. */
static void add(const struct check *k, const char *key, const char *words)
{
    faults_add(k->faults, config_line(k->config, key), "%s: %s", key, words);
}

/* A key that may not be empty because of another one. */
static void need(const struct check *k, const char *key, bool empty, const char *words)
{
    if (empty && is_sound(k, key))
        add(k, key, words);
}

static bool same_address(const struct net_address *a, const struct net_address *b)
{
    if (a->local != b->local)
        return false;
    return a->local ? strcmp(a->path, b->path) == 0 : strcmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}

static void differ(const struct check *k, const char *key, const struct net_address *a, const char *other,
                   const struct net_address *b)
{
    if (is_sound(k, key) && is_sound(k, other) && same_address(a, b))
        faults_add(k->faults, config_line(k->config, key), "%s: %s has the same address; write another", key, other);
}

/* Neither two listeners at one place, nor one of them where we hand mail on: it would go round for ever. */
static void check_sockets(const struct check *k)
{
    const struct config *c = k->config;
    struct net_address metrics;

    differ(k, "listen incoming.socket", &c->listen_incoming, "listen access.socket", &c->listen_access);
    differ(k, "relay.smtp", &c->relay.smtp, "listen access.socket", &c->listen_access);
    differ(k, "relay.smtp", &c->relay.smtp, "listen incoming.socket", &c->listen_incoming);
    differ(k, "relay.lmtp", &c->relay.lmtp, "listen access.socket", &c->listen_access);
    differ(k, "relay.lmtp", &c->relay.lmtp, "listen incoming.socket", &c->listen_incoming);
    if (!is_sound(k, "metrics.listen") || net_address_read(c->metrics_listen, &metrics, NULL) != 0)
        return;
    differ(k, "metrics.listen", &metrics, "listen access.socket", &c->listen_access);
    differ(k, "metrics.listen", &metrics, "listen incoming.socket", &c->listen_incoming);
}

static void check_signer(const struct check *k)
{
    const struct config *c = k->config;

    if (!is_sound(k, "signer.kind"))
        return;
    if (c->signer.kind == KEY_PKCS11) {
        need(k, "signer.module", !c->signer.module[0], "kind \"pkcs11\" needs the library of the token; write its path");
        need(k, "signer.token", c->signer.token_count == 0, "kind \"pkcs11\" needs the label of the token; write it");
        need(k, "signer.token", c->signer.token_count > SIGNER_TOKENS_MAX, "there may be 16 tokens at most; leave some out");
        need(k, "signer.key_label", !c->signer.key_label[0], "kind \"pkcs11\" needs the label of the key; write it");
        need(k, "signer.pin_file", !c->signer.pin_file[0], "kind \"pkcs11\" needs the file of the PIN; write its path");
        return;
    }
    need(k, "signer.key", !c->signer.key[0], "kind \"file\" needs the private key; write its path");
    if (is_sound(k, "signer.next_certificate") && c->signer.next_certificate[0])
        need(k, "signer.next_key", !c->signer.next_key[0], "next_certificate needs its private key; write its path");
    if (is_sound(k, "signer.next_key") && c->signer.next_key[0])
        need(k, "signer.next_certificate", !c->signer.next_certificate[0], "next_key needs its certificate; write its path");
}

/* A copy of the index may lie in a server that others ask; one that we ask ourselves is its own. */
static void check_mirror(const struct check *k)
{
    const struct config *c = k->config;

    if (!is_sound(k, "directory.mirror") || !c->directory.mirror[0])
        return;
    need(k, "directory.mirror_user", !c->directory.mirror_user[0], "mirror needs the name that may write there; write its DN");
    need(k, "directory.mirror_password_file", !c->directory.mirror_password_file[0], "mirror needs a password; write the path of its file");
    need(k, "directory.mirror", is_sound(k, "directory.source") && strncmp(c->directory.source, "ldap", 4) == 0,
         "the index comes from an LDAP server already; let that server replicate, or write \"ldif:/PATH\" as source");
}

static void check_directory(const struct check *k)
{
    const struct config *c = k->config;

    if (is_sound(k, "directory.client_certificate") && c->directory.client_certificate[0])
        need(k, "directory.client_key", !c->directory.client_key[0], "client_certificate needs its private key; write its path");
    if (is_sound(k, "directory.client_key") && c->directory.client_key[0])
        need(k, "directory.client_certificate", !c->directory.client_certificate[0],
             "client_key needs its certificate; write its path");
    /* RFC 6109 4.5: what is fetched is believed because it is signed. */
    if (is_sound(k, "directory.url") && c->directory.url[0])
        need(k, "directory.signer_ca", !c->directory.signer_ca[0],
             "url needs the authorities for the index's signer; write their path");
}

static void check_order(const struct check *k)
{
    const struct config *c = k->config;

    if (is_sound(k, "notices.second") && is_sound(k, "notices.first") && c->notices.second <= c->notices.first)
        add(k, "notices.second", "it is not later than first; write more");
}

void check_config(const struct config *config, const bool *sound, struct faults *faults)
{
    struct check k = { config, sound, faults };

    check_sockets(&k);
    check_signer(&k);
    check_directory(&k);
    check_mirror(&k);
    check_order(&k);
}

struct teller {
    const struct config *config;
    void (*warning)(void *arg, const char *words);
    void *arg;
};

static void warn(const struct teller *t, bool holds, const char *key, const char *words)
{
    char line[PATH_MAX + 300];

    if (!holds)
        return;
    snprintf(line, sizeof line, "%s:%u: %s: %s", t->config->path, config_line(t->config, key), key, words);
    t->warning(t->arg, line);
}

/* 127.0.0.0/8 (RFC 1122 3.2.1.3), ::1, localhost. */
static bool is_loopback(struct slice host)
{
    if (slice_is_nocase(host, "localhost") || slice_is(host, "[::1]"))
        return true;
    for (size_t i = 0; i < host.size; i++)
        if (host.data[i] != '.' && (host.data[i] < '0' || host.data[i] > '9'))
            return false;
    return slice_starts_nocase(host, "127.");
}

/* Does what is said to or by that LDAP server cross a network as it is? */
static bool is_in_the_open(const char *url)
{
    struct slice host = { url + strlen("ldap://"), 0 };

    if (strncmp(url, "ldap://", strlen("ldap://")) != 0)
        return false;
    host.size = host.data[0] == '[' ? strcspn(host.data, "]/") + 1 : strcspn(host.data, ":/?");
    return !is_loopback(host);
}

static void warn_directory(const struct teller *t)
{
    const struct config *c = t->config;

    warn(t, is_in_the_open(c->directory.source), "directory.source",
         "what comes by ldap:// is believed as it comes, and it comes over a network; write ldaps://");
    warn(t, strncmp(c->directory.source, "ldap", 4) == 0 && c->directory.url[0], "directory.url",
         "it is not asked, since source is an LDAP server; leave it out, or write \"ldif:/PATH\" as source");
    warn(t, is_in_the_open(c->directory.mirror), "directory.mirror", "by ldap:// the password crosses a network in clear; write ldaps://");
    warn(t, c->directory.refresh > UNITS_DAY_SECONDS, "directory.refresh",
         "the index must be read again every day (RFC 6109 4.5); write 1d or less");
}

void config_warnings(const struct config *c, void (*warning)(void *arg, const char *words), void *arg)
{
    struct teller t = { c, warning, arg };
    const int64_t law = (int64_t)30 * UNITS_MONTH_DAYS * UNITS_DAY_SECONDS;

    warn(&t, c->limits.message_size < 30000000, "limits.message_size",
         "a message to one recipient must be taken up to 30MB (RFC 6109 3.1.1)");
    /* The one bounds size times recipients, the other the size alone, so that the second may be the less. */
    warn(&t, c->limits.notice_size < c->limits.message_size, "limits.notice_size",
         "a message between it and message_size is refused by SMTP, though it might go to one recipient (RFC 6109 3.1.2)");
    warn(&t, c->limits.recipients < 50, "limits.recipients", "a message must be taken for at least 50 recipients");
    warn(&t, c->notices.first != 12 * HOUR, "notices.first", "the first notice is due after 12h (RFC 6109 3.1.6)");
    warn(&t, c->notices.second < 22 * HOUR || c->notices.second > 24 * HOUR, "notices.second",
         "the second notice is due within 24h and not before 22h (RFC 6109 3.1.6)");
    warn_directory(&t);
    warn(&t, c->incoming.ordinary_mail == ORDINARY_REJECT, "incoming.ordinary_mail",
         "behind Postfix's queue \"reject\" makes bounces to senders who may be forged; it is for the before-queue wiring");
    warn(&t, c->incoming.delivery_timeout >= 24 * HOUR, "incoming.delivery_timeout",
         "Postfix gives up after a day of its own; write less than its queue life");
    warn(&t, !c->antivirus.enabled, "antivirus.clamd", "nothing is scanned for viruses (RFC 6109 3.1.3, 3.2.2)");
    warn(&t, c->antivirus.retention < law, "antivirus.retention", "infected messages must be kept for 30months (RFC 6109 2.2.4)");
    warn(&t, c->log.retention < law, "log.retention", "the legal log must be kept for 30months (RFC 6109 2.3)");
    warn(&t, !c->tsa.url[0], "tsa.url", "files of the legal log are closed without a time stamp");
    warn(&t, c->tsa.url[0] && !c->tsa.ca[0], "tsa.ca", "without it no time stamp can be judged, and none is kept");
}

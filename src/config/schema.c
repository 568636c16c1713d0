/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config/schema.h"

#include <string.h>

#include "base/slice.h"
#include "config/config.h"
#include "config/form.h"

#define AT(member) .place = offsetof(struct config, member)
#define LIST(member, count) .place = offsetof(struct config, member), .count_place = offsetof(struct config, count)

/* Sections in the order of a message's way through the house; opec.conf(5) keeps it. */
const struct schema_row schema_rows[] = {
    { "provider", "name", SCHEMA_TEXT, .filled = true, AT(provider.name),
      .help = "The provider's name, as providerName in the index." },
    { "provider", "domains", SCHEMA_DOMAIN, .filled = true, LIST(provider.domains, provider.domain_count),
      .help = "The domains of certified mailboxes, beside those in the store." },
    { "provider", "address", SCHEMA_EMAIL, .filled = true, AT(provider.address),
      .help = "The address in From of all that is signed; the certificate is for it." },
    { "provider", "service_mailbox", SCHEMA_EMAIL, .filled = true, AT(provider.service_mailbox),
      .help = "Where other providers send take-charge and virus notices, as mailReceipt in the index." },
    { "provider", "hostname", SCHEMA_DOMAIN, "", AT(provider.hostname),
      .help = "The host name in greetings and identifiers; empty is that of the machine." },
    { "provider", "timezone", SCHEMA_TEXT, "Europe/Rome", .filled = true, .check = form_zone, AT(provider.timezone),
      .help = "The zone of legal time." },

    { "listen access", "socket", SCHEMA_ADDRESS, "127.0.0.1:10024", AT(listen_access),
      .help = "Where the access point listens; only authenticated submission may reach it." },
    { "listen incoming", "socket", SCHEMA_ADDRESS, "127.0.0.1:10026", AT(listen_incoming),
      .help = "Where the incoming point listens; mail from other servers goes there." },

    { "relay", "smtp", SCHEMA_ADDRESS, "127.0.0.1:10025", AT(relay.smtp),
      .help = "Postfix's re-injection service, which filters nothing." },
    { "relay", "lmtp", SCHEMA_ADDRESS, "127.0.0.1:24", AT(relay.lmtp), .help = "The mailbox server, spoken to in LMTP." },
    { "relay", "timeout", SCHEMA_DURATION, "5min", "1s", "1h", AT(relay.timeout),
      .help = "How long an answer of either may take." },

    { "daemon", "user", SCHEMA_TEXT, "opec", .check = form_user, AT(daemon.user),
      .help = "The user that the daemon becomes; empty keeps the caller's." },
    { "daemon", "workers", SCHEMA_COUNT, "0", "0", "512", AT(daemon.workers),
      .help = "How many messages are worked on at a time; 0 is eight for each processor." },
    { "daemon", "worker_messages", SCHEMA_COUNT, "1000", "1", "1000000", AT(daemon.worker_messages),
      .help = "A worker is replaced after so many messages." },
    { "daemon", "worker_age", SCHEMA_DURATION, "1h", "1s", "31d", AT(daemon.worker_age),
      .help = "A worker is replaced after so long, between two messages." },
    { "daemon", "message_timeout", SCHEMA_DURATION, "10min", "1s", "1h", AT(daemon.message_timeout),
      .help = "How long the work on one message may take before Postfix is told to try again." },
    { "daemon", "run_dir", SCHEMA_PATH, "/run/opec", .filled = true, AT(daemon.run_dir),
      .help = "The folder of the control socket and of what lives as long as the daemon." },
    { "daemon", "spool_dir", SCHEMA_PATH, "/var/spool/opec", .filled = true, AT(daemon.spool_dir),
      .help = "The folder of messages in hand." },

    { "limits", "message_size", SCHEMA_SIZE, "30MB", "1kB", "2GB", AT(limits.message_size),
      .help = "The limit for a message's size times its recipients; above it there is a non-acceptance." },
    { "limits", "notice_size", SCHEMA_SIZE, "100MB", "1kB", "2GB", AT(limits.notice_size),
      .help = "The limit for the size alone; above it SMTP refuses the message without a notice." },
    { "limits", "recipients", SCHEMA_COUNT, "500", "1", "10000", AT(limits.recipients),
      .help = "The limit for the recipients of a message; above it there is a non-acceptance." },

    { "signer", "kind", SCHEMA_CHOICE, "file", .words = "file pkcs11", AT(signer.kind),
      .help = "Where the signing key is: in a file or in a PKCS#11 token." },
    { "signer", "certificate", SCHEMA_PATH, .filled = true, AT(signer.certificate),
      .help = "The certificate of the key, in PEM, its intermediates after it." },
    { "signer", "key", SCHEMA_PATH, "", AT(signer.key), .help = "The private key, in PEM; for kind file." },
    { "signer", "next_certificate", SCHEMA_PATH, "", AT(signer.next_certificate),
      .help = "The certificate that follows, used once the first one ends." },
    { "signer", "next_key", SCHEMA_PATH, "", AT(signer.next_key), .help = "The private key that belongs to it; for kind file." },
    { "signer", "module", SCHEMA_PATH, "", AT(signer.module), .help = "The PKCS#11 library of the token's vendor." },
    { "signer", "token", SCHEMA_TEXT, "", LIST(signer.tokens, signer.token_count),
      .help = "The label of the token, or those of several that hold the same key." },
    { "signer", "key_label", SCHEMA_TEXT, "", AT(signer.key_label), .help = "The label of the key in the token." },
    { "signer", "pin_file", SCHEMA_PATH, "", AT(signer.pin_file), .help = "The file that holds the token's PIN." },
    { "signer", "processes", SCHEMA_COUNT, "0", "0", "64", AT(signer.processes),
      .help = "How many processes sign; 0 is one for each processor, and no fewer than there are tokens." },
    { "signer", "timeout", SCHEMA_DURATION, "5s", "1s", "5min", AT(signer.timeout),
      .help = "How long one signature may take; then its process is killed and another one asked." },

    { "trust", "ca", SCHEMA_PATH, .filled = true, AT(trust.ca),
      .help = "The authorities that issue certificates of providers, in PEM." },
    { "trust", "crl_dir", SCHEMA_PATH, "/var/lib/opec/crl", .filled = true, AT(trust.crl_dir),
      .help = "The folder of revocation lists, which are read from it and kept in it." },
    { "trust", "crl_refresh", SCHEMA_DURATION, "1h", "1s", "31d", AT(trust.crl_refresh),
      .help = "How often revocation lists are fetched." },
    { "trust", "crl_missing", SCHEMA_SWITCH, "defer", .words = "accept defer", AT(trust.crl_required),
      .help = "What happens to an envelope whose signer cannot be checked for want of a valid list." },
    { "trust", "sha1_digest", SCHEMA_SWITCH, "accept", .words = "refuse accept", AT(trust.sha1_accepted),
      .help = "Whether a signature over a SHA-1 digest holds." },

    { "directory", "source", SCHEMA_TEXT, "ldif:/var/lib/opec/index.ldif", .filled = true, .check = form_source,
      AT(directory.source), .help = "Where the providers' index is read: a file or an LDAP server." },
    { "directory", "url", SCHEMA_TEXT, "", .check = form_https, AT(directory.url),
      .help = "Where the signed index is fetched; empty fetches none." },
    { "directory", "client_certificate", SCHEMA_PATH, "", AT(directory.client_certificate),
      .help = "The certificate shown to that server, in PEM." },
    { "directory", "client_key", SCHEMA_PATH, "", AT(directory.client_key), .help = "The private key that belongs to it, in PEM." },
    { "directory", "ca", SCHEMA_PATH, "", AT(directory.ca),
      .help = "The authorities of the server's certificate, in PEM; empty are those of the machine." },
    { "directory", "signer_ca", SCHEMA_PATH, "", AT(directory.signer_ca),
      .help = "The authorities of the certificate that signs the index, in PEM." },
    { "directory", "refresh", SCHEMA_DURATION, "1d", "1s", "31d", AT(directory.refresh),
      .help = "How often the index is read again." },
    { "directory", "max_shrink", SCHEMA_PERCENT, "10%", "0%", "100%", AT(directory.max_shrink),
      .help = "An update that loses more of the domains than this is refused; 100% refuses none." },
    { "directory", "mirror", SCHEMA_TEXT, "", .check = form_ldap, AT(directory.mirror),
      .help = "An LDAP server into which the index in force is written; empty is none." },
    { "directory", "mirror_user", SCHEMA_TEXT, "", AT(directory.mirror_user),
      .help = "The name (DN) with which the index is written there." },
    { "directory", "mirror_password_file", SCHEMA_PATH, "", AT(directory.mirror_password_file),
      .help = "The file that holds the password of that name." },

    { "antivirus", "clamd", SCHEMA_ADDRESS, "unix:/run/clamav/clamd.ctl", .words = "none", AT(antivirus.clamd),
      .help = "Where clamd listens; \"none\" scans nothing." },
    { "antivirus", "timeout", SCHEMA_DURATION, "2min", "1s", "1h", AT(antivirus.timeout), .help = "How long one scan may take." },
    { "antivirus", "quarantine_dir", SCHEMA_PATH, "/var/lib/opec/quarantine", .filled = true, AT(antivirus.quarantine_dir),
      .help = "The folder of infected messages." },
    { "antivirus", "retention", SCHEMA_DURATION, "30months", "1s", "1200months", AT(antivirus.retention),
      .help = "How long an infected message is kept; then it is removed, and the legal log says so." },

    { "incoming", "ordinary_mail", SCHEMA_CHOICE, "wrap", .words = "wrap reject discard", AT(incoming.ordinary_mail),
      .help = "What happens to mail that is not certified: it goes into an anomaly envelope, is refused or is dropped." },
    { "incoming", "delivery_timeout", SCHEMA_DURATION, "22h", "1s", "31d", AT(incoming.delivery_timeout),
      .help = "A mailbox that defers a message for longer gets none: there is a non-delivery." },

    { "receipts", "brief_hash", SCHEMA_SWITCH, "sha1", .words = "sha1 sha256", AT(brief_hash_sha256),
      .help = "The hash that stands for an attachment in a brief delivery receipt." },

    { "store", "url", SCHEMA_TEXT, "sqlite:/var/lib/opec/opec.db", .filled = true, .check = form_store, AT(store_url),
      .help = "Where transactions, tasks and accounts are kept: a file, or a PostgreSQL server that several nodes may share." },
    { "store", "node", SCHEMA_TEXT, "", AT(store_node),
      .help = "The name of this node among those that share the store; empty takes provider.hostname." },

    { "notices", "first", SCHEMA_DURATION, "12h", "1s", "31d", AT(notices.first),
      .help = "How long after a message its sender is told that nothing has been heard of it." },
    { "notices", "second", SCHEMA_DURATION, "24h", "1s", "31d", AT(notices.second),
      .help = "How long after a message its sender is told that it was not delivered." },

    { "log", "legal_dir", SCHEMA_PATH, "/var/log/opec/legal", .filled = true, AT(log.legal_dir),
      .help = "The folder of the legal log." },
    { "log", "close", SCHEMA_DURATION, "1d", "1s", "31d", AT(log.close),
      .help = "A file of the legal log is closed and stamped when it is so old." },
    { "log", "close_size", SCHEMA_SIZE, "1GB", "1kB", "1000GB", AT(log.close_size),
      .help = "It is closed and stamped when it is so large." },
    { "log", "retention", SCHEMA_DURATION, "30months", "1s", "1200months", AT(log.retention),
      .help = "How long a closed file is kept; then it is removed but for its manifest, and the log says so." },
    { "log", "system", SCHEMA_TEXT, "syslog", .filled = true, .check = form_log, AT(log.system),
      .help = "Where the system log goes: \"syslog\", \"stderr\" or \"file:/PATH\"." },
    { "log", "level", SCHEMA_CHOICE, "info", .words = "error warning info debug", AT(log.level),
      .help = "The least serious lines that are written to the system log." },

    { "tsa", "url", SCHEMA_TEXT, "", .check = form_http, AT(tsa.url),
      .help = "The time stamp authority (RFC 3161); empty leaves closed files of the legal log without a stamp." },
    { "tsa", "ca", SCHEMA_PATH, "", AT(tsa.ca), .help = "The authorities of the certificate that stamps, in PEM." },

    { "metrics", "listen", SCHEMA_TEXT, "", .check = form_host_port, AT(metrics_listen),
      .help = "Where counters are shown over http in the form of Prometheus; empty shows none." },

    { "templates", "dir", SCHEMA_PATH, "", AT(templates_dir),
      .help = "The folder of texts that take the place of the built-in official ones." },
};

const size_t schema_count = sizeof schema_rows / sizeof schema_rows[0];

_Static_assert(sizeof schema_rows / sizeof schema_rows[0] <= SCHEMA_ROWS_MAX, "SCHEMA_ROWS_MAX is too small");
_Static_assert(sizeof(enum key_kind) == sizeof(int) && sizeof(enum error_level) == sizeof(int), "a choice is stored as an int");

size_t schema_find(const char *section, const char *name)
{
    size_t i = 0;

    while (i < schema_count && (strcmp(schema_rows[i].section, section) != 0 || strcmp(schema_rows[i].name, name) != 0))
        i++;
    return i;
}

size_t schema_find_key(const char *key)
{
    const char *dot = strrchr(key, '.');
    size_t i = 0;

    if (!dot)
        return schema_count;
    while (i < schema_count &&
           (!slice_is(slice_between(key, dot), schema_rows[i].section) || strcmp(schema_rows[i].name, dot + 1) != 0))
        i++;
    return i;
}

const char *schema_type_name(const struct schema_row *row)
{
    static const char *const names[] = {
        [SCHEMA_TEXT] = "text",         [SCHEMA_PATH] = "path",     [SCHEMA_EMAIL] = "email",   [SCHEMA_DOMAIN] = "domain",
        [SCHEMA_DURATION] = "duration", [SCHEMA_SIZE] = "size",     [SCHEMA_COUNT] = "count",   [SCHEMA_PERCENT] = "percent",
        [SCHEMA_ADDRESS] = "address",   [SCHEMA_CHOICE] = "choice", [SCHEMA_SWITCH] = "choice",
    };

    if (row->count_place == 0)
        return names[row->type];
    return row->type == SCHEMA_DOMAIN ? "list of domains" : "list of texts";
}

bool config_key_at(size_t i, struct config_key *out)
{
    const struct schema_row *row;

    if (i >= schema_count)
        return false;
    row = &schema_rows[i];
    *out = (struct config_key){
        .section = row->section,
        .name = row->name,
        .type = schema_type_name(row),
        .least = row->least,
        .most = row->most,
        .words = row->type == SCHEMA_ADDRESS ? NULL : row->words,
        .value = row->value,
        .help = row->help,
    };
    return true;
}

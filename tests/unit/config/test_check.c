/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Rules between keys, and warnings: each case is the good configuration with a few lines behind it.
 */
#include "given.h"

/* The part of the good configuration without its signer. */
#define NO_SIGNER                                                                                                    \
    "provider { name = a domains = a.example address = p@a.example service_mailbox = m@a.example hostname = h.a }\n" \
    "trust { ca = \"/ca.pem\" }\n"

static const struct {
    const char *name, *more, *words;
} faults[] = {
    { "listeners at one place", "listen access { socket = 127.0.0.1:10026 }",
      "a.conf:1: listen incoming.socket: listen access.socket has the same address" },
    { "the same place written otherwise", "listen incoming {\n socket = tcp:127.0.0.1:10024 }",
      "a.conf:11: listen incoming.socket: listen access.socket has the same address" },
    { "listeners at one socket file", "listen access { socket = unix:/a }\nlisten incoming { socket = unix:/a }",
      "a.conf:11: listen incoming.socket" },
    { "mail handed on to the incoming point", "relay { smtp = 127.0.0.1:10026 }",
      "a.conf:10: relay.smtp: listen incoming.socket has the same address" },
    { "mailboxes at the access point", "relay { lmtp = 127.0.0.1:10024 }",
      "a.conf:10: relay.lmtp: listen access.socket has the same address" },
    { "metrics at a listener", "metrics { listen = 127.0.0.1:10024 }",
      "a.conf:10: metrics.listen: listen access.socket has the same address" },
    { "a certificate that follows without its key", "signer { next_certificate = /n }",
      "a.conf:8: signer.next_key: next_certificate needs" },
    { "a key that follows without its certificate", "signer { next_key = /n }",
      "a.conf:8: signer.next_certificate: next_key needs" },
    { "a client certificate without its key", "directory { client_certificate = /c }",
      "a.conf:10: directory.client_key: client_certificate needs" },
    { "a client key without its certificate", "directory { client_key = /c }",
      "a.conf:10: directory.client_certificate: client_key" },
    { "an index whose signer nobody knows", "directory { url = https://index.example/ }",
      "a.conf:10: directory.signer_ca: url needs" },
    { "a mirror without a name", "directory { mirror = ldap://m mirror_password_file = /p }",
      "a.conf:10: directory.mirror_user: mirror needs" },
    { "a mirror without a password", "directory { mirror = ldap://m\n mirror_user = \"cn=m\" }",
      "a.conf:10: directory.mirror_password_file: mirror needs" },
    { "a mirror of an LDAP server", "directory { source = ldap://s\n mirror = ldap://m mirror_user = \"cn=m\" mirror_password_file = /p }",
      "a.conf:11: directory.mirror: the index comes from an LDAP server already" },
    { "a second notice before the first", "notices { first = 2h second = 1h }",
      "a.conf:10: notices.second: it is not later than first" },
    { "a second notice with the first", "notices { first = 24h }", "a.conf:10: notices.second: it is not later than first" },
};

static void keys_that_do_not_fit_together_are_a_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        expect_fault(faults[i].name, faults[i].more, faults[i].words);
}

static const struct {
    const char *name, *more;
} good[] = {
    { "listeners on two addresses with one port",
      "listen access { socket = 127.0.0.1:25 } listen incoming { socket = 127.0.0.2:25 }" },
    { "a socket file and a port", "listen access { socket = unix:/run/opec/access }" },
    { "a certificate that follows with its key", "signer { next_certificate = /n next_key = /m }" },
    { "an index with its authorities", "directory { url = https://index.example/ signer_ca = /s }" },
    { "a mirror with its login", "directory { mirror = ldap://m mirror_user = \"cn=m\" mirror_password_file = /p }" },
    { "a notice size below the message size", "limits { message_size = 60MB notice_size = 30MB }" },
    { "a notice size equal to the message size", "limits { message_size = 30MB notice_size = 30MB }" },
    { "small limits", "limits { message_size = 200kB notice_size = 400kB recipients = 20 }" },
    { "quick notices", "notices { first = 8s second = 13s }" },
};

static void keys_that_fit_together_are_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct arena *arena = arena_new(1000000);

        expect_good(good[i].name, good[i].more, arena);
        arena_free(&arena);
    }
}

static void expect_said(const char *text, int wanted, const char *words)
{
    struct arena *arena = arena_new(1000000);
    const struct config *config = NULL;
    static struct said said;

    if (give(slice_of(text), arena, &config, &said) != wanted)
        fail_msg("%s", said.text);
    assert_string_equal(said.text, words);
    arena_free(&arena);
}

static void each_kind_of_signer_needs_its_own(void **state)
{
    (void)state;
    expect_said(NO_SIGNER "signer { certificate = /c }", ERROR_CONFIG,
                "a.conf:3: signer.key: kind \"file\" needs the private key; write its path\n");
    expect_said(NO_SIGNER "signer { certificate = /c kind = pkcs11\n token = { \"\" } }", ERROR_CONFIG,
                "a.conf:3: signer.module: kind \"pkcs11\" needs the library of the token; write its path\n"
                "a.conf:3: signer.key_label: kind \"pkcs11\" needs the label of the key; write it\n"
                "a.conf:3: signer.pin_file: kind \"pkcs11\" needs the file of the PIN; write its path\n"
                "a.conf:4: signer.token: kind \"pkcs11\" needs the label of the token; write it\n");
    expect_said(NO_SIGNER "signer { certificate = /c kind = pkcs11 module = /m token = { a, b } key_label = k pin_file = /p }", 0,
                "");
    expect_said(NO_SIGNER "signer { certificate = /c kind = pkcs11 module = /m token = a key_label = k pin_file = /p "
                          "next_certificate = /n }",
                0, "");
}

/* One mistake is one line: what only follows from it is not said. */
static void a_key_that_is_wrong_is_not_judged_again(void **state)
{
    (void)state;
    expect_fault("the kind is not known", "signer { kind = hsm }", "a.conf:10: signer.kind: \"hsm\" is no choice");
    expect_fault("the key is no path", "signer { next_certificate = /n next_key = n }",
                 "a.conf:10: signer.next_key: \"n\" is no absolute");
    expect_fault("the size is no size", "limits { message_size = x notice_size = 1kB }",
                 "a.conf:10: limits.message_size: \"x\" is no size");
    expect_fault("the time is no time", "notices { first = x second = 1s }", "a.conf:10: notices.first: \"x\" is no duration");
    expect_fault("the address is none", "listen access { socket = x }", "a.conf:10: listen access.socket: \"x\" is neither");
}

static const struct {
    const char *name, *more, *words; /* NULL: no warning */
} warnings[] = {
    { "a notice size below the message size", "limits { message_size = 60MB notice_size = 30MB }", "limits.notice_size: a message between" },
    { "all defaults and a stamp", "", NULL },
    { "an LDAP server across a network", "directory { source = \"ldap://index.example:389/o=postacert\" }",
      "a.conf:11: directory.source: what comes by ldap:// is believed" },
    { "a host that only looks like loopback", "directory { source = ldap://127.evil.example }", "a.conf:11: directory.source: " },
    { "an address across a network", "directory { source = \"ldap://[2001:db8::1]:389\" }", "a.conf:11: directory.source: " },
    { "an LDAP server across a network, with TLS", "directory { source = ldaps://index.example }", NULL },
    { "an LDAP server of this machine", "directory { source = \"ldap://127.0.0.1:389/o=postacert\" }", NULL },
    { "an LDAP server of this machine by name", "directory { source = ldap://LocalHost }", NULL },
    { "an LDAP server of this machine by IPv6", "directory { source = \"ldap://[::1]:389\" }", NULL },
    { "an address that is not asked", "directory { source = ldap://127.0.0.1 url = https://index.example/ signer_ca = /s }",
      "a.conf:11: directory.url: it is not asked" },
    { "a mirror across a network", "directory { mirror = ldap://m.example mirror_user = \"cn=m\" mirror_password_file = /p }",
      "a.conf:11: directory.mirror: by ldap:// the password" },
    { "a mirror across a network, with TLS", "directory { mirror = ldaps://m.example mirror_user = \"cn=m\" mirror_password_file = /p }",
      NULL },
    { "no stamp", "tsa { url = \"\" }", "a.conf:11: tsa.url: files of the legal log are closed without a time stamp" },
    { "a stamp that nobody could judge", "tsa { url = https://tsa.example/ }", "a.conf:11: tsa.ca: without it" },
    { "a message size below the law's (RFC 6109 3.1.1)", "limits { message_size = 29999999B }",
      "a.conf:11: limits.message_size: " },
    { "the message size of the law", "limits { message_size = 30MB }", NULL },
    { "fewer recipients than the law's", "limits {\n recipients = 49 }", "a.conf:12: limits.recipients: " },
    { "the recipients of the law", "limits { recipients = 50 }", NULL },
    { "another first notice (RFC 6109 3.1.6)", "notices { first = 11h }", "a.conf:11: notices.first: " },
    { "a second notice too early (RFC 6109 3.1.6)", "notices { second = 21h }", "a.conf:11: notices.second: " },
    { "a second notice in time", "notices { second = 22h }", NULL },
    { "a second notice too late", "notices { second = 25h }", "a.conf:11: notices.second: " },
    { "an index that is renewed every other day (RFC 6109 4.5)", "directory { refresh = 2d }", "a.conf:11: directory.refresh: " },
    { "an index that is renewed every day", "directory { refresh = 24h }", NULL },
    { "ordinary mail refused", "incoming { ordinary_mail = reject }", "a.conf:11: incoming.ordinary_mail: " },
    { "ordinary mail dropped", "incoming { ordinary_mail = discard }", NULL },
    { "a delivery that outlives the queue", "incoming { delivery_timeout = 24h }", "a.conf:11: incoming.delivery_timeout: " },
    { "no scanner", "antivirus { clamd = none }", "a.conf:11: antivirus.clamd: nothing is scanned" },
    { "a quarantine too short (RFC 6109 2.2.4)", "antivirus { retention = 29months }", "a.conf:11: antivirus.retention: " },
    { "a log kept too short (RFC 6109 2.3)", "log { retention = 900d }", "a.conf:11: log.retention: " },
    { "a log kept for long", "log { retention = 31months }", NULL },
};

static void what_is_less_than_the_law_asks_is_a_warning(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof warnings / sizeof warnings[0]; i++) {
        bool stamped = strncmp(warnings[i].more, "tsa", 3) != 0;
        struct arena *arena = arena_new(1000000);
        char *more = arena_printf(arena, "%s\n%s", stamped ? "tsa { url = https://tsa.example/ ca = /tsa.pem }" : "", warnings[i].more);
        const struct config *config = expect_good(warnings[i].name, more, arena);
        struct said said = { .count = 0 };

        config_warnings(config, hear, &said);
        if (said.count != (warnings[i].words != NULL) || (warnings[i].words && !strstr(said.text, warnings[i].words)))
            fail_msg("%s: %s", warnings[i].name, said.text);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_do_not_fit_together_are_a_fault),   cmocka_unit_test(keys_that_fit_together_are_none),
        cmocka_unit_test(each_kind_of_signer_needs_its_own),           cmocka_unit_test(a_key_that_is_wrong_is_not_judged_again),
        cmocka_unit_test(what_is_less_than_the_law_asks_is_a_warning),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

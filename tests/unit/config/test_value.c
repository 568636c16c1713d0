/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "given.h"

#include <stdlib.h>

#include "config/value.h"

static struct config config;
static struct arena *arena;

static int start(void **state)
{
    (void)state;
    memset(&config, 0, sizeof config);
    arena = arena_new(100000);
    return arena ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static int read_key(const char *key, const char *text, struct error *e)
{
    return value_read(&schema_rows[schema_find_key(key)], text, arena, &config, e);
}

static const struct {
    const char *key, *text, *words;
} refused[] = {
    { "provider.name", "", "\"\" is not enough; write a text" },
    { "provider.name", "a\nb", "\"a\\x0ab\" holds a control character" },
    { "provider.name", "a\x7f", "holds a control character" },
    { "provider.name", "caff\xe8", "is not UTF-8" },
    { "provider.address", "alfa.example", "\"alfa.example\" is no e-mail address; write it as \"name@example.it\"" },
    { "provider.domains", "a b", "\"a b\" is no domain" },
    { "provider.timezone", "Europe/Roma", "is no time zone of this machine" },
    { "relay.smtp", "here", "\"here\" is neither HOST:PORT nor unix:/PATH" },
    { "relay.smtp", "none", "\"none\" is neither HOST:PORT nor unix:/PATH" },
    { "relay.smtp", "", "\"\" is neither HOST:PORT nor unix:/PATH" },
    { "relay.smtp", "127.0.0.1:99999", "is neither" },
    { "relay.timeout", "venti", "\"venti\" is no duration; write a whole number and s, min, h, d or months" },
    { "relay.timeout", "", "\"\" is no duration" },
    { "relay.timeout", "0s", "\"0s\" is too little; write at least 1s" },
    { "relay.timeout", "61min", "\"61min\" is too much; write at most 1h" },
    { "relay.timeout", "99999999999999999999d", "is too much; write at most 1h" },
    { "limits.message_size", "30 elefanti", "\"30 elefanti\" is no size; write a whole number and kB, MB or GB" },
    { "limits.message_size", "999", "is too little; write at least 1kB" },
    { "limits.message_size", "3GB", "is too much; write at most 2GB" },
    { "limits.recipients", "-1", "\"-1\" is no count; write a whole number" },
    { "limits.recipients", "0", "is too little; write at least 1" },
    { "limits.recipients", "10001", "is too much; write at most 10000" },
    { "limits.recipients", "4294967297", "is too much" },
    { "daemon.workers", "513", "is too much; write at most 512" },
    { "directory.max_shrink", "101%", "is too much; write at most 100%" },
    { "directory.max_shrink", "ten", "\"ten\" is no percentage" },
    { "signer.kind", "hsm", "\"hsm\" is no choice; write \"file\" or \"pkcs11\"" },
    { "signer.kind", "", "\"\" is no choice" },
    { "signer.kind", "File", "is no choice" },
    { "incoming.ordinary_mail", "forse", "\"forse\" is no choice; write \"wrap\", \"reject\" or \"discard\"" },
    { "trust.crl_missing", "true", "\"true\" is no choice; write \"accept\" or \"defer\"" },
    { "signer.certificate", "c.pem", "\"c.pem\" is no absolute path; begin it with \"/\"" },
    { "signer.certificate", "", "is not enough; write a path" },
    { "directory.mirror", "https://m", "is no address of an LDAP server" },
    { "directory.mirror", "ldap://m/o=other", "is no address of an LDAP server" },
    { "directory.mirror", "ldaps://", "is no address of an LDAP server" },
    { "directory.source", "/index.ldif", "is no source of the index" },
    { "store.url", "mysql://x", "is no store" },
    { "store.url", "postgres://u:segreto@x", "postgres\" is no store" },
    { "log.system", "file", "is no place for the log" },
    { "metrics.listen", "unix:/x", "is no HOST:PORT" },
};

static void what_is_wrong_is_refused_with_what_is_right(void **state)
{
    const struct config untouched = { .path = NULL };

    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct error e = { 0 };
        int result = read_key(refused[i].key, refused[i].text, &e);

        if ((result != ERROR_SYNTAX && result != ERROR_LIMIT && result != ERROR_CONFIG) || !strstr(e.text, refused[i].words))
            fail_msg("%s = \"%s\": %d %s", refused[i].key, refused[i].text, result, e.text);
    }
    assert_memory_equal(&config, &untouched, sizeof config);
}

static void a_text_longer_than_allowed_is_refused(void **state)
{
    char text[SCHEMA_TEXT_MAX + 2];
    struct error e;

    (void)state;
    memset(text, 'x', sizeof text);
    text[SCHEMA_TEXT_MAX] = '\0';
    assert_int_equal(read_key("provider.name", text, &e), 0);
    assert_string_equal(config.provider.name, text);
    text[SCHEMA_TEXT_MAX] = 'x';
    text[SCHEMA_TEXT_MAX + 1] = '\0';
    assert_int_equal(read_key("provider.name", text, &e), ERROR_LIMIT);
}

static void each_type_arrives_in_its_place(void **state)
{
    struct error e;

    (void)state;
    assert_int_equal(read_key("provider.name", "Posta \xc3\xa8 \"certa\"", &e), 0);
    assert_string_equal(config.provider.name, "Posta \xc3\xa8 \"certa\"");
    assert_int_equal(read_key("provider.hostname", "Mail.Alfa.EXAMPLE", &e), 0);
    assert_string_equal(config.provider.hostname, "mail.alfa.example");
    assert_int_equal(read_key("provider.address", "PEC@Alfa.Example", &e), 0);
    assert_string_equal(config.provider.address, "PEC@Alfa.Example");
    assert_int_equal(read_key("signer.key", "", &e), 0);
    assert_string_equal(config.signer.key, "");
    assert_int_equal(read_key("relay.timeout", "20s", &e), 0);
    assert_int_equal(config.relay.timeout, 20);
    assert_int_equal(read_key("limits.message_size", "200kB", &e), 0);
    assert_int_equal(config.limits.message_size, 200000);
    assert_int_equal(read_key("limits.recipients", "20", &e), 0);
    assert_int_equal(config.limits.recipients, 20);
    assert_int_equal(read_key("directory.max_shrink", "10%", &e), 0);
    assert_int_equal(config.directory.max_shrink, 10);
    assert_int_equal(read_key("signer.kind", "pkcs11", &e), 0);
    assert_int_equal(config.signer.kind, KEY_PKCS11);
    assert_int_equal(read_key("log.level", "debug", &e), 0);
    assert_int_equal(config.log.level, LEVEL_DEBUG);
    assert_int_equal(read_key("relay.lmtp", "unix:/run/dovecot/lmtp", &e), 0);
    assert_true(config.relay.lmtp.local);
    assert_string_equal(config.relay.lmtp.path, "/run/dovecot/lmtp");
}

static void the_words_of_a_switch_mean_what_they_say(void **state)
{
    struct error e;

    (void)state;
    assert_int_equal(read_key("trust.crl_missing", "defer", &e), 0);
    assert_true(config.trust.crl_required);
    assert_int_equal(read_key("trust.crl_missing", "accept", &e), 0);
    assert_false(config.trust.crl_required);
    assert_int_equal(read_key("trust.sha1_digest", "accept", &e), 0);
    assert_true(config.trust.sha1_accepted);
    assert_int_equal(read_key("trust.sha1_digest", "refuse", &e), 0);
    assert_false(config.trust.sha1_accepted);
    assert_int_equal(read_key("receipts.brief_hash", "sha256", &e), 0);
    assert_true(config.brief_hash_sha256);
    assert_int_equal(read_key("receipts.brief_hash", "sha1", &e), 0);
    assert_false(config.brief_hash_sha256);
    assert_int_equal(read_key("incoming.ordinary_mail", "discard", &e), 0);
    assert_int_equal(config.incoming.ordinary_mail, ORDINARY_DISCARD);
    assert_int_equal(read_key("incoming.ordinary_mail", "reject", &e), 0);
    assert_int_equal(config.incoming.ordinary_mail, ORDINARY_REJECT);
}

static void no_scanner_is_no_address(void **state)
{
    struct error e;

    (void)state;
    assert_int_equal(read_key("antivirus.clamd", "tcp:127.0.0.1:3310", &e), 0);
    assert_string_equal(config.antivirus.clamd.host, "127.0.0.1");
    assert_int_equal(read_key("antivirus.clamd", "none", &e), 0);
    assert_string_equal(config.antivirus.clamd.text, "");
}

static void a_list_gathers_what_is_not_empty_and_not_there(void **state)
{
    const struct schema_row *row = &schema_rows[schema_find_key("provider.domains")];
    struct error e;

    (void)state;
    assert_int_equal(value_begin(row, 4, arena, &config), 0);
    assert_int_equal(value_list_count(row, &config), 0);
    assert_int_equal(read_key("provider.domains", "B.example", &e), 0);
    assert_int_equal(read_key("provider.domains", "", &e), 0);
    assert_int_equal(read_key("provider.domains", "a.example", &e), 0);
    assert_int_equal(read_key("provider.domains", "b.Example", &e), ERROR_SYNTAX);
    assert_non_null(strstr(e.text, "\"b.Example\" stands there twice"));
    assert_int_equal(config.provider.domain_count, 2);
    assert_string_equal(config.provider.domains[0], "b.example");
    assert_string_equal(config.provider.domains[1], "a.example");
}

static void without_memory_there_is_an_error(void **state)
{
    struct arena *none = arena_new(0);
    struct error e;

    (void)state;
    assert_int_equal(value_read(&schema_rows[schema_find_key("provider.name")], "a", none, &config, &e), ERROR_BUDGET);
    assert_int_equal(value_begin(&schema_rows[schema_find_key("signer.token")], 1, none, &config), ERROR_BUDGET);
    arena_free(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_wrong_is_refused_with_what_is_right, start, stop),
        cmocka_unit_test_setup_teardown(a_text_longer_than_allowed_is_refused, start, stop),
        cmocka_unit_test_setup_teardown(each_type_arrives_in_its_place, start, stop),
        cmocka_unit_test_setup_teardown(the_words_of_a_switch_mean_what_they_say, start, stop),
        cmocka_unit_test_setup_teardown(no_scanner_is_no_address, start, stop),
        cmocka_unit_test_setup_teardown(a_list_gathers_what_is_not_empty_and_not_there, start, stop),
        cmocka_unit_test_setup_teardown(without_memory_there_is_an_error, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

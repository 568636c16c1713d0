/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "given.h"

#include <stdlib.h>
#include <unistd.h>

/* The syntax that a generator of configurations writes: every text between quotes, lists in braces, counts bare. */
static const char generated[] = "provider {\n"
                                "    name = \"Gestore \\\"Alfa\\\" S.p.A.\"\n"
                                "    domains = { \"alfa.example\", \"Comune.Alfa.Example\" }\n"
                                "    address = \"posta-certificata@alfa.example\"\n"
                                "    service_mailbox = \"ricevute@alfa.example\"\n"
                                "    hostname = \"mail.alfa.example\"\n"
                                "    timezone = \"Europe/Rome\"\n"
                                "}\n"
                                "listen access {\n"
                                "    socket = \"127.0.0.2:20024\"\n"
                                "}\n"
                                "listen incoming {\n"
                                "    socket = \"127.0.0.2:20026\"\n"
                                "}\n"
                                "relay {\n"
                                "    smtp = \"127.0.0.2:20025\"\n"
                                "    lmtp = \"127.0.0.2:20027\"\n"
                                "    timeout = \"20s\"\n"
                                "}\n"
                                "daemon {\n"
                                "    user = \"\"\n"
                                "    workers = 4\n"
                                "    worker_messages = 3\n"
                                "    run_dir = \"/run/alfa\"\n"
                                "    spool_dir = \"/var/spool/alfa\"\n"
                                "}\n"
                                "limits {\n"
                                "    message_size = \"200kB\"\n"
                                "    notice_size = \"400kB\"\n"
                                "    recipients = 20\n"
                                "}\n"
                                "signer {\n"
                                "    kind = \"file\"\n"
                                "    certificate = \"/etc/opec/c.pem\"\n"
                                "    key = \"/etc/opec/k.pem\"\n"
                                "}\n"
                                "trust {\n"
                                "    ca = \"/etc/opec/ca.pem\"\n"
                                "    crl_missing = \"accept\"\n"
                                "}\n"
                                "antivirus {\n"
                                "    clamd = \"tcp:127.0.0.2:3310\"\n"
                                "}\n"
                                "notices {\n"
                                "    first = \"8s\"\n"
                                "    second = \"13s\"\n"
                                "}\n";

static void a_generated_file_arrives_in_the_structure(void **state)
{
    struct arena *arena = arena_new(1000000);
    const struct config *c = NULL;
    static struct said said;

    (void)state;
    assert_int_equal(give(SLICE(generated), arena, &c, &said), 0);
    assert_string_equal(said.text, "");
    assert_string_equal(c->path, "a.conf");
    assert_string_equal(c->provider.name, "Gestore \"Alfa\" S.p.A.");
    assert_int_equal(c->provider.domain_count, 2);
    assert_string_equal(c->provider.domains[1], "comune.alfa.example");
    assert_string_equal(c->provider.hostname, "mail.alfa.example");
    assert_string_equal(c->listen_access.text, "127.0.0.2:20024");
    assert_string_equal(c->listen_incoming.port, "20026");
    assert_string_equal(c->daemon.user, "");
    assert_int_equal(c->daemon.workers, 4);
    assert_int_equal(c->daemon.worker_messages, 3);
    assert_int_equal(c->limits.message_size, 200000);
    assert_int_equal(c->limits.recipients, 20);
    assert_false(c->trust.crl_required);
    assert_true(c->antivirus.enabled);
    assert_int_equal(c->notices.second, 13);
    assert_int_equal(c->signer.token_count, 0);
    arena_free(&arena);
}

/* The values of the contract, one by one. */
static void what_is_not_set_has_its_default(void **state)
{
    struct arena *arena = arena_new(1000000);
    const struct config *c = expect_good("defaults", "", arena);

    (void)state;
    assert_string_equal(c->provider.timezone, "Europe/Rome");
    assert_string_equal(c->listen_access.text, "127.0.0.1:10024");
    assert_string_equal(c->listen_incoming.text, "127.0.0.1:10026");
    assert_string_equal(c->relay.smtp.text, "127.0.0.1:10025");
    assert_string_equal(c->relay.lmtp.text, "127.0.0.1:24");
    assert_int_equal(c->relay.timeout, 300);
    assert_string_equal(c->daemon.user, "opec");
    assert_int_equal(c->daemon.worker_messages, 1000);
    assert_int_equal(c->daemon.worker_age, 3600);
    assert_int_equal(c->daemon.message_timeout, 600);
    assert_string_equal(c->daemon.run_dir, "/run/opec");
    assert_string_equal(c->daemon.spool_dir, "/var/spool/opec");
    assert_int_equal(c->limits.message_size, 30000000);
    assert_int_equal(c->limits.notice_size, 100000000);
    assert_int_equal(c->limits.recipients, 500);
    assert_int_equal(c->signer.kind, KEY_FILE);
    assert_string_equal(c->signer.next_certificate, "");
    assert_string_equal(c->signer.next_key, "");
    assert_string_equal(c->signer.module, "");
    assert_int_equal(c->signer.token_count, 0);
    assert_string_equal(c->signer.key_label, "");
    assert_string_equal(c->signer.pin_file, "");
    assert_int_equal(c->signer.timeout, 5);
    assert_string_equal(c->trust.crl_dir, "/var/lib/opec/crl");
    assert_int_equal(c->trust.crl_refresh, 3600);
    assert_true(c->trust.crl_required);
    assert_true(c->trust.sha1_accepted);
    assert_string_equal(c->directory.source, "ldif:/var/lib/opec/index.ldif");
    assert_string_equal(c->directory.url, "");
    assert_int_equal(c->directory.refresh, 86400);
    assert_int_equal(c->directory.max_shrink, 10);
    assert_true(c->antivirus.enabled);
    assert_string_equal(c->antivirus.clamd.path, "/run/clamav/clamd.ctl");
    assert_int_equal(c->antivirus.timeout, 120);
    assert_string_equal(c->antivirus.quarantine_dir, "/var/lib/opec/quarantine");
    assert_int_equal(c->antivirus.retention, 80352000);
    assert_int_equal(c->incoming.ordinary_mail, ORDINARY_WRAP);
    assert_int_equal(c->incoming.delivery_timeout, 79200);
    assert_false(c->brief_hash_sha256);
    assert_string_equal(c->store_url, "sqlite:/var/lib/opec/opec.db");
    assert_int_equal(c->notices.first, 43200);
    assert_int_equal(c->notices.second, 86400);
    assert_string_equal(c->log.legal_dir, "/var/log/opec/legal");
    assert_int_equal(c->log.close, 86400);
    assert_int_equal(c->log.close_size, 1000000000);
    assert_int_equal(c->log.retention, 80352000);
    assert_string_equal(c->log.system, "syslog");
    assert_int_equal(c->log.level, LEVEL_INFO);
    assert_string_equal(c->tsa.url, "");
    assert_string_equal(c->tsa.ca, "");
    assert_string_equal(c->metrics_listen, "");
    assert_string_equal(c->templates_dir, "");
    arena_free(&arena);
}

static void what_is_left_to_the_machine_is_never_0(void **state)
{
    struct arena *arena = arena_new(1000000);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    const struct config *c =
        expect_good("zeros", "daemon { workers = 0 } signer { processes = 0 } antivirus { clamd = none }", arena);

    (void)state;
    assert_int_equal(c->daemon.workers, processors > 64 ? 512 : 8 * processors);
    assert_int_equal(c->signer.processes, processors > 64 ? 64 : processors);
    assert_false(c->antivirus.enabled);
    arena_free(&arena);
}

static void the_name_of_the_machine_stands_for_an_empty_one(void **state)
{
    static const char text[] =
        "provider { name = n domains = a.example address = p@a.example service_mailbox = m@a.example hostname = \"\" }"
        "signer { certificate = /c key = /k } trust { ca = /ca }";
    struct arena *arena = arena_new(1000000);
    const struct config *c = NULL;
    static struct said said;
    char name[256] = "";

    (void)state;
    assert_int_equal(give(SLICE(text), arena, &c, &said), 0);
    assert_true(c->provider.hostname[0] != '\0');
    /* A canonical name begins as a rule, but not always, with the machine's own; one with a dot is taken as it is. */
    if (gethostname(name, sizeof name - 1) == 0 && strchr(name, '.'))
        assert_string_equal(c->provider.hostname, name);
    else
        assert_true(strcmp(c->provider.hostname, name) == 0 || strchr(c->provider.hostname, '.'));
    arena_free(&arena);
}

static void all_faults_are_told_at_once(void **state)
{
    static const char text[] = "provider {\n"
                               "    nome = \"Alfa\"\n"
                               "    domains = { \"alfa.example\",\n"
                               "                \"al fa.example\", \"-\" }\n"
                               "    address = \"alfa.example\"\n"
                               "}\n"
                               "# comment\n"
                               "limits { message_size = \"30 elefanti\" }\n"
                               "relay { timeout = \"venti\"\n"
                               "    timeout = \"5s\" }\n"
                               "signer {\n"
                               "    certificate = \"c.pem\"\n"
                               "}\n"
                               "log { level = \"loud\" }\n";
    static const char *const words[] = {
        "a.conf:1: provider.name: this key is missing; it is required\n",
        "a.conf:1: provider.service_mailbox: this key is missing; it is required\n",
        "a.conf:2: there is no key \"nome\" in section provider; there are name, ",
        "a.conf:4: provider.domains: \"al fa.example\" is no domain; ",
        "a.conf:4: provider.domains: \"-\" is no domain; ",
        "a.conf:5: provider.address: \"alfa.example\" is no e-mail address; ",
        "a.conf:8: limits.message_size: \"30 elefanti\" is no size; ",
        "a.conf:9: relay.timeout: \"venti\" is no duration; ",
        "a.conf:10: relay.timeout was set on line 9 already; ",
        "a.conf:11: signer.key: kind \"file\" needs the private key; ",
        "a.conf:12: signer.certificate: \"c.pem\" is no absolute path; ",
        "a.conf:14: trust.ca: this key is missing; it is required\n",
        "a.conf:14: log.level: \"loud\" is no choice; ",
    };
    struct arena *arena = arena_new(1000000);
    const struct config *c = NULL;
    static struct said said;
    const char *at = said.text;

    (void)state;
    assert_int_equal(give(SLICE(text), arena, &c, &said), ERROR_CONFIG);
    assert_null(c);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const char *found = strstr(at, words[i]);

        if (!found)
            fail_msg("\"%s\" is not in\n%s", words[i], said.text);
        at = found;
    }
    assert_int_equal(said.count, sizeof words / sizeof words[0]);
    arena_free(&arena);
}

/* What is behind a fault of the syntax was not read, and nothing is said of it. */
static void a_fault_of_the_syntax_hides_what_follows_from_it(void **state)
{
    struct arena *arena = arena_new(1000000);
    const struct config *c = NULL;
    static struct said said;

    (void)state;
    assert_int_equal(give(SLICE("provider {\n name = \"\"\n}\nrelay (\n"), arena, &c, &said), ERROR_CONFIG);
    assert_string_equal(said.text,
                        "a.conf:2: provider.name: \"\" is not enough; write a text\n"
                        "a.conf:4: missing opening brace for section 'relay'; write SECTION { KEY = VALUE } and lists as "
                        "{ \"a\", \"b\" }\n");
    arena_free(&arena);
}

static void an_empty_list_is_as_good_as_none(void **state)
{
    (void)state;
    expect_fault("no element of a list that must have one", "provider { domains += { } }\nincoming { ordinary_mail = x }",
                 "a.conf:11: inc");
}

static void the_lines_of_keys_are_known(void **state)
{
    struct arena *arena = arena_new(1000000);
    const struct config *c = expect_good("lines", "\nlisten access { }\nlog {\n level = info\n}\n", arena);
    struct config bare = { .path = "x" };

    (void)state;
    assert_int_equal(config_line(c, "provider.name"), 2);
    assert_int_equal(config_line(c, "provider.timezone"), 1);
    assert_int_equal(config_line(c, "signer.key"), 8);
    assert_int_equal(config_line(c, "signer.timeout"), 8);
    assert_int_equal(config_line(c, "listen access.socket"), 11);
    assert_int_equal(config_line(c, "listen incoming.socket"), 1);
    assert_int_equal(config_line(c, "log.level"), 13);
    assert_int_equal(config_line(c, "log.close"), 12);
    assert_int_equal(config_line(c, "tsa.url"), 1);
    assert_int_equal(config_line(c, "no.key"), 1);
    assert_int_equal(config_line(&bare, "provider.name"), 1);
    arena_free(&arena);
}

/* Cut anywhere, a file is refused or good, and never more than that. */
static void a_file_cut_at_any_byte_is_survived(void **state)
{
    static struct said said;

    (void)state;
    for (size_t n = 0; n < sizeof generated; n++) {
        struct arena *arena = arena_new(1000000);
        const struct config *c = NULL;
        int result = give((struct slice){ generated, n }, arena, &c, &said);

        assert_true(result == 0 ? c && said.count == 0 : result == ERROR_CONFIG && !c && said.count > 0);
        arena_free(&arena);
    }
}

static void without_memory_there_is_an_error_and_words(void **state)
{
    static struct said said;

    (void)state;
    for (size_t budget = 0; budget < 6000; budget += 50) {
        struct arena *arena = arena_new(budget);
        const struct config *c = NULL;
        int result = give(SLICE(generated), arena, &c, &said);

        assert_true(result == 0 ? c && said.count == 0 : result == ERROR_BUDGET && !c && said.count > 0);
        arena_free(&arena);
    }
}

static void a_file_is_read_with_its_text(void **state)
{
    char path[] = "opec-config-XXXXXX";
    struct arena *arena = arena_new(3000000);
    const struct config *c = NULL;
    struct slice text = SLICE_NONE;
    struct said said = { .count = 0 };
    int fd = mkstemp(path);

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, generated, sizeof generated - 1), sizeof generated - 1);
    assert_int_equal(config_load(path, arena, &c, &text, hear, &said), 0);
    assert_true(slice_is(text, generated));
    assert_string_equal(c->path, path);
    assert_int_equal(ftruncate(fd, CONFIG_SIZE_MAX + 1), 0);
    c = NULL;
    assert_int_equal(config_load(path, arena, &c, &text, hear, &said), ERROR_LIMIT);
    unlink(path);
    assert_int_equal(config_load(path, arena, &c, &text, hear, &said), ERROR_NOT_FOUND);
    assert_null(c);
    assert_int_equal(said.count, 2);
    assert_true(strncmp(said.text, path, strlen(path)) == 0);
    close(fd);
    arena_free(&arena);
}

static void a_text_of_more_than_a_million_bytes_is_refused(void **state)
{
    struct arena *arena = arena_new(3000000);
    char *text = arena_alloc(arena, CONFIG_SIZE_MAX + 1);
    const struct config *c = NULL;
    static struct said said;

    (void)state;
    memset(text, '\n', CONFIG_SIZE_MAX + 1);
    memcpy(text, generated, sizeof generated - 1);
    assert_int_equal(give((struct slice){ text, CONFIG_SIZE_MAX }, arena, &c, &said), 0);
    assert_int_equal(give((struct slice){ text, CONFIG_SIZE_MAX + 1 }, arena, &c, &said), ERROR_CONFIG);
    assert_int_equal(said.count, 1);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_generated_file_arrives_in_the_structure),
        cmocka_unit_test(what_is_not_set_has_its_default),
        cmocka_unit_test(what_is_left_to_the_machine_is_never_0),
        cmocka_unit_test(the_name_of_the_machine_stands_for_an_empty_one),
        cmocka_unit_test(all_faults_are_told_at_once),
        cmocka_unit_test(a_fault_of_the_syntax_hides_what_follows_from_it),
        cmocka_unit_test(an_empty_list_is_as_good_as_none),
        cmocka_unit_test(the_lines_of_keys_are_known),
        cmocka_unit_test(a_file_cut_at_any_byte_is_survived),
        cmocka_unit_test(without_memory_there_is_an_error_and_words),
        cmocka_unit_test(a_file_is_read_with_its_text),
        cmocka_unit_test(a_text_of_more_than_a_million_bytes_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "given.h"

#include "config/reader.h"

static struct reading reading;
static struct said said;

/* Read a text; what was said is in `said`. */
static struct arena *read_text(const char *text)
{
    struct arena *arena = arena_new(4000000);
    struct faults faults = faults_new(arena);

    said = (struct said){ .count = 0 };
    assert_int_equal(reader_read(&reading, slice_of(text), &faults), 0);
    faults_tell(&faults, "f", hear, &said);
    return arena;
}

static const struct given *key(const char *name)
{
    return &reading.keys[schema_find_key(name)];
}

static void values_are_given_with_their_lines(void **state)
{
    struct arena *arena =
        read_text("# 1\n/* 2\n3 */ relay { // x\n smtp = \"a\\\"\\\\b\"\n lmtp\n =\n c:24 timeout='d e' }\n"
                  "listen access { socket = x }\nlisten \"incoming\" { socket = y }\nlimits { recipients = 500 }\n");

    (void)state;
    assert_string_equal(said.text, "");
    assert_false(reading.broken);
    assert_string_equal(key("relay.smtp")->values[0].text, "a\"\\b");
    assert_int_equal(key("relay.smtp")->line, 4);
    assert_string_equal(key("relay.lmtp")->values[0].text, "c:24");
    assert_int_equal(key("relay.lmtp")->line, 7);
    assert_string_equal(key("relay.timeout")->values[0].text, "d e");
    assert_string_equal(key("listen access.socket")->values[0].text, "x");
    assert_string_equal(key("listen incoming.socket")->values[0].text, "y");
    assert_string_equal(key("limits.recipients")->values[0].text, "500");
    assert_int_equal(key("limits.message_size")->count, 0);
    assert_int_equal(key("limits.message_size")->line, 0);
    assert_int_equal(reader_section_line(&reading, "listen incoming"), 9);
    assert_int_equal(reader_section_line(&reading, "listen"), 0);
    assert_int_equal(reader_section_line(&reading, "trust"), 0);
    arena_free(&arena);
}

static void a_list_is_a_value_or_braces_or_added_to(void **state)
{
    struct arena *arena =
        read_text("signer { token = a }\nprovider { domains = { b, \"c\",\n d, }\n domains += e domains += { f } }");

    (void)state;
    assert_string_equal(said.text, "");
    assert_int_equal(key("signer.token")->count, 1);
    assert_int_equal(key("provider.domains")->count, 5);
    assert_string_equal(key("provider.domains")->values[2].text, "d");
    assert_int_equal(key("provider.domains")->values[2].line, 3);
    assert_string_equal(key("provider.domains")->values[4].text, "f");
    assert_int_equal(key("provider.domains")->line, 2);
    arena_free(&arena);
}

static void a_section_may_be_continued(void **state)
{
    struct arena *arena = read_text("relay { smtp = a }\nlisten access { socket = b }\nlisten access { }\nrelay { lmtp = c }");

    (void)state;
    assert_string_equal(said.text, "");
    assert_string_equal(key("relay.smtp")->values[0].text, "a");
    assert_string_equal(key("relay.lmtp")->values[0].text, "c");
    assert_string_equal(key("listen access.socket")->values[0].text, "b");
    assert_int_equal(reader_section_line(&reading, "relay"), 1);
    arena_free(&arena);
}

static void every_unknown_name_is_named_and_passed_over(void **state)
{
    struct arena *arena = read_text("relay {\n smpt = a\n lmtp = b\n x { y = { 1 } } }\nnotice {\n first = 1h\n}\n"
                                    "tsa { \"u r\" = { x } ca = c }\nlisten third { socket = d }");

    (void)state;
    assert_string_equal(
        said.text,
        "f:2: there is no key \"smpt\" in section relay; there are smtp, lmtp, timeout\n"
        "f:4: there is no key \"x\" in section relay; there are smtp, lmtp, timeout\n"
        "f:5: there is no section \"notice\"; there are provider, listen access, listen incoming, relay, daemon, limits, "
        "signer, trust, directory, antivirus, incoming, receipts, store, notices, log, tsa, metrics, templates\n"
        "f:8: there is no key \"u r\" in section tsa; there are url, ca\n"
        "f:9: there is no section listen \"third\"; one that there is, is listen incoming\n");
    assert_false(reading.broken);
    assert_string_equal(key("relay.lmtp")->values[0].text, "b");
    assert_int_equal(key("relay.lmtp")->line, 3);
    assert_string_equal(key("tsa.ca")->values[0].text, "c");
    arena_free(&arena);
}

static const struct {
    const char *name, *text, *words;
} broken[] = {
    { "a section without a brace", "\nrelay (\n smtp = a\n}\n", "f:2: missing opening brace for section 'relay'" },
    { "a section as a key", "relay = 3", "f:1: missing opening brace" },
    { "a key without a value", "relay {\n smtp\n}", "f:3: relay: missing equal sign after option 'smtp'" },
    { "a key without a sign", "relay { smtp a }", "f:1: relay: missing equal sign" },
    { "a list for one value", "relay {\n\n smtp = { a } }", "f:3: relay: unexpected token '{'" },
    { "a list without a comma", "provider { domains = { a\n b } }", "f:2: provider: unexpected token 'b'" },
    { "an addition to one value", "relay { smtp += a }", "f:1: relay: attempt to append to non-list option 'smtp'" },
    { "a brace too much", "relay { }\n}", "f:2: unexpected closing brace" },
    { "a section that is not closed", "# x\nrelay {\n smtp = a\n", "f:2: the brace { that opens here is never closed" },
    { "a section that runs into the next", "relay {\n smtp = a\nlimits { }\n", "f:1: the brace { that opens here is never closed" },
    { "a list that is not closed", "provider {\n domains = { \"a\", \"b\"\n name = c }", "f:3: provider: unexpected token 'name'" },
    { "listen without a title", "listen { }", "f:1: missing title for section 'listen'" },
    { "a title that is empty", "listen '' { socket = x }", "f:1: there is no section listen \"\"" },
    { "a title where there is none", "relay x { }", "f:1: missing opening brace for section 'relay'" },
    { "a name that is empty", "\"\" { }", "f:1: a name is empty" },
    { "a key outside of its section", "relay { }\n'relay|smtp' = a", "f:2: keys stand in their section" },
    { "a text without an end", "relay { smtp = \"a }", "f:1: the text that begins with \" has no end" },
};

static void a_fault_of_the_syntax_is_one_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        struct arena *arena = read_text(broken[i].text);

        if (said.count != 1 || strncmp(said.text, broken[i].words, strlen(broken[i].words)) != 0)
            fail_msg("%s: %s", broken[i].name, said.text);
        arena_free(&arena);
    }
}

static void a_key_set_twice_is_a_fault(void **state)
{
    struct arena *arena =
        read_text("relay { smtp = a\n smtp = b }\nprovider { domains = a\n domains = { b, c } }\nrelay { lmtp = c }\n"
                  "relay {\n lmtp = d }");

    (void)state;
    assert_string_equal(said.text, "f:2: relay.smtp was set on line 1 already; leave one of them\n"
                                   "f:4: provider.domains was set on line 3 already; leave one of them\n"
                                   "f:7: relay.lmtp was set on line 5 already; leave one of them\n");
    arena_free(&arena);
}

static void a_list_has_an_end(void **state)
{
    static char text[4 * SCHEMA_LIST_MAX + 100];
    struct arena *arena;
    size_t n = (size_t)snprintf(text, sizeof text, "provider { domains = {");

    (void)state;
    for (size_t i = 0; i < SCHEMA_LIST_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "a,");
    snprintf(text + n, sizeof text - n, "} }");
    arena = read_text(text);
    assert_string_equal(said.text, "");
    assert_int_equal(key("provider.domains")->count, SCHEMA_LIST_MAX);
    arena_free(&arena);
    snprintf(text + n, sizeof text - n, "a} }");
    arena = read_text(text);
    assert_string_equal(said.text, "f:1: provider: the list is too long; leave some out\n");
    arena_free(&arena);
}

static void a_file_may_have_dos_line_ends(void **state)
{
    struct arena *arena = read_text("relay {\r\n# x\r\nsmtp = a\r\n}\r\n");

    (void)state;
    assert_string_equal(said.text, "");
    assert_string_equal(key("relay.smtp")->values[0].text, "a");
    assert_int_equal(key("relay.smtp")->line, 3);
    arena_free(&arena);
}

static void the_environment_is_not_asked(void **state)
{
    struct arena *arena = read_text("relay { smtp = '${HOME}' lmtp = \"\\${HOME}\" }");

    (void)state;
    assert_string_equal(key("relay.smtp")->values[0].text, "${HOME}");
    assert_string_equal(key("relay.lmtp")->values[0].text, "${HOME}");
    arena_free(&arena);
}

static void without_memory_there_is_an_error(void **state)
{
    (void)state;
    for (size_t budget = 0; budget < 60000; budget += 1000) {
        struct arena *arena = arena_new(budget);
        struct faults faults = faults_new(arena);
        int result = reader_read(&reading, SLICE("relay { smtp = a x = b }\ny { }"), &faults);

        assert_true(result == ERROR_MEMORY || faults.failed || faults.count == 2);
        arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_given_with_their_lines),
        cmocka_unit_test(a_list_is_a_value_or_braces_or_added_to),
        cmocka_unit_test(a_section_may_be_continued),
        cmocka_unit_test(every_unknown_name_is_named_and_passed_over),
        cmocka_unit_test(a_fault_of_the_syntax_is_one_line),
        cmocka_unit_test(a_key_set_twice_is_a_fault),
        cmocka_unit_test(a_list_has_an_end),
        cmocka_unit_test(a_file_may_have_dos_line_ends),
        cmocka_unit_test(the_environment_is_not_asked),
        cmocka_unit_test(without_memory_there_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

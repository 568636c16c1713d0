/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The configuration with the operator's texts. RFC 6109 4.3.1: an HTML page has no references and no active content; what the official
 * text states every text states.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "process/settings.h"

static char folder[200];
static char faults[2000];
static unsigned fault_count;

static const char *const names[] = { "conf", "templates/acceptance.txt", "templates/acceptance.html", "templates/take-charge.txt",
                                     "templates/no-such-kind.txt" };

static const char *path_of(const char *name)
{
    static char paths[4][300];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    assert_int_equal(file_replace(path_of(name), slice_of(text), 0600, NULL), 0);
}

static int set_up(void **state)
{
    const char *above = getenv("TMPDIR");
    char text[2000];

    (void)state;
    faults[0] = '\0';
    fault_count = 0;
    snprintf(folder, sizeof folder, "%s/settings-XXXXXX", above ? above : P_tmpdir);
    if (!mkdtemp(folder) || mkdir(path_of("templates"), 0700) != 0)
        return -1;
    snprintf(text, sizeof text,
             "provider { name = \"Alfa\" domains = { \"alfa.example\" } address = \"p@alfa.example\" service_mailbox = \"r@alfa.example\"\n"
             "           hostname = \"mx.alfa.example\" }\n"
             "signer { certificate = \"/none.crt\" key = \"/none.key\" }\n"
             "daemon { user = \"\" }\n"
             "trust { ca = \"/none.pem\" }\n"
             "templates { dir = \"%s\" }\n",
             path_of("templates"));
    write_file("conf", text);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unlink(path_of(names[i]));
    rmdir(path_of("templates"));
    return rmdir(folder);
}

static void fault(void *arg, const char *words)
{
    size_t used = strlen(faults);

    assert_string_equal(arg, "arg");
    snprintf(faults + used, sizeof faults - used, "%s\n", words);
    fault_count++;
}

static struct settings *load(void)
{
    return settings_load(path_of("conf"), fault, (void *)(uintptr_t)"arg");
}

#define ACCEPTANCE "{day} {hour} {zone} {subject} {sender} {typed_recipients} {id}"

static void without_own_texts_the_official_ones_hold(void **state)
{
    struct settings *s = load();

    (void)state;
    assert_non_null(s);
    assert_string_equal(s->config->provider.name, "Alfa");
    for (int kind = 0; kind < KIND_COUNT; kind++)
        assert_true(!s->templates.of[kind].text && !s->templates.of[kind].html);
    assert_true(slice_find(s->text, SLICE("alfa.example")) < s->text.size);
    settings_free(&s);
    assert_null(s);
}

static void own_texts_take_their_place(void **state)
{
    struct settings *s;

    (void)state;
    write_file("templates/acceptance.txt", "Title\n" ACCEPTANCE);
    write_file("templates/acceptance.html", "<p>" ACCEPTANCE "</p>");
    write_file("templates/no-such-kind.txt", "whatever");
    s = load();
    if (!s)
        fail_msg("%s", faults);
    assert_string_equal(s->templates.of[KIND_ACCEPTANCE].text, "Title\n" ACCEPTANCE);
    assert_string_equal(s->templates.of[KIND_ACCEPTANCE].html, "<p>" ACCEPTANCE "</p>");
    assert_null(s->templates.of[KIND_TAKE_CHARGE].text);
    settings_free(&s);
}

/* 4.3.1. */
static void a_page_with_references_or_scripts_is_refused(void **state)
{
    static const char *const pages[] = { "<script>x()</script>" ACCEPTANCE, "<img src=\"https://x.example/y.png\">" ACCEPTANCE,
                                         "<img src=\"cid:1@x\">" ACCEPTANCE, "<p onclick=\"x()\">" ACCEPTANCE "</p>" };

    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        faults[0] = '\0';
        write_file("templates/acceptance.html", pages[i]);
        assert_null(load());
        assert_non_null(strstr(faults, path_of("templates/acceptance.html")));
    }
}

/* Every fault is told, each with its file. */
static void each_faulty_text_is_told(void **state)
{
    (void)state;
    write_file("templates/acceptance.txt", "no placeholder");
    write_file("templates/acceptance.html", "<script></script>" ACCEPTANCE);
    write_file("templates/take-charge.txt", "{nonsense}");
    assert_null(load());
    assert_int_equal(fault_count, 3);
    assert_non_null(strstr(faults, path_of("templates/acceptance.txt")));
    assert_non_null(strstr(faults, path_of("templates/acceptance.html")));
    assert_non_null(strstr(faults, path_of("templates/take-charge.txt")));
}

static void a_configuration_that_cannot_be_read_is_told(void **state)
{
    (void)state;
    unlink(path_of("conf"));
    assert_null(load());
    assert_int_equal(fault_count, 1);
    assert_non_null(strstr(faults, path_of("conf")));
    write_file("conf", "nonsense {\n");
    faults[0] = '\0';
    assert_null(load());
    assert_non_null(strstr(faults, "conf:1: "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_own_texts_the_official_ones_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(own_texts_take_their_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_page_with_references_or_scripts_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_faulty_text_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_configuration_that_cannot_be_read_is_told, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

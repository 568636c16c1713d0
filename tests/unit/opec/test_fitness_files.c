/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * "An unreadable file is one line: FILE:LINE: what is wrong": for every file that a configuration names.
 */
#include "printed.h"

#include <sys/stat.h>
#include <unistd.h>

#include "opec/fitness.h"

struct told {
    unsigned count;
    char last[5000];
};

static void hear(void *arg, const char *words)
{
    struct told *told = arg;

    told->count++;
    snprintf(told->last, sizeof told->last, "%s", words);
}

/* A configuration that names no file: all its texts are empty. */
static struct config bare(void)
{
    struct config c = { .path = "a.conf" };

    c.signer.key = c.signer.next_certificate = c.signer.next_key = c.signer.module = c.signer.pin_file = "";
    c.directory.client_certificate = c.directory.client_key = c.directory.ca = c.directory.signer_ca = "";
    c.directory.mirror_password_file = c.tsa.ca = c.templates_dir = "";
    return c;
}

static void test_nothing_named_is_no_fault(void **state)
{
    struct config c = bare();
    struct told told = { 0 };

    (void)state;
    assert_true(fitness_files(&c, hear, &told));
    assert_int_equal(told.count, 0);
}

static void test_a_missing_file_is_named_with_its_key(void **state)
{
    static const char missing[] = "/nonexistent/file.pem";
    struct config c = bare();
    const struct {
        const char **place, *line;
    } cases[] = {
        { &c.signer.key, "a.conf:1: signer.key: /nonexistent/file.pem: No such file or directory" },
        { &c.signer.next_certificate, "a.conf:1: signer.next_certificate: /nonexistent/file.pem: No such file or directory" },
        { &c.directory.ca, "a.conf:1: directory.ca: /nonexistent/file.pem: No such file or directory" },
        { &c.directory.mirror_password_file, "a.conf:1: directory.mirror_password_file: /nonexistent/file.pem: No such file or directory" },
        { &c.tsa.ca, "a.conf:1: tsa.ca: /nonexistent/file.pem: No such file or directory" },
        { &c.templates_dir, "a.conf:1: templates.dir: /nonexistent/file.pem: No such file or directory" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct told told = { 0 };

        *cases[i].place = missing;
        assert_false(fitness_files(&c, hear, &told));
        *cases[i].place = "";
        assert_int_equal(told.count, 1);
        assert_string_equal(told.last, cases[i].line);
    }
}

static void test_what_is_no_file_is_a_fault(void **state)
{
    char folder[] = "/tmp/opec-files-XXXXXX", pipe[64];
    struct config c = bare();
    struct told told = { 0 };

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(pipe, sizeof pipe, "%s/pipe", folder);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    c.templates_dir = folder;
    assert_true(fitness_files(&c, hear, &told));
    c.templates_dir = pipe;
    assert_false(fitness_files(&c, hear, &told));
    c.templates_dir = "";
    c.tsa.ca = folder;
    assert_false(fitness_files(&c, hear, &told));
    c.tsa.ca = pipe;
    assert_false(fitness_files(&c, hear, &told));
    assert_has(told.last, "tsa.ca");
    unlink(pipe);
    rmdir(folder);
}

/* kind "pkcs11" has no key file, kind "file" no module and no PIN. */
static void test_only_the_files_of_the_kind_are_looked_at(void **state)
{
    struct config c = bare();
    struct told told = { 0 };

    (void)state;
    c.signer.pin_file = "/nonexistent/pin";
    assert_true(fitness_files(&c, hear, &told));
    c.signer.kind = KEY_PKCS11;
    c.signer.key = "/nonexistent/key";
    assert_false(fitness_files(&c, hear, &told));
    assert_int_equal(told.count, 1);
    assert_has(told.last, "signer.pin_file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_named_is_no_fault),
        cmocka_unit_test(test_a_missing_file_is_named_with_its_key),
        cmocka_unit_test(test_what_is_no_file_is_a_fault),
        cmocka_unit_test(test_only_the_files_of_the_kind_are_looked_at),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

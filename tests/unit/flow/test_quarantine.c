/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 6109 2.2.4: infected messages are kept, with what is known of them (decided points: the raw message, a .json beside it).
 */
#include <dirent.h>
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
#include "flow/quarantine.h"

static char folder[200];

static int set_up(void **state)
{
    const char *above = getenv("TMPDIR");

    (void)state;
    snprintf(folder, sizeof folder, "%s/quarantine-XXXXXX", above ? above : P_tmpdir);
    return mkdtemp(folder) ? 0 : -1;
}

/* The folder has these two files and no other. */
static int tear_down(void **state)
{
    char path[256];

    (void)state;
    snprintf(path, sizeof path, "%s/n.eml", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/n.json", folder);
    unlink(path);
    return rmdir(folder);
}

static void assert_file(const char *name, struct slice content)
{
    struct arena *arena = arena_new(1 << 16);
    struct slice found;
    struct stat st;
    char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(file_read(path, 1000, arena, &found, NULL), 0);
    assert_int_equal(found.size, content.size);
    assert_memory_equal(found.data, content.data, content.size);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 077, 0); /* nobody else may read it */
    arena_free(&arena);
}

static void a_message_is_kept_as_it_came(void **state)
{
    static const char bytes[] = "Subject: v\r\n\r\n\0\xff\rvirus\n";
    char name[QUARANTINE_NAME_SIZE];

    (void)state;
    assert_int_equal(quarantine_keep(folder, "n", (struct slice){ bytes, sizeof bytes - 1 }, "{\"a\":1}", name, NULL), 0);
    assert_string_equal(name, "n.eml");
    assert_file("n.eml", (struct slice){ bytes, sizeof bytes - 1 });
    assert_file("n.json", SLICE("{\"a\":1}"));
}

/* A crash between the two files, or behind them, is mended by doing it again. */
static void done_twice_it_is_the_same(void **state)
{
    char name[QUARANTINE_NAME_SIZE];

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(quarantine_keep(folder, "n", SLICE("x\r\n"), "{}", name, NULL), 0);
    assert_file("n.eml", SLICE("x\r\n"));
    assert_file("n.json", SLICE("{}"));
}

static void what_cannot_be_kept_is_an_error(void **state)
{
    char name[QUARANTINE_NAME_SIZE], path[256];
    struct error e = { 0 };

    (void)state;
    assert_true(quarantine_keep("/nowhere/at/all", "n", SLICE("x"), "{}", name, &e) < 0);
    assert_non_null(strstr(e.text, "/nowhere/at/all"));
    /* The event cannot be written: the message alone is not enough. */
    snprintf(path, sizeof path, "%s/n.json", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_true(quarantine_keep(folder, "n", SLICE("x"), "{}", name, &e) < 0);
    assert_int_equal(rmdir(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_is_kept_as_it_came, set_up, tear_down),
        cmocka_unit_test_setup_teardown(done_twice_it_is_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_kept_is_an_error, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * RFC 6109 2.2.4: infected messages are kept, with what is known of them (decided points: the raw message, a .json beside it).
 */
#include <dirent.h>
#include <fcntl.h>
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

static int tear_down(void **state)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;

    (void)state;
    while (dir && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 && unlinkat(dirfd(dir), entry->d_name, 0) != 0)
            unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
    if (dir)
        closedir(dir);
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

/* --- what is there ---------------------------------------------------------------------------------------------------------- */

#define OLDER "20261124062141-9b1c00ff"
#define NEWER "20261125000000-0a"

static void put(const char *name)
{
    char path[512];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(file_replace(path, SLICE("{}"), 0600, NULL), 0);
}

static void only_our_own_names_are_ids(void **state)
{
    static const char *const others[] = { "", "20261124062141", "20261124062141-", "2026112406214-9b", "202611240621410-9b", "20261124062141-9B",
        "20261124062141-9b.eml", "../20261124062141-9b", "20261124062141-9b/../x", "20261124062141-9b\n", "20261124062141_9b" };
    char longest[200] = "20261124062141-";

    (void)state;
    assert_true(quarantine_is_id(OLDER));
    assert_true(quarantine_is_id(NEWER));
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(quarantine_is_id(others[i]));
    memset(longest + 15, 'a', 180);
    assert_false(quarantine_is_id(longest));
}

static void the_oldest_is_listed_first_and_others_not_at_all(void **state)
{
    static const char *const names[] = { NEWER ".json", NEWER ".eml", OLDER ".eml", OLDER ".json", "20261126000000-0b.eml" /* a crash */,
        "README", "x.eml", "x.json", NEWER ".json.new", NEWER ".txt", "20261124062141-9b\x1b[2J.eml", ".json", ".eml" };
    struct arena *arena = arena_new(1 << 20);
    const char **ids;
    size_t count;

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        put(names[i]);
    assert_int_equal(quarantine_list(folder, arena, &ids, &count, NULL), 0);
    assert_int_equal(count, 3);
    assert_string_equal(ids[0], OLDER);
    assert_string_equal(ids[1], NEWER);
    assert_string_equal(ids[2], "20261126000000-0b");
    assert_int_equal(quarantine_list("/nowhere/at/all", arena, &ids, &count, NULL), 0);
    assert_int_equal(count, 0);
    arena_free(&arena);
}

static void one_is_read_by_its_id(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    char name[QUARANTINE_NAME_SIZE];
    struct slice found;

    (void)state;
    assert_int_equal(quarantine_keep(folder, OLDER, SLICE("a\0b"), "{\"a\":1}", name, NULL), 0);
    assert_int_equal(quarantine_event(folder, OLDER, arena, &found, NULL), 0);
    assert_true(slice_is(found, "{\"a\":1}"));
    assert_int_equal(quarantine_message(folder, OLDER, &found, NULL), 0);
    assert_int_equal(found.size, 3);
    assert_memory_equal(found.data, "a\0b", 3);
    file_unmap(&found);
    assert_int_equal(quarantine_message(folder, NEWER, &found, NULL), ERROR_NOT_FOUND);
    assert_int_equal(quarantine_message(folder, "../" OLDER, &found, NULL), ERROR_SYNTAX);
    arena_free(&arena);
}

/* A link would lead a reader, who may be root, to what we never kept. */
static void only_regular_files_are_read(void **state)
{
    struct arena *arena = arena_new(1 << 20);
    char link[512], fifo[512], directory[512];
    struct slice found;

    (void)state;
    snprintf(link, sizeof link, "%s/" OLDER ".eml", folder);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    snprintf(fifo, sizeof fifo, "%s/" OLDER ".json", folder);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    snprintf(directory, sizeof directory, "%s/" NEWER ".eml", folder);
    assert_int_equal(mkdir(directory, 0700), 0);
    assert_int_equal(quarantine_message(folder, OLDER, &found, NULL), ERROR_FILE);
    assert_int_equal(quarantine_event(folder, OLDER, arena, &found, NULL), ERROR_FILE);
    assert_int_equal(quarantine_message(folder, NEWER, &found, NULL), ERROR_FILE);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_our_own_names_are_ids),
        cmocka_unit_test_setup_teardown(the_oldest_is_listed_first_and_others_not_at_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_is_read_by_its_id, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_regular_files_are_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_is_kept_as_it_came, set_up, tear_down),
        cmocka_unit_test_setup_teardown(done_twice_it_is_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_kept_is_an_error, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

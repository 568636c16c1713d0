/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "faulty_disk.h"

static char folder[100], path[150], beside[160];
static struct arena *arena;

static int set_up(void **state)
{
    const char *base = getenv("TMPDIR");

    (void)state;
    disk_heal();
    snprintf(folder, sizeof folder, "%.60s/opec-file-XXXXXX", base ? base : P_tmpdir);
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    snprintf(beside, sizeof beside, "%s.new", path);
    arena = arena_new(1024 * 1024);
    return arena ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    disk_heal();
    unlink(path);
    unlink(beside);
    arena_free(&arena);
    return rmdir(folder);
}

static void put(const char *text)
{
    assert_int_equal(file_replace(path, slice_of(text), 0640, NULL), 0);
}

static void assert_content(const char *expected)
{
    struct slice text;

    arena_reset(arena);
    assert_int_equal(file_read(path, 1000000, arena, &text, NULL), 0);
    assert_true(slice_is(text, expected));
}

static void a_file_is_read_whole_with_a_nul_behind_it(void **state)
{
    struct slice text;

    (void)state;
    put("some text");
    assert_int_equal(file_read(path, 9, arena, &text, NULL), 0);
    assert_true(slice_is(text, "some text"));
    assert_int_equal(text.data[9], '\0');
    put("");
    assert_int_equal(file_read(path, 0, arena, &text, NULL), 0);
    assert_int_equal(text.size, 0);
    assert_string_equal(text.data, "");
}

static void short_reads_and_interrupted_ones_are_gone_on_with(void **state)
{
    (void)state;
    put("some text that is read byte by byte");
    disk.at_once = 1;
    assert_content("some text that is read byte by byte");
    for (int i = 0; i < 10; i++) {
        disk.until[DISK_READ] = i;
        disk.error[DISK_READ] = EINTR;
        assert_content("some text that is read byte by byte");
    }
}

static void what_cannot_be_read_is_told_with_its_path(void **state)
{
    struct slice text = SLICE("untouched");
    struct error e;

    (void)state;
    assert_int_equal(file_read(path, 10, arena, &text, &e), ERROR_NOT_FOUND);
    assert_non_null(strstr(e.text, path));
    put("twelve bytes");
    assert_int_equal(file_read(path, 11, arena, &text, &e), ERROR_LIMIT);
    assert_non_null(strstr(e.text, path));
    assert_int_equal(file_read(folder, 100, arena, &text, &e), ERROR_FILE);
    disk.until[DISK_READ] = 0;
    disk.error[DISK_READ] = EIO;
    assert_int_equal(file_read(path, 100, arena, &text, &e), ERROR_FILE);
    assert_non_null(strstr(e.text, path));
    disk.until[DISK_OPEN] = 0;
    disk.error[DISK_OPEN] = EMFILE;
    assert_int_equal(file_read(path, 100, arena, &text, &e), ERROR_FILE);
    assert_true(slice_is(text, "untouched"));
}

static void without_budget_a_file_is_not_read(void **state)
{
    struct arena *small = arena_new(4);
    struct slice text;

    (void)state;
    put("twelve bytes");
    assert_int_equal(file_read(path, 100, small, &text, NULL), ERROR_BUDGET);
    arena_free(&small);
}

/* Opening a pipe that nobody writes to would wait for ever. */
static void a_pipe_in_place_of_a_file_is_refused_at_once(void **state)
{
    struct slice text;

    (void)state;
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(10);
    assert_int_equal(file_read(path, 100, arena, &text, NULL), ERROR_FILE);
    alarm(0);
}

static void a_file_is_replaced_with_its_mode_and_nothing_beside_it(void **state)
{
    struct stat st;

    (void)state;
    umask(022);
    put("old");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
    put("new and longer");
    assert_content("new and longer");
    put("n");
    assert_content("n");
    assert_int_equal(access(beside, F_OK), -1);
}

static void the_content_and_then_the_folder_are_synced(void **state)
{
    (void)state;
    disk.at_once = 3;
    put("written in small pieces");
    assert_int_equal(disk.calls[DISK_FSYNC], 2);
    assert_content("written in small pieces");
}

static const struct {
    const char *name;
    enum disk_call call;
    long until;
    int error, result;
} failures[] = {
    { "the file beside it cannot be made", DISK_OPEN, 0, EACCES, ERROR_FILE },
    { "no descriptors are left", DISK_OPEN, 0, EMFILE, ERROR_FILE },
    { "no room for a new file", DISK_OPEN, 0, ENOSPC, ERROR_FULL },
    { "no locks are left", DISK_FLOCK, 0, ENOLCK, ERROR_FILE },
    { "it cannot be emptied", DISK_FTRUNCATE, 0, EIO, ERROR_FILE },
    { "the first write fails", DISK_WRITE, 0, EIO, ERROR_FILE },
    { "a later write fails", DISK_WRITE, 2, EIO, ERROR_FILE },
    { "the quota is used up", DISK_WRITE, 1, EDQUOT, ERROR_FULL },
    { "a write takes nothing", DISK_WRITE, 1, 0, ERROR_FILE },
    { "the sync fails", DISK_FSYNC, 0, EIO, ERROR_FILE },
    { "the sync finds the disk full", DISK_FSYNC, 0, ENOSPC, ERROR_FULL },
    { "the renaming fails", DISK_RENAME, 0, EACCES, ERROR_FILE },
};

static void at_any_failure_the_old_file_stays_and_nothing_beside_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        struct error e = { 0 };
        int result;

        disk_heal();
        put("old");
        disk.at_once = 2;
        disk.until[failures[i].call] = failures[i].until;
        disk.error[failures[i].call] = failures[i].error;
        result = file_replace(path, SLICE("something new"), 0640, &e);
        if (result != failures[i].result || !strstr(e.text, path))
            fail_msg("%s: %d %s", failures[i].name, result, e.text);
        disk_heal();
        assert_content("old");
        /* What cannot be locked may be somebody else's. */
        if (failures[i].call != DISK_FLOCK)
            assert_int_equal(access(beside, F_OK), -1);
    }
}

static void at_every_amount_of_room_it_is_the_old_or_the_new(void **state)
{
    (void)state;
    for (long room = 0; room <= 14; room++) {
        disk_heal();
        put("old");
        disk.room = room;
        assert_int_equal(file_replace(path, SLICE("something new"), 0640, NULL), room < 13 ? ERROR_FULL : 0);
        disk_heal();
        assert_content(room < 13 ? "old" : "something new");
    }
}

static void interrupted_calls_are_made_again(void **state)
{
    (void)state;
    disk.at_once = 1;
    disk.until[DISK_WRITE] = 3;
    disk.error[DISK_WRITE] = EINTR;
    disk.until[DISK_FLOCK] = 0;
    disk.error[DISK_FLOCK] = EINTR;
    put("text");
    assert_content("text");
}

/* That the name is not durable yet must be told, though the new file is there. */
static void a_folder_that_cannot_be_synced_is_a_failure(void **state)
{
    (void)state;
    put("old");
    disk.until[DISK_FSYNC] = 1;
    disk.error[DISK_FSYNC] = EIO;
    assert_int_equal(file_replace(path, SLICE("new"), 0640, NULL), ERROR_FILE);
    disk_heal();
    assert_content("new");
}

/* What a crash left beside it is written over; a link that somebody put there is not followed. */
static void what_lies_beside_it_already_does_no_harm(void **state)
{
    char target[160];
    FILE *f = fopen(beside, "w");

    (void)state;
    fputs("half of something that was longer than what comes now", f);
    fclose(f);
    put("new");
    assert_content("new");
    snprintf(target, sizeof target, "%s/target", folder);
    f = fopen(target, "w");
    fputs("precious", f);
    fclose(f);
    assert_int_equal(symlink(target, beside), 0);
    assert_int_equal(file_replace(path, SLICE("x"), 0640, NULL), ERROR_FILE);
    assert_content("new");
    unlink(beside);
    {
        struct stat st;

        assert_int_equal(stat(target, &st), 0);
        assert_int_equal(st.st_size, 8);
    }
    unlink(target);
}

enum { RIVALS = 4, ROUNDS = 200, LENGTH = 5000 };

static void rival(char letter)
{
    static char text[LENGTH];

    memset(text, letter, sizeof text);
    disk.at_once = 500;
    for (int i = 0; i < ROUNDS; i++)
        if (file_replace(path, (struct slice){ text, sizeof text }, 0640, NULL) != 0)
            _exit(1);
    _exit(0);
}

/* Several processes replace the file at once: whoever reads it finds one of theirs, whole. */
static void rivals_never_leave_a_mixture(void **state)
{
    pid_t pids[RIVALS];
    int alive = RIVALS;

    (void)state;
    put("");
    for (int i = 0; i < RIVALS; i++)
        if ((pids[i] = fork()) == 0)
            rival((char)('a' + i));
    while (alive) {
        struct slice text;
        int status;

        arena_reset(arena);
        assert_int_equal(file_read(path, LENGTH, arena, &text, NULL), 0);
        assert_true(text.size == 0 || text.size == LENGTH);
        for (size_t i = 1; i < text.size; i++)
            assert_int_equal(text.data[i], text.data[0]);
        while (alive && waitpid(-1, &status, WNOHANG) > 0) {
            assert_int_equal(status, 0);
            alive--;
        }
    }
    assert_int_equal(access(beside, F_OK), -1);
}

static void folders_are_made_with_those_above_them(void **state)
{
    char deep[200];
    struct stat st;

    (void)state;
    snprintf(deep, sizeof deep, "%s/a/b/c", folder);
    assert_int_equal(file_make_folder(deep, 0750, NULL), 0);
    assert_int_equal(file_make_folder(deep, 0750, NULL), 0);
    assert_int_equal(stat(deep, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    snprintf(deep, sizeof deep, "%s/a//b/c/", folder);
    assert_int_equal(file_make_folder(deep, 0750, NULL), 0);
    snprintf(deep, sizeof deep, "%s/a/b/c", folder);
    assert_int_equal(rmdir(deep), 0);
    snprintf(deep, sizeof deep, "%s/a/b", folder);
    assert_int_equal(rmdir(deep), 0);
    snprintf(deep, sizeof deep, "%s/a", folder);
    assert_int_equal(rmdir(deep), 0);
}

static void a_file_where_a_folder_should_be_is_told(void **state)
{
    char below[200], longer[5000];

    (void)state;
    put("file");
    assert_int_equal(file_make_folder(path, 0750, NULL), ERROR_FILE);
    snprintf(below, sizeof below, "%s/below", path);
    assert_int_equal(file_make_folder(below, 0750, NULL), ERROR_FILE);
    memset(longer, 'a', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(file_make_folder(longer, 0750, NULL), ERROR_FILE);
    assert_int_equal(file_replace(longer, SLICE("x"), 0640, NULL), ERROR_FILE);
}

static void the_folder_of_a_name_is_synced(void **state)
{
    char nowhere[200];

    (void)state;
    assert_int_equal(file_sync_folder(path, NULL), 0);
    assert_int_equal(file_sync_folder("file in the working folder", NULL), 0);
    assert_int_equal(file_sync_folder("/file", NULL), 0);
    snprintf(nowhere, sizeof nowhere, "%s/nowhere/file", folder);
    assert_int_equal(file_sync_folder(nowhere, NULL), ERROR_NOT_FOUND);
}

static void a_mapped_file_shows_its_bytes(void **state)
{
    struct slice mapped;
    int fd;

    (void)state;
    put("mapped bytes");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(file_map(fd, &mapped, NULL), 0);
    file_close(&fd);
    assert_int_equal(fd, -1);
    assert_true(slice_is(mapped, "mapped bytes"));
    file_unmap(&mapped);
    assert_null(mapped.data);
    file_unmap(&mapped);
    put("");
    fd = open(path, O_RDONLY | O_CLOEXEC);
    mapped = SLICE("x");
    assert_int_equal(file_map(fd, &mapped, NULL), 0);
    assert_int_equal(mapped.size, 0);
    file_unmap(&mapped);
    file_close(&fd);
    assert_int_equal(file_map(-1, &mapped, NULL), ERROR_FILE);
    file_close(&fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_file_is_read_whole_with_a_nul_behind_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(short_reads_and_interrupted_ones_are_gone_on_with, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_read_is_told_with_its_path, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_budget_a_file_is_not_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_pipe_in_place_of_a_file_is_refused_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_is_replaced_with_its_mode_and_nothing_beside_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_content_and_then_the_folder_are_synced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_any_failure_the_old_file_stays_and_nothing_beside_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_every_amount_of_room_it_is_the_old_or_the_new, set_up, tear_down),
        cmocka_unit_test_setup_teardown(interrupted_calls_are_made_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_synced_is_a_failure, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_lies_beside_it_already_does_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rivals_never_leave_a_mixture, set_up, tear_down),
        cmocka_unit_test_setup_teardown(folders_are_made_with_those_above_them, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_where_a_folder_should_be_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_folder_of_a_name_is_synced, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_mapped_file_shows_its_bytes, set_up, tear_down),
    };

    return cmocka_run_group_tests_name("file", tests, NULL, NULL);
}

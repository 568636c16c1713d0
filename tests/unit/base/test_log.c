/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

static char path[100], target[120];
static struct arena *arena;

static int set_up(void **state)
{
    const char *base = getenv("TMPDIR");
    int fd;

    (void)state;
    snprintf(path, sizeof path, "%.60s/opec-log-XXXXXX", base ? base : P_tmpdir);
    fd = mkstemp(path);
    file_close(&fd);
    snprintf(target, sizeof target, "file:%s", path);
    arena = arena_new(1024 * 1024);
    return log_open(target, LEVEL_INFO, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    log_close();
    log_role("opec");
    arena_free(&arena);
    return unlink(path);
}

static struct slice written(void)
{
    struct slice text = SLICE_NONE;

    assert_int_equal(file_read(path, 1000000, arena, &text, NULL), 0);
    return text;
}

static void a_line_tells_when_who_how_loud_and_what(void **state)
{
    unsigned year, month, day, hour, minute, second, ms;
    char role[40], level[20], what[40];
    int pid;

    (void)state;
    log_role("worker 3");
    log_info("message: size=%d", 42);
    assert_int_equal(sscanf(written().data, "%4u-%2u-%2uT%2u:%2u:%2u.%3u worker %39[^[][%d] %19[a-z]: %39[^\n]", &year, &month, &day, &hour,
                            &minute, &second, &ms, role, &pid, level, what),
                     11);
    assert_string_equal(role, "3");
    assert_int_equal(pid, getpid());
    assert_string_equal(level, "info");
    assert_string_equal(what, "message: size=42");
}

static const struct {
    enum error_level level;
    const char *name;
} levels[] = { { LEVEL_ERROR, "error" }, { LEVEL_WARNING, "warning" }, { LEVEL_INFO, "info" }, { LEVEL_DEBUG, "debug" } };

static void only_lines_loud_enough_are_written(void **state)
{
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
        struct slice rest, line;
        size_t lines = 0;

        file_close(&fd);
        assert_int_equal(log_open(target, levels[i].level, NULL), 0);
        log_error("line");
        log_warning("line");
        log_info("line");
        log_debug("line");
        for (rest = written(); slice_next_line(&rest, &line); lines++)
            assert_true(slice_find(line, slice_of(levels[lines].name)) < line.size);
        assert_int_equal(lines, i + 1);
        for (size_t j = 0; j < 4; j++)
            assert_int_equal(log_wants(levels[j].level), j <= i);
    }
}

static void a_target_that_is_none_leaves_the_old_one(void **state)
{
    struct error e;

    (void)state;
    assert_int_equal(log_open("papyrus", LEVEL_DEBUG, &e), ERROR_CONFIG);
    assert_int_equal(log_open("", LEVEL_DEBUG, &e), ERROR_CONFIG);
    assert_int_equal(log_open("file:/nowhere/at/all", LEVEL_DEBUG, &e), ERROR_FILE);
    assert_non_null(strstr(e.text, "/nowhere/at/all"));
    assert_false(log_wants(LEVEL_DEBUG));
    log_info("still here");
    assert_true(slice_find(written(), SLICE("still here")) < written().size);
}

static void a_file_is_appended_to(void **state)
{
    struct slice text;

    (void)state;
    log_info("first");
    assert_int_equal(log_open(target, LEVEL_INFO, NULL), 0);
    log_info("second");
    text = written();
    assert_true(slice_find(text, SLICE("first")) < slice_find(text, SLICE("second")));
    assert_true(slice_find(text, SLICE("second")) < text.size);
}

static void syslog_and_stderr_are_targets(void **state)
{
    (void)state;
    assert_int_equal(log_open("syslog", LEVEL_ERROR, NULL), 0);
    log_error("a test of the system log");
    assert_int_equal(log_open("stderr", LEVEL_ERROR, NULL), 0);
    assert_int_equal(log_open("syslog", LEVEL_ERROR, NULL), 0);
    log_close();
    log_close();
}

static void a_line_is_one_line_whatever_stands_in_it(void **state)
{
    struct slice text;

    (void)state;
    log_info("relay: %s", "bad\r\n2026-11-24T06:21:41.000 opec[1] error: forged\x1B[2J\x7F");
    text = written();
    assert_int_equal(slice_find_byte(text, '\n'), text.size - 1);
    for (size_t i = 0; i + 1 < text.size; i++)
        assert_true((unsigned char)text.data[i] >= 0x20 && text.data[i] != 0x7F);
}

static void a_long_line_is_cut_and_ended(void **state)
{
    struct slice text;

    (void)state;
    log_role("a role that is longer than the place for it");
    log_info("%100000s", "x");
    text = written();
    assert_in_range(text.size, 2048, 2200);
    assert_int_equal(text.data[text.size - 1], '\n');
}

enum { WRITERS = 4, LINES = 300 };

static void lines_of_several_processes_do_not_mix(void **state)
{
    struct slice rest, line;
    size_t count = 0;

    (void)state;
    for (int i = 0; i < WRITERS; i++) {
        if (fork() != 0)
            continue;
        for (int j = 0; j < LINES; j++)
            log_info("%c%500s%c", 'a' + i, "-", 'a' + i);
        _exit(0);
    }
    for (int i = 0; i < WRITERS; i++) {
        int status;

        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    for (rest = written(); slice_next_line(&rest, &line); count++)
        assert_int_equal(line.data[line.size - 2], line.data[line.size - 503]);
    assert_int_equal(count, WRITERS * LINES);
}

static const struct {
    const char *name, *in, *out;
} quotes[] = {
    { "nothing", "", "\"\"" },
    { "a plain text", "mario@example.it", "\"mario@example.it\"" },
    { "a quote and a backslash", "a\"b\\c", "\"a\\\"b\\\\c\"" },
    { "line ends", "a\r\nb", "\"a\\x0d\\x0ab\"" },
    { "an escape sequence", "\x1B[2J\x7F", "\"\\x1b[2J\\x7f\"" },
    { "a control of C1", "a\xC2\x9B" "b", "\"a\\xc2\\x9bb\"" },
    { "text in Italian", "perché", "\"perché\"" },
    { "bytes that are no UTF-8", "a\xFF\x9B" "b", "\"a\\xff\\x9bb\"" },
    { "a replacement that was written", "\xEF\xBF\xBD", "\"\xEF\xBF\xBD\"" },
};

static void foreign_text_is_quoted(void **state)
{
    char out[LOG_QUOTED_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++)
        if (strcmp(log_quote(slice_of(quotes[i].in), out), quotes[i].out) != 0)
            fail_msg("%s: %s", quotes[i].name, out);
    assert_string_equal(log_quote(SLICE("a\0b"), out), "\"a\\x00b\"");
    assert_string_equal(log_quote(SLICE_NONE, out), "\"\"");
}

/* Of every kind of character, at every place where the end may come. */
static void quoted_text_is_cut_to_fit_behind_a_whole_character(void **state)
{
    static const char *const units[] = { "x", "\"", "\x01", "è", "\xC2\x80", "€", "\xF0\x9F\x98\x80", "\xFF" };

    (void)state;
    for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
        for (size_t before = 0; before < 12; before++) {
            char in[1000] = "", out[LOG_QUOTED_SIZE + 1];
            size_t n = 0;

            for (; n < before; n++)
                in[n] = '.';
            while (n < 500)
                n += (size_t)snprintf(in + n, sizeof in - n, "%s", units[u]);
            out[LOG_QUOTED_SIZE] = '!';
            log_quote(slice_of(in), out);
            assert_in_range(strlen(out), LOG_QUOTED_SIZE - 20, LOG_QUOTED_SIZE - 1);
            assert_int_equal(out[strlen(out) - 1], '"');
            assert_true(utf8_valid(slice_of(out)));
            assert_int_equal(out[LOG_QUOTED_SIZE], '!');
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_line_tells_when_who_how_loud_and_what, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_lines_loud_enough_are_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_target_that_is_none_leaves_the_old_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_is_appended_to, set_up, tear_down),
        cmocka_unit_test_setup_teardown(syslog_and_stderr_are_targets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_line_is_one_line_whatever_stands_in_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_long_line_is_cut_and_ended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_of_several_processes_do_not_mix, set_up, tear_down),
        cmocka_unit_test(foreign_text_is_quoted),
        cmocka_unit_test(quoted_text_is_cut_to_fit_behind_a_whole_character),
    };

    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}

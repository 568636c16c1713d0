/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The control socket and the names of all sockets.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/net.h"
#include "process/control.h"
#include "process/layout.h"

enum { PATIENCE_MS = 5000 };

/* --- lines ------------------------------------------------------------------------------------------------------------------ */

static void verbs_are_read(void **state)
{
    static const struct {
        const char *line, *verb; /* NULL: refused */
    } cases[] = {
        { "{\"verb\": \"pause\"}", "pause" },
        { "{\"verb\": \"log-close\", \"more\": 1}", "log-close" },
        { "{\"verb\":\"stop\"}\n", "stop" },
        { "{\"verb\": 1}", NULL },
        { "{\"verb\": null}", NULL },
        { "{}", NULL },
        { "[\"pause\"]", NULL },
        { "\"pause\"", NULL },
        { "pause", NULL },
        { "{\"verb\": \"pause\"", NULL },
        { "", NULL },
        { "{\"verb\": \"0123456789012345678901234567890123456789012345678901234567890123\"}", NULL },
    };
    char verb[CONTROL_VERB_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is_good = control_read_verb(cases[i].line, strlen(cases[i].line), verb);

        if (is_good != (cases[i].verb != NULL) || (is_good && strcmp(verb, cases[i].verb) != 0))
            fail_msg("%s", cases[i].line);
    }
}

static void an_answer_is_one_line(void **state)
{
    size_t size;
    char *line = control_write_answer(control_failure(ERROR_FILE, "two\nlines and a \"quote\""), &size);

    (void)state;
    assert_string_equal(line, "{\"done\":false,\"busy\":false,\"words\":\"two\\nlines and a \\\"quote\\\"\"}\n");
    assert_int_equal(size, strlen(line));
    free(line);
    line = control_write_answer(control_done(), &size);
    assert_string_equal(line, "{\"done\":true}\n");
    free(line);
    assert_null(control_write_answer(NULL, &size));
}

/* --- asking ----------------------------------------------------------------------------------------------------------------- */

static struct {
    char folder[200];
    struct config config;
    const char *answer; /* NULL: none, and the connection stays open */
    char heard[200];
    int listener;
} d;

static int set_up(void **state)
{
    const char *above = getenv("TMPDIR");

    (void)state;
    snprintf(d.folder, sizeof d.folder, "%s/control-XXXXXX", above ? above : P_tmpdir);
    d.config.daemon.run_dir = d.folder;
    return mkdtemp(d.folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    char path[256];

    (void)state;
    snprintf(path, sizeof path, "%s/control.sock", d.folder);
    unlink(path);
    return rmdir(d.folder);
}

static void *answer_one(void *arg)
{
    int fd;

    (void)arg;
    while ((fd = accept(d.listener, NULL, NULL)) < 0)
        usleep(1000);
    if (read(fd, d.heard, sizeof d.heard - 1) < 0)
        d.heard[0] = '\0';
    if (d.answer && write(fd, d.answer, strlen(d.answer)) < 0)
        d.heard[0] = '\0';
    while (!d.answer && read(fd, (char[1]){ 0 }, 1) > 0)
        ;
    close(fd);
    return NULL;
}

static int ask(const char *answer, int64_t patience_ms, json_t **out, struct error *e)
{
    struct net_address address;
    pthread_t thread;
    int result;

    d.answer = answer;
    memset(d.heard, 0, sizeof d.heard);
    assert_int_equal(layout_socket(&d.config, SOCKET_CONTROL, &address, NULL), 0);
    assert_int_equal(net_listen(&address, 0600, &d.listener, NULL), 0);
    assert_int_equal(pthread_create(&thread, NULL, answer_one, NULL), 0);
    result = control_ask(&d.config, "pause", clock_monotonic_ms() + patience_ms, out, e);
    pthread_join(thread, NULL);
    close(d.listener);
    return result;
}

static void a_verb_that_was_done_has_its_answer(void **state)
{
    json_t *answer = NULL;

    (void)state;
    assert_int_equal(ask("{\"done\":true,\"lines\":7}\n", PATIENCE_MS, &answer, NULL), 0);
    assert_string_equal(d.heard, "{\"verb\": \"pause\"}\n");
    assert_int_equal(json_integer_value(json_object_get(answer, "lines")), 7);
    json_decref(answer);
}

/* `stop` is answered by the daemon's end. */
static void the_end_of_the_daemon_is_an_answer(void **state)
{
    json_t *answer = json_null();

    (void)state;
    assert_int_equal(ask("", PATIENCE_MS, &answer, NULL), 0);
    assert_null(answer);
}

static void a_refusal_has_its_words(void **state)
{
    static const struct {
        const char *answer;
        int code;
        const char *words;
    } cases[] = {
        { "{\"done\":false,\"words\":\"opec.conf:3: what\"}", ERROR_REFUSED, "opec.conf:3: what" },
        { "{\"done\":false,\"busy\":true,\"words\":\"a reload is under way\"}", ERROR_BUSY, "a reload is under way" },
        { "{\"done\":false}", ERROR_REFUSED, "" },
        { "{}", ERROR_REFUSED, "" },
        { "{\"done\":\"true\"}", ERROR_REFUSED, "" },
        { "nonsense", ERROR_PROTOCOL, "" },
        { "[]", ERROR_PROTOCOL, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error e = { 0 };
        json_t *answer = NULL;

        assert_int_equal(ask(cases[i].answer, PATIENCE_MS, &answer, &e), cases[i].code);
        assert_int_equal(e.code, cases[i].code);
        assert_null(answer);
        if (!strstr(e.text, cases[i].words))
            fail_msg("%s", e.text);
        tear_down(NULL);
        set_up(NULL);
    }
}

static void a_daemon_that_does_not_answer_is_not_waited_for_for_ever(void **state)
{
    json_t *answer = NULL;

    (void)state;
    assert_int_equal(ask(NULL, 50, &answer, NULL), ERROR_TIMEOUT);
    assert_null(answer);
}

static void without_a_daemon_that_is_said(void **state)
{
    struct error e = { 0 };
    json_t *answer = NULL;

    (void)state;
    assert_int_equal(control_ask(&d.config, "pause", clock_monotonic_ms() + PATIENCE_MS, &answer, &e), ERROR_STOPPED);
    assert_non_null(strstr(e.text, "not running"));
}

/* --- names ------------------------------------------------------------------------------------------------------------------ */

static void each_socket_has_a_name_of_its_own(void **state)
{
    struct net_address found[SOCKET_COUNT];

    (void)state;
    for (int i = 0; i < SOCKET_COUNT; i++) {
        assert_int_equal(layout_socket(&d.config, (enum daemon_socket)i, &found[i], NULL), 0);
        assert_true(found[i].local);
        assert_int_equal(strncmp(found[i].path, d.folder, strlen(d.folder)), 0);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(found[i].path, found[j].path);
    }
}

/* A socket's name has 107 bytes at most: it is said, and not cut. */
static void a_folder_too_deep_is_said(void **state)
{
    struct config config = { 0 };
    struct net_address address;
    char folder[400];
    struct error e = { 0 };

    (void)state;
    for (size_t size = 95; size < sizeof folder; size += 100) {
        memset(folder, 'x', size);
        folder[0] = '/';
        folder[size] = '\0';
        config.daemon.run_dir = folder;
        assert_int_equal(layout_socket(&config, SOCKET_CONTROL, &address, &e), ERROR_CONFIG);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verbs_are_read),
        cmocka_unit_test(an_answer_is_one_line),
        cmocka_unit_test_setup_teardown(a_verb_that_was_done_has_its_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_end_of_the_daemon_is_an_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refusal_has_its_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_daemon_that_does_not_answer_is_not_waited_for_for_ever, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_daemon_that_is_said, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_socket_has_a_name_of_its_own, set_up, tear_down),
        cmocka_unit_test(a_folder_too_deep_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

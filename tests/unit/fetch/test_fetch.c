/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A server that answers as a real one would not on demand: cut short, endless, silent. (Real ones: tests/integration.)
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "fetch/fetch.h"

enum { DEADLINE_MS = 5000, SHORT_MS = 300 };

struct server {
    pid_t pid;
    char url[64];
};

static void answer_one(int listener, const char *answer, bool is_silent)
{
    int fd = accept(listener, NULL, NULL);
    char request[4096];

    if (fd < 0 || recv(fd, request, sizeof request, 0) <= 0)
        _exit(1);
    send(fd, answer, strlen(answer), MSG_NOSIGNAL);
    if (is_silent)
        pause();
    close(fd);
    _exit(0);
}

static struct server serve(const char *answer, bool is_silent)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct server s;

    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    snprintf(s.url, sizeof s.url, "http://127.0.0.1:%u/list", ntohs(address.sin_port));
    s.pid = fork();
    if (s.pid == 0)
        answer_one(listener, answer, is_silent);
    close(listener);
    return s;
}

static void end(struct server *s)
{
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
}

static int get(const char *url, size_t maximum, int64_t wait_ms, struct buffer *out, struct error *e)
{
    const struct fetch_request request = { .url = url, .deadline_ms = clock_monotonic_ms() + wait_ms };

    *out = buffer_new(maximum);
    return fetch_document(&request, out, e);
}

struct answer_case {
    const char *name, *answer;
    bool is_silent;
    size_t maximum;
    int result;
};

static const struct answer_case answer_cases[] = {
    { "as it should be", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", false, 100, 0 },
    { "no length", "HTTP/1.0 200 OK\r\n\r\nhello", false, 100, 0 },
    { "not there", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", false, 100, ERROR_REFUSED },
    { "a bad day", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", false, 100, ERROR_DEFERRED },
    { "cut short", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello", false, 1000, ERROR_DEFERRED },
    { "says that it is too large", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhello", false, 100, ERROR_LIMIT },
    { "is too large", "HTTP/1.0 200 OK\r\n\r\nhello", false, 4, ERROR_LIMIT },
    { "silent", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", true, 100, ERROR_TIMEOUT },
    { "no answer at all", "", false, 100, ERROR_DEFERRED },
    { "leads to a file of ours", "HTTP/1.1 302 Found\r\nLocation: file:///etc/hosts\r\nContent-Length: 0\r\n\r\n", false, 100,
      ERROR_UNREACHABLE },
};

static void each_answer_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answer_cases / sizeof answer_cases[0]; i++) {
        const struct answer_case *c = &answer_cases[i];
        struct server s = serve(c->answer, c->is_silent);
        struct buffer body;
        struct error e = { 0 };

        print_message("  %s\n", c->name);
        assert_int_equal(get(s.url, c->maximum, c->is_silent ? SHORT_MS : DEADLINE_MS, &body, &e), c->result);
        if (c->result == 0)
            assert_true(slice_is(buffer_data(&body), "hello"));
        else
            assert_non_null(strstr(e.text, s.url));
        buffer_free(&body);
        end(&s);
    }
}

static void nobody_listens(void **state)
{
    struct buffer body;
    struct error e;

    (void)state;
    assert_int_equal(get("http://127.0.0.1:1/", 10, DEADLINE_MS, &body, &e), ERROR_UNREACHABLE);
    buffer_free(&body);
}

static void only_http_is_fetched(void **state)
{
    struct buffer body;
    struct error e;

    (void)state;
    assert_true(fetch_can("HTTP://a/"));
    assert_true(fetch_can("https://a/"));
    assert_false(fetch_can("ldap://a/"));
    assert_int_equal(get("file:///etc/hosts", 10, DEADLINE_MS, &body, &e), ERROR_UNSUPPORTED);
    buffer_free(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_answer_is_judged),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(only_http_is_fetched),
    };

    if (fetch_begin(NULL) != 0)
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

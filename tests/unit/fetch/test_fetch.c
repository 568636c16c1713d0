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

/* A server that says back what it was told: all of a request, as it came. */
static void echo_one(int listener, const char *until)
{
    int fd = accept(listener, NULL, NULL);
    char request[4096] = "", head[64];
    size_t size = 0;
    ssize_t more;

    while (!strstr(request, until) && (more = recv(fd, request + size, sizeof request - 1 - size, 0)) > 0)
        size += (size_t)more;
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", size);
    send(fd, head, strlen(head), MSG_NOSIGNAL);
    send(fd, request, size, MSG_NOSIGNAL);
    _exit(0);
}

static void a_body_is_posted_with_its_type(void **state)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct buffer said = buffer_new(4096);
    struct fetch_request request = { .deadline_ms = clock_monotonic_ms() + DEADLINE_MS, .type = "application/timestamp-query",
                                     .body = SLICE("what is asked") };
    char url[64];
    struct slice text;
    pid_t pid;

    (void)state;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/", ntohs(address.sin_port));
    request.url = url;
    pid = fork();
    if (pid == 0)
        echo_one(listener, "what is asked");
    close(listener);
    assert_int_equal(fetch_document(&request, &said, NULL), 0);
    waitpid(pid, NULL, 0);
    text = buffer_data(&said);
    assert_true(slice_starts_nocase(text, "POST / HTTP/1.1\r\n"));
    assert_true(slice_find(text, SLICE("\r\nContent-Type: application/timestamp-query\r\n")) < text.size);
    assert_true(slice_find(text, SLICE("\r\nContent-Length: 13\r\n")) < text.size);
    assert_true(slice_find(text, SLICE("Expect")) == text.size);
    assert_true(slice_find(text, SLICE("\r\n\r\nwhat is asked")) == text.size - 17);
    buffer_free(&said);
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
        cmocka_unit_test(a_body_is_posted_with_its_type),
        cmocka_unit_test(only_http_is_fetched),
    };

    if (fetch_begin(NULL) != 0)
        return EXIT_FAILURE;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

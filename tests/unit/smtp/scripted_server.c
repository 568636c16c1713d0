/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scripted_server.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { PATIENCE_MS = 5000, MOMENT_MS = 40 };

static bool is_readable(int fd, int wait_ms)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };

    return poll(&p, 1, wait_ms) == 1;
}

static int take_client(struct scripted_server *server)
{
    int fd = is_readable(server->listener, PATIENCE_MS) ? accept(server->listener, NULL, NULL) : -1;

    if (fd < 0)
        snprintf(server->fault, sizeof server->fault, "no client came");
    return fd;
}

static bool expect(struct scripted_server *server, int fd, const char *text)
{
    char got[4096] = "";
    size_t size = strlen(text), have = 0;

    assert_true(size < sizeof got);
    while (have < size) {
        ssize_t n = is_readable(fd, PATIENCE_MS) ? recv(fd, got + have, size - have, 0) : -1;

        if (n <= 0)
            break;
        have += (size_t)n;
        if (memcmp(got, text, have) != 0)
            break;
    }
    if (have == size && memcmp(got, text, size) == 0)
        return true;
    snprintf(server->fault, sizeof server->fault, "expected \"%.400s\", got \"%.400s\"", text, got);
    return false;
}

static bool wait_for_end(struct scripted_server *server, int fd)
{
    char c;
    ssize_t n = is_readable(fd, PATIENCE_MS) ? recv(fd, &c, 1, 0) : -1;

    if (n == 0 || (n < 0 && errno == ECONNRESET))
        return true;
    snprintf(server->fault, sizeof server->fault, n > 0 ? "the client said more: %c" : "the client did not close", c);
    return false;
}

static bool expect_silence(struct scripted_server *server, int fd)
{
    if (!is_readable(fd, MOMENT_MS))
        return true;
    snprintf(server->fault, sizeof server->fault, "the client did not wait");
    return false;
}

static void say(int fd, const char *text, size_t step)
{
    size_t size = strlen(text);

    for (size_t at = 0; at < size; at += step) {
        if (send(fd, text + at, size - at < step ? size - at : step, MSG_NOSIGNAL) < 0)
            return;
        if (step == 1)
            usleep(200);
    }
}

static void hang_up(int *fd, bool reset)
{
    struct linger linger = { .l_onoff = 1 };

    if (reset)
        setsockopt(*fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(*fd);
    *fd = -1;
}

static bool run_step(struct scripted_server *server, int *fd, const char *step)
{
    switch (step[0]) {
    case 'S':
        say(*fd, step + 2, 1 << 20);
        return true;
    case 's':
        say(*fd, step + 2, 1);
        return true;
    case 'C':
        return expect(server, *fd, step + 2);
    case 'Q':
        return expect_silence(server, *fd);
    case 'W':
        return wait_for_end(server, *fd);
    case 'L':
        close(server->listener);
        server->listener = -1;
        return true;
    default:
        hang_up(fd, step[0] == 'R');
        return true;
    }
}

static void *run_script(void *arg)
{
    struct scripted_server *server = arg;
    int fd = -1;
    bool good = true;

    for (const char *const *step = server->script; *step && good; step++) {
        if (fd < 0 && (*step)[0] != 'L')
            fd = take_client(server);
        good = ((*step)[0] == 'L' || fd >= 0) && run_step(server, &fd, *step);
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

static void *run_function(void *arg)
{
    struct scripted_server *server = arg;
    int fd = take_client(server);

    if (fd >= 0) {
        server->serve(fd, server->arg);
        close(fd);
    }
    return NULL;
}

static void start(struct scripted_server *server, void *(*run)(void *))
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    char text[40];

    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(server->listener >= 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(server->listener, 16), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    snprintf(text, sizeof text, "127.0.0.1:%d", ntohs(address.sin_port));
    assert_int_equal(net_address_read(text, &server->settings.address, NULL), 0);
    server->settings.hostname = "opec.alfa.example";
    if (server->settings.timeout_ms == 0)
        server->settings.timeout_ms = PATIENCE_MS;
    server->fault[0] = '\0';
    assert_int_equal(pthread_create(&server->thread, NULL, run, server), 0);
}

void scripted_server_start(struct scripted_server *server, const char *const *script)
{
    server->script = script;
    start(server, run_script);
}

void scripted_server_start_function(struct scripted_server *server, void (*serve)(int fd, void *arg), void *arg)
{
    server->serve = serve;
    server->arg = arg;
    start(server, run_function);
}

void scripted_server_end(struct scripted_server *server)
{
    pthread_join(server->thread, NULL);
    if (server->listener >= 0)
        close(server->listener);
    if (server->fault[0])
        fail_msg("server: %s", server->fault);
}

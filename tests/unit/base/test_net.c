/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/net.h"

enum { PATIENCE_MS = 20000, SHORT_MS = 150, LARGE = 3 * 1024 * 1024 };

static char folder[80], path[100];
static struct net_address local;

static int64_t in_ms(int ms)
{
    return clock_monotonic_ms() + ms;
}

static int set_up(void **state)
{
    const char *base = getenv("TMPDIR");
    char text[120];

    (void)state;
    snprintf(folder, sizeof folder, "%.50s/opec-net-XXXXXX", base ? base : P_tmpdir);
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/socket", folder);
    snprintf(text, sizeof text, "unix:%s", path);
    return net_address_read(text, &local, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

/* --- addresses -------------------------------------------------------------------------------------------------------------- */

static const struct {
    const char *text, *host, *port, *path;
} addresses[] = {
    { "127.0.0.1:24", "127.0.0.1", "24", "" },
    { "tcp:127.0.0.1:24", "127.0.0.1", "24", "" },
    { "TCP:host.example:65535", "host.example", "65535", "" },
    { "[::1]:24", "::1", "24", "" },
    { "tcp:[2001:db8::1]:24", "2001:db8::1", "24", "" },
    { "localhost:1", "localhost", "1", "" },
    { "unix:/run/dovecot/lmtp", "", "", "/run/dovecot/lmtp" },
    { "UNIX:/a:b", "", "", "/a:b" },
};

static void an_address_is_read_in_each_of_its_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        struct net_address a;

        assert_int_equal(net_address_read(addresses[i].text, &a, NULL), 0);
        assert_string_equal(a.text, addresses[i].text);
        assert_string_equal(a.host, addresses[i].host);
        assert_string_equal(a.port, addresses[i].port);
        assert_string_equal(a.path, addresses[i].path);
        assert_int_equal(a.local, *addresses[i].path != '\0');
    }
}

static const char *const no_addresses[] = {
    "", ":", ":24", "host", "host:", "host:0", "host:65536", "host:-1", "host:+1", "host: 1", "host:1 ", "host:smtp", "host:99999999999999999999",
    "tcp:", "tcp::24", "unix:", "unix:relative", "unix:", "24",
    "unix:/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678",
};

static void what_is_no_address_is_told(void **state)
{
    char longer[400];

    (void)state;
    for (size_t i = 0; i < sizeof no_addresses / sizeof no_addresses[0]; i++) {
        struct net_address a = { .port = "7" };
        struct error e = { 0 };

        if (net_address_read(no_addresses[i], &a, &e) != ERROR_CONFIG || !*e.text || strcmp(a.port, "7") != 0)
            fail_msg("\"%s\"", no_addresses[i]);
    }
    memset(longer, 'a', sizeof longer);
    memcpy(longer + sizeof longer - 4, ":24", 4);
    assert_int_equal(net_address_read(longer, &local, NULL), ERROR_CONFIG);
    assert_int_equal(net_address_read(longer + 120, &local, NULL), ERROR_CONFIG);
    assert_int_equal(net_address_read(longer + 141, &local, NULL), 0);
}

/* --- listening and connecting ----------------------------------------------------------------------------------------------- */

static void a_socket_file_is_listened_on_with_its_mode(void **state)
{
    struct stat st;
    int listener, fd, peer;

    (void)state;
    umask(0);
    assert_int_equal(net_listen(&local, 0600, &listener, NULL), 0);
    assert_int_equal(umask(022), 0);
    assert_int_equal(lstat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(net_connect(&local, in_ms(PATIENCE_MS), &fd, NULL), 0);
    peer = accept(listener, NULL, NULL);
    assert_true(peer >= 0);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK && fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(listener, F_GETFL) & O_NONBLOCK && fcntl(listener, F_GETFD) & FD_CLOEXEC);
    file_close(&fd);
    file_close(&peer);
    file_close(&listener);
}

static void what_a_crash_left_is_replaced_and_what_lives_is_not(void **state)
{
    int listener, second = -1, fd;
    struct error e;

    (void)state;
    assert_int_equal(net_listen(&local, 0600, &listener, NULL), 0);
    assert_int_equal(net_listen(&local, 0600, &second, &e), ERROR_BUSY);
    assert_non_null(strstr(e.text, path));
    assert_int_equal(second, -1);
    file_close(&listener);
    assert_int_equal(net_connect(&local, in_ms(PATIENCE_MS), &fd, NULL), ERROR_UNREACHABLE);
    assert_int_equal(net_listen(&local, 0600, &listener, NULL), 0);
    file_close(&listener);
}

/* Whoever serves more clients than its queue holds is alive all the same. */
static void a_listener_whose_queue_is_full_is_alive(void **state)
{
    int listener, clients[600], count = 0, second = -1;

    (void)state;
    assert_int_equal(net_listen(&local, 0600, &listener, NULL), 0);
    assert_int_equal(listen(listener, 2), 0);
    while (count < 600 && net_connect(&local, in_ms(SHORT_MS), &clients[count], NULL) == 0)
        count++;
    assert_in_range(count, 1, 599);
    assert_int_equal(net_listen(&local, 0600, &second, NULL), ERROR_BUSY);
    while (count > 0)
        file_close(&clients[--count]);
    file_close(&listener);
}

static void a_file_that_is_no_socket_is_never_removed(void **state)
{
    int listener = -1, fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    (void)state;
    file_close(&fd);
    assert_int_equal(net_listen(&local, 0600, &listener, NULL), ERROR_BUSY);
    assert_int_equal(access(path, F_OK), 0);
    assert_int_equal(listener, -1);
}

static void nobody_there_is_unreachable(void **state)
{
    struct net_address a;
    struct error e;
    int fd = -1;

    (void)state;
    assert_int_equal(net_connect(&local, in_ms(PATIENCE_MS), &fd, &e), ERROR_UNREACHABLE);
    assert_non_null(strstr(e.text, path));
    assert_int_equal(net_address_read("127.0.0.1:1", &a, NULL), 0);
    assert_int_equal(net_connect(&a, in_ms(PATIENCE_MS), &fd, &e), ERROR_UNREACHABLE);
    assert_non_null(strstr(e.text, "127.0.0.1:1"));
    assert_int_equal(net_address_read("[::g]:25", &a, NULL), 0);
    assert_int_equal(net_connect(&a, in_ms(PATIENCE_MS), &fd, &e), ERROR_UNREACHABLE);
    assert_int_equal(net_listen(&a, 0, &fd, &e), ERROR_UNREACHABLE);
    assert_int_equal(fd, -1);
}

static void a_port_is_listened_on_and_reached(void **state)
{
    struct net_address a = { .text = "127.0.0.1:0", .host = "127.0.0.1", .port = "0" };
    struct sockaddr_in sa;
    socklen_t size = sizeof sa;
    int listener, second = -1, fd, peer;

    (void)state;
    assert_int_equal(net_listen(&a, 0, &listener, NULL), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&sa, &size), 0);
    snprintf(a.port, sizeof a.port, "%u", ntohs(sa.sin_port));
    assert_int_equal(net_connect(&a, in_ms(PATIENCE_MS), &fd, NULL), 0);
    peer = accept(listener, NULL, NULL);
    assert_true(peer >= 0);
    assert_int_equal(net_listen(&a, 0, &second, NULL), ERROR_BUSY);
    file_close(&fd);
    file_close(&peer);
    file_close(&listener);
}

/* --- reading and writing ---------------------------------------------------------------------------------------------------- */

static void make_pair(int out[2])
{
    int small = 4096;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, out), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(setsockopt(out[i], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
}

static void close_pair(int pair[2])
{
    file_close(&pair[0]);
    file_close(&pair[1]);
}

static char byte_at(size_t i)
{
    return (char)(i * 31 + i / 251);
}

/* Reads slowly and in small pieces; its exit status tells whether it got what byte_at says, and no more. */
static void read_slowly(int fd, size_t size)
{
    char bytes[5000];
    size_t got = 0;
    ssize_t n;

    fcntl(fd, F_SETFL, 0);
    while ((n = read(fd, bytes, 1 + got % sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            if (bytes[i] != byte_at(got + (size_t)i))
                _exit(2);
        got += (size_t)n;
        if (got % 64 == 0)
            usleep(200);
    }
    _exit(got == size ? 0 : 1);
}

static void on_alarm(int number)
{
    (void)number;
}

/* A signal that interrupts every call, every few milliseconds. */
static void interrupt_every_ms(int ms)
{
    const struct itimerval timer = { .it_interval.tv_usec = ms * 1000, .it_value.tv_usec = ms * 1000 };
    struct sigaction act = { .sa_handler = on_alarm };

    sigaction(SIGALRM, &act, NULL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void a_rope_is_written_whole_to_a_slow_and_interrupted_peer(void **state)
{
    static char bytes[LARGE];
    struct arena *a = arena_new(64 * 1024 * 1024);
    struct rope r = rope_new(a);
    int pair[2], status;
    size_t at = 0;
    pid_t pid;

    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = byte_at(i);
    while (at < sizeof bytes) {
        size_t size = 1 + at % 7001;

        size = size < sizeof bytes - at ? size : sizeof bytes - at;
        rope_add(&r, (struct slice){ bytes + at, size });
        at += size;
    }
    assert_true(r.count > 300);
    make_pair(pair);
    pid = fork();
    if (pid == 0) {
        file_close(&pair[0]);
        read_slowly(pair[1], sizeof bytes);
    }
    file_close(&pair[1]);
    interrupt_every_ms(2);
    assert_int_equal(net_write_rope(pair[0], &r, in_ms(PATIENCE_MS), NULL), 0);
    interrupt_every_ms(0);
    file_close(&pair[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    arena_free(&a);
}

static void a_peer_that_does_not_read_is_waited_for_until_the_deadline(void **state)
{
    static char bytes[LARGE];
    int64_t began = clock_monotonic_ms();
    struct error e;
    int pair[2];

    (void)state;
    make_pair(pair);
    interrupt_every_ms(20);
    assert_int_equal(net_write(pair[0], (struct slice){ bytes, sizeof bytes }, in_ms(SHORT_MS), &e), ERROR_TIMEOUT);
    interrupt_every_ms(0);
    assert_in_range(clock_monotonic_ms() - began, SHORT_MS - 1, SHORT_MS + 2000);
    close_pair(pair);
}

static void a_peer_that_is_gone_is_told(void **state)
{
    struct buffer in = buffer_new(100);
    struct error e;
    int pair[2];

    (void)state;
    make_pair(pair);
    file_close(&pair[1]);
    assert_int_equal(net_write(pair[0], SLICE("x"), in_ms(PATIENCE_MS), &e), ERROR_CLOSED);
    assert_int_equal(net_fill(pair[0], &in, in_ms(PATIENCE_MS), &e), ERROR_CLOSED);
    close_pair(pair);
    assert_int_equal(net_write(-1, SLICE("x"), in_ms(PATIENCE_MS), &e), ERROR_CLOSED);
    assert_int_equal(net_fill(-1, &in, in_ms(PATIENCE_MS), &e), ERROR_CLOSED);
    buffer_free(&in);
}

static void nothing_to_write_is_no_call(void **state)
{
    const struct rope empty = { .count = 0 };

    (void)state;
    assert_int_equal(net_write(-1, SLICE_NONE, 0, NULL), 0);
    assert_int_equal(net_write_rope(-1, &empty, 0, NULL), 0);
}

static void what_has_come_is_read_even_past_the_deadline(void **state)
{
    struct buffer in = buffer_new(100);
    int pair[2];

    (void)state;
    make_pair(pair);
    assert_int_equal(net_write(pair[1], SLICE("said"), in_ms(PATIENCE_MS), NULL), 0);
    file_close(&pair[1]);
    assert_int_equal(net_fill(pair[0], &in, 0, NULL), 0);
    assert_true(slice_is(buffer_data(&in), "said"));
    assert_int_equal(net_fill(pair[0], &in, 0, NULL), ERROR_CLOSED);
    buffer_free(&in);
    close_pair(pair);
}

static void a_silent_peer_is_waited_for_until_the_deadline(void **state)
{
    int64_t began = clock_monotonic_ms();
    struct buffer in = buffer_new(100);
    int pair[2];

    (void)state;
    make_pair(pair);
    interrupt_every_ms(20);
    assert_int_equal(net_fill(pair[0], &in, in_ms(SHORT_MS), NULL), ERROR_TIMEOUT);
    assert_int_equal(net_wait(pair[0], false, in_ms(SHORT_MS), NULL), ERROR_TIMEOUT);
    interrupt_every_ms(0);
    assert_in_range(clock_monotonic_ms() - began, 2 * SHORT_MS - 2, 2 * SHORT_MS + 2000);
    assert_int_equal(net_wait(pair[0], true, 0, NULL), 0);
    assert_int_equal(net_wait(pair[0], false, 0, NULL), ERROR_TIMEOUT);
    buffer_free(&in);
    close_pair(pair);
}

static void a_full_buffer_takes_no_more(void **state)
{
    struct buffer in = buffer_new(4);
    int pair[2];

    (void)state;
    make_pair(pair);
    assert_int_equal(net_write(pair[1], SLICE("123456"), in_ms(PATIENCE_MS), NULL), 0);
    assert_int_equal(net_fill(pair[0], &in, in_ms(PATIENCE_MS), NULL), 0);
    assert_true(slice_is(buffer_data(&in), "1234"));
    assert_int_equal(net_fill(pair[0], &in, in_ms(PATIENCE_MS), NULL), ERROR_LIMIT);
    buffer_consume(&in, 2);
    assert_int_equal(net_fill(pair[0], &in, in_ms(PATIENCE_MS), NULL), 0);
    assert_true(slice_is(buffer_data(&in), "3456"));
    buffer_free(&in);
    close_pair(pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_is_read_in_each_of_its_forms),
        cmocka_unit_test(what_is_no_address_is_told),
        cmocka_unit_test_setup_teardown(a_socket_file_is_listened_on_with_its_mode, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_crash_left_is_replaced_and_what_lives_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_listener_whose_queue_is_full_is_alive, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_that_is_no_socket_is_never_removed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_there_is_unreachable, set_up, tear_down),
        cmocka_unit_test(a_port_is_listened_on_and_reached),
        cmocka_unit_test(a_rope_is_written_whole_to_a_slow_and_interrupted_peer),
        cmocka_unit_test(a_peer_that_does_not_read_is_waited_for_until_the_deadline),
        cmocka_unit_test(a_peer_that_is_gone_is_told),
        cmocka_unit_test(nothing_to_write_is_no_call),
        cmocka_unit_test(what_has_come_is_read_even_past_the_deadline),
        cmocka_unit_test(a_silent_peer_is_waited_for_until_the_deadline),
        cmocka_unit_test(a_full_buffer_takes_no_more),
    };

    return cmocka_run_group_tests_name("net", tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The board in the text format of Prometheus, and the little HTTP before it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
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
#include "base/file.h"
#include "base/net.h"
#include "process/metrics.h"

enum { BUDGET = 1 << 20, WORKERS = 3 };

struct request_case {
    const char *head;
    enum metrics_request wanted;
};

static const struct request_case requests[] = {
    { "", METRICS_INCOMPLETE },
    { "GET /metrics HTTP/1.1\r\nHost: a\r\n", METRICS_INCOMPLETE },
    { "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", METRICS_WANTED },
    { "GET / HTTP/1.0\n\n", METRICS_WANTED },
    { "HEAD /metrics HTTP/1.1\r\n\r\n", METRICS_WANTED },
    { "GET /metrics2 HTTP/1.1\r\n\r\n", METRICS_NOT_FOUND },
    { "GET /metrics\r\n\r\n", METRICS_NOT_FOUND },
    { "\r\n\r\n", METRICS_NOT_FOUND },
    { "POST /metrics HTTP/1.1\r\n\r\n", METRICS_NOT_ALLOWED },
};

static void a_request_is_read(void **state)
{
    bool is_head;

    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
        if (metrics_read_request(slice_of(requests[i].head), &is_head) != requests[i].wanted)
            fail_msg("%s", requests[i].head);
}

static struct board *new_board(void)
{
    static const char *const tokens[] = { "pec \"1\"" };
    struct board *b = board_new(WORKERS);

    assert_non_null(b);
    board_name_tokens(b, tokens, 1);
    atomic_store(&b->verdicts[0], 7);
    atomic_store(&b->answers_4xx, 2);
    atomic_store(&b->slots[1].state, WORKER_BUSY);
    atomic_store(&b->slots[2].state, WORKER_IDLE);
    board_report(b, DEP_INDEX, 0, "");
    board_report(b, DEP_RELAY, 0, "");
    board_report(b, DEP_RELAY, ERROR_TIMEOUT, "no answer");
    board_token_signed(b, 0, 1000);
    for (int us = 1000; us <= 3000; us += 1000)
        phases_count(&(struct phases){ .entered = 1u << PHASE_SIGN | 1u << PHASE_TOTAL, .spent_us[PHASE_SIGN] = us,
                                       .spent_us[PHASE_TOTAL] = 100000 }, b->phases[POINT_ACCESS]);
    atomic_store(&b->evidence[LEDGER_SIGNATURE].is_wanted, true);
    atomic_store(&b->evidence[LEDGER_SIGNATURE].waiting, 2);
    atomic_store(&b->evidence[LEDGER_SIGNATURE].since, clock_now() - 1000000);
    return b;
}

static void the_board_is_told(void **state)
{
    static const char *const wanted[] = {
        "# TYPE opec_messages_total counter\n",
        "opec_state{state=\"running\"} 1\n",
        "opec_state{state=\"paused\"} 0\n",
        "opec_answers_total{class=\"4xx\"} 2\n",
        "opec_messages_in_hand 5\n",
        "opec_workers{state=\"absent\"} 1\nopec_workers{state=\"idle\"} 1\nopec_workers{state=\"busy\"} 1\n",
        "opec_dependency_up{dependency=\"index\"} 1\n",
        "opec_dependency_up{dependency=\"signer\"} 0\n",
        "opec_dependency_up{dependency=\"relay\"} 0\n",
        "opec_dependency_failures_total{dependency=\"relay\"} 1\n",
        "opec_token_up{token=\"pec \\\"1\\\"\"} 1\n",
        "opec_signing_seconds{token=\"pec \\\"1\\\"\",quantile=\"0.50\"} 0.001",
        "# TYPE opec_phase_seconds histogram\n",
        "opec_phase_seconds_bucket{point=\"access\",phase=\"sign\",le=\"0.000512\"} 0\n",
        "opec_phase_seconds_bucket{point=\"access\",phase=\"sign\",le=\"0.001024\"} 1\n",
        "opec_phase_seconds_bucket{point=\"access\",phase=\"sign\",le=\"0.002048\"} 2\n",
        "opec_phase_seconds_bucket{point=\"access\",phase=\"sign\",le=\"+Inf\"} 3\n",
        "opec_phase_seconds_sum{point=\"access\",phase=\"sign\"} 0.006000\n",
        "opec_phase_seconds_count{point=\"access\",phase=\"sign\"} 3\n",
        "opec_message_seconds_bucket{point=\"access\",le=\"67.108864\"} 3\n",
        "opec_message_seconds_sum{point=\"access\"} 0.300000\n",
        "opec_evidence_waiting{kind=\"signature\"} 2\n",
        "opec_evidence_oldest_seconds{kind=\"signature\"} 100000",
        "opec_signing_seconds_count{token=\"pec \\\"1\\\"\"} 1\n",
    };
    struct arena *arena = arena_new(BUDGET);
    struct board *b = new_board();
    struct rope out = rope_new(arena);
    char *text, line[100];

    (void)state;
    metrics_write(b, 5, &out);
    text = arena_text(arena, rope_flat(&out));
    assert_non_null(text);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (!strstr(text, wanted[i]))
            fail_msg("%s is not in:\n%s", wanted[i], text);
    assert_null(strstr(text, "phase=\"verify\"")); /* it has never been */
    assert_null(strstr(text, "kind=\"stamp\""));   /* none is wanted */
    snprintf(line, sizeof line, "opec_messages_total{verdict=\"%s\"} 7\n", verdict_names[0]);
    assert_non_null(strstr(text, line));
    board_free(&b);
    arena_free(&arena);
}

/* --- the door --------------------------------------------------------------------------------------------------------------- */

static size_t waiting(const void *arg)
{
    (void)arg;
    return 1;
}

/* What a client that says this gets, to the end. */
static void visit(sd_event *loop, const struct net_address *address, const char *says, char out[65536])
{
    size_t size = 0;
    ssize_t n;
    int fd;

    assert_int_equal(net_connect(address, clock_monotonic_ms() + 5000, &fd, NULL), 0);
    assert_int_equal(send(fd, says, strlen(says), 0), (ssize_t)strlen(says));
    for (int i = 0; i < 20; i++)
        sd_event_run(loop, 1000);
    while ((n = recv(fd, out + size, 65535 - size, MSG_DONTWAIT)) > 0)
        size += (size_t)n;
    out[size] = '\0';
    assert_true(n == 0 || errno == ECONNRESET); /* the end, not "nothing yet" */
    close(fd);
}

static void whoever_asks_is_answered_and_sent_away(void **state)
{
    static char answer[65536];
    struct board *b = new_board();
    struct metrics_door *door;
    struct net_address address;
    char text[64], *huge = calloc(1, 6000);
    sd_event *loop;
    int listener;

    (void)state;
    snprintf(text, sizeof text, "unix:/tmp/opec-metrics-%d", (int)getpid());
    assert_int_equal(net_address_read(text, &address, NULL), 0);
    assert_int_equal(net_listen(&address, 0600, &listener, NULL), 0);
    assert_true(sd_event_new(&loop) >= 0);
    assert_int_equal(metrics_door_new(loop, listener, b, waiting, NULL, &door, NULL), 0);
    visit(loop, &address, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", answer);
    assert_memory_equal(answer, "HTTP/1.1 200 OK\r\n", 17);
    assert_non_null(strstr(answer, "\r\n\r\n# HELP opec_info"));
    visit(loop, &address, "HEAD /metrics HTTP/1.1\r\n\r\n", answer);
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
    visit(loop, &address, "GET /etc/passwd HTTP/1.1\r\n\r\n", answer);
    assert_memory_equal(answer, "HTTP/1.1 404 Not Found\r\n", 24);
    visit(loop, &address, "DELETE / HTTP/1.1\r\n\r\n", answer);
    assert_memory_equal(answer, "HTTP/1.1 405 Method Not Allowed\r\n", 33);
    memset(huge, 'a', 5000);
    visit(loop, &address, huge, answer);
    assert_string_equal(answer, "");
    metrics_door_free(&door);
    sd_event_unref(loop);
    file_close(&listener);
    unlink(address.path);
    board_free(&b);
    free(huge);
}

/* A buffer that takes little at a time: the answer comes whole all the same. */
static void a_long_answer_is_sent_as_the_visitor_reads_it(void **state)
{
    static const int small = 2048;
    struct board *b = new_board();
    struct metrics_door *door;
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t at_size = sizeof at;
    static char answer[1 << 20];
    size_t size = 0;
    sd_event *loop;
    ssize_t n;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    for (int point = 0; point < POINT_COUNT; point++)
        phases_count(&(struct phases){ .entered = ~0u }, b->phases[point]);
    setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &small, sizeof small); /* who is accepted has it too */
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at) | listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &at_size), 0);
    assert_true(sd_event_new(&loop) >= 0);
    assert_int_equal(metrics_door_new(loop, listener, b, waiting, NULL, &door, NULL), 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(send(fd, "GET / HTTP/1.0\n\n", 16, 0), 16);
    do {
        sd_event_run(loop, 1000);
        n = recv(fd, answer + size, sizeof answer - 1 - size, MSG_DONTWAIT);
        size += n > 0 ? (size_t)n : 0;
    } while (n > 0 || (n < 0 && errno == EAGAIN));
    answer[size] = '\0';
    assert_true(size > 30000);
    assert_int_equal(strtoul(strstr(answer, "Content-Length: ") + 16, NULL, 10), strlen(strstr(answer, "\r\n\r\n") + 4));
    metrics_door_free(&door);
    sd_event_unref(loop);
    file_close(&listener);
    file_close(&fd);
    board_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_read),
        cmocka_unit_test(the_board_is_told),
        cmocka_unit_test(a_long_answer_is_sent_as_the_visitor_reads_it),
        cmocka_unit_test(whoever_asks_is_answered_and_sent_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * A client of a listener: who may send what (decided points), how many there may be, and its message in a worker's hands.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "flow/spool.h"
#include "process/connection.h"

enum { BUDGET = 1 << 24, HEARD_MAX = 1 << 20, CLIENTS_MAX = 600 };

static struct {
    char folder[200];
    struct config config;
    struct reception reception;
    struct domains *domains;
    struct arena *arena;
    int worker; /* its end of the channel */
    int clients[CLIENTS_MAX];
    size_t count;
} r;

static int set_up(void **state)
{
    static const char *const names[] = { "alfa.example" };
    const char *above = getenv("TMPDIR");
    int fds[2];

    (void)state;
    memset(&r, 0, sizeof r);
    snprintf(r.folder, sizeof r.folder, "%s/connection-XXXXXX", above ? above : P_tmpdir);
    if (!mkdtemp(r.folder) || channel_pair(fds, NULL) != 0)
        return -1;
    r.worker = fds[1];
    r.config.provider.hostname = "mx.alfa.example";
    r.config.limits.notice_size = 5000;
    r.config.daemon.spool_dir = r.folder;
    r.domains = domains_new(names, 1, NULL, 0);
    r.arena = arena_new(BUDGET);
    r.reception = (struct reception){ .board = board_new(2), .config = &r.config, .domains = r.domains };
    if (sd_event_new(&r.reception.loop) < 0 || !(r.reception.pool = pool_new(r.reception.loop, r.reception.board)))
        return -1;
    return pool_add(r.reception.pool, 0, fds[0], NULL);
}

static void turn(void)
{
    while (sd_event_run(r.reception.loop, 0) > 0)
        ;
}

static int tear_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < r.count; i++)
        if (r.clients[i] >= 0)
            close(r.clients[i]);
    turn(); /* all see that their clients have gone */
    assert_null(r.reception.first);
    pool_free(&r.reception.pool);
    sd_event_unref(r.reception.loop);
    board_free(&r.reception.board);
    domains_free(&r.domains);
    arena_free(&r.arena);
    if (r.worker >= 0)
        close(r.worker);
    return rmdir(r.folder);
}

/* A client; its number. */
static size_t come(enum point point)
{
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
    r.clients[r.count] = fds[1];
    connection_new(&r.reception, point, fds[0]);
    turn();
    return r.count++;
}

static void leave(size_t client)
{
    close(r.clients[client]);
    r.clients[client] = -1;
    turn();
}

/* What the client has been told since it was last asked. */
static char *heard(size_t client)
{
    static char text[HEARD_MAX];
    ssize_t n = read(r.clients[client], text, sizeof text - 1);

    text[n > 0 ? n : 0] = '\0';
    return text;
}

static char *say(size_t client, const char *text)
{
    size_t sent = 0, size = strlen(text);

    while (sent < size) {
        ssize_t n = write(r.clients[client], text + sent, size - sent);

        assert_true(n > 0);
        sent += (size_t)n;
        turn();
    }
    turn();
    return heard(client);
}

static bool is_closed(size_t client)
{
    char byte;

    return read(r.clients[client], &byte, 1) == 0;
}

static void assert_starts(const char *text, const char *start)
{
    if (strncmp(text, start, strlen(start)) != 0)
        fail_msg("expected %s, got \"%s\"", start, text);
}

static size_t greeted(enum point point)
{
    size_t client = come(point);

    assert_starts(heard(client), "220 mx.alfa.example ");
    assert_starts(say(client, "EHLO client.example\r\n"), "250-");
    return client;
}

/* --- what is announced ------------------------------------------------------------------------------------------------------ */

/* Design 3: the access point does not announce 8BITMIME, so that Postfix hands it 7-bit mail. */
static void each_point_announces_its_own(void **state)
{
    const char *told;
    size_t client;

    (void)state;
    client = come(POINT_ACCESS);
    heard(client);
    told = say(client, "EHLO client.example\r\n");
    assert_null(strstr(told, "8BITMIME"));
    assert_non_null(strstr(told, "SIZE 5000"));
    assert_non_null(strstr(told, "PIPELINING"));
    assert_non_null(strstr(told, "XFORWARD"));
    assert_non_null(strstr(told, "DSN"));
    client = come(POINT_INCOMING);
    heard(client);
    assert_non_null(strstr(say(client, "EHLO client.example\r\n"), "8BITMIME"));
}

/* --- who may send what ------------------------------------------------------------------------------------------------------ */

/* RFC 6109 2.2.1, design 6.4: mail that no user logged in for never passes the access point. */
static void the_access_point_takes_our_senders_only(void **state)
{
    size_t client = greeted(POINT_ACCESS);

    (void)state;
    assert_starts(say(client, "MAIL FROM:<>\r\n"), "550 5.7.1 ");
    assert_starts(say(client, "MAIL FROM:<a@beta.example>\r\n"), "550 5.7.1 ");
    assert_starts(say(client, "MAIL FROM:<a@sub.alfa.example>\r\n"), "550 5.7.1 ");
    assert_starts(say(client, "MAIL FROM:<a@Alfa.Example>\r\n"), "250 ");
    assert_starts(say(client, "RCPT TO:<b@beta.example>\r\n"), "250 ");
}

static void the_incoming_point_takes_our_recipients_only(void **state)
{
    size_t client = greeted(POINT_INCOMING);

    (void)state;
    assert_starts(say(client, "MAIL FROM:<>\r\n"), "250 ");
    assert_starts(say(client, "RCPT TO:<b@beta.example>\r\n"), "550 5.7.1 ");
    assert_starts(say(client, "RCPT TO:<b@alfa.example>\r\n"), "250 ");
}

/* --- how much --------------------------------------------------------------------------------------------------------------- */

static void there_is_a_limit_to_connections(void **state)
{
    size_t client = 0;

    (void)state;
    for (size_t i = 0; i < 500; i++)
        client = come(POINT_ACCESS);
    assert_starts(heard(client), "220 ");
    client = come(POINT_ACCESS);
    assert_starts(heard(client), "421 4.3.2 ");
    assert_true(is_closed(client));
    /* The other point has its own. */
    client = come(POINT_INCOMING);
    assert_starts(heard(client), "220 ");
    leave(0);
    client = come(POINT_ACCESS);
    assert_starts(heard(client), "220 ");
}

/* RFC 6109 3.1.2, "error handling is left to SMTP": limits.notice_size. A refusal at once if the client says it, else while the data
 * come. */
static void a_message_beyond_the_limit_is_refused(void **state)
{
    size_t client = greeted(POINT_ACCESS);

    (void)state;
    assert_starts(say(client, "MAIL FROM:<a@alfa.example> SIZE=5001\r\n"), "552 ");
    say(client, "MAIL FROM:<a@alfa.example>\r\nRCPT TO:<b@beta.example>\r\nDATA\r\n");
    for (int i = 0; i < 60; i++)
        say(client, "123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456\r\n");
    assert_starts(say(client, ".\r\n"), "552 ");
    assert_int_equal(pool_load(r.reception.pool), 0);
    assert_starts(say(client, "MAIL FROM:<a@alfa.example> SIZE=5000\r\n"), "250 ");
}

/* Above limits.recipients there is a notice; 452 comes only at a cap that no message reaches, since it splits it in two. */
static void recipients_have_a_cap(void **state)
{
    size_t client = greeted(POINT_ACCESS);
    char line[80];

    (void)state;
    assert_starts(say(client, "MAIL FROM:<a@alfa.example>\r\n"), "250 ");
    for (int i = 0; i < 10000; i++) {
        snprintf(line, sizeof line, "RCPT TO:<b%d@beta.example>\r\n", i);
        assert_starts(say(client, line), "250 ");
    }
    assert_starts(say(client, "RCPT TO:<c@beta.example>\r\n"), "452 4.5.3 ");
}

static void a_client_that_talks_nonsense_is_left(void **state)
{
    size_t client = greeted(POINT_INCOMING);
    const char *told = "";

    (void)state;
    for (int i = 0; i < 100 && strncmp(told, "421", 3) != 0; i++)
        told = say(client, "NONSENSE\r\n");
    assert_starts(told, "421 ");
    assert_true(is_closed(client));
}

/* --- when ------------------------------------------------------------------------------------------------------------------- */

static void nothing_is_taken_while_it_should_not(void **state)
{
    size_t before = greeted(POINT_ACCESS), after;

    (void)state;
    atomic_store(&r.reception.board->paused, true);
    after = come(POINT_ACCESS);
    assert_starts(heard(after), "421 4.3.2 ");
    assert_true(is_closed(after));
    assert_starts(say(before, "MAIL FROM:<a@alfa.example>\r\n"), "421 4.3.2 ");
    assert_true(is_closed(before));
    atomic_store(&r.reception.board->paused, false);
    /* Suspended: only in that mode, and while something vital is out. */
    board_report(r.reception.board, DEP_SIGNER, ERROR_OUT, "away");
    before = greeted(POINT_ACCESS);
    atomic_store(&r.reception.board->suspends, true);
    after = come(POINT_INCOMING);
    assert_starts(heard(after), "421 4.3.2 ");
    board_report(r.reception.board, DEP_SIGNER, 0, "");
    assert_starts(say(before, "MAIL FROM:<a@alfa.example>\r\n"), "250 ");
}

/* --- a message -------------------------------------------------------------------------------------------------------------- */

static void submit(size_t client)
{
    assert_starts(say(client, "XFORWARD NAME=mx ADDR=192.0.2.7 HELO=far.example\r\n"), "250 ");
    assert_starts(say(client, "XFORWARD IDENT=4ZxQ\r\n"), "250 ");
    say(client, "MAIL FROM:<a@alfa.example>\r\nRCPT TO:<b@beta.example> NOTIFY=SUCCESS\r\nRCPT TO:<c@beta.example>\r\n");
    assert_starts(say(client, "DATA\r\n"), "354 ");
    assert_starts(say(client, "Subject: s\r\n\r\n..dot\r\n.\r\n"), "");
}

/* The worker's view of it. */
static void take(struct spooled *out)
{
    struct channel_job job;
    int fd;

    assert_int_equal(channel_receive_job(r.worker, r.arena, &job, &fd, clock_monotonic_ms(), NULL), 0);
    assert_int_equal(spool_read(fd, (size_t)job.message_size, r.arena, out, NULL), 0);
    close(fd);
}

static void a_message_reaches_the_worker_whole(void **state)
{
    const struct channel_result answer = { .is_answer = true, .reply = "250 2.0.0 Ok: id" };
    size_t client = greeted(POINT_ACCESS);
    struct spooled s;

    (void)state;
    submit(client);
    take(&s);
    assert_int_equal(s.point, POINT_ACCESS);
    assert_true(slice_is(s.arrival.bytes, "Subject: s\r\n\r\n.dot\r\n"));
    assert_string_equal(s.arrival.sender, "a@alfa.example");
    assert_int_equal(s.arrival.recipient_count, 2);
    assert_string_equal(s.arrival.recipients[1], "c@beta.example");
    assert_string_equal(s.ident, "4ZxQ");
    assert_string_equal(s.client, "192.0.2.7");
    assert_string_equal(s.helo, "far.example");
    spool_unmap(&s);
    assert_string_equal(heard(client), ""); /* no answer before there is one */
    assert_int_equal(channel_send_result(r.worker, &answer, NULL), 0);
    turn();
    assert_string_equal(heard(client), "250 2.0.0 Ok: id\r\n");
    submit(client);
    take(&s);
    spool_unmap(&s);
}

/* What the client pipelines behind its message waits for the answer. */
static void the_next_message_waits_for_the_answer(void **state)
{
    const struct channel_result answer = { .is_answer = true, .reply = "451 4.3.0 Later" };
    size_t client = greeted(POINT_INCOMING);
    struct spooled s;
    const char *told;

    (void)state;
    say(client, "MAIL FROM:<>\r\nRCPT TO:<a@alfa.example>\r\nDATA\r\n");
    told = say(client, "x\r\n.\r\nMAIL FROM:<second@beta.example>\r\nRCPT TO:<a@alfa.example>\r\n");
    assert_string_equal(told, "");
    take(&s);
    spool_unmap(&s);
    assert_int_equal(channel_send_result(r.worker, &answer, NULL), 0);
    turn();
    told = heard(client);
    assert_starts(told, "451 4.3.0 Later\r\n250 ");
}

static void a_worker_that_dies_is_a_deferral(void **state)
{
    size_t client = greeted(POINT_ACCESS);

    (void)state;
    submit(client);
    close(r.worker);
    r.worker = -1;
    turn();
    assert_starts(heard(client), "451 ");
    assert_starts(say(client, "NOOP\r\n"), "250 ");
}

/* The worker goes on with it: the message may be done when the client comes again. */
static void a_client_that_leaves_is_answered_by_nobody(void **state)
{
    const struct channel_result answer = { .is_answer = true, .reply = "250 2.0.0 Ok" };
    size_t client = greeted(POINT_ACCESS);
    struct spooled s;

    (void)state;
    submit(client);
    take(&s);
    spool_unmap(&s);
    leave(client);
    assert_int_equal(channel_send_result(r.worker, &answer, NULL), 0);
    turn();
    assert_int_equal(pool_load(r.reception.pool), 0);
    submit(greeted(POINT_ACCESS));
    take(&s);
    spool_unmap(&s);
}

static void a_client_that_leaves_within_its_message_leaves_nothing(void **state)
{
    size_t client = greeted(POINT_ACCESS);

    (void)state;
    say(client, "MAIL FROM:<a@alfa.example>\r\nRCPT TO:<b@beta.example>\r\nDATA\r\n");
    say(client, "half a message\r\n.");
    leave(client);
    assert_int_equal(pool_load(r.reception.pool), 0);
    assert_null(r.reception.first);
}

static void a_spool_that_cannot_be_written_defers(void **state)
{
    size_t client = greeted(POINT_ACCESS);

    (void)state;
    r.config.daemon.spool_dir = "/nowhere/at/all";
    say(client, "MAIL FROM:<a@alfa.example>\r\nRCPT TO:<b@beta.example>\r\n");
    assert_starts(say(client, "DATA\r\n"), "451 ");
}

/* --- the end ---------------------------------------------------------------------------------------------------------------- */

/* `stop` finishes the messages in hand: one idle client is sent away at once, one with a message after its answer. */
static void stopping_finishes_what_is_in_hand(void **state)
{
    const struct channel_result answer = { .is_answer = true, .reply = "250 2.0.0 Ok" };
    size_t idle = greeted(POINT_ACCESS), busy = greeted(POINT_ACCESS), begun = greeted(POINT_ACCESS);
    struct spooled s;

    (void)state;
    submit(busy);
    say(begun, "MAIL FROM:<a@alfa.example>\r\n");
    r.reception.is_stopping = true;
    for (struct connection *c = r.reception.first, *next; c; c = next) {
        next = connection_next(c);
        connection_stop(c);
    }
    turn();
    assert_starts(heard(idle), "421 4.3.2 ");
    assert_true(is_closed(idle));
    assert_string_equal(heard(busy), "");
    take(&s);
    spool_unmap(&s);
    assert_int_equal(channel_send_result(r.worker, &answer, NULL), 0);
    turn();
    assert_starts(heard(busy), "250 2.0.0 Ok\r\n421 4.3.2 ");
    assert_true(is_closed(busy));
    assert_false(is_closed(begun));
}

/* New limits hold from the next command on. */
static void a_reload_reaches_open_connections(void **state)
{
    size_t client = greeted(POINT_ACCESS);

    (void)state;
    r.config.limits.notice_size = 9000;
    connection_settings(r.reception.first);
    assert_starts(say(client, "MAIL FROM:<a@alfa.example> SIZE=8000\r\n"), "250 ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_point_announces_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_access_point_takes_our_senders_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_incoming_point_takes_our_recipients_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(there_is_a_limit_to_connections, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_beyond_the_limit_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(recipients_have_a_cap, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_that_talks_nonsense_is_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_taken_while_it_should_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_reaches_the_worker_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_next_message_waits_for_the_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_worker_that_dies_is_a_deferral, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_that_leaves_is_answered_by_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_that_leaves_within_its_message_leaves_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_spool_that_cannot_be_written_defers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stopping_finishes_what_is_in_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reload_reaches_open_connections, set_up, tear_down),
    };
    struct rlimit files;

    /* Both ends of 500 connections are ours. */
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}

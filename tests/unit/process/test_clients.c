/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Asking the keeper and the signer over their sockets: what a dead, slow or hostile other end costs.
 */
#include <fcntl.h>
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
#include "base/file.h"
#include "pki.h"
#include "process/ipc.h"
#include "process/keeper_client.h"
#include "process/layout.h"
#include "process/notices.h"
#include "process/signer_client.h"

enum { PATIENCE_MS = 5000, BUDGET = 1 << 22, TURNS_MAX = 4 };

/* What a server does with each of its connections, one after the other: 'a' answers every request as it should, 'c' closes after a
 * request, 'x' closes at once, 'n' answers nonsense, 'h' says a frame beyond all measure, 's' is silent, 'o' says that it is out. */
static struct {
    char folder[200];
    struct config config;
    const char *turns;
    struct slice good, out; /* answers */
    int listener;
    pthread_t thread;
    _Atomic int requests;
    struct arena *arena;
} s;

/* Read a whole frame; false at the end. */
static bool read_request(int fd)
{
    unsigned char header[IPC_HEADER_SIZE];
    char bytes[8192];
    size_t size = 0;

    if (recv(fd, header, sizeof header, MSG_WAITALL) != (ssize_t)sizeof header)
        return false;
    for (size_t i = 0; i < sizeof header; i++)
        size = size << 8 | header[i];
    if (size > sizeof bytes || recv(fd, bytes, size, MSG_WAITALL) != (ssize_t)size)
        return false;
    atomic_fetch_add(&s.requests, 1);
    return true;
}

static void send_frame(int fd, struct slice frame)
{
    struct buffer out = buffer_new(1 << 20);

    if (ipc_append(&out, frame) == 0)
        send(fd, buffer_data(&out).data, buffer_data(&out).size, MSG_NOSIGNAL);
    buffer_free(&out);
}

static void serve_one(int fd, char turn)
{
    while (turn != 'x' && read_request(fd)) {
        if (turn == 'a')
            send_frame(fd, s.good);
        else if (turn == 'o')
            send_frame(fd, s.out);
        else if (turn == 'n')
            send_frame(fd, SLICE("nonsense"));
        else if (turn == 'h')
            send(fd, "\xff\xff\xff\xff", 4, MSG_NOSIGNAL);
        else if (turn == 'c')
            return;
    }
}

static void *serve(void *arg)
{
    (void)arg;
    for (const char *turn = s.turns; *turn; turn++) {
        int fd;

        while ((fd = accept4(s.listener, NULL, NULL, SOCK_CLOEXEC)) < 0)
            usleep(1000);
        serve_one(fd, *turn);
        close(fd);
    }
    close(s.listener);
    return NULL;
}

static void start(enum daemon_socket which, const char *turns)
{
    struct net_address address;

    s.turns = turns;
    atomic_store(&s.requests, 0);
    assert_int_equal(layout_socket(&s.config, which, &address, NULL), 0);
    assert_int_equal(net_listen(&address, 0600, &s.listener, NULL), 0);
    assert_int_equal(pthread_create(&s.thread, NULL, serve, NULL), 0);
}

static void end(void)
{
    pthread_join(s.thread, NULL);
}

static int set_up(void **state)
{
    (void)state;
    memset(&s, 0, sizeof s);
    snprintf(s.folder, sizeof s.folder, "%s", pki_path("run"));
    s.config.daemon.run_dir = s.folder;
    s.config.signer.certificate = arena_text(s.arena = arena_new(BUDGET), slice_of(pki_path("good.crt")));
    s.config.signer.next_certificate = "";
    s.config.signer.timeout = 1;
    return s.arena && pki_shell("mkdir run") == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&s.arena);
    return pki_shell("rm -r run");
}

/* --- the keeper ------------------------------------------------------------------------------------------------------------- */

static struct slice response_bytes(struct journal_response *response)
{
    struct buffer out = buffer_new(1 << 20);
    struct wire w = wire_writer(&out);
    struct slice copy;

    journal_response_visit(&w, response);
    assert_true(wire_ok(&w));
    copy = arena_copy(s.arena, buffer_data(&out));
    buffer_free(&out);
    return copy;
}

static void prepare_keeper(void)
{
    s.good = response_bytes(&(struct journal_response){ .state = JOURNAL_FINISHED, .text = "250 ok", .status.log_damage = "" });
    s.out = response_bytes(&(struct journal_response){ .error = ERROR_FULL, .words = "no space", .status.log_damage = "" });
}

static int ask(struct journal *j, int64_t patience_ms, struct journal_response *out, struct error *e)
{
    const struct journal_request request = { .verb = JOURNAL_CLAIM, .time = 1 };

    return j->ask(j, &request, s.arena, out, clock_monotonic_ms() + patience_ms, e);
}

/* A connection is kept; when the keeper dies it is made anew and the request is put again. */
static void the_keeper_may_die_and_come_back(void **state)
{
    struct journal *j = NULL;
    struct journal_response response;
    struct error e = { 0 };

    (void)state;
    prepare_keeper();
    start(SOCKET_KEEPER, "cxca");
    assert_int_equal(keeper_client_new(&s.config, &j, NULL), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask(j, PATIENCE_MS, &response, &e), 0);
        assert_int_equal(response.state, JOURNAL_FINISHED);
        assert_string_equal(response.text, "250 ok");
    }
    journal_close(&j);
    assert_null(j);
    end();
    assert_int_equal(atomic_load(&s.requests), 5);
}

static void what_the_keeper_cannot_do_is_told(void **state)
{
    struct journal *j = NULL;
    struct journal_response response;
    struct error e = { 0 };

    (void)state;
    prepare_keeper();
    start(SOCKET_KEEPER, "o");
    assert_int_equal(keeper_client_new(&s.config, &j, NULL), 0);
    assert_int_equal(ask(j, PATIENCE_MS, &response, &e), ERROR_FULL);
    assert_non_null(strstr(e.text, "no space"));
    journal_close(&j);
    end();
    assert_int_equal(atomic_load(&s.requests), 1); /* it is not asked for the same again */
}

static void a_keeper_that_is_silent_or_talks_nonsense_is_an_error(void **state)
{
    static const struct {
        const char *turns;
        int64_t patience_ms;
        int error;
    } cases[] = { { "s", 100, ERROR_TIMEOUT }, { "n", PATIENCE_MS, ERROR_PROTOCOL }, { "h", PATIENCE_MS, ERROR_PROTOCOL } };

    (void)state;
    prepare_keeper();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct journal *j = NULL;
        struct journal_response response;

        start(SOCKET_KEEPER, cases[i].turns);
        assert_int_equal(keeper_client_new(&s.config, &j, NULL), 0);
        assert_int_equal(ask(j, cases[i].patience_ms, &response, NULL), cases[i].error);
        journal_close(&j);
        end();
    }
}

/* After a silence the old answer is not taken for that of the next question. */
static void no_answer_is_taken_for_another(void **state)
{
    struct journal *j = NULL;
    struct journal_response response;

    (void)state;
    prepare_keeper();
    start(SOCKET_KEEPER, "sa");
    assert_int_equal(keeper_client_new(&s.config, &j, NULL), 0);
    assert_int_equal(ask(j, 100, &response, NULL), ERROR_TIMEOUT);
    assert_int_equal(ask(j, PATIENCE_MS, &response, NULL), 0);
    assert_int_equal(response.state, JOURNAL_FINISHED);
    journal_close(&j);
    end();
}

static void without_a_keeper_one_waits_so_long_and_no_longer(void **state)
{
    struct journal *j = NULL;
    struct journal_response response;
    int64_t began = clock_monotonic_ms();

    (void)state;
    assert_int_equal(keeper_client_new(&s.config, &j, NULL), 0);
    assert_true(ask(j, 300, &response, NULL) != 0);
    assert_in_range(clock_monotonic_ms() - began, 200, 2000);
    journal_close(&j);
}

/* --- the signer ------------------------------------------------------------------------------------------------------------- */

static struct slice reply_bytes(int error, size_t count)
{
    struct buffer out = buffer_new(1 << 20);
    struct wire w = wire_writer(&out);
    static struct signer_reply reply;
    struct slice copy;

    memset(&reply, 0, sizeof reply);
    reply.error = error;
    reply.words = error ? "no token" : NULL;
    reply.count = count;
    for (size_t i = 0; i < count; i++) {
        reply.values[i].size = 10;
        memset(reply.values[i].bytes, 'a' + (int)i, 10);
    }
    signer_reply_visit(&w, &reply);
    assert_true(wire_ok(&w));
    copy = arena_copy(s.arena, buffer_data(&out));
    buffer_free(&out);
    return copy;
}

static int sign(const char *turns, size_t answered, struct signature_value out[2], struct error *e)
{
    static const unsigned char digests[2][SIGNED_DIGEST_SIZE] = { { 1 }, { 2 } };
    struct signer *signer = NULL;
    int result;

    s.good = reply_bytes(0, answered);
    s.out = reply_bytes(ERROR_OUT, 0);
    start(SOCKET_SIGNER, turns);
    assert_int_equal(signer_client_new(&s.config, &signer, NULL), 0);
    result = signer->sign(signer, "plan", digests, 2, out, clock_monotonic_ms() + PATIENCE_MS, e);
    signer_close(&signer);
    end();
    return result;
}

static void signatures_come_in_their_order(void **state)
{
    struct signature_value values[2];

    (void)state;
    assert_int_equal(sign("a", 2, values, NULL), 0);
    assert_int_equal(values[0].size, 10);
    assert_memory_equal(values[0].bytes, "aaaaaaaaaa", 10);
    assert_memory_equal(values[1].bytes, "bbbbbbbbbb", 10);
}

/* One that crashes, is silent or has lost its token is not all of them. */
static void another_signer_is_asked(void **state)
{
    static const char *const turns[] = { "ca", "xa", "oa", "na", "sa" };
    struct signature_value values[2];

    (void)state;
    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++)
        assert_int_equal(sign(turns[i], 2, values, NULL), 0);
}

static void signers_that_all_fail_are_told(void **state)
{
    struct signature_value values[2];
    struct error e = { 0 };

    (void)state;
    assert_int_equal(sign("oo", 2, values, &e), ERROR_OUT);
    assert_non_null(strstr(e.text, "no token"));
    assert_int_equal(sign("cx", 2, values, &e), ERROR_CLOSED);
}

static void too_few_signatures_are_none(void **state)
{
    struct signature_value values[2];

    (void)state;
    assert_int_equal(sign("a", 1, values, NULL), ERROR_PROTOCOL);
}

/* Nothing beyond the batch is written, whatever the other end says. */
static void counts_beyond_a_batch_are_refused(void **state)
{
    static struct signer_question question;
    static struct signer_reply reply;
    struct buffer out = buffer_new(1 << 20);
    struct wire w = wire_writer(&out);
    struct arena *arena = arena_new(BUDGET);

    (void)state;
    question.plan = "p";
    question.count = SIGNER_BATCH_MAX + 1;
    signer_question_visit(&w, &question);
    assert_false(wire_ok(&w));
    buffer_free(&out);
    w = wire_writer(&out);
    question.count = SIGNER_BATCH_MAX;
    signer_question_visit(&w, &question);
    assert_true(wire_ok(&w));
    w = wire_reader(buffer_data(&out), arena);
    signer_question_visit(&w, &question);
    assert_true(wire_done(&w));
    buffer_free(&out);
    reply.count = 1;
    reply.values[0].size = SIGNATURE_MAX + 1;
    w = wire_writer(&out);
    signer_reply_visit(&w, &reply);
    assert_false(wire_ok(&w));
    buffer_free(&out);
    arena_free(&arena);
}

/* --- notices ---------------------------------------------------------------------------------------------------------------- */

static void a_task_without_address_is_refused(void **state)
{
    struct stored_task task = { .id = 3, .kind = TASK_SECOND_NOTICE, .due = 4, .transaction = 5, .address = "a@x" }, back = { 0 };
    struct buffer out = buffer_new(1000);
    struct wire w = wire_writer(&out);
    struct arena *arena = arena_new(BUDGET);

    (void)state;
    notices_task_visit(&w, &task);
    assert_true(wire_ok(&w));
    w = wire_reader(buffer_data(&out), arena);
    notices_task_visit(&w, &back);
    assert_true(wire_done(&w) && back.id == 3 && back.kind == TASK_SECOND_NOTICE && back.due == 4 && back.transaction == 5);
    assert_string_equal(back.address, "a@x");
    buffer_free(&out);
    task.address = NULL;
    w = wire_writer(&out);
    notices_task_visit(&w, &task);
    assert_false(wire_ok(&w));
    buffer_free(&out);
    arena_free(&arena);
}

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_keeper_may_die_and_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_keeper_cannot_do_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_keeper_that_is_silent_or_talks_nonsense_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_answer_is_taken_for_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_keeper_one_waits_so_long_and_no_longer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(signatures_come_in_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_signer_is_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(signers_that_all_fail_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_few_signatures_are_none, set_up, tear_down),
        cmocka_unit_test(counts_beyond_a_batch_are_refused),
        cmocka_unit_test(a_task_without_address_is_refused),
    };
    int failed;

    (void)count;
    pki_begin(arguments[1]);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    pki_end();
    return failed;
}

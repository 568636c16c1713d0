/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "process/ipc.h"

enum { BUFFER_MAX = IPC_HEADER_SIZE + IPC_FRAME_MAX, PATIENCE_MS = 5000 };

/* --- frames ----------------------------------------------------------------------------------------------------------------- */

static void frames_come_out_as_they_went_in(void **state)
{
    static const char *const texts[] = { "one", "", "three with a \r\n line end" };
    struct buffer b = buffer_new(BUFFER_MAX);
    struct slice frame;
    bool is_broken;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(ipc_append(&b, slice_of(texts[i])), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_true(ipc_next(&b, &frame, &is_broken));
        assert_true(slice_is(frame, texts[i]));
        assert_true(ipc_next(&b, &frame, &is_broken)); /* it stays until it is consumed */
        ipc_consume(&b, frame);
    }
    assert_false(ipc_next(&b, &frame, &is_broken));
    assert_false(is_broken);
    assert_int_equal(buffer_data(&b).size, 0);
    buffer_free(&b);
}

static void a_frame_is_not_seen_before_it_is_whole(void **state)
{
    struct buffer whole = buffer_new(BUFFER_MAX), part = buffer_new(BUFFER_MAX);
    struct slice bytes, frame;
    bool is_broken;

    (void)state;
    assert_int_equal(ipc_append(&whole, SLICE("frame")), 0);
    bytes = buffer_data(&whole);
    for (size_t i = 0; i < bytes.size; i++) {
        assert_false(ipc_next(&part, &frame, &is_broken));
        assert_false(is_broken);
        assert_int_equal(buffer_append(&part, (struct slice){ bytes.data + i, 1 }), 0);
    }
    assert_true(ipc_next(&part, &frame, &is_broken));
    assert_true(slice_is(frame, "frame"));
    buffer_free(&whole);
    buffer_free(&part);
}

/* Anything longer than the longest ends the connection, before its bytes are waited for. */
static void a_frame_beyond_all_measure_is_broken(void **state)
{
    static const struct {
        const char *header;
        bool is_broken;
    } cases[] = { { "\x02\x00\x00\x00", false }, { "\x02\x00\x00\x01", true }, { "\xff\xff\xff\xff", true }, { "\x80\x00\x00\x00", true } };
    struct buffer b = buffer_new(BUFFER_MAX);
    struct slice frame, large = { "", (size_t)IPC_FRAME_MAX + 1 };
    bool is_broken;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(buffer_append(&b, (struct slice){ cases[i].header, 4 }), 0);
        assert_false(ipc_next(&b, &frame, &is_broken));
        assert_int_equal(is_broken, cases[i].is_broken);
        buffer_consume(&b, 4);
    }
    assert_int_equal(ipc_append(&b, large), ERROR_LIMIT);
    assert_int_equal(buffer_data(&b).size, 0);
    buffer_free(&b);
}

/* --- calls ------------------------------------------------------------------------------------------------------------------ */

struct server {
    int fd;
    const char *bytes; /* to be said after a request */
    size_t size;
    bool is_slow;  /* a byte at a time */
    bool is_mute;  /* says nothing, and stays */
    char heard[64];
    size_t heard_size;
};

static void *serve(void *arg)
{
    struct server *s = arg;
    ssize_t n = read(s->fd, s->heard, sizeof s->heard);

    s->heard_size = n > 0 ? (size_t)n : 0;
    for (size_t i = 0; i < s->size; i += s->is_slow ? 1 : s->size)
        if (write(s->fd, s->bytes + i, s->is_slow ? 1 : s->size) < 0)
            break;
    while (s->is_mute && read(s->fd, (char[1]){ 0 }, 1) > 0)
        ;
    close(s->fd);
    return NULL;
}

/* A call to such a server; what came of it. */
static int call(struct server *s, int64_t patience_ms, struct buffer *in, struct slice *out)
{
    pthread_t thread;
    int fds[2], result;

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    s->fd = fds[1];
    assert_int_equal(pthread_create(&thread, NULL, serve, s), 0);
    result = ipc_call(fds[0], SLICE("ask"), in, clock_monotonic_ms() + patience_ms, out, NULL);
    close(fds[0]);
    pthread_join(thread, NULL);
    return result;
}

static void a_call_has_its_answer(void **state)
{
    struct buffer in = buffer_new(BUFFER_MAX);
    struct slice out;

    (void)state;
    for (int slow = 0; slow < 2; slow++) {
        struct server s = { .bytes = "\0\0\0\6answer", .size = 10, .is_slow = slow };

        assert_int_equal(call(&s, PATIENCE_MS, &in, &out), 0);
        assert_true(slice_is(out, "answer"));
        assert_int_equal(s.heard_size, 7);
        assert_memory_equal(s.heard, "\0\0\0\3ask", 7);
        ipc_consume(&in, out);
    }
    buffer_free(&in);
}

static void a_call_without_answer_fails(void **state)
{
    struct buffer in = buffer_new(BUFFER_MAX);
    struct slice out;
    struct server nothing = { .bytes = "" }, half = { .bytes = "\0\0\0\6ans", .size = 7 }, mute = { .bytes = "", .is_mute = true },
                  huge = { .bytes = "\xff\xff\xff\xff", .size = 4 };

    (void)state;
    assert_int_equal(call(&nothing, PATIENCE_MS, &in, &out), ERROR_CLOSED);
    assert_int_equal(call(&half, PATIENCE_MS, &in, &out), ERROR_CLOSED);
    buffer_consume(&in, buffer_data(&in).size);
    assert_int_equal(call(&mute, 50, &in, &out), ERROR_TIMEOUT);
    assert_int_equal(call(&huge, PATIENCE_MS, &in, &out), ERROR_PROTOCOL);
    buffer_free(&in);
}

static void a_request_beyond_all_measure_is_not_sent(void **state)
{
    struct buffer in = buffer_new(BUFFER_MAX);
    struct slice out, large = { "", (size_t)IPC_FRAME_MAX + 1 };

    (void)state;
    assert_int_equal(ipc_call(-1, large, &in, clock_monotonic_ms() + PATIENCE_MS, &out, NULL), ERROR_LIMIT);
    buffer_free(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_out_as_they_went_in),
        cmocka_unit_test(a_frame_is_not_seen_before_it_is_whole),
        cmocka_unit_test(a_frame_beyond_all_measure_is_broken),
        cmocka_unit_test(a_call_has_its_answer),
        cmocka_unit_test(a_call_without_answer_fails),
        cmocka_unit_test(a_request_beyond_all_measure_is_not_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
